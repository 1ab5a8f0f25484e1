/* The search server. See sphinx.h. */
#include "store/sphinx.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/session.h"

enum { IDLE_MAX = 16, TRIPS_AT = 3, OPEN_US_MIN = 500000, OPEN_US_SPREAD = 1000000, LIVE_US = 500000, REFUSED_FIRST = 1000 };

struct sphinx {
    struct config_db db;
    int64_t timeout_ms;
    pthread_mutex_t lock;
    MYSQL *idle[IDLE_MAX];
    size_t idle_n;
    _Atomic int64_t open_until_us; /* breaker: 0 closed */
    atomic_uint failures;          /* in a row */
    /* under lock: what sphinx_live() last found */
    char live;
    int64_t live_epoch, live_at_us;
};

enum souk_err sphinx_new(const struct config *config, struct sphinx **out)
{
    *out = NULL;
    if (config->search_socket[0] == '\0')
        return SOUK_OK;
    struct sphinx *sphinx = calloc(1, sizeof *sphinx);
    if (sphinx == NULL)
        return SOUK_UNAVAILABLE;
    memcpy(sphinx->db.socket, config->search_socket, sizeof sphinx->db.socket);
    sphinx->timeout_ms = config->search_timeout_ms;
    pthread_mutex_init(&sphinx->lock, NULL);
    *out = sphinx;
    return SOUK_OK;
}

void sphinx_free(struct sphinx *sphinx)
{
    if (sphinx == NULL)
        return;
    for (size_t i = 0; i < sphinx->idle_n; i++)
        session_close(sphinx->idle[i]);
    pthread_mutex_destroy(&sphinx->lock);
    free(sphinx);
}

/* May this thread ask now? While the breaker is open nobody may; after that one at a time tries. */
static bool admitted(struct sphinx *sphinx, int64_t timeout_us)
{
    int64_t now_us = clock_us(), until_us = atomic_load(&sphinx->open_until_us);
    if (until_us == 0)
        return true;
    return now_us >= until_us &&
           atomic_compare_exchange_strong(&sphinx->open_until_us, &until_us, now_us + timeout_us + OPEN_US_MIN);
}

/* A server that cannot be reached opens the breaker at once, one that does not answer in time after a few. */
static void failed(struct sphinx *sphinx, bool unreachable, const char *why)
{
    metrics_add(METRIC_SEARCH_ERRORS, 1);
    unsigned failures = atomic_fetch_add(&sphinx->failures, 1) + 1;
    bool was_open = atomic_load(&sphinx->open_until_us) != 0;
    if (!unreachable && !was_open && failures < TRIPS_AT)
        return;
    int64_t until_us = clock_us() + OPEN_US_MIN + (int64_t)arc4random_uniform(OPEN_US_SPREAD);
    if (atomic_exchange(&sphinx->open_until_us, until_us) == 0)
        log_warn("search server: %s; the databases answer searches meanwhile", why);
}

static void succeeded(struct sphinx *sphinx)
{
    atomic_store(&sphinx->failures, 0);
    if (atomic_load(&sphinx->open_until_us) != 0 && atomic_exchange(&sphinx->open_until_us, 0) != 0)
        log_info("search server: answers again");
}

static MYSQL *take(struct sphinx *sphinx, int64_t deadline_us)
{
    MYSQL *mysql = NULL;
    pthread_mutex_lock(&sphinx->lock);
    while (mysql == NULL && sphinx->idle_n > 0) {
        mysql = sphinx->idle[--sphinx->idle_n];
        if (!session_alive(mysql)) {
            session_close(mysql);
            mysql = NULL;
        }
    }
    pthread_mutex_unlock(&sphinx->lock);
    char message[SESSION_MESSAGE_BYTES] = "";
    if (mysql == NULL)
        mysql = session_connect(&sphinx->db, deadline_us, message);
    if (mysql == NULL)
        failed(sphinx, true, message);
    return mysql;
}

static void give(struct sphinx *sphinx, MYSQL *mysql, bool sound)
{
    if (sound) {
        pthread_mutex_lock(&sphinx->lock);
        sound = sphinx->idle_n < IDLE_MAX;
        if (sound)
            sphinx->idle[sphinx->idle_n++] = mysql;
        pthread_mutex_unlock(&sphinx->lock);
    }
    if (!sound)
        session_close(mysql);
}

static enum souk_err copy_result(struct arena *arena, MYSQL_RES *from, struct sphinx_result *out)
{
    out->rows_n = (size_t)mysql_num_rows(from);
    out->columns_n = mysql_num_fields(from);
    out->cells = arena_alloc(arena, (out->rows_n * out->columns_n + 1) * sizeof *out->cells);
    if (out->cells == NULL)
        return SOUK_TOO_LARGE;
    for (size_t row = 0; row < out->rows_n; row++) {
        MYSQL_ROW cells = mysql_fetch_row(from);
        const unsigned long *lengths = mysql_fetch_lengths(from);
        for (size_t column = 0; column < out->columns_n; column++) {
            if (cells[column] == NULL)
                continue;
            const char *copy = arena_copy(arena, cells[column], lengths[column]);
            if (copy == NULL)
                return SOUK_TOO_LARGE;
            out->cells[row * out->columns_n + column] = copy;
        }
    }
    return SOUK_OK;
}

