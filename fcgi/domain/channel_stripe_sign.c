#include "domain/channel_stripe_sign.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

enum { DIGEST_BYTES = crypto_auth_hmacsha256_BYTES };

static void digest_of(const char *secret, const char *stamp, size_t stamp_len, const char *body, size_t body_len,
                      uint8_t digest[DIGEST_BYTES])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)stamp, stamp_len);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)".", 1);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, body_len);
    crypto_auth_hmacsha256_final(&state, digest);
    sodium_memzero(&state, sizeof state);
}

/* The next element of "name=value,…" at *at, which moves behind it. False at the end. */
static bool next_element(const char **at, const char **name, size_t *name_len, const char **value, size_t *value_len)
{
    size_t len = strcspn(*at, ",");
    const char *equals = memchr(*at, '=', len);

    if (**at == '\0')
        return false;
    *name = *at;
    *name_len = equals == NULL ? len : (size_t)(equals - *at);
    *value = equals == NULL ? *at + len : equals + 1;
    *value_len = (size_t)(*at + len - *value);
    *at += len + ((*at)[len] == ',');
    return true;
}

bool stripe_signature_valid(const char *secret, const char *header, const char *body, size_t body_len, int64_t now_s)
{
    const char *at, *name, *value, *stamp = NULL;
    size_t name_len, value_len, stamp_len = 0;
    uint8_t expected[DIGEST_BYTES], given[DIGEST_BYTES];
    int64_t stamp_s;
    int matches = 0;

    if (secret[0] == '\0' || header == NULL || strlen(header) > STRIPE_HEADER_BYTES_MAX)
        return false;
    for (at = header; next_element(&at, &name, &name_len, &value, &value_len);)
        if (stamp == NULL && name_len == 1 && *name == 't')
            stamp = value, stamp_len = value_len;
    if (stamp == NULL || !text_int64(stamp, stamp_len, &stamp_s) || stamp_s < now_s - STRIPE_WINDOW_S ||
        stamp_s > now_s + STRIPE_WINDOW_S)
        return false;

    digest_of(secret, stamp, stamp_len, body, body_len, expected);
    for (at = header; next_element(&at, &name, &name_len, &value, &value_len);)
        if (name_len == 2 && memcmp(name, "v1", 2) == 0 && value_len == 2 * DIGEST_BYTES &&
            text_unhex(value, value_len, given))
            matches += sodium_memcmp(expected, given, DIGEST_BYTES) == 0;
    return matches > 0;
}
