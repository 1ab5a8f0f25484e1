/* Hashes and checks passwords, a few at a time. */
#include "guard/password.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

#define OPS UINT64_C(2)
#define MEMORY_BYTES ((size_t)19 * 1024 * 1024)

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_argon2id_STRBYTES, "a hash must fit");

static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int running, waiting;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void init_gate(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&gate.freed, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Waits for a turn; false when there is none before the deadline or the queue is full. */
static bool enter(int64_t deadline_us)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_gate);
    const struct timespec until = {.tv_sec = deadline_us / 1000000, .tv_nsec = deadline_us % 1000000 * 1000};
    bool entered = false;
    pthread_mutex_lock(&gate.lock);
    if (gate.running < PASSWORD_RUNNING_MAX || gate.waiting < PASSWORD_WAITING_MAX) {
        int rc = 0;
        gate.waiting++;
        while (gate.running >= PASSWORD_RUNNING_MAX && rc == 0)
            rc = pthread_cond_timedwait(&gate.freed, &gate.lock, &until);
        gate.waiting--;
        entered = gate.running < PASSWORD_RUNNING_MAX && clock_us() < deadline_us;
        gate.running += entered;
    }
    pthread_mutex_unlock(&gate.lock);
    return entered;
}

static void leave(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.running--;
    pthread_cond_signal(&gate.freed);
    pthread_mutex_unlock(&gate.lock);
}

enum souk_err password_hash(const char *password, size_t len, int64_t deadline_us, char out[PASSWORD_HASH_MAX])
{
    if (!enter(deadline_us))
        return SOUK_UNAVAILABLE;
    int rc = crypto_pwhash_str_alg(out, password, len, OPS, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    leave();
    return rc == 0 ? SOUK_OK : SOUK_UNAVAILABLE;
}

/* The work of a check, for nobody's password. */
static void spend(const char *password, size_t len)
{
    static const unsigned char salt[crypto_pwhash_SALTBYTES];
    unsigned char key[32];
    if (crypto_pwhash(key, sizeof key, password, len, salt, OPS, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0)
        sodium_memzero(key, sizeof key);
}

enum souk_err password_verify(const char *hash, const char *password, size_t len, int64_t deadline_us)
{
    bool good = false;
    if (!enter(deadline_us))
        return SOUK_UNAVAILABLE;
    if (hash)
        good = crypto_pwhash_str_verify(hash, password, len) == 0;
    else
        spend(password, len);
    leave();
    return good ? SOUK_OK : SOUK_SESSION_REFUSED;
}
