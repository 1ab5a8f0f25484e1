#include "domain/sandbox_sign.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *const sandbox_page_names[SANDBOX_PAGE_FIELDS_N] = {
#define X(symbol, name, max) [symbol] = name,
    SANDBOX_PAGE_FIELDS(X)
#undef X
};

typedef crypto_auth_hmacsha256_state hmac;

static void hmac_start(hmac *state, const char *secret)
{
    crypto_auth_hmacsha256_init(state, (const unsigned char *)secret, strlen(secret));
}

static void hmac_add(hmac *state, const char *bytes, size_t len)
{
    crypto_auth_hmacsha256_update(state, (const unsigned char *)bytes, len);
}

static void hmac_add_text(hmac *state, const char *text)
{
    hmac_add(state, text, strlen(text));
}

static void hmac_finish(hmac *state, char out[SANDBOX_SIGNATURE_BYTES])
{
    uint8_t digest[crypto_auth_hmacsha256_BYTES];

    crypto_auth_hmacsha256_final(state, digest);
    text_hex(digest, sizeof digest, out);
    sodium_memzero(state, sizeof *state);
}

void sandbox_sign_page(const char *secret, const struct sandbox_page *page, char out[SANDBOX_SIGNATURE_BYTES])
{
    hmac state;

    hmac_start(&state, secret);
    hmac_add_text(&state, "pay\n");
    for (size_t i = 0; i < SANDBOX_PAGE_FIELDS_N; i++) {
        hmac_add_text(&state, sandbox_page_names[i]);
        hmac_add_text(&state, "=");
        hmac_add_text(&state, page->value[i]);
        hmac_add_text(&state, "\n");
    }
    hmac_finish(&state, out);
}

void sandbox_sign_message(const char *secret, int64_t timestamp_s, const char *request_line, const char *body,
                          size_t body_len, char out[SANDBOX_SIGNATURE_BYTES])
{
    char stamp[32];
    hmac state;

    snprintf(stamp, sizeof stamp, "%" PRId64 ".", timestamp_s);
    hmac_start(&state, secret);
    hmac_add_text(&state, stamp);
    if (request_line != NULL) {
        hmac_add_text(&state, request_line);
        hmac_add_text(&state, ".");
    }
    hmac_add(&state, body, body_len);
    hmac_finish(&state, out);
}

bool sandbox_signature_equal(const char *expected, const char *given)
{
    return given != NULL && strlen(given) == SANDBOX_SIGNATURE_BYTES - 1 &&
           sodium_memcmp(expected, given, SANDBOX_SIGNATURE_BYTES - 1) == 0;
}

bool sandbox_message_valid(const char *secret, int64_t now_s, const char *timestamp, const char *signature,
                           const char *request_line, const char *body, size_t body_len)
{
    char expected[SANDBOX_SIGNATURE_BYTES];
    int64_t stamp_s;

    if (timestamp == NULL || !text_int64(timestamp, strlen(timestamp), &stamp_s))
        return false;
    if (stamp_s < now_s - SANDBOX_WINDOW_S || stamp_s > now_s + SANDBOX_WINDOW_S)
        return false;
    sandbox_sign_message(secret, stamp_s, request_line, body, body_len, expected);
    return sandbox_signature_equal(expected, signature);
}
