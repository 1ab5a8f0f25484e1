/* One CALL: prepare once per connection, bind, execute, read one row by column names, drain, and decide what an error
 * means and whether the call may be sent again. See store_call() in store.h.
 *
 * What happened to a call falls into few kinds (enum fault); the loop at the end is the whole policy of repeating:
 *   busy     1213, 1205, 1020: the transaction is gone, nothing happened; again, CALL_BUSY_MAX times with full jitter
 *   absent   a release is under way. The routine is being replaced (there is no atomic replacement on MySQL), or takes other
 *            parameters than the caller knows, or whatever else went wrong did so while routines were being loaded, so that
 *            old and new ones met: the transaction is gone, nothing happened; again for CALL_ABSENT_US, then unavailable
 *   unsent   the connection or the prepared statement was no good and nothing ran: the same
 *   lost     the connection broke or the answer did not come in time: what happened is unknown, so only a call
 *            that may be repeated is, CALL_LOST_MAX times
 * Everything ends at the caller's deadline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/text.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/inside.h"
#include "store/result.h"
#include "store/session.h"

enum {
    CALL_BUSY_MAX = 3,
    CALL_BUSY_US = 10000, /* the first pause is up to this, each later one up to twice as long */
    CALL_ABSENT_US = 500000,
    CALL_ABSENT_PAUSE_US = 20000,
    CALL_LOST_MAX = 2,
    CALL_SQL_BYTES = ROUTINE_NAME_MAX + 16 + 2 * CALL_PARAMS_MAX
};

enum fault { FAULT_NONE, FAULT_REFUSED, FAULT_BUSY, FAULT_ABSENT, FAULT_UNSENT, FAULT_LOST, FAULT_DOWN, FAULT_OTHER };

/* What became of one attempt. */
struct outcome {
    enum fault fault;
    enum souk_err err;
    bool sound; /* the connection may be used again */
};

/* Where the answer goes: the caller's one, or a batch's parts. */
struct wanted {
    struct arena *arena;
    struct answer *answer;
    struct call_part *parts; /* NULL: one answer */
    size_t parts_n;
};

static const struct outcome outcome_ok = {FAULT_NONE, SOUK_OK, true};

/* "code: detail" → detail */
static void keep_detail(struct refusal *refusal, const char *message)
{
    const char *colon = strstr(message, ": ");
    text_utf8_copy(colon ? colon + 2 : "", refusal->detail, sizeof refusal->detail);
}

static enum fault fault_of(unsigned number)
{
    switch (number) {
    case ERROR_DEADLOCK:
    case ERROR_LOCK_WAIT:
    case ERROR_CHECKREAD:
        return FAULT_BUSY;
    case ERROR_ROUTINE_MISSING:
    case ERROR_ROUTINE_PARAMETERS:
        return FAULT_ABSENT;
    case ERROR_REPREPARE:
    case ERROR_UNKNOWN_STATEMENT:
    case ERROR_TABLE_CHANGED:
        return FAULT_UNSENT;
    case ERROR_SERVER_SHUTDOWN:
    case ERROR_INTERRUPTED:
    case ERROR_KILLED:
        return FAULT_LOST;
    default:
        return number >= ERROR_CLIENT_FIRST && number <= ERROR_CLIENT_LAST ? FAULT_LOST : FAULT_OTHER;
    }
}

/* Is `souk admin routines` at work in this schema? It holds this lock. */
static bool routines_are_loaded(MYSQL *mysql, int64_t deadline_us)
{
    static const char sql[] = "SELECT IS_USED_LOCK(CONCAT('souk_routines_', DATABASE())) IS NOT NULL";
    MYSQL_RES *rows = NULL;
    if (session_query(mysql, sql, sizeof sql - 1, deadline_us) != 0 || session_result(mysql, &rows, deadline_us) != 0)
        return false;
    MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
    bool loaded = row != NULL && row[0] != NULL && row[0][0] == '1';
    mysql_free_result(rows);
    return loaded;
}

