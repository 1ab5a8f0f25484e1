/* See flight.h. A flight stands in its part's table until it lands or is spoiled; it lives until the last one lets go. */
#include "store/flight.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fiber.h"

enum { PARTS_N = 16 };

struct part {
    pthread_mutex_t lock; /* guards all of its flights */
    struct flight *table;
};

struct flight {
    struct part *part;
    struct fiber_cond landed;
    unsigned refs;
    bool done, listed;
    _Atomic bool spoiled;
    uint64_t generation;
    enum souk_err err;
    struct cached *cached, *stand_in;
    UT_hash_handle hh;
    size_t key_len;
    char key[];
};

struct flights {
    struct part parts[PARTS_N];
};

struct flights *flights_new(void)
{
    struct flights *flights = calloc(1, sizeof *flights);
    for (size_t i = 0; flights && i < PARTS_N; i++)
        pthread_mutex_init(&flights->parts[i].lock, NULL);
    return flights;
}

void flights_free(struct flights *flights)
{
    if (flights == NULL)
        return;
    for (size_t i = 0; i < PARTS_N; i++)
        pthread_mutex_destroy(&flights->parts[i].lock);
    free(flights);
}

static struct part *part_of(struct flights *flights, const struct cache_key *key)
{
    return &flights->parts[(key->hash >> 48) % PARTS_N];
}

/* The following five with the part's lock held. */
static struct flight *find(struct part *part, const struct cache_key *key)
{
    struct flight *found = NULL;
    HASH_FIND_BYHASHVALUE(hh, part->table, key->text, key->len, (unsigned)key->hash, found);
    return found;
}

static void unlist(struct flight *flight)
{
    if (flight->listed)
        HASH_DELETE(hh, flight->part->table, flight);
    flight->listed = false;
}

static void spoil(struct flight *flight)
{
    atomic_store(&flight->spoiled, true);
    unlist(flight);
}

static struct flight *begin(struct part *part, const struct cache_key *key, uint64_t generation)
{
    struct flight *flight = calloc(1, sizeof *flight + key->len);
    if (flight == NULL)
        return NULL;
    memcpy(flight->key, key->text, key->len);
    flight->key_len = key->len;
    flight->part = part;
    flight->refs = 1;
    flight->generation = generation;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, part->table, flight->key, flight->key_len, (unsigned)key->hash, flight);
    flight->listed = true;
    return flight;
}

/* True: the last one let go, and the caller frees it once the lock is given back. */
static bool let_go(struct flight *flight)
{
    return --flight->refs == 0;
}

static void destroy(struct flight *flight)
{
    cached_unref(flight->cached);
    cached_unref(flight->stand_in);
    free(flight);
}

bool flight_join(struct flights *flights, const struct cache_key *key, uint64_t generation, struct flight **out)
{
    struct part *part = part_of(flights, key);
    pthread_mutex_lock(&part->lock);
    struct flight *flight = find(part, key);
    if (flight != NULL && flight->generation != generation) {
        spoil(flight);
        flight = NULL;
    }
    bool leads = flight == NULL;
    if (leads)
        flight = begin(part, key, generation);
    else
        flight->refs++;
    pthread_mutex_unlock(&part->lock);
    *out = flight;
    return leads;
}

enum souk_err flight_wait(struct flight *flight, int64_t deadline_us, struct flight_end *end)
{
    enum souk_err err = SOUK_TIMEOUT;
    *end = (struct flight_end){.cached = NULL};
    pthread_mutex_lock(&flight->part->lock);
    while (!flight->done && fiber_cond_wait(&flight->landed, &flight->part->lock, deadline_us))
        continue;
    if (flight->done) {
        err = flight->err;
        end->cached = flight->cached ? cached_ref(flight->cached) : NULL;
    }
    if (end->cached == NULL && flight->stand_in)
        end->stand_in = cached_ref(flight->stand_in);
    end->spoiled = atomic_load(&flight->spoiled);
    bool last = let_go(flight);
    pthread_mutex_unlock(&flight->part->lock);
    if (last)
        destroy(flight);
    return err;
}

void flight_leave(struct flight *flight)
{
    pthread_mutex_lock(&flight->part->lock);
    bool last = let_go(flight);
    pthread_mutex_unlock(&flight->part->lock);
    if (last)
        destroy(flight);
}

void flight_offer(struct flight *flight, struct cached *cached)
{
    cached_ref(cached);
    pthread_mutex_lock(&flight->part->lock);
    struct cached *before = flight->stand_in;
    flight->stand_in = cached;
    pthread_mutex_unlock(&flight->part->lock);
    cached_unref(before);
}

void flight_land(struct flight *flight, enum souk_err err, struct cached *cached, struct lru *lru)
{
    pthread_mutex_lock(&flight->part->lock);
    /* Under the lock: whoever spoils it afterwards also removes what was put. */
    if (lru && cached && !atomic_load(&flight->spoiled))
        lru_put(lru, cached);
    flight->err = err;
    flight->cached = cached ? cached_ref(cached) : NULL;
    flight->done = true;
    unlist(flight);
    fiber_cond_broadcast(&flight->landed);
    bool last = let_go(flight);
    pthread_mutex_unlock(&flight->part->lock);
    if (last)
        destroy(flight);
}

bool flight_spoiled(const struct flight *flight)
{
    return atomic_load(&flight->spoiled);
}

void flights_spoil(struct flights *flights, const struct cache_key *key)
{
    struct part *part = part_of(flights, key);
    pthread_mutex_lock(&part->lock);
    struct flight *flight = find(part, key);
    if (flight != NULL)
        spoil(flight);
    pthread_mutex_unlock(&part->lock);
}

void flights_spoil_all(struct flights *flights)
{
    for (size_t i = 0; i < PARTS_N; i++) {
        struct part *part = &flights->parts[i];
        pthread_mutex_lock(&part->lock);
        while (part->table)
            spoil(part->table);
        pthread_mutex_unlock(&part->lock);
    }
}
