/* A breaker opens on failures, on slowness and on death; lets one try; closes when it went well. */
#include <pthread.h>
#include <unistd.h>

#include "guard/breaker.h"
#include "unit.h"

enum { THREADS = 8, ROUNDS = 5000, PROBE_US = 50000, OPEN_US = 21000 };

static const struct breaker_rules rules = {
    .window = 20, .window_ms = 10000, .calls_min = 10, .failed_percent_max = 50, .slow_percent_max = 80, .slow_ms = 100,
    .open_ms_min = 10, .open_ms_max = 20, .probes = 2,
};

static struct breaker breaker;

static void report(int n, enum breaker_outcome outcome, int64_t took_us)
{
    for (int i = 0; i < n; i++)
        breaker_report(&breaker, outcome, took_us);
}

static void test_few_decide_nothing(void)
{
    breaker_init(&breaker, "test", &rules);
    report(9, BREAKER_FAILED, 0);
    CU_ASSERT_FALSE(breaker_is_open(&breaker));
    report(1, BREAKER_FAILED, 0);
    CU_ASSERT_TRUE(breaker_is_open(&breaker));
    CU_ASSERT_FALSE(breaker_allow(&breaker, PROBE_US));
}

static void test_share_of_failures(void)
{
    breaker_init(&breaker, "test", &rules);
    report(1000, BREAKER_GOOD, 10);
    report(10, BREAKER_FAILED, 0); /* half of the last 20 */
    CU_ASSERT_FALSE(breaker_is_open(&breaker));
    report(1, BREAKER_FAILED, 0);
    CU_ASSERT_TRUE(breaker_is_open(&breaker));
}

static void test_slow(void)
{
    breaker_init(&breaker, "test", &rules);
    report(3, BREAKER_GOOD, 10);
    report(12, BREAKER_GOOD, 100000);
    CU_ASSERT_FALSE(breaker_is_open(&breaker));
    report(8, BREAKER_GOOD, 100000);
    CU_ASSERT_TRUE(breaker_is_open(&breaker));
}

static void test_unknown_says_nothing(void)
{
    breaker_init(&breaker, "test", &rules);
    report(100, BREAKER_UNKNOWN, 0);
    CU_ASSERT_FALSE(breaker_is_open(&breaker));
}

static void test_half_open(void)
{
    breaker_init(&breaker, "test", &rules);
    report(1, BREAKER_DEAD, 0);
    CU_ASSERT_TRUE(breaker_is_open(&breaker));
    usleep(OPEN_US);
    CU_ASSERT_TRUE(breaker_allow(&breaker, PROBE_US));
    CU_ASSERT_FALSE(breaker_allow(&breaker, PROBE_US)); /* one at a time */
    report(1, BREAKER_FAILED, 0);
    CU_ASSERT_FALSE(breaker_allow(&breaker, PROBE_US)); /* open again */
    usleep(OPEN_US);
    CU_ASSERT_TRUE(breaker_allow(&breaker, PROBE_US));
    report(1, BREAKER_GOOD, 0);
    CU_ASSERT_TRUE(breaker_is_open(&breaker));
    CU_ASSERT_TRUE(breaker_allow(&breaker, PROBE_US)); /* the second probe need not wait */
    report(1, BREAKER_GOOD, 0);
    CU_ASSERT_FALSE(breaker_is_open(&breaker));
    report(9, BREAKER_FAILED, 0); /* nothing of before is held against it */
    CU_ASSERT_FALSE(breaker_is_open(&breaker));
}

static void test_lost_probe(void)
{
    breaker_init(&breaker, "test", &rules);
    report(1, BREAKER_DEAD, 0);
    usleep(OPEN_US);
    CU_ASSERT_TRUE(breaker_allow(&breaker, 1000)); /* never reports */
    usleep(2000);
    CU_ASSERT_TRUE(breaker_allow(&breaker, 1000));
}

static void *use(void *user)
{
    (void)user;
    for (int i = 0; i < ROUNDS; i++) {
        if (breaker_allow(&breaker, 100))
            breaker_report(&breaker, i % 3 ? BREAKER_GOOD : BREAKER_FAILED, i % 200);
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];
    breaker_init(&breaker, "test", &rules);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, use, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_PASS("nothing raced");
}

UNIT_SUITE(breaker, UNIT_TEST(test_few_decide_nothing), UNIT_TEST(test_share_of_failures), UNIT_TEST(test_slow),
           UNIT_TEST(test_unknown_says_nothing), UNIT_TEST(test_half_open), UNIT_TEST(test_lost_probe),
           UNIT_TEST(test_threads))
