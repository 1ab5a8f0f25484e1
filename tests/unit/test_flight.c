/* One maker per key: many threads, one load; what an event spoils is kept nowhere. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/flight.h"
#include "unit.h"

enum { THREADS = 32, ROUNDS = 300 };

static struct flights *flights;
static struct lru *lru;
static _Atomic int loads, answers;
static pthread_barrier_t ready;

static struct cache_key key_of(int n)
{
    struct cache_key key = {.row = 0};
    key.len = (size_t)snprintf(key.text, sizeof key.text, "sku_get:%d", n);
    cache_key_seal(&key);
    return key;
}

static struct cached *make(const struct cache_key *key)
{
    struct cached_parts parts = {.key = key, .status = 200, .body = "{}", .body_len = 2};
    return cached_new(&parts);
}

static void begin(void)
{
    flights = flights_new();
    lru = lru_new(1 << 20);
    CU_ASSERT_TRUE_FATAL(flights && lru);
}

static void end(void)
{
    flights_free(flights);
    lru_free(lru);
}

static bool kept(const struct cache_key *key)
{
    struct cached *found = lru_get(lru, key);
    cached_unref(found);
    return found != NULL;
}

static void *want(void *user)
{
    const struct cache_key *key = user;
    struct flight *flight;
    struct flight_end end = {.cached = NULL};
    struct cached *cached = NULL;
    pthread_barrier_wait(&ready);
    if (flight_join(flights, key, 0, &flight)) {
        usleep(50000);
        atomic_fetch_add(&loads, 1);
        cached = make(key);
        flight_land(flight, SOUK_OK, cached, lru);
    } else if (flight_wait(flight, clock_us() + 2000000, &end) == SOUK_OK) {
        cached = end.cached;
    }
    atomic_fetch_add(&answers, cached != NULL);
    cached_unref(cached);
    return NULL;
}

static void test_one_load(void)
{
    pthread_t threads[THREADS];
    struct cache_key key = key_of(1);
    begin();
    atomic_store(&loads, 0);
    atomic_store(&answers, 0);
    pthread_barrier_init(&ready, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, want, &key);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&ready);
    CU_ASSERT_EQUAL(atomic_load(&answers), THREADS);
    CU_ASSERT_TRUE(atomic_load(&loads) <= 2); /* a thread that came after the landing may have begun another */
    CU_ASSERT_TRUE(kept(&key));
    end();
}

static void test_failure_is_shared(void)
{
    struct cache_key key = key_of(1);
    struct flight *leader, *follower;
    struct flight_end got;
    begin();
    CU_ASSERT_TRUE(flight_join(flights, &key, 0, &leader));
    CU_ASSERT_FALSE(flight_join(flights, &key, 0, &follower));
    flight_land(leader, SOUK_UNAVAILABLE, NULL, lru);
    CU_ASSERT_EQUAL(flight_wait(follower, clock_us() + 1000000, &got), SOUK_UNAVAILABLE);
    CU_ASSERT_TRUE(!got.cached && !got.stand_in && !got.spoiled);
    CU_ASSERT_TRUE(flight_join(flights, &key, 0, &leader)); /* the next one tries again */
    CU_ASSERT_FALSE(flight_join(flights, &key, 0, &follower));
    CU_ASSERT_EQUAL(flight_wait(follower, clock_us() + 10000, &got), SOUK_TIMEOUT);
    flight_land(leader, SOUK_OK, NULL, lru);
    end();
}

