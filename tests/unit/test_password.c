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

static const uint8_t salt[PASSWORD_SALT_BYTES] = "0123456789abcde", pepper[PASSWORD_SALT_BYTES] = "edcba9876543210";

static enum souk_err match(const char *hash, const char *password, size_t *which)
{
    return password_match(&hash, 1, salt, password, strlen(password), in_s(3), which);
}

static void test_hash_and_match(void)
{
    char hash[PASSWORD_HASH_MAX], other[PASSWORD_HASH_MAX], random_salt[crypto_pwhash_STRBYTES];
    size_t which;
    CU_ASSERT_EQUAL_FATAL(sodium_init() >= 0, 1);
    CU_ASSERT_EQUAL(password_hash("correct horse", 13, salt, in_s(3), hash), SOUK_OK);
    CU_ASSERT_EQUAL(password_hash("correct horse", 13, pepper, in_s(3), other), SOUK_OK);
    CU_ASSERT_EQUAL(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    CU_ASSERT_STRING_NOT_EQUAL(hash, other);
    CU_ASSERT_EQUAL(crypto_pwhash_str_verify(hash, "correct horse", 13), 0); /* libsodium reads it */
    CU_ASSERT_EQUAL(match(hash, "correct horse", &which), SOUK_OK);
    CU_ASSERT_EQUAL(match(other, "correct horse", &which), SOUK_OK); /* by the salt that stands in it */
    CU_ASSERT_EQUAL(match(hash, "correct horsf", &which), SOUK_SESSION_REFUSED);
    CU_ASSERT_EQUAL(match(hash, "correct hors", &which), SOUK_SESSION_REFUSED);
    CU_ASSERT_EQUAL(match("not a hash", "correct horse", &which), SOUK_SESSION_REFUSED);
    CU_ASSERT_EQUAL(match("", "correct horse", &which), SOUK_SESSION_REFUSED);
    CU_ASSERT_EQUAL_FATAL(crypto_pwhash_str_alg(random_salt, "correct horse", 13, 1, 8192 * 1024, crypto_pwhash_ALG_ARGON2ID13), 0);
    CU_ASSERT_EQUAL(match(random_salt, "correct horse", &which), SOUK_OK); /* by the parameters that stand in it */
    CU_ASSERT_EQUAL(match(random_salt, "wrong", &which), SOUK_SESSION_REFUSED);
}

/* Several accounts of one address: the first that the password fits. */
static void test_match_among_many(void)
{
    char hashes[4][PASSWORD_HASH_MAX];
    const char *const list[] = {hashes[0], hashes[1], hashes[2], hashes[3]};
    size_t which;
    for (size_t i = 0; i < 4; i++) {
        const char *password = i == 0 ? "first" : i == 2 ? "third" : "twice";
        CU_ASSERT_EQUAL(password_hash(password, 5, i == 3 ? pepper : salt, in_s(3), hashes[i]), SOUK_OK);
    }
    CU_ASSERT_EQUAL(password_match(list, 4, salt, "third", 5, in_s(3), &which), SOUK_OK);
    CU_ASSERT_EQUAL(which, 2);
    CU_ASSERT_EQUAL(password_match(list, 4, salt, "twice", 5, in_s(3), &which), SOUK_OK);
    CU_ASSERT_EQUAL(which, 1);
    CU_ASSERT_EQUAL(password_match(list, 4, salt, "other", 5, in_s(3), &which), SOUK_SESSION_REFUSED);
    CU_ASSERT_EQUAL(password_match(NULL, 0, salt, "first", 5, in_s(3), &which), SOUK_SESSION_REFUSED);
}

/* Time this thread has worked, whoever else does. */
static int64_t cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Nobody's password costs what somebody's does, and that of nine accounts what one account's does: the best of a few runs
 * each, within a factor of two. */
static void test_unknown_takes_as_long(void)
{
    char hash[PASSWORD_HASH_MAX];
    int64_t best[3] = {INT64_MAX, INT64_MAX, INT64_MAX};
    const size_t counts[] = {0, 1, 9};
    size_t which;
    CU_ASSERT_EQUAL(password_hash("correct horse", 13, salt, in_s(3), hash), SOUK_OK);
    const char *const list[] = {hash, hash, hash, hash, hash, hash, hash, hash, hash};
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 3; i++) {
            int64_t begun = cpu_us();
            CU_ASSERT_EQUAL(password_match(list, counts[i], salt, "wrong", 5, in_s(3), &which), SOUK_SESSION_REFUSED);
            int64_t taken = cpu_us() - begun;
            best[i] = taken < best[i] ? taken : best[i];
        }
    }
    for (int i = 1; i < 3; i++)
        CU_ASSERT_TRUE(best[0] < 2 * best[i] && best[i] < 2 * best[0]);
}

static void test_no_turn_after_the_deadline(void)
{
    char hash[PASSWORD_HASH_MAX];
    size_t which;
    CU_ASSERT_EQUAL(password_hash("x", 1, salt, clock_us() - 1, hash), SOUK_UNAVAILABLE);
    CU_ASSERT_EQUAL(password_match(NULL, 0, salt, "x", 1, clock_us() - 1, &which), SOUK_UNAVAILABLE);
}

enum { CROWD = 40 };

static atomic_int done, refused;

static void *one_of_the_crowd(void *unused)
{
    char hash[PASSWORD_HASH_MAX];
    enum souk_err err = password_hash("crowd", 5, salt, in_s(20), hash);
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

UNIT_SUITE(password, UNIT_TEST(test_hash_and_match), UNIT_TEST(test_match_among_many),
           UNIT_TEST(test_unknown_takes_as_long),
           UNIT_TEST(test_no_turn_after_the_deadline), UNIT_TEST(test_a_crowd))
