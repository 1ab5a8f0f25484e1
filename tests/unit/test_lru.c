/* Answers in memory: found again, bounded in bytes, dropped by age of use, never over a newer version. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/lru.h"
#include "unit.h"

enum { THREADS = 4, ROUNDS = 20000, KEYS = 500 };

static struct cache_key key_of(int n)
{
    struct cache_key key = {.row = 0};
    key.len = (size_t)snprintf(key.text, sizeof key.text, "product_get:%d", n);
    cache_key_seal(&key);
    return key;
}

static struct cached *make(int n, const char *etag, const char *body)
{
    struct cache_key key = key_of(n);
    struct cached_parts parts = {.key = &key, .status = 200, .body = body, .body_len = strlen(body), .etag = etag};
    struct cached *cached = cached_new(&parts);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cached);
    return cached;
}

static void put(struct lru *lru, int n, const char *etag, const char *body)
{
    struct cached *cached = make(n, etag, body);
    lru_put(lru, cached);
    cached_unref(cached);
}

static bool has(struct lru *lru, int n)
{
    struct cache_key key = key_of(n);
    struct cached *found = lru_get(lru, &key);
    cached_unref(found);
    return found != NULL;
}

static void test_found(void)
{
    struct lru *lru = lru_new(1 << 20);
    put(lru, 1, "v3", "{\"a\":1}");
    struct cache_key key = key_of(1);
    struct cached *found = lru_get(lru, &key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    CU_ASSERT_STRING_EQUAL(found->body, "{\"a\":1}");
    CU_ASSERT_STRING_EQUAL(found->etag, "v3");
    CU_ASSERT_EQUAL(found->version, 3);
    CU_ASSERT_PTR_NULL(found->location);
    lru_remove(lru, &key);
    CU_ASSERT_FALSE(has(lru, 1));
    CU_ASSERT_STRING_EQUAL(found->body, "{\"a\":1}"); /* whoever holds it may go on */
    cached_unref(found);
    CU_ASSERT_EQUAL(lru_bytes(lru), 0);
    lru_free(lru);
}

static void test_newer_version_stays(void)
{
    struct lru *lru = lru_new(1 << 20);
    struct cache_key key = key_of(1);
    put(lru, 1, "v10", "new");
    put(lru, 1, "v9", "old");
    struct cached *found = lru_get(lru, &key);
    CU_ASSERT_STRING_EQUAL(found->body, "new");
    cached_unref(found);
    put(lru, 1, "v11", "newer");
    found = lru_get(lru, &key);
    CU_ASSERT_STRING_EQUAL(found->body, "newer");
    cached_unref(found);
    CU_ASSERT_EQUAL(lru_entries(lru), 1);
    lru_free(lru);
}

static void test_bounded(void)
{
    char body[1001];
    memset(body, 'x', 1000);
    body[1000] = '\0';
    struct lru *lru = lru_new(1 << 20);
    for (int i = 0; i < 5000; i++) {
        put(lru, i, NULL, body);
        CU_ASSERT_TRUE(has(lru, 0) || i > 200);
    }
    CU_ASSERT_TRUE(lru_bytes(lru) <= 1 << 20);
    CU_ASSERT_TRUE(lru_bytes(lru) > (1 << 20) * 8 / 10);
    CU_ASSERT_TRUE(has(lru, 4999));
    CU_ASSERT_TRUE(has(lru, 0));  /* asked for all the time */
    CU_ASSERT_FALSE(has(lru, 1)); /* never again */
    lru_clear(lru);
    CU_ASSERT_EQUAL(lru_entries(lru), 0);
    CU_ASSERT_EQUAL(lru_bytes(lru), 0);
    lru_free(lru);
}

static void test_nothing_kept(void)
{
    struct lru *lru = lru_new(0);
    put(lru, 1, NULL, "x");
    CU_ASSERT_FALSE(has(lru, 1));
    lru_free(lru);
}

static void *hammer(void *user)
{
    struct lru *lru = user;
    for (int i = 0; i < ROUNDS; i++) {
        int n = (int)arc4random_uniform(KEYS);
        struct cache_key key = key_of(n);
        struct cached *found = lru_get(lru, &key);
        if (found && found->body_len != strlen(found->body))
            abort();
        cached_unref(found);
        if (i % 3 == 0)
            put(lru, n, "v1", "some body that takes a little room");
        if (i % 50 == 0)
            lru_remove(lru, &key);
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];
    struct lru *lru = lru_new(64 * 1024); /* less than all: evicts all the time */
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, hammer, lru);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_TRUE(lru_bytes(lru) <= 64 * 1024);
    lru_free(lru);
}

UNIT_SUITE(lru, UNIT_TEST(test_found), UNIT_TEST(test_newer_version_stays), UNIT_TEST(test_bounded),
           UNIT_TEST(test_nothing_kept), UNIT_TEST(test_threads))
