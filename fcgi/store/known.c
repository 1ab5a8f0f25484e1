/* See known.h. The filter under construction takes events from before its first page is read, so none is missed. */
#include "store/known.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"
#include "observe/metrics.h"

enum {
    PAGE_IDS = 20000,
    ARENA_BYTES = 8 << 20,
    CALL_US = 2000000,
    LOOK_MS = 100,
    AGAIN_MS = 1000,
    RENEW_US = 600 * 1000000,
    ROOM_PERCENT = 150,
    FRESH_MS = 1000,
    DOUBTS_PER_S = 5,          /* ids looked up, in each process, that the filter does not have and cannot be believed about */
    DOUBTED_AGAIN_US = 30 * 1000000, /* more than that were wanted: a filter older than this is made anew */
    ANNOUNCE_LINES = 64,
    ANNOUNCE_TRIES = 3
};

static const char NEW_S[] = "120";

struct known {
    struct store *store;
    struct redis *redis;
    const struct feed *_Atomic feed;
    pthread_rwlock_t lock; /* guards the two pointers, not the bits */
    struct bloom *filter, *building;
    uint64_t filter_epoch;
    _Atomic uint64_t epoch;
    _Atomic int64_t doubts_s; /* the second that doubts are counted in */
    atomic_int doubts;
    atomic_bool doubted; /* some were refused since the filter was made */
    atomic_bool stopping;
    pthread_t thread;
    struct arena *arena; /* the thread's */
};

static void pause_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

static enum souk_err call(struct known *known, const char *routine, const struct param *params, size_t n,
                          struct answer *answer)
{
    struct call call = {.routine = routine, .params = params, .params_n = n, .deadline_us = clock_us() + CALL_US,
                        .repeatable = true};
    arena_reset(known->arena);
    return store_call(known->store, DB_GLOBAL, &call, known->arena, answer, NULL);
}

/* "[12,13,…]": adds each; gives how many, and the last. */
static size_t add_page(struct bloom *bloom, const char *text, int64_t *last)
{
    size_t n = 0;
    for (char *at = strpbrk(text, "0123456789"); at; at = strpbrk(at, "0123456789"), n++) {
        *last = strtoll(at, &at, 10);
        bloom_add(bloom, *last);
    }
    return n;
}

static enum souk_err fill(struct known *known, struct bloom *bloom)
{
    struct answer answer;
    int64_t last = 0;
    for (size_t n = PAGE_IDS; n == PAGE_IDS && !atomic_load(&known->stopping);) {
        const struct param params[] = {param_int(last), param_int(PAGE_IDS)};
        enum souk_err err = call(known, "catalog_ids", params, 2, &answer);
        if (err)
            return err;
        n = add_page(bloom, answer.body, &last);
    }
    return atomic_load(&known->stopping) ? SOUK_UNAVAILABLE : SOUK_OK;
}

static void set_building(struct known *known, struct bloom *bloom)
{
    pthread_rwlock_wrlock(&known->lock);
    known->building = bloom;
    pthread_rwlock_unlock(&known->lock);
}

/* `bloom` takes the place of the filter. */
static void exchange(struct known *known, struct bloom *bloom, uint64_t epoch)
{
    pthread_rwlock_wrlock(&known->lock);
    struct bloom *old = known->filter;
    known->filter = bloom;
    known->building = NULL;
    atomic_store(&known->doubted, false);
    known->filter_epoch = epoch;
    pthread_rwlock_unlock(&known->lock);
    bloom_free(old);
    metrics_set(GAUGE_FILTER_IDS, (int64_t)bloom_added(bloom));
    metrics_set(GAUGE_FILTER_BYTES, (int64_t)bloom_bytes(bloom));
}

static enum souk_err build(struct known *known)
{
    uint64_t epoch = atomic_load(&known->epoch);
    struct answer answer;
    enum souk_err err = call(known, "catalog_ids_count", NULL, 0, &answer);
    if (err)
        return err;
    const char *digits = strpbrk(answer.body, "0123456789");
    size_t ids = digits ? (size_t)strtoull(digits, NULL, 10) : 0;
    struct bloom *bloom = bloom_new(ids * ROOM_PERCENT / 100);
    if (bloom == NULL)
        return SOUK_INTERNAL;
    set_building(known, bloom);
    err = fill(known, bloom);
    if (err) {
        set_building(known, NULL);
        bloom_free(bloom);
        return err;
    }
    exchange(known, bloom, epoch);
    log_info("filter: %zu ids in %zu KiB", bloom_added(bloom), bloom_bytes(bloom) / 1024);
    return SOUK_OK;
}

/* Only this thread changes the filter, so it may look without the lock. */
static bool is_due(const struct known *known, int64_t built_us)
{
    if (atomic_load(&known->epoch) == 0)
        return false;
    return known->filter == NULL || known->filter_epoch != atomic_load(&known->epoch) ||
           bloom_added(known->filter) > bloom_ids_max(known->filter) || clock_us() - built_us > RENEW_US ||
           (atomic_load(&known->doubted) && clock_us() - built_us > DOUBTED_AGAIN_US);
}

static void *run(void *user)
{
    struct known *known = user;
    int64_t built_us = 0;
    while (!atomic_load(&known->stopping)) {
        int64_t wait_ms = LOOK_MS;
        if (is_due(known, built_us)) {
            if (build(known) == SOUK_OK)
                built_us = clock_us();
            else
                wait_ms = AGAIN_MS;
        }
        pause_ms(wait_ms);
    }
    return NULL;
}

