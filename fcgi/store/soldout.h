/* Which SKUs have no unit left anywhere, remembered for a moment, so that a crowd that comes too late costs no database.
 *
 * Written after every shard was asked; read before any is. Two tiers: this process, and Redis for all processes. A
 * lifetime is random, from 300 to 600 ms evenly in Redis and from 100 to 300 ms in a process, and counts from the instant
 * before the shards were asked: none is believed 900 ms after a restock, even when nobody says so. Who brings units in
 * clears it at once; so does, in Redis, the worker when units come back (event stock.changed). A clear leaves a trace, so
 * that who looked before it and found none cannot say so after it. Thread-safe.
 */
#ifndef SOUK_STORE_SOLDOUT_H
#define SOUK_STORE_SOLDOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/redis.h"

struct soldout;

struct soldout *soldout_new(void); /* NULL when memory is out */
void soldout_free(struct soldout *soldout); /* accepts NULL */

/* The second tier; NULL: none. Set once, before threads use it; it must outlive the soldout. */
void soldout_use(struct soldout *soldout, struct redis *redis);

/* Is none left, as far as was heard? */
bool soldout_is(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool);

/* What a mark must know of the time before the shards were asked. */
struct soldout_look {
    int64_t asked_us; /* clock_us() */
    char trace[17];   /* of the last clear, in Redis; empty: none lately */
    bool heard;       /* Redis told */
};

/* The shards are about to be asked. */
struct soldout_look soldout_look_begin(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool);

/* None was left when `look` had begun, or later. Nothing is remembered where it was cleared since. */
void soldout_mark(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool,
                  const struct soldout_look *look);

/* There may be some again. */
void soldout_clear(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool);

#endif
