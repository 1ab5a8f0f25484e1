/* The cache's beginning, its end, and the end of its answers by events: Redis first, then what is being made, then what
 * this process has, so that nothing old is fetched again in between. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/metrics.h"
#include "store/cache_inside.h"

enum { ARENA_BYTES = 32 << 20 };

/* Do events of this topic end answers of the policy? */
static bool names_topic(const struct cache_policy *policy, const char *topic, bool shard)
{
    if (policy == NULL || policy->topics == NULL || (shard && !policy->shards))
        return false;
    for (const char *const *prefix = policy->topics; *prefix; prefix++) {
        if (strncmp(topic, *prefix, strlen(*prefix)) == 0)
            return true;
    }
    return false;
}

static bool is_about(const struct cache_policy *policy, const struct feed_event *event)
{
    return names_topic(policy, event->topic, event->shard);
}

static bool ends_all(const struct cache_policy *policy, const struct feed_event *event)
{
    return policy->by == NULL || event->all;
}

static void name_key(const struct cache *cache, size_t row, int64_t id, struct cache_key *key)
{
    key->row = row;
    key->len = (size_t)snprintf(key->text, sizeof key->text, "%s:%" PRId64, cache->rows[row].name, id);
    cache_key_seal(key);
}

/* The row's list for Redis; of events that end all of it only the last one counts. */
static size_t list_ends(struct cache *cache, size_t row, const struct feed_event *events, size_t n, struct tier_end *ends)
{
    const struct cache_policy *policy = cache->rows[row].policy;
    const struct feed_event *last = NULL;
    struct cache_key key;
    size_t ends_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_about(policy, &events[i]))
            continue;
        if (ends_all(policy, &events[i])) {
            last = &events[i];
            continue;
        }
        for (size_t id = 0; id < events[i].ids_n; id++) {
            name_key(cache, row, events[i].ids[id], &key);
            ends[ends_n++] = (struct tier_end){.key = arena_copy(cache->arena, key.text, key.len),
                                               .row = cache->rows[row].name, .stamp = events[i].stamp};
        }
    }
    if (last != NULL)
        ends[ends_n++] = (struct tier_end){.row = cache->rows[row].name, .stamp = last->stamp};
    return ends_n;
}

/* In this process. The generation ends flights too: none of an older one is joined, and what they make is of that one. */
static void end_here(struct cache *cache, size_t row, const struct feed_event *event)
{
    struct cache_key key;
    if (ends_all(cache->rows[row].policy, event)) {
        atomic_fetch_add(&cache->generations[row], 1);
        return;
    }
    for (size_t i = 0; i < event->ids_n; i++) {
        name_key(cache, row, event->ids[i], &key);
        flights_spoil(cache->flights, &key);
        lru_remove(cache->lru, &key);
    }
}

static bool end_row(struct cache *cache, redisContext *redis, size_t row, const struct feed_event *events, size_t n)
{
    size_t ids_n = 1;
    for (size_t i = 0; i < n; i++)
        ids_n += events[i].ids_n;
    struct tier_end *ends = arena_alloc(cache->arena, ids_n * sizeof *ends);
    if (ends == NULL)
        return false;
    size_t ends_n = list_ends(cache, row, events, n, ends);
    if (!tier_end(redis, cache->arena, atomic_load(&cache->epoch), ends, ends_n))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (is_about(cache->rows[row].policy, &events[i]))
            end_here(cache, row, &events[i]);
    }
    return true;
}

static bool tell_rows(void *user, redisContext *redis, const struct feed_event *events, size_t n)
{
    struct cache *cache = user;
    bool good = true;
    for (size_t row = 0; good && row < cache->rows_n; row++) {
        if (cache->rows[row].policy != NULL)
            good = end_row(cache, redis, row, events, n);
        arena_reset(cache->arena);
    }
    metrics_add(METRIC_CACHE_EVENTS, good ? n : 0);
    return good;
}

static bool hears_rows(void *user, const char *topic, bool shard)
{
    const struct cache *cache = user;
    for (size_t row = 0; row < cache->rows_n; row++)
        if (names_topic(cache->rows[row].policy, topic, shard))
            return true;
    return false;
}

static void tell_sizes(void *user)
{
    struct cache *cache = user;
    metrics_set(GAUGE_CACHE_BYTES, (int64_t)lru_bytes(cache->lru));
    metrics_set(GAUGE_CACHE_ENTRIES, (int64_t)lru_entries(cache->lru));
}

static bool hears_known(void *user, const char *topic, bool shard)
{
    (void)user;
    return !shard && (strncmp(topic, "product.", 8) == 0 || strncmp(topic, "sku.", 4) == 0);
}

static bool tell_known(void *user, redisContext *redis, const struct feed_event *events, size_t n)
{
    (void)redis;
    for (size_t i = 0; i < n; i++) {
        if (hears_known(user, events[i].topic, events[i].shard))
            known_add(user, &events[i]);
    }
    return true;
}

static void rows_begin_anew(void *user, uint64_t epoch)
{
    struct cache *cache = user;
    atomic_store(&cache->epoch, epoch);
    for (size_t row = 0; row < cache->rows_n; row++)
        atomic_fetch_add(&cache->generations[row], 1);
    flights_spoil_all(cache->flights);
    lru_clear(cache->lru);
}

static void known_anew(void *user, uint64_t epoch)
{
    known_begin_anew(user, epoch);
}

static bool rows_copy(struct cache *cache, const struct cache_row *rows, size_t rows_n)
{
    cache->rows = calloc(rows_n + 1, sizeof *cache->rows);
    cache->row_names = calloc(rows_n + 1, sizeof *cache->row_names);
    cache->generations = calloc(rows_n + 1, sizeof *cache->generations);
    if (!cache->rows || !cache->row_names || !cache->generations)
        return false;
    cache->rows_n = rows_n;
    for (size_t i = 0; i < rows_n; i++) {
        cache->rows[i] = rows[i];
        if (rows[i].policy && rows[i].policy->redis_ms <= 0)
            cache->rows[i].policy = NULL;
        cache->row_names[i] = rows[i].name;
    }
    return true;
}

enum souk_err cache_new(const struct config *config, struct store *store, struct redis *redis, const struct cache_row *rows,
                        size_t rows_n, struct cache **out)
{
    enum souk_err err = SOUK_INTERNAL;
    *out = NULL;
    struct cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL || !rows_copy(cache, rows, rows_n))
        goto out;
    cache->lru = lru_new((size_t)config->cache_local_bytes);
    cache->flights = flights_new();
    cache->arena = arena_new(ARENA_BYTES);
    cache->tier = (struct tier){.redis = redis, .row_names = cache->row_names};
    if (!cache->lru || !cache->flights || !cache->arena)
        goto out;
    err = known_new(store, redis, &cache->known);
    if (err)
        goto out;
    const struct feed_listener listeners[] = {
        {.user = cache->known, .hears = hears_known, .tell = tell_known, .begin_anew = known_anew},
        {.user = cache, .hears = hears_rows, .tell = tell_rows, .begin_anew = rows_begin_anew, .turn = tell_sizes},
    };
    err = feed_new(config, listeners, 2, &cache->feed);
    if (err)
        goto out;
    known_attach(cache->known, cache->feed);
    *out = cache;
    return SOUK_OK;
out:
    cache_free(cache);
    return err;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    feed_free(cache->feed);
    known_free(cache->known);
    flights_free(cache->flights);
    lru_free(cache->lru);
    arena_free(cache->arena);
    free(cache->generations);
    free(cache->row_names);
    free(cache->rows);
    free(cache);
}
