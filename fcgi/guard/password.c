/* Hashes and checks passwords, a few at a time. */
#include "guard/password.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fiber.h"

#define OPS UINT64_C(2)
#define MEMORY_BYTES ((size_t)19 * 1024 * 1024)

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_argon2id_STRBYTES, "a hash must fit");

static struct {
    pthread_mutex_t lock;
    struct fiber_cond freed;
    int running, waiting;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Waits for a turn; false when there is none before the deadline or the queue is full. */
static bool enter(int64_t deadline_us)
{
    bool entered = false;
    pthread_mutex_lock(&gate.lock);
    if (gate.running < PASSWORD_RUNNING_MAX || gate.waiting < PASSWORD_WAITING_MAX) {
        bool in_time = true;
        gate.waiting++;
        while (gate.running >= PASSWORD_RUNNING_MAX && in_time)
            in_time = fiber_cond_wait(&gate.freed, &gate.lock, deadline_us);
        gate.waiting--;
        entered = gate.running < PASSWORD_RUNNING_MAX && clock_us() < deadline_us;
        gate.running += entered;
    }
    pthread_mutex_unlock(&gate.lock);
    if (entered)
        fiber_blocks();
    return entered;
}

static void leave(void)
{
    fiber_goes_on();
    pthread_mutex_lock(&gate.lock);
    gate.running--;
    fiber_cond_signal(&gate.freed);
    pthread_mutex_unlock(&gate.lock);
}

static const char prefix[] = "$argon2id$v=19$m=19456,t=2,p=1$";

enum { KEY_BYTES = 32, SALT_TEXT = sodium_base64_ENCODED_LEN(PASSWORD_SALT_BYTES, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) };

_Static_assert(PASSWORD_SALT_BYTES == crypto_pwhash_SALTBYTES, "the salt argon2id takes");

void password_salt(const struct token_keys *keys, const char *email, uint8_t out[PASSWORD_SALT_BYTES])
{
    uint8_t mac[TOKEN_MAC_BYTES];
    token_mac(keys, TOKEN_USE_SALT, email, strlen(email), mac);
    memcpy(out, mac, PASSWORD_SALT_BYTES);
}

/* The hash as libsodium writes it, with a salt that is given. */
static bool run(const char *password, size_t len, const uint8_t salt[PASSWORD_SALT_BYTES], char out[PASSWORD_HASH_MAX])
{
    unsigned char key[KEY_BYTES];
    char salt_text[SALT_TEXT], key_text[sodium_base64_ENCODED_LEN(KEY_BYTES, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
    if (crypto_pwhash(key, sizeof key, password, len, salt, OPS, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return false;
    sodium_bin2base64(salt_text, sizeof salt_text, salt, PASSWORD_SALT_BYTES, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(key_text, sizeof key_text, key, sizeof key, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_memzero(key, sizeof key);
    memset(out, 0, PASSWORD_HASH_MAX);
    return snprintf(out, PASSWORD_HASH_MAX, "%s%s$%s", prefix, salt_text, key_text) < PASSWORD_HASH_MAX;
}

enum souk_err password_hash(const char *password, size_t len, const uint8_t salt[PASSWORD_SALT_BYTES],
                            int64_t deadline_us, char out[PASSWORD_HASH_MAX])
{
    if (!enter(deadline_us))
        return SOUK_UNAVAILABLE;
    bool done = run(password, len, salt, out);
    leave();
    return done ? SOUK_OK : SOUK_UNAVAILABLE;
}

/* The salt that stands in `hash`; false: it is one of other parameters, or none at all. */
static bool salt_of(const char *hash, uint8_t out[PASSWORD_SALT_BYTES])
{
    size_t n, skip = sizeof prefix - 1;
    return strncmp(hash, prefix, skip) == 0 &&
           sodium_base642bin(out, PASSWORD_SALT_BYTES, hash + skip, strcspn(hash + skip, "$"), NULL, &n, NULL,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
           n == PASSWORD_SALT_BYTES;
}

static bool same(const char *a, const char *b)
{
    size_t len = strlen(a);
    return strlen(b) == len && sodium_memcmp(a, b, len) == 0;
}

/* One run for each salt that comes up, one after the other; all hashes are looked at, whichever fits. */
static size_t find(const char *const *hashes, size_t n, const uint8_t salt[PASSWORD_SALT_BYTES], const char *password,
                   size_t len)
{
    uint8_t last[PASSWORD_SALT_BYTES], own[PASSWORD_SALT_BYTES];
    char text[PASSWORD_HASH_MAX] = "";
    size_t found = n;
    memcpy(last, salt, sizeof last);
    for (size_t i = n; i-- > 0;) {
        bool fits;
        if (salt_of(hashes[i], own)) {
            if (!*text || memcmp(last, own, sizeof own) != 0) {
                memcpy(last, own, sizeof last);
                if (!run(password, len, last, text))
                    *text = '\0';
            }
            fits = *text && same(text, hashes[i]);
        } else {
            fits = crypto_pwhash_str_verify(hashes[i], password, len) == 0;
        }
        if (fits)
            found = i;
    }
    if (n == 0)
        (void)!run(password, len, salt, text);
    return found;
}

enum souk_err password_match(const char *const *hashes, size_t n, const uint8_t salt[PASSWORD_SALT_BYTES],
                             const char *password, size_t len, int64_t deadline_us, size_t *which)
{
    if (!enter(deadline_us))
        return SOUK_UNAVAILABLE;
    *which = find(hashes, n, salt, password, len);
    leave();
    return *which < n ? SOUK_OK : SOUK_SESSION_REFUSED;
}
