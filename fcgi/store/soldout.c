/* SKUs without a unit left. See soldout.h.
 *
 * The process's tier is a small table in which a SKU has one place, shared with those of the same hash: the latest wins.
 * 4,096 places of 40 bytes.
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

struct place {
    int64_t sku_id;
    char pool[17];
    int64_t until_us; /* clock_us() */
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

static void local_mark(struct soldout *soldout, int64_t sku_id, const char *pool, int64_t from_us)
{
    pthread_mutex_t *lock;
    struct place *place = place_take(soldout, sku_id, &lock);
    place->sku_id = sku_id;
    snprintf(place->pool, sizeof place->pool, "%s", pool);
    place->until_us = from_us + between_us(LOCAL_MS_MIN, LOCAL_MS_MAX);
    pthread_mutex_unlock(lock);
}

static void local_forget(struct soldout *soldout, int64_t sku_id, const char *pool)
{
    pthread_mutex_t *lock;
    struct place *place = place_take(soldout, sku_id, &lock);
    if (fits(place, sku_id, pool))
        place->until_us = 0;
    pthread_mutex_unlock(lock);
}

static const char *key_of(char key[KEY_BYTES], int64_t sku_id, const char *pool)
{
    snprintf(key, KEY_BYTES, "souk:soldout:%" PRId64 ":%.16s", sku_id, pool);
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
    local_mark(soldout, sku_id, pool, asked_us);
    return true;
}

void soldout_mark(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool, int64_t asked_us)
{
    local_mark(soldout, sku_id, pool, asked_us);
    int64_t ms = (between_us(REDIS_MS_MIN, REDIS_MS_MAX) - (clock_us() - asked_us)) / 1000;
    if (soldout->redis == NULL || ms <= 0)
        return;
    char key[KEY_BYTES], lifetime[24];
    snprintf(lifetime, sizeof lifetime, "%" PRId64, ms);
    const char *set[] = {"SET", key_of(key, sku_id, pool), "1", "PX", lifetime};
    redisReply *reply;
    if (redis_command(soldout->redis, arena, 5, set, NULL, &reply) != SOUK_OK)
        return; /* it is only a memory */
}

void soldout_clear(struct soldout *soldout, struct arena *arena, int64_t sku_id, const char *pool)
{
    local_forget(soldout, sku_id, pool);
    if (soldout->redis == NULL)
        return;
    char key[KEY_BYTES];
    const char *del[] = {"DEL", key_of(key, sku_id, pool)};
    redisReply *reply;
    if (redis_command(soldout->redis, arena, 2, del, NULL, &reply) != SOUK_OK)
        return; /* it ends by itself */
}
