/* Answers of reading rows, kept: in this process's memory, in Redis, and not asked for at all where the filter of ids knows
 * that there is nothing. One load per key at a time in a process (store/flight.h), and nearly so across processes.
 *
 * An answer counts until its end (cache_policy), until an event names it, and, while events are not known to be fresh
 * (store/feed.h), for one second from when it was made: what is served is never older than a second behind the database
 * unless nothing newer can be had. What an event has ended is not kept by whoever was loading it meanwhile.
 */
#ifndef SOUK_STORE_CACHE_H
#define SOUK_STORE_CACHE_H

#include "base/config.h"
#include "store/cache_policy.h"
#include "store/lru.h"
#include "store/redis.h"
#include "store/store.h"

struct cache;

/* A row that may be cached: its index is the place in the array. `policy` NULL, or without redis_ms: it is not. */
struct cache_row {
    const char *name;
    const struct cache_policy *policy;
};

/* `rows` are copied, what they point to is not. Starts the threads of the feed and of the filter. */
SOUK_CHECK enum souk_err cache_new(const struct config *config, struct store *store, struct redis *redis,
                                   const struct cache_row *rows, size_t rows_n, struct cache **out);
void cache_free(struct cache *cache); /* accepts NULL */

/* Whether `row` is cached at all. */
bool cache_keeps(const struct cache *cache, size_t row);

enum cache_from { CACHE_LOCAL, CACHE_REDIS, CACHE_FLIGHT, CACHE_LOADED, CACHE_STALE, CACHE_FILTER, CACHE_REFUSED, CACHE_FROM_N };

struct cache_ask {
    const struct cache_key *key; /* sealed; key->row is the row. With policy->by: "<row name>:<id>" */
    int64_t id;                  /* of policy->by, else 0 */
    int64_t deadline_us;
    /* Makes the answer. SOUK_NOT_FOUND may be kept too. */
    enum souk_err (*load)(void *user, struct answer *answer);
    void *user;
};

/* The answer, from wherever it is nearest. Its texts live as long as what is in `arena`. */
SOUK_CHECK enum souk_err cache_get(struct cache *cache, const struct cache_ask *ask, struct arena *arena,
                                   struct answer *answer, enum cache_from *from);

#endif
