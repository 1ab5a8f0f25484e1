/* See cache.h. The way of a request: local tier → filter → Redis → routine. What events do to all that: cache_end.c. */
#include "store/cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/cache_inside.h"

enum {
    WAIT_US = 250000,      /* for another process that loads */
    WAIT_LOOK_US = 4000,   /* looks every 4 to 8 ms */
    EARLY_COSTS_MAX = 40   /* −ln of a random number in (0, 1] is hardly ever more */
};

static const enum metric_counter hit_metric[CACHE_FROM_N] = {
    [CACHE_LOCAL] = METRIC_CACHE_LOCAL_HITS, [CACHE_REDIS] = METRIC_CACHE_REDIS_HITS,
    [CACHE_FLIGHT] = METRIC_CACHE_JOINED,    [CACHE_LOADED] = METRIC_COUNTERS_N, /* counted when it was called */
    [CACHE_STALE] = METRIC_CACHE_STALE,      [CACHE_FILTER] = METRIC_CACHE_ABSENT,
    [CACHE_REFUSED] = METRIC_COUNTERS_N,
};

/* One request on its way through the tiers. */
struct look {
    struct cache *cache;
    const struct cache_ask *ask;
    const struct cache_policy *policy;
    struct arena *arena;
    uint64_t generation;
    struct flight *flight; /* that this one leads, else NULL */
    struct cached *old; /* what may stand in when nothing newer can be had; a reference */
    bool ended;         /* an event has ended what was there */
    bool unfiltered;    /* the filter took the id for one of the catalogue's */
    enum cache_from from;
};

bool cache_keeps(const struct cache *cache, size_t row)
{
    return cache != NULL && row < cache->rows_n && cache->rows[row].policy != NULL;
}

/* Uniform in ± percent. */
static int64_t jittered(int64_t ms, int percent)
{
    int64_t spread = ms * percent / 100;
    return spread > 0 ? ms - spread + (int64_t)arc4random_uniform((uint32_t)(2 * spread + 1)) : ms;
}

/* Is what it shows at most a second behind the databases, as far as anybody can know? */
static bool is_fresh(const struct look *look, const struct cached *cached, int64_t now_ms)
{
    if (look->policy->topics == NULL || cached->loaded_ms >= now_ms - CACHE_BEHIND_MS)
        return true;
    return feed_fresh_ms(look->cache->feed, look->policy->shards) >= now_ms - CACHE_BEHIND_MS;
}

static bool is_usable(const struct look *look, const struct cached *cached, int64_t now_ms)
{
    return cached->generation == look->generation && now_ms < cached->expires_ms && is_fresh(look, cached, now_ms);
}

/* XFetch: the nearer the end and the dearer the load, the likelier; one of many readers renews before all have to wait. */
static bool is_early(const struct cached *cached, int64_t now_ms)
{
    int64_t left_us = (cached->expires_ms - now_ms) * 1000;
    if (left_us > cached->cost_us * EARLY_COSTS_MAX)
        return false;
    double random = ((double)arc4random() + 1) / 4294967296.0;
    return (double)cached->cost_us * -log(random) >= (double)left_us;
}

/* Keeps the newest of what may stand in, for those who wait too. Takes the reference. */
static void keep_old(struct look *look, struct cached *cached)
{
    if (cached == NULL)
        return;
    if (cached->generation != look->generation || (look->old && look->old->loaded_ms > cached->loaded_ms)) {
        cached_unref(cached);
        return;
    }
    cached_unref(look->old);
    look->old = cached;
    if (look->flight != NULL)
        flight_offer(look->flight, cached);
}

static void count(const struct look *look)
{
    if (hit_metric[look->from] != METRIC_COUNTERS_N)
        metrics_add(hit_metric[look->from], 1);
}

static enum souk_err call_load(struct look *look, struct answer *answer)
{
    metrics_add(METRIC_CACHE_LOADS, 1);
    look->from = CACHE_LOADED;
    return look->ask->load(look->ask->user, answer);
}

static enum souk_err answer_with(struct look *look, struct cached *cached, struct answer *answer)
{
    count(look);
    if (cached->null && look->from != CACHE_LOADED)
        metrics_add(METRIC_CACHE_NULLS, 1);
    *answer = (struct answer){.status = cached->status, .body = cached->body, .body_len = cached->body_len,
                              .etag = cached->etag, .next_cursor = cached->next_cursor, .location = cached->location};
    bool null = cached->null;
    if (arena_own(look->arena, cached, cached_unref) == NULL)
        return SOUK_TOO_LARGE;
    return null ? SOUK_NOT_FOUND : SOUK_OK;
}