static struct outcome outcome_of(const struct call *call, struct connection *connection, MYSQL_STMT *stmt, unsigned number,
                                 int64_t deadline_us, struct refusal *refusal)
{
    const char *message = mysql_stmt_error(stmt);
    if (strcmp(mysql_stmt_sqlstate(stmt), "45000") == 0) {
        enum souk_err err = error_from_number(number);
        if (err == SOUK_INTERNAL)
            log_error("%s.%s: %s (%u)", pool_name(connection->pool), call->routine, message, number);
        keep_detail(refusal, message);
        return (struct outcome){FAULT_REFUSED, err, true};
    }
    enum fault fault = fault_of(number);
    /* After these the connection is in order; after anything else a fresh one is worth its price. */
    const bool sound = fault == FAULT_ABSENT || fault == FAULT_BUSY;
    if (fault == FAULT_OTHER && routines_are_loaded(connection->mysql, deadline_us))
        fault = FAULT_ABSENT;
    if (fault == FAULT_OTHER)
        log_error("%s.%s: %s (%u)", pool_name(connection->pool), call->routine, message, number);
    return (struct outcome){fault, SOUK_INTERNAL, sound};
}

static void forget_statement(struct connection *connection, struct statement *statement)
{
    (void)mysql_stmt_close(statement->stmt);
    *statement = connection->statements[--connection->statements_n];
}

static struct statement *find_statement(struct connection *connection, const struct call *call)
{
    for (size_t i = 0; i < connection->statements_n; i++) {
        struct statement *statement = &connection->statements[i];
        if (statement->params_n == call->params_n && strcmp(statement->routine, call->routine) == 0)
            return statement;
    }
    return NULL;
}

/* A free place, at the price of the statement unused for longest. */
static struct statement *statement_place(struct connection *connection)
{
    if (connection->statements_n == CONNECTION_STATEMENTS_MAX) {
        struct statement *oldest = connection->statements;
        for (size_t i = 1; i < CONNECTION_STATEMENTS_MAX; i++)
            if (connection->statements[i].used < oldest->used)
                oldest = &connection->statements[i];
        forget_statement(connection, oldest);
    }
    return &connection->statements[connection->statements_n];
}

static size_t call_sql(const struct call *call, char out[CALL_SQL_BYTES])
{
    size_t len = (size_t)snprintf(out, CALL_SQL_BYTES, "CALL %s(", call->routine);
    for (size_t i = 0; i < call->params_n; i++) {
        if (i > 0)
            out[len++] = ',';
        out[len++] = '?';
    }
    out[len++] = ')';
    out[len] = '\0';
    return len;
}

static struct outcome prepare(struct connection *connection, const struct call *call, int64_t deadline_us,
                              struct statement **out, struct refusal *refusal)
{
    *out = find_statement(connection, call);
    if (*out == NULL) {
        struct statement *statement = statement_place(connection);
        statement->stmt = mysql_stmt_init(connection->mysql);
        if (statement->stmt == NULL)
            return (struct outcome){FAULT_OTHER, SOUK_INTERNAL, false};
        char sql[CALL_SQL_BYTES];
        size_t len = call_sql(call, sql);
        unsigned number = session_prepare(connection->mysql, statement->stmt, sql, len, deadline_us);
        if (number) {
            struct outcome outcome = outcome_of(call, connection, statement->stmt, number, deadline_us, refusal);
            (void)mysql_stmt_close(statement->stmt);
            return outcome;
        }
        snprintf(statement->routine, sizeof statement->routine, "%s", call->routine);
        statement->params_n = call->params_n;
        connection->statements_n++;
        *out = statement;
    }
    (*out)->used = ++connection->uses;
    return outcome_ok;
}

static void bind_param(MYSQL_BIND *bind, const struct param *param)
{
    switch (param->type) {
    case PARAM_NULL:
        bind->buffer_type = MYSQL_TYPE_NULL;
        return;
    case PARAM_INT:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = (void *)(uintptr_t)&param->number;
        return;
    case PARAM_TEXT:
    case PARAM_BYTES:
        bind->buffer_type = param->type == PARAM_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
        bind->buffer = (void *)(uintptr_t)param->text;
        bind->buffer_length = (unsigned long)param->len;
        return;
    }
}

