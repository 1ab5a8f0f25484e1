/* SKUs without a unit left. See soldout.h.
 *
 * The process's tier is a small table in which a SKU has one place, shared with those of the same hash: the latest wins.
 * 4,096 places of 48 bytes.
 */
#include "store/soldout.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    PLACES = 4096,
    LOCKS = 16,
    LOCAL_MS_MIN = 100,
    LOCAL_MS_MAX = 300,
    REDIS_MS_MIN = 300,
    REDIS_MS_MAX = 600,
    KEY_BYTES = 64
};

/* Outlives every look that may have begun before the clear: marks of older ones are not made. */
static const char TRACE_MS[] = "10000";

struct place {
    int64_t sku_id;
    char pool[17];
    int64_t until_us;   /* clock_us() */
    int64_t cleared_us; /* clock_us() of the last clear; 0: none */
};

struct soldout {
    struct redis *redis;
    pthread_mutex_t locks[LOCKS];
    struct place places[PLACES];
};

struct soldout *soldout_new(void)
{
    struct soldout *soldout = calloc(1, sizeof *soldout);
    for (int i = 0; soldout && i < LOCKS; i++)
        pthread_mutex_init(&soldout->locks[i], NULL);
    return soldout;
}

void soldout_free(struct soldout *soldout)
{
    for (int i = 0; soldout && i < LOCKS; i++)
        pthread_mutex_destroy(&soldout->locks[i]);
    free(soldout);
}

void soldout_use(struct soldout *soldout, struct redis *redis)
{
    soldout->redis = redis;
}

static int64_t between_us(int64_t ms_min, int64_t ms_max)
{
    return (ms_min + (int64_t)arc4random_uniform((uint32_t)(ms_max - ms_min + 1))) * 1000;
}

static bool fits(const struct place *place, int64_t sku_id, const char *pool)
{
    return place->sku_id == sku_id && strcmp(place->pool, pool) == 0;
}

/* The SKU's place, locked. */
static struct place *place_take(struct soldout *soldout, int64_t sku_id, pthread_mutex_t **lock)
{
    size_t n = (size_t)(((uint64_t)sku_id * UINT64_C(0x9E3779B97F4A7C15)) >> 40) % PLACES;
    *lock = &soldout->locks[n % LOCKS];
    pthread_mutex_lock(*lock);
    return &soldout->places[n];
}

static bool local_is(struct soldout *soldout, int64_t sku_id, const char *pool)
{
    pthread_mutex_t *lock;
    const struct place *place = place_take(soldout, sku_id, &lock);
    bool is = fits(place, sku_id, pool) && clock_us() < place->until_us;
    pthread_mutex_unlock(lock);
    return is;
}

/* The place becomes the SKU's. */
static void settle_in(struct place *place, int64_t sku_id, const char *pool)
{
    if (fits(place, sku_id, pool))
        return;
    *place = (struct place){.sku_id = sku_id};
    snprintf(place->pool, sizeof place->pool, "%s", pool);
}

/* False: it was cleared after `from_us`. */
static bool local_mark(struct soldout *soldout, int64_t sku_id, const char *pool, int64_t from_us)
{
    pthread_mutex_t *lock;
    struct place *place = place_take(soldout, sku_id, &lock);
    settle_in(place, sku_id, pool);
    const bool stands = place->cleared_us < from_us;
    if (stands)
        place->until_us = from_us + between_us(LOCAL_MS_MIN, LOCAL_MS_MAX);
    pthread_mutex_unlock(lock);
    return stands;
}

static void local_clear(struct soldout *soldout, int64_t sku_id, const char *pool)
{
    pthread_mutex_t *lock;
    struct place *place = place_take(soldout, sku_id, &lock);
    settle_in(place, sku_id, pool);
    place->until_us = 0;
    place->cleared_us = clock_us();
    pthread_mutex_unlock(lock);
}

static const char *key_of(char key[KEY_BYTES], int64_t sku_id, const char *pool)
{
    snprintf(key, KEY_BYTES, "souk:soldout:%" PRId64 ":%.16s", sku_id, pool);
    return key;
}

static const char *trace_key_of(char key[KEY_BYTES], int64_t sku_id, const char *pool)
{
    snprintf(key, KEY_BYTES, "souk:restocked:%" PRId64 ":%.16s", sku_id, pool);
    return key;
}

bool soldout_is(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool)
{
    if (local_is(soldout, sku_id, pool))
        return true;
    if (soldout->redis == NULL)
        return false;
    char key[KEY_BYTES];
    const char *get[] = {"EXISTS", key_of(key, sku_id, pool)};
    redisReply *reply;
    int64_t asked_us = clock_us();
    if (redis_command(soldout->redis, arena, 2, get, NULL, &reply) != SOUK_OK || reply->integer != 1)
        return false;
    return local_mark(soldout, sku_id, pool, asked_us);
}

struct soldout_look soldout_look_begin(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool)
{
    struct soldout_look look = {.asked_us = clock_us()};
    if (soldout->redis == NULL)
        return look;
    char key[KEY_BYTES];
    const char *get[] = {"GET", trace_key_of(key, sku_id, pool)};
    redisReply *reply;
    look.heard = redis_command(soldout->redis, arena, 2, get, NULL, &reply) == SOUK_OK;
    if (look.heard && reply->type == REDIS_REPLY_STRING)
        snprintf(look.trace, sizeof look.trace, "%s", reply->str);
    return look;
}

/* KEYS[1] the memory, KEYS[2] the trace of clears; ARGV[1] the trace when the look began, ARGV[2] ms to live. */
static struct redis_script mark_script = {
    .text = "if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end\n"
            "redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])\n"
            "return 1\n"};

/* False: cleared since the look began. A Redis that does not answer keeps no memory, and no process from its own. */
static bool redis_mark(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool,
                       const struct soldout_look *look)
{
    const int64_t ms = (between_us(REDIS_MS_MIN, REDIS_MS_MAX) - (clock_us() - look->asked_us)) / 1000;
    if (!look->heard || ms <= 0)
        return true;
    char key[KEY_BYTES], trace_key[KEY_BYTES], lifetime[24];
    snprintf(lifetime, sizeof lifetime, "%" PRId64, ms);
    const char *argv[] = {key_of(key, sku_id, pool), trace_key_of(trace_key, sku_id, pool), look->trace, lifetime};
    redisReply *reply;
    return redis_eval(soldout->redis, arena, &mark_script, 2, 4, argv, NULL, &reply) != SOUK_OK || reply->integer == 1;
}

void soldout_mark(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool,
                  const struct soldout_look *look)
{
    if (redis_mark(soldout, arena, sku_id, pool, look))
        (void)local_mark(soldout, sku_id, pool, look->asked_us);
}

void soldout_clear(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool)
{
    local_clear(soldout, sku_id, pool);
    if (soldout->redis == NULL)
        return;
    char key[KEY_BYTES], trace_key[KEY_BYTES], trace[17];
    snprintf(trace, sizeof trace, "%08" PRIx32 "%08" PRIx32, arc4random(), arc4random());
    const char *set[] = {"SET", trace_key_of(trace_key, sku_id, pool), trace, "PX", TRACE_MS};
    const char *del[] = {"DEL", key_of(key, sku_id, pool)};
    const struct redis_line lines[] = {{5, set, NULL}, {2, del, NULL}}; /* in this order: a mark between them is deleted */
    redisReply *replies[2];
    if (redis_pipeline(soldout->redis, arena, lines, 2, replies) != SOUK_OK)
        return; /* it ends by itself */
}
