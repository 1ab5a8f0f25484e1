#include "worker/webhook_sign.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

static const char prefix[] = "whsec_";

enum { KEY_BYTES_MAX = 64 };

static bool read_key(const char *secret, uint8_t key[KEY_BYTES_MAX], size_t *key_n)
{
    const size_t skip = sizeof prefix - 1;
    return strncmp(secret, prefix, skip) == 0 &&
           sodium_base642bin(key, KEY_BYTES_MAX, secret + skip, strlen(secret + skip), NULL, key_n, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           *key_n > 0;
}

const char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp_s, const char *body)
{
    uint8_t key[KEY_BYTES_MAX], digest[crypto_auth_hmacsha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    crypto_auth_hmacsha256_state state;
    size_t key_n;
    const char *head = arena_printf(arena, "%s.%lld.", id, (long long)timestamp_s);
    if (head == NULL || !read_key(secret, key, &key_n))
        return NULL;
    crypto_auth_hmacsha256_init(&state, key, key_n);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)head, strlen(head));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, strlen(body));
    crypto_auth_hmacsha256_final(&state, digest);
    sodium_memzero(key, sizeof key);
    sodium_bin2base64(text, sizeof text, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
    return arena_printf(arena, "v1,%s", text);
}