/* Reads the first result and throws away the rest. `*results_n` counts what there was. */
static unsigned drain(struct connection *connection, MYSQL_STMT *stmt, int64_t deadline_us, const struct wanted *wanted,
                      enum souk_err *err, unsigned *results_n)
{
    *err = SOUK_INTERNAL;
    *results_n = 0;
    for (;;) {
        unsigned columns_n = mysql_stmt_field_count(stmt);
        if (columns_n > 0) {
            unsigned number = session_store(connection->mysql, stmt, deadline_us);
            if (number)
                return number;
            if ((*results_n)++ == 0)
                *err = wanted->parts ? result_read_parts(stmt, columns_n, wanted->parts, wanted->parts_n)
                                     : result_read_row(stmt, columns_n, wanted->arena, wanted->answer);
            (void)mysql_stmt_free_result(stmt);
        }
        int next = session_next(connection->mysql, stmt, deadline_us);
        if (next < 0)
            return 0;
        if (next > 0)
            return (unsigned)next;
    }
}

static struct outcome run(struct connection *connection, const struct call *call, struct statement *statement,
                          int64_t deadline_us, const struct wanted *wanted, struct refusal *refusal)
{
    MYSQL_BIND binds[CALL_PARAMS_MAX] = {0};
    for (size_t i = 0; i < call->params_n; i++)
        bind_param(&binds[i], &call->params[i]);
    MYSQL_STMT *stmt = statement->stmt;
    if (call->params_n > 0 && mysql_stmt_bind_param(stmt, binds) != 0)
        return (struct outcome){FAULT_OTHER, SOUK_INTERNAL, false};

    enum souk_err err = SOUK_INTERNAL;
    unsigned results_n = 0;
    unsigned number = session_execute(connection->mysql, stmt, deadline_us);
    if (number == 0)
        number = drain(connection, stmt, deadline_us, wanted, &err, &results_n);
    if (number) {
        struct outcome outcome = outcome_of(call, connection, stmt, number, deadline_us, refusal);
        if (outcome.fault == FAULT_ABSENT)
            forget_statement(connection, statement);
        return outcome;
    }
    bool open = session_in_transaction(connection->mysql);
    if (open || results_n != 1 || err == SOUK_INTERNAL) {
        log_error("%s.%s: %s", pool_name(connection->pool), call->routine,
                  open ? "left its transaction open" : "did not answer with a row of status and body for each request");
        return (struct outcome){FAULT_OTHER, SOUK_INTERNAL, false};
    }
    return (struct outcome){err ? FAULT_OTHER : FAULT_NONE, err, true};
}

/* One attempt: a connection, one CALL, the connection given back. */
static struct outcome attempt(struct pool *pool, const struct call *call, int64_t deadline_us, int64_t timeout_us,
                              const struct wanted *wanted, struct refusal *refusal)
{
    struct connection *connection;
    if (clock_us() >= deadline_us)
        return (struct outcome){FAULT_DOWN, SOUK_UNAVAILABLE, true};
    enum souk_err err = pool_take(pool, deadline_us, &connection);
    if (err)
        return (struct outcome){FAULT_DOWN, err, true};
    connection->heavy = call->heavy;
    int64_t answer_by_us = clock_us() + timeout_us;
    if (answer_by_us > deadline_us)
        answer_by_us = deadline_us;

    struct statement *statement;
    struct outcome outcome = prepare(connection, call, answer_by_us, &statement, refusal);
    connection->failed = outcome.fault == FAULT_LOST;
    if (outcome.fault == FAULT_LOST)
        outcome.fault = FAULT_UNSENT;
    if (outcome.fault == FAULT_NONE)
        outcome = run(connection, call, statement, answer_by_us, wanted, refusal);
    if (outcome.fault == FAULT_LOST) {
        connection->failed = true;
        metrics_add(METRIC_MYSQL_LOST, 1);
    }
    pool_give(connection, outcome.sound);
    return outcome;
}

/* How often a call is sent again: a batch is not, its caller divides it. */
struct patience {
    int busy_max, lost_max;
};

