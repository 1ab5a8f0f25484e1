/* Which SKUs have no unit left anywhere, remembered for a moment, so that a crowd that comes too late costs no database.
 *
 * Written after every shard was asked; read before any is. Two tiers: this process, and Redis for all processes. A
 * lifetime is random, from 300 to 600 ms evenly in Redis and from 100 to 300 ms in a process, and counts from the instant
 * before the shards were asked: none is believed 900 ms after a restock, even when nobody says so. Who brings units in
 * clears it at once; so does, in Redis, the worker when units come back (event stock.changed). Thread-safe.
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

/* None was left at `asked_us` (clock_us()), or later. */
void soldout_mark(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool, int64_t asked_us);

/* There may be some again. */
void soldout_clear(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool);

#endif
