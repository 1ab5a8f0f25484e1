/* Passwords: hashed with their parameters, checked at equal cost, a few at a time. */
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "guard/password.h"
#include "unit.h"

static int64_t in_s(int64_t seconds)
{
    return clock_us() + seconds * 1000000;
}

static void test_hash_and_verify(void)
{
    char hash[PASSWORD_HASH_MAX], other[PASSWORD_HASH_MAX];
    CU_ASSERT_EQUAL_FATAL(sodium_init() >= 0, 1);
    CU_ASSERT_EQUAL(password_hash("correct horse", 13, in_s(3), hash), SOUK_OK);
    CU_ASSERT_EQUAL(password_hash("correct horse", 13, in_s(3), other), SOUK_OK);
    CU_ASSERT_EQUAL(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    CU_ASSERT_STRING_NOT_EQUAL(hash, other);
    CU_ASSERT_EQUAL(password_verify(hash, "correct horse", 13, in_s(3)), SOUK_OK);
    CU_ASSERT_EQUAL(password_verify(hash, "correct horsf", 13, in_s(3)), SOUK_SESSION_REFUSED);
    CU_ASSERT_EQUAL(password_verify(hash, "correct hors", 12, in_s(3)), SOUK_SESSION_REFUSED);
    CU_ASSERT_EQUAL(password_verify("not a hash", "correct horse", 13, in_s(3)), SOUK_SESSION_REFUSED);
}

/* Time this thread has worked, whoever else does. */
static int64_t cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Nobody's password costs what somebody's does: the best of a few runs each, within a factor of two. */
static void test_unknown_takes_as_long(void)
{
    char hash[PASSWORD_HASH_MAX];
    int64_t best[2] = {INT64_MAX, INT64_MAX};
    CU_ASSERT_EQUAL(password_hash("correct horse", 13, in_s(3), hash), SOUK_OK);
    for (int round = 0; round < 5; round++) {
        for (int unknown = 0; unknown < 2; unknown++) {
            int64_t begun = cpu_us();
            CU_ASSERT_EQUAL(password_verify(unknown ? NULL : hash, "wrong", 5, in_s(3)), SOUK_SESSION_REFUSED);
            int64_t taken = cpu_us() - begun;
            best[unknown] = taken < best[unknown] ? taken : best[unknown];
        }
    }
    CU_ASSERT_TRUE(best[0] < 2 * best[1] && best[1] < 2 * best[0]);
}

static void test_no_turn_after_the_deadline(void)
{
    char hash[PASSWORD_HASH_MAX];
    CU_ASSERT_EQUAL(password_hash("x", 1, clock_us() - 1, hash), SOUK_UNAVAILABLE);
    CU_ASSERT_EQUAL(password_verify(NULL, "x", 1, clock_us() - 1), SOUK_UNAVAILABLE);
}

enum { CROWD = 40 };

static atomic_int done, refused;

static void *one_of_the_crowd(void *unused)
{
    char hash[PASSWORD_HASH_MAX];
    enum souk_err err = password_hash("crowd", 5, in_s(20), hash);
    atomic_fetch_add(err == SOUK_OK ? &done : &refused, 1);
    return unused;
}

/* Those beyond the queue are turned away at once, the others all get their turn. */
static void test_a_crowd(void)
{
    pthread_t threads[CROWD];
    atomic_store(&done, 0);
    atomic_store(&refused, 0);
    for (int i = 0; i < CROWD; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, one_of_the_crowd, NULL), 0);
    for (int i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&done) + atomic_load(&refused), CROWD);
    CU_ASSERT_TRUE(atomic_load(&done) >= PASSWORD_RUNNING_MAX + PASSWORD_WAITING_MAX);
}

UNIT_SUITE(password, UNIT_TEST(test_hash_and_verify), UNIT_TEST(test_unknown_takes_as_long),
           UNIT_TEST(test_no_turn_after_the_deadline), UNIT_TEST(test_a_crowd))
