/* Combining: requests for one routine on one shard that arrive together become one CALL.
 *
 * A routine that can be combined takes one parameter, in_requests: a JSON array of {"n": 0, "<field>": …}, and answers
 * with a row for each: n, status, body, etag, location, error, detail. A request that fails does so alone, in its row.
 *
 * Requests wait in a queue for each (routine, database). The first to come leads: it lets those that came together with it
 * join, sends what waits, at most combine_max requests, as one CALL and hands each its own answer; then it leaves, and the
 * first of those that wait now leads. There are no timers: an idle system adds no delay, a busy one makes larger batches. At most
 * combine_leaders calls are under way at once for each queue of a process.
 *
 * When a batch as a whole fails with 1213, 1205 or 1020 it is sent once more, then halved again and again, so that a
 * request which cannot be served fails alone; any other error of the whole batch is traced by halving at once. After a
 * lost connection the same CALL is sent once more for the requests that have a key. A row with the error 30014 puts its request
 * off until the others of the batch are decided: it waits again, before all others, and is sent with the next batch; the eighth
 * time it is refused, nothing done (SOUK_UNAVAILABLE). The first of a batch is never put off.
 */
#ifndef SOUK_STORE_COMBINE_H
#define SOUK_STORE_COMBINE_H

#include "store/store.h"

enum { COMBINE_MAX = 128 };

struct combine_request {
    const char *routine; /* static: a queue keeps it */
    const char *fields;  /* members of the JSON object, without braces and without n; borrowed until the call returns */
    size_t fields_len;
    int64_t deadline_us;
    bool repeatable; /* it has a key: may be sent again after a lost connection */
};

/* Queues the request and returns with its answer, as store_call() would. SOUK_UNAVAILABLE also: the queue was full, or the
 * deadline passed before the request was sent; nothing was done. */
SOUK_CHECK enum souk_err combine_call(struct store *store, int db, const struct combine_request *request,
                                      struct arena *arena, struct answer *answer, struct refusal *refusal);

/* What came of one request of several. */
struct combine_outcome {
    enum souk_err err;
    struct answer answer;
    struct refusal refusal;
};

/* Sends requests that are together already, all of one routine, as one CALL, which is divided as above. 1 … COMBINE_MAX of
 * them. Each gets its own outcome; answers live in the arena. */
void combine_send(struct store *store, int db, const struct combine_request *requests, size_t n, struct arena *arena,
                  struct combine_outcome *outcomes);

/* Internal to store/: the queues of a store. NULL when memory is out. */
struct combiner;
struct combiner *combiner_new(const struct config *config);
void combiner_free(struct combiner *combiner); /* accepts NULL */

#endif