/* How long to wait before the next attempt; −1: there is none and `*err` is final. */
static int64_t next_attempt(const struct call *call, const struct patience *patience, const struct outcome *outcome,
                            int64_t began_us, int tries[], enum souk_err *err)
{
    int n = tries[outcome->fault]++;
    switch (outcome->fault) {
    case FAULT_BUSY:
        *err = SOUK_CONFLICT;
        return n < patience->busy_max ? (int64_t)arc4random_uniform((uint32_t)CALL_BUSY_US << n) : -1;
    case FAULT_ABSENT:
    case FAULT_UNSENT:
        *err = SOUK_UNAVAILABLE;
        if (clock_us() - began_us < CALL_ABSENT_US)
            return (int64_t)arc4random_uniform(CALL_ABSENT_PAUSE_US);
        log_error("%s: %s", call->routine,
                  outcome->fault == FAULT_ABSENT ? "no such routine with these parameters" : "cannot be prepared");
        return -1;
    case FAULT_LOST:
        *err = SOUK_TIMEOUT;
        return call->repeatable && n < patience->lost_max ? (int64_t)arc4random_uniform(CALL_BUSY_US) : -1;
    default:
        *err = outcome->err;
        return -1;
    }
}

enum souk_err store_outcome(enum souk_err err, bool lost_one)
{
    return lost_one && (err == SOUK_UNAVAILABLE || err == SOUK_CONFLICT) ? SOUK_TIMEOUT : err;
}

static enum souk_err call_until(struct store *store, int db, const struct call *call, const struct patience *patience,
                                const struct wanted *wanted, struct refusal *refusal)
{
    struct refusal unwanted;
    if (refusal == NULL)
        refusal = &unwanted;
    refusal->detail[0] = '\0';
    struct pool *pool = store_pool(store, db);
    if (pool == NULL)
        return SOUK_UNAVAILABLE;
    if (call->params_n > CALL_PARAMS_MAX || strlen(call->routine) > ROUTINE_NAME_MAX)
        return SOUK_INTERNAL;

    int64_t began_us = clock_us();
    int64_t deadline_us = call->deadline_us ? call->deadline_us : began_us + store->config->deadline_ms * 1000;
    int tries[FAULT_OTHER + 1] = {0};
    for (;;) {
        struct outcome outcome =
            attempt(pool, call, deadline_us, store->config->call_timeout_ms * 1000, wanted, refusal);
        if (outcome.fault == FAULT_NONE)
            return SOUK_OK;
        enum souk_err err = SOUK_INTERNAL;
        int64_t wait_us = next_attempt(call, patience, &outcome, began_us, tries, &err);
        err = store_outcome(err, tries[FAULT_LOST] > 0);
        if (err == SOUK_SLOT_MOVED)
            store_reload_slots(store);
        if (wait_us < 0 || clock_us() + wait_us >= deadline_us)
            return err;
        metrics_add(METRIC_MYSQL_RETRIES, 1);
        fiber_pause(wait_us);
    }
}

enum souk_err store_call(struct store *store, int db, const struct call *call, struct arena *arena,
                         struct answer *answer, struct refusal *refusal)
{
    static const struct patience patience = {CALL_BUSY_MAX, CALL_LOST_MAX};
    const struct wanted wanted = {.arena = arena, .answer = answer};
    *answer = (struct answer){0};
    return call_until(store, db, call, &patience, &wanted, refusal);
}

enum souk_err store_call_home(struct store *store, int64_t id, const struct call *call, struct arena *arena,
                              struct answer *answer, struct refusal *refusal)
{
    enum souk_err err = store_call(store, store_shard_of(store, id), call, arena, answer, refusal);
    return err == SOUK_SLOT_MOVED ? store_call(store, store_shard_of(store, id), call, arena, answer, refusal) : err;
}

enum souk_err store_call_parts(struct store *store, int db, const struct call *call, struct call_part *parts,
                               size_t parts_n, struct refusal *refusal)
{
    static const struct patience patience = {0, 0};
    const struct wanted wanted = {.parts = parts, .parts_n = parts_n};
    return call_until(store, db, call, &patience, &wanted, refusal);
}