/* Reads all results of what was sent; *error is the number of the first statement that failed. */
static enum souk_err read_results(MYSQL *mysql, struct arena *arena, int64_t deadline_us, struct sphinx_result *results,
                                  size_t *results_n, unsigned *error)
{
    int more;
    *results_n = 0;
    do {
        MYSQL_RES *result;
        *error = session_result(mysql, &result, deadline_us);
        if (*error)
            return SOUK_UNAVAILABLE;
        enum souk_err err = SOUK_OK;
        if (result && *results_n < SPHINX_RESULTS_MAX)
            err = copy_result(arena, result, &results[(*results_n)++]);
        mysql_free_result(result);
        if (err != SOUK_OK)
            return err;
        more = session_more(mysql, deadline_us);
    } while (more == 0);
    *error = more > 0 ? (unsigned)more : 0;
    return *error ? SOUK_UNAVAILABLE : SOUK_OK;
}

enum souk_err sphinx_query(struct sphinx *sphinx, struct arena *arena, const struct buffer *sql, int64_t timeout_ms,
                           struct sphinx_result *results, size_t *results_n)
{
    *results_n = 0;
    if (sphinx == NULL)
        return SOUK_UNAVAILABLE;
    if (sql->failed)
        return SOUK_TOO_LARGE;
    int64_t timeout_us = (timeout_ms ? timeout_ms : sphinx->timeout_ms) * 1000;
    if (!admitted(sphinx, timeout_us))
        return SOUK_UNAVAILABLE;
    int64_t deadline_us = clock_us() + timeout_us;
    MYSQL *mysql = take(sphinx, deadline_us);
    if (mysql == NULL)
        return SOUK_UNAVAILABLE;
    unsigned error = session_query(mysql, sql->data, sql->len, deadline_us);
    enum souk_err err = error ? SOUK_UNAVAILABLE
                              : read_results(mysql, arena, deadline_us, results, results_n, &error);
    if (error >= REFUSED_FIRST && error < ERROR_CLIENT_FIRST) {
        log_error("search server refuses: %s (%u)", mysql_error(mysql), error);
        err = SOUK_INVALID;
    }
    if (err == SOUK_UNAVAILABLE)
        failed(sphinx, false, clock_us() >= deadline_us ? "no answer in time" : "connection lost");
    else
        succeeded(sphinx);
    give(sphinx, mysql, err == SOUK_OK);
    return err;
}

static bool known(struct sphinx *sphinx, char *index, int64_t *epoch)
{
    pthread_mutex_lock(&sphinx->lock);
    bool young = clock_us() - sphinx->live_at_us < LIVE_US && sphinx->live;
    *index = sphinx->live;
    *epoch = sphinx->live_epoch;
    pthread_mutex_unlock(&sphinx->lock);
    return young;
}

static int64_t marker_epoch(const struct sphinx_result *result)
{
    return result->rows_n > 0 && result->cells[0] ? strtoll(result->cells[0], NULL, 10) : 0;
}

enum souk_err sphinx_live(struct sphinx *sphinx, struct arena *arena, bool fresh, char *index, int64_t *epoch)
{
    static const char ask[] = "SELECT epoch FROM products_a WHERE id = 1; SELECT epoch FROM products_b WHERE id = 1";
    if (sphinx == NULL)
        return SOUK_UNAVAILABLE;
    if (!fresh && atomic_load(&sphinx->open_until_us) == 0 && known(sphinx, index, epoch))
        return SOUK_OK;
    struct sphinx_result results[SPHINX_RESULTS_MAX];
    size_t results_n;
    struct buffer sql = buffer_in(arena, sizeof ask);
    buffer_puts(&sql, ask);
    enum souk_err err = sphinx_query(sphinx, arena, &sql, 0, results, &results_n);
    if (err != SOUK_OK)
        return err;
    if (results_n != 2)
        return SOUK_INTERNAL;
    int64_t a = marker_epoch(&results[0]), b = marker_epoch(&results[1]);
    *index = a == 0 && b == 0 ? '\0' : a > b ? 'a' : 'b';
    *epoch = a > b ? a : b;
    pthread_mutex_lock(&sphinx->lock);
    sphinx->live = *index;
    sphinx->live_epoch = *epoch;
    sphinx->live_at_us = clock_us();
    pthread_mutex_unlock(&sphinx->lock);
    return *index ? SOUK_OK : SOUK_NOT_FOUND;
}

void sphinx_quote(struct buffer *sql, const char *text)
{
    buffer_puts(sql, "'");
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "'\\");
        buffer_add(sql, at, len);
        at += len;
        if (*at) {
            buffer_puts(sql, "\\");
            buffer_add(sql, at++, 1);
        }
    }
    buffer_puts(sql, "'");
}