enum souk_err known_new(struct store *store, struct redis *redis, struct known **out)
{
    *out = NULL;
    struct known *known = calloc(1, sizeof *known);
    if (known == NULL)
        return SOUK_INTERNAL;
    known->store = store;
    known->redis = redis;
    pthread_rwlock_init(&known->lock, NULL);
    known->arena = arena_new(ARENA_BYTES);
    if (known->arena == NULL || pthread_create(&known->thread, NULL, run, known) != 0) {
        arena_free(known->arena);
        free(known);
        return SOUK_INTERNAL;
    }
    *out = known;
    return SOUK_OK;
}

void known_attach(struct known *known, const struct feed *feed)
{
    atomic_store(&known->feed, feed);
}

void known_free(struct known *known)
{
    if (known == NULL)
        return;
    atomic_store(&known->stopping, true);
    pthread_join(known->thread, NULL);
    bloom_free(known->filter);
    pthread_rwlock_destroy(&known->lock);
    arena_free(known->arena);
    free(known);
}

void known_add(struct known *known, const struct feed_event *event)
{
    pthread_rwlock_rdlock(&known->lock);
    for (size_t i = 0; i < event->ids_n; i++) {
        /* What it has already would only fill the count that says when it is full. */
        if (known->filter && !bloom_has(known->filter, event->ids[i]))
            bloom_add(known->filter, event->ids[i]);
        if (known->building)
            bloom_add(known->building, event->ids[i]);
    }
    pthread_rwlock_unlock(&known->lock);
}

void known_begin_anew(struct known *known, uint64_t epoch)
{
    atomic_store(&known->epoch, epoch);
}

/* Redis, in the life that the filter was made for: is it told of this new id (MAYBE), is it not (ABSENT), or who knows? */
static enum known_answer ask_redis(struct known *known, struct arena *arena, int64_t id, uint64_t epoch)
{
    char name[40];
    redisReply *reply;
    snprintf(name, sizeof name, "souk:new:%lld", (long long)id);
    const char *argv[] = {"MGET", "souk:epoch", name};
    if (redis_command(known->redis, arena, 3, argv, NULL, &reply) != SOUK_OK || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 2 || reply->element[0]->type != REDIS_REPLY_STRING)
        return KNOWN_UNSURE;
    if (reply->element[1]->type != REDIS_REPLY_NIL)
        return KNOWN_MAYBE;
    return strtoull(reply->element[0]->str, NULL, 16) == epoch ? KNOWN_ABSENT : KNOWN_UNSURE;
}

/* May one more id be looked up that the filter does not have? */
static enum known_answer doubt(struct known *known)
{
    int64_t now_s = clock_us() / 1000000, was_s = atomic_load(&known->doubts_s);
    if (was_s != now_s && atomic_compare_exchange_strong(&known->doubts_s, &was_s, now_s))
        atomic_store(&known->doubts, 0);
    if (atomic_fetch_add(&known->doubts, 1) < DOUBTS_PER_S)
        return KNOWN_UNSURE;
    atomic_store(&known->doubted, true);
    return KNOWN_REFUSED;
}

enum known_answer known_ask(struct known *known, struct arena *arena, int64_t id)
{
    const struct feed *feed = atomic_load(&known->feed);
    pthread_rwlock_rdlock(&known->lock);
    bool built = known->filter != NULL;
    bool has = built && bloom_has(known->filter, id);
    uint64_t epoch = known->filter_epoch;
    pthread_rwlock_unlock(&known->lock);
    if (has)
        return KNOWN_MAYBE;
    if (!built)
        return KNOWN_UNSURE;
    enum known_answer answer = ask_redis(known, arena, id, epoch);
    bool believed = feed && feed_epoch(feed) == epoch && clock_unix_ms() - feed_fresh_ms(feed, false) <= FRESH_MS;
    return answer == KNOWN_MAYBE || (answer == KNOWN_ABSENT && believed) ? answer : doubt(known);
}

/* At most ANNOUNCE_LINES of them, in one round trip. */
static enum souk_err announce_some(struct redis *redis, struct arena *arena, const int64_t *ids, size_t n)
{
    struct redis_line lines[ANNOUNCE_LINES];
    const char *words[ANNOUNCE_LINES][5];
    redisReply *replies[ANNOUNCE_LINES];
    for (size_t i = 0; i < n; i++) {
        char *name = arena_printf(arena, "souk:new:%lld", (long long)ids[i]);
        if (name == NULL)
            return SOUK_TOO_LARGE;
        memcpy(words[i], ((const char *[]){"SET", name, "1", "EX", NEW_S}), sizeof words[i]);
        lines[i] = (struct redis_line){.argc = 5, .argv = words[i]};
    }
    return redis_pipeline(redis, arena, lines, n, replies);
}

bool known_announce(struct redis *redis, struct arena *arena, const int64_t *ids, size_t n)
{
    enum souk_err err = SOUK_OK;
    for (size_t i = 0; i < n && err == SOUK_OK; i += ANNOUNCE_LINES) {
        size_t some = n - i < ANNOUNCE_LINES ? n - i : ANNOUNCE_LINES;
        err = announce_some(redis, arena, ids + i, some);
        for (int tries = 1; err && tries < ANNOUNCE_TRIES; tries++)
            err = announce_some(redis, arena, ids + i, some);
    }
    return err == SOUK_OK;
}