/* What is old is there for those who wait, whether the flight fails or does not land in time; not beside an answer. */
static void test_what_stands_in_is_shared(void)
{
    struct cache_key key = key_of(1);
    struct flight *leader, *late, *follower;
    struct cached *old = make(&key), *older = make(&key);
    struct flight_end got;
    begin();
    CU_ASSERT_TRUE(flight_join(flights, &key, 0, &leader));
    CU_ASSERT_FALSE(flight_join(flights, &key, 0, &late));
    CU_ASSERT_FALSE(flight_join(flights, &key, 0, &follower));
    flight_offer(leader, older);
    flight_offer(leader, old);
    CU_ASSERT_EQUAL(flight_wait(late, clock_us() + 10000, &got), SOUK_TIMEOUT);
    CU_ASSERT_TRUE(got.stand_in == old && !got.cached);
    cached_unref(got.stand_in);
    flight_land(leader, SOUK_UNAVAILABLE, NULL, lru);
    CU_ASSERT_EQUAL(flight_wait(follower, clock_us() + 1000000, &got), SOUK_UNAVAILABLE);
    CU_ASSERT_TRUE(got.stand_in == old && !got.cached);
    cached_unref(got.stand_in);
    CU_ASSERT_FALSE(kept(&key));
    CU_ASSERT_EQUAL(atomic_load(&old->refs), 1);
    CU_ASSERT_EQUAL(atomic_load(&older->refs), 1);
    cached_unref(old);
    cached_unref(older);
    end();
}

static void test_spoiled(void)
{
    struct cache_key key = key_of(1);
    struct flight *leader, *follower, *next;
    begin();
    CU_ASSERT_TRUE(flight_join(flights, &key, 0, &leader));
    CU_ASSERT_FALSE(flight_join(flights, &key, 0, &follower));
    flights_spoil(flights, &key);
    CU_ASSERT_TRUE(flight_spoiled(leader));
    CU_ASSERT_TRUE(flight_join(flights, &key, 0, &next)); /* whoever comes now begins anew */
    struct cached *old = make(&key);
    struct flight_end got;
    flight_land(leader, SOUK_OK, old, lru);
    CU_ASSERT_EQUAL(flight_wait(follower, clock_us() + 1000000, &got), SOUK_OK); /* who asked before is served */
    CU_ASSERT_PTR_EQUAL(got.cached, old);
    CU_ASSERT_TRUE(got.spoiled);
    CU_ASSERT_FALSE(kept(&key));
    flight_land(next, SOUK_OK, old, lru);
    CU_ASSERT_TRUE(kept(&key));
    cached_unref(got.cached);
    cached_unref(old);
    end();
}

static void test_older_generation_is_not_joined(void)
{
    struct cache_key key = key_of(1);
    struct flight *old, *new;
    begin();
    CU_ASSERT_TRUE(flight_join(flights, &key, 7, &old));
    CU_ASSERT_TRUE(flight_join(flights, &key, 8, &new));
    CU_ASSERT_TRUE(flight_spoiled(old));
    CU_ASSERT_FALSE(flight_spoiled(new));
    flight_land(old, SOUK_OK, NULL, lru);
    flight_land(new, SOUK_OK, NULL, lru);
    end();
}

static void *churn(void *user)
{
    unsigned seed = (unsigned)(uintptr_t)user;
    for (int i = 0; i < ROUNDS; i++) {
        struct cache_key key = key_of((int)(seed++ % 3));
        struct flight *flight;
        struct flight_end got = {.cached = NULL};
        struct cached *cached = NULL;
        if (i % 7 == 0) {
            flights_spoil(flights, &key);
            lru_remove(lru, &key);
        } else if (flight_join(flights, &key, (uint64_t)(i / 100), &flight)) {
            cached = make(&key);
            flight_land(flight, SOUK_OK, cached, lru);
        } else if (i % 5 == 0) {
            flight_leave(flight);
        } else if (flight_wait(flight, clock_us() + 1000000, &got) == SOUK_OK) {
            cached = got.cached;
        }
        cached_unref(cached);
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];
    begin();
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, churn, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_PASS("nothing raced");
    end();
}

UNIT_SUITE(flight, UNIT_TEST(test_one_load), UNIT_TEST(test_failure_is_shared),
           UNIT_TEST(test_what_stands_in_is_shared), UNIT_TEST(test_spoiled),
           UNIT_TEST(test_older_generation_is_not_joined), UNIT_TEST(test_threads))
