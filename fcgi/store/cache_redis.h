/* The tier of the cache that all processes share. Internal to store/.
 *
 *     souk:c:<epoch>:<key>  an answer, with its version first
 *     souk:x:<key>          the event that ended the answer last, for CUT_MS: longer than any load takes
 *     souk:g:<row>          the event that ended all answers of the row last; an answer holds the one it was made under
 *     souk:l:<key>          who loads it now
 */
#ifndef SOUK_STORE_CACHE_REDIS_H
#define SOUK_STORE_CACHE_REDIS_H

#include "store/feed.h"
#include "store/lru.h"
#include "store/redis.h"

enum { TIER_TOKEN_BYTES = 33, TIER_STAMP_BYTES = 64, TIER_LOCK_MS = 3000 };

struct tier {
    struct redis *redis;
    const char *const *row_names;
};

/* What a load began under: an answer is kept only if all of it still stands. */
struct tier_ticket {
    uint64_t epoch;
    bool good;   /* Redis said what the rest holds */
    bool locked; /* the caller is the one to load */
    char token[TIER_TOKEN_BYTES], cut[TIER_STAMP_BYTES], row_cut[TIER_STAMP_BYTES];
};

/* The answer that is there, whether or not its time is over; NULL: none. */
struct cached *tier_find(const struct tier *tier, struct arena *arena, uint64_t epoch, const struct cache_key *key);

/* Asks to be the one who loads. Without Redis everybody is. */
void tier_take(const struct tier *tier, struct arena *arena, uint64_t epoch, const struct cache_key *key,
               struct tier_ticket *ticket);

/* Ends it: keeps `cached` for `px_ms` (NULL: the load failed). False: not kept, an event or a newer version was there. */
bool tier_give(const struct tier *tier, struct arena *arena, const struct cache_key *key, const struct tier_ticket *ticket,
               const struct cached *cached, int64_t px_ms);

/* Answers that events ended. */
struct tier_end {
    const char *key;   /* of a row with ids; NULL: all of the row */
    const char *row;
    const char *stamp; /* of the event */
};
bool tier_end(redisContext *redis, struct arena *arena, uint64_t epoch, const struct tier_end *ends, size_t n);

#endif
