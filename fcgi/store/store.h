/* The databases, behind one door: pools of connections, the slot map, and calls of stored procedures.
 *
 * A database is DB_GLOBAL or a shard number from 0. store_call() borrows a connection, runs one CALL with typed bound
 * parameters, drains every result, returns the connection, and hands back an answer in the caller's arena: no
 * connection is held while an answer is written to the client.
 *
 * Thread-safe. Create one store per process, after fork.
 */
#ifndef SOUK_STORE_STORE_H
#define SOUK_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

enum { DB_GLOBAL = -1, DB_SANDBOX = -2, STORE_SLOTS = 256, CALL_PARAMS_MAX = 32 };

struct store;
struct soldout;

/* Succeeds whether or not the databases can be reached. `config` must outlive the store. */
SOUK_CHECK enum souk_err store_new(const struct config *config, struct store **out);
void store_free(struct store *store); /* accepts NULL */

enum param_type { PARAM_NULL, PARAM_INT, PARAM_TEXT, PARAM_BYTES };

/* A typed parameter. Text and bytes are borrowed until the call returns. */
struct param {
    enum param_type type;
    int64_t number;
    const char *text;
    size_t len;
};

static inline struct param param_null(void) { return (struct param){.type = PARAM_NULL}; }
static inline struct param param_int(int64_t number) { return (struct param){.type = PARAM_INT, .number = number}; }
struct param param_text(const char *text); /* NULL gives PARAM_NULL */

/* What a routine answers: one row with the columns status, body and, where it likes, etag, next_cursor, location.
 * Strings live in the arena of the call; NULL where the column is absent or NULL. */
struct answer {
    int status;
    const char *body; /* finished JSON */
    size_t body_len;
    const char *etag; /* without quotes */
    const char *next_cursor;
    const char *location;
};

/* Why a routine refused: the text after "code: " of its SIGNAL, or "" . */
struct refusal {
    char detail[352]; /* UTF-8; room for a coupon of 64 characters and what is said of it */
};

/* One request of a batch: a routine that takes a batch answers with a row for each, its number in column n. */
struct call_part {
    struct arena *arena; /* where its answer goes */
    bool answered;
    enum souk_err err; /* SOUK_OK: `answer` is filled; else why this request was refused, with `refusal` */
    struct answer answer;
    struct refusal refusal;
};

struct call {
    const char *routine;
    const struct param *params;
    size_t params_n;
    int64_t deadline_us; /* clock_us() at which the caller gives up; 0: [store] deadline_ms from now */
    bool repeatable;     /* a read, or a write under an idempotency key: may be sent again after a lost connection */
    bool heavy;          /* may take long by its nature: that it did, or was given up, tells the breaker nothing */
};

/* What `err` of an attempt that did nothing (SOUK_UNAVAILABLE, SOUK_CONFLICT) says of the whole call, of which an earlier attempt
 * may have been lost: then its outcome is as unknown as before. */
enum souk_err store_outcome(enum souk_err err, bool lost_one);

/* Runs one CALL. SOUK_OK: `*answer` is filled. An error SIGNALled by the routine comes back as itself, its detail in
 * `*refusal` (may be NULL). SOUK_UNAVAILABLE: database not reachable, pool empty until the deadline; nothing was done.
 * SOUK_TIMEOUT: no answer by the deadline, or the connection broke and the call may not be repeated; the outcome of a
 * write is unknown. SOUK_CONFLICT: 1213, 1205 or 1020 after every retry. SOUK_SLOT_MOVED: the slot map has been asked
 * for again already; the caller asks store_shard_of() once more and calls there, once, as store_call_home() does. */
SOUK_CHECK enum souk_err store_call(struct store *store, int db, const struct call *call, struct arena *arena,
                                    struct answer *answer, struct refusal *refusal);

/* store_call() on the shard that serves the slot of `id`; once more where that is now when the slot has just moved. */
SOUK_CHECK enum souk_err store_call_home(struct store *store, int64_t id, const struct call *call, struct arena *arena,
                                         struct answer *answer, struct refusal *refusal);

/* Runs one CALL of a routine that takes a batch, in one attempt: what to do about 1213, 1205, 1020 (SOUK_CONFLICT: nothing
 * was done) and a lost connection (SOUK_TIMEOUT) is the caller's to say. SOUK_OK: each part is answered, or was left out
 * by the routine. Other errors as store_call(): no part is answered. */
SOUK_CHECK enum souk_err store_call_parts(struct store *store, int db, const struct call *call, struct call_part *parts,
                                          size_t parts_n, struct refusal *refusal);

/* The shard that serves the slot (low 8 bits) of `id`. */
int store_shard_of(struct store *store, int64_t id);
int store_shards_n(const struct store *store);

/* What is remembered of SKUs without a unit left (store/soldout.h). */
struct soldout *store_soldout(struct store *store);

/* Asks for the slot map again now; store_call() does so by itself when it meets SOUK_SLOT_MOVED. */
void store_reload_slots(struct store *store);

/* One parameter of a routine as the database declares it. */
struct routine_param {
    char routine[65];
    char name[65]; /* empty in the line of the routine itself */
    char type[65]; /* DATA_TYPE of information_schema.PARAMETERS, lower case */
};

/* All procedures of a database with their parameters: a line of its own for each, then its parameters in order. Freed by the
 * caller with free(). SOUK_NOT_FOUND: no such database. SOUK_UNAVAILABLE: not reachable. */
SOUK_CHECK enum souk_err store_describe(struct store *store, int db, struct routine_param **out, size_t *out_n);

/* Where in `all` the parameters of `routine` are; `*out_n` how many. NULL: there is no such routine. */
const struct routine_param *store_described(const struct routine_param *all, size_t n, const char *routine, size_t *out_n);

/* SELECT 1 within `timeout_ms`. */
SOUK_CHECK enum souk_err store_ping(struct store *store, int db, int64_t timeout_ms);

#endif