static struct cached *cached_of(const struct look *look, enum souk_err err, const struct answer *answer)
{
    const struct cache_policy *policy = look->policy;
    bool null = err == SOUK_NOT_FOUND;
    int64_t lifetime_ms = jittered(null ? policy->null_ms : policy->redis_ms, policy->jitter_percent);
    if ((err != SOUK_OK && !null) || lifetime_ms <= 0 || (!null && answer->status != 0 && answer->status != 200))
        return NULL;
    struct cached_parts parts = {.key = look->ask->key, .null = null, .status = answer->status};
    if (!null) {
        parts.body = answer->body;
        parts.body_len = answer->body_len;
        parts.etag = answer->etag;
        parts.next_cursor = answer->next_cursor;
        parts.location = answer->location;
    }
    struct cached *cached = cached_new(&parts);
    if (cached != NULL)
        cached->expires_ms = clock_unix_ms() + lifetime_ms;
    return cached;
}

/* Calls the routine, and keeps what it says in Redis. *out stays NULL when it is nothing to keep. */
static enum souk_err load(struct look *look, const struct tier_ticket *ticket, struct answer *answer, struct cached **out)
{
    int64_t loaded_ms = clock_unix_ms(), began_us = clock_us();
    enum souk_err err = call_load(look, answer);
    struct cached *cached = cached_of(look, err, answer);
    if (err == SOUK_NOT_FOUND && look->unfiltered)
        metrics_add(METRIC_CACHE_FILTER_WRONG, 1);
    bool outdated = look->flight && flight_spoiled(look->flight);
    if (cached != NULL) {
        cached->loaded_ms = loaded_ms;
        cached->cost_us = clock_us() - began_us;
        cached->generation = look->generation;
    }
    int64_t px_ms = cached ? cached->expires_ms - clock_unix_ms() + look->policy->stale_ms : 0;
    bool kept = tier_give(&look->cache->tier, look->arena, look->ask->key, ticket, outdated ? NULL : cached, px_ms);
    if (cached && ticket->good && !kept)
        metrics_add(METRIC_CACHE_OUTDATED, 1);
    *out = cached;
    return err;
}

/* A usable answer from Redis, else NULL. */
static struct cached *find_shared(struct look *look)
{
    struct cached *found = tier_find(&look->cache->tier, look->arena, atomic_load(&look->cache->epoch), look->ask->key);
    if (found == NULL)
        return NULL;
    found->generation = look->generation;
    if (is_usable(look, found, clock_unix_ms()))
        return found;
    keep_old(look, found);
    return NULL;
}

/* Another process loads: looks now and then whether it is there, for a short while. */
static struct cached *wait_for_other(struct look *look)
{
    int64_t until_us = clock_us() + WAIT_US;
    if (until_us > look->ask->deadline_us)
        until_us = look->ask->deadline_us;
    while (clock_us() < until_us) {
        fiber_pause(WAIT_LOOK_US + arc4random_uniform(WAIT_LOOK_US));
        struct cached *found = find_shared(look);
        if (found != NULL) {
            metrics_add(METRIC_CACHE_WAITED, 1);
            return found;
        }
    }
    return NULL;
}

/* SOUK_OK: go on. */
static enum souk_err ask_filter(struct look *look)
{
    if (!look->policy->known)
        return SOUK_OK;
    enum known_answer answer = known_ask(look->cache->known, look->arena, look->ask->id);
    if (answer == KNOWN_UNSURE)
        metrics_add(METRIC_CACHE_FILTER_BYPASSED, 1);
    look->unfiltered = answer == KNOWN_MAYBE;
    if (answer == KNOWN_ABSENT) {
        look->from = CACHE_FILTER;
        return SOUK_NOT_FOUND;
    }
    if (answer != KNOWN_REFUSED)
        return SOUK_OK;
    metrics_add(METRIC_CACHE_FILTER_REFUSED, 1);
    look->from = CACHE_REFUSED;
    return SOUK_UNAVAILABLE;
}

/* The leader's way beyond the local tier. SOUK_OK or SOUK_NOT_FOUND with *out: an answer to keep. `renew`: what there is
 * nears its end. */
static enum souk_err fetch(struct look *look, bool renew, struct answer *answer, struct cached **out)
{
    struct tier_ticket ticket;
    *out = NULL;
    if (!renew) {
        enum souk_err err = ask_filter(look);
        if (err != SOUK_OK)
            return err;
        *out = find_shared(look);
        look->from = CACHE_REDIS;
        if (*out != NULL && !is_early(*out, clock_unix_ms()))
            return SOUK_OK;
        if (*out == NULL)
            metrics_add(METRIC_CACHE_REDIS_MISSES, 1);
    }
    struct cached *early = *out;
    *out = NULL;
    tier_take(&look->cache->tier, look->arena, atomic_load(&look->cache->epoch), look->ask->key, &ticket);
    if (renew || early)
        metrics_add(METRIC_CACHE_EARLY, ticket.locked);
    if (!ticket.locked && (early || renew)) {
        *out = early ? early : cached_ref(look->old);
        return SOUK_OK;
    }
    keep_old(look, early);
    if (!ticket.locked && (*out = wait_for_other(look)) != NULL)
        return SOUK_OK;
    return load(look, &ticket, answer, out);
}

