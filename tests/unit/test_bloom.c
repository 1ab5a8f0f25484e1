/* The filter of ids: never a false no, and fewer than one wrong yes in a thousand. */
#include <pthread.h>
#include <stdlib.h>

#include "store/bloom.h"
#include "unit.h"

enum { IDS = 100000, STRANGERS = 1000000, ADDERS = 4 };

/* Ids as souk makes them: time, node, sequence and slot are not at all random. */
static int64_t id_of(int64_t n)
{
    return (INT64_C(77000000000) + n / 16 * 37) << 22 | (n % 16) << 8 | (n * 7 % 256);
}

static void test_no_false_no(void)
{
    struct bloom *bloom = bloom_new(IDS);
    for (int64_t n = 0; n < IDS; n++)
        bloom_add(bloom, id_of(n));
    int missing = 0;
    for (int64_t n = 0; n < IDS; n++)
        missing += !bloom_has(bloom, id_of(n));
    CU_ASSERT_EQUAL(missing, 0);
    CU_ASSERT_EQUAL(bloom_added(bloom), IDS);
    bloom_free(bloom);
}

/* Random ids, neighbours of real ones, and a plain count: the three a penetration attack would try. */
static void test_wrong_yes(void)
{
    struct bloom *bloom = bloom_new(IDS);
    for (int64_t n = 0; n < IDS; n++)
        bloom_add(bloom, id_of(n));
    int wrong[3] = {0};
    for (int64_t n = 0; n < STRANGERS; n++) {
        int64_t random;
        arc4random_buf(&random, sizeof random);
        wrong[0] += bloom_has(bloom, random & INT64_MAX);
        wrong[1] += bloom_has(bloom, id_of(n % IDS) ^ (INT64_C(1) << 13) ^ (n / IDS + 1) << 40);
        wrong[2] += bloom_has(bloom, n + 1);
    }
    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(wrong[i] <= STRANGERS / 5000); /* at most 0.02 %; 0.1 % is what is promised */
    bloom_free(bloom);
}

static void *add(void *user)
{
    struct bloom *bloom = user;
    static _Atomic int64_t turn;
    int64_t start = turn++ * (IDS / ADDERS);
    for (int64_t n = start; n < start + IDS / ADDERS; n++) {
        bloom_add(bloom, id_of(n));
        if (!bloom_has(bloom, id_of(n)))
            abort();
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[ADDERS];
    struct bloom *bloom = bloom_new(IDS);
    for (int i = 0; i < ADDERS; i++)
        pthread_create(&threads[i], NULL, add, bloom);
    for (int i = 0; i < ADDERS; i++)
        pthread_join(threads[i], NULL);
    int missing = 0;
    for (int64_t n = 0; n < IDS; n++)
        missing += !bloom_has(bloom, id_of(n));
    CU_ASSERT_EQUAL(missing, 0);
    bloom_free(bloom);
}

UNIT_SUITE(bloom, UNIT_TEST(test_no_false_no), UNIT_TEST(test_wrong_yes), UNIT_TEST(test_threads))