static bool has_failed(enum souk_err err)
{
    return err == SOUK_UNAVAILABLE || err == SOUK_TIMEOUT || err == SOUK_CONFLICT || err == SOUK_INTERNAL;
}

/* What an event has ended does not stand in. What Redis still has does: it may have been asked in vain before. */
static void find_old(struct look *look)
{
    uint64_t generation = atomic_load(&look->cache->generations[look->ask->key->row]);
    if (look->ended || generation != look->generation) {
        cached_unref(look->old);
        look->old = NULL;
        look->generation = generation;
    }
    if (look->old == NULL)
        keep_old(look, find_shared(look));
}

/* An answer past its end, where there is one that may stand in. */
static enum souk_err make_do(struct look *look, enum souk_err err, struct answer *answer)
{
    if (!has_failed(err))
        return err;
    find_old(look);
    int64_t now_ms = clock_unix_ms();
    if (!look->old || now_ms >= look->old->expires_ms + look->policy->stale_ms)
        return err;
    look->from = is_usable(look, look->old, now_ms) ? CACHE_LOCAL : CACHE_STALE;
    return answer_with(look, cached_ref(look->old), answer);
}

static enum souk_err lead(struct look *look, bool renew, struct answer *answer)
{
    struct cached *cached = NULL;
    struct flight *flight = look->flight;
    enum souk_err err = fetch(look, renew, answer, &cached);
    if (cached != NULL)
        atomic_store(&cached->local_until_us,
                     clock_us() + jittered(look->policy->local_ms, look->policy->jitter_percent) * 1000);
    /* What was there before the flight began is not put again: an event may have removed it in between. */
    bool put = look->policy->local_ms > 0 && cached != look->old;
    if (flight != NULL) {
        look->flight = NULL;
        look->ended = flight_spoiled(flight);
        flight_land(flight, err, cached, put ? look->cache->lru : NULL);
    }
    if (cached != NULL)
        return answer_with(look, cached, answer);
    if (err == SOUK_OK || err == SOUK_NOT_FOUND)
        count(look);
    return make_do(look, err, answer);
}

static enum souk_err follow(struct look *look, struct flight *flight, struct answer *answer)
{
    struct flight_end end;
    enum souk_err err = flight_wait(flight, look->ask->deadline_us, &end);
    look->from = CACHE_FLIGHT;
    if (end.cached != NULL)
        return answer_with(look, end.cached, answer);
    look->ended = end.spoiled;
    keep_old(look, end.stand_in);
    if (err == SOUK_OK) /* an answer that is not to be kept: each makes its own */
        return call_load(look, answer);
    if (err == SOUK_NOT_FOUND)
        metrics_add(METRIC_CACHE_JOINED, 1);
    return make_do(look, err, answer);
}

/* Beyond the local tier. `mine`: what is there and good, only due to be looked after: nobody waits for that. */
static enum souk_err go_on(struct look *look, struct cached *mine, bool renew, struct answer *answer)
{
    struct flight *flight;
    bool leads = flight_join(look->cache->flights, look->ask->key, look->generation, &flight);
    if (mine != NULL && !leads) {
        flight_leave(flight);
        look->from = CACHE_LOCAL;
        return answer_with(look, cached_ref(mine), answer);
    }
    if (mine == NULL)
        metrics_add(METRIC_CACHE_LOCAL_MISSES, 1);
    if (!leads)
        return follow(look, flight, answer);
    look->flight = flight;
    if (flight && look->old)
        flight_offer(flight, look->old);
    return lead(look, renew, answer);
}

enum souk_err cache_get(struct cache *cache, const struct cache_ask *ask, struct arena *arena, struct answer *answer,
                        enum cache_from *from)
{
    size_t row = ask->key->row;
    struct look look = {.cache = cache, .ask = ask, .policy = cache->rows[row].policy, .arena = arena, .from = CACHE_LOCAL};
    look.generation = atomic_load_explicit(&cache->generations[row], memory_order_acquire);
    struct cached *mine = lru_get(cache->lru, ask->key);
    enum souk_err err;
    int64_t now_ms = clock_unix_ms();
    bool usable = mine && is_usable(&look, mine, now_ms);
    bool renew = usable && is_early(mine, now_ms);
    if (usable && !renew && clock_us() < atomic_load_explicit(&mine->local_until_us, memory_order_relaxed)) {
        err = answer_with(&look, mine, answer);
    } else {
        keep_old(&look, mine);
        err = go_on(&look, usable ? mine : NULL, renew, answer);
        cached_unref(look.old);
    }
    *from = look.from;
    return err;
}
