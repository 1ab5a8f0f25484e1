#include "guard/idempotency_token.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { BIZ_ID_MAX = 64, TIME_DIGITS = 13, NONCE_BYTES = 16, MAC_TEXT = 43, SIGNED_MAX = 20 + 1 + IDEMPOTENCY_TOKEN_TEXT,
       AHEAD_MS = 60000 };

static const char biz_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
static const char hex_digits[] = "0123456789abcdef", digits[] = "0123456789";
static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool idempotency_biz_id_valid(const char *biz_id)
{
    const size_t len = strspn(biz_id, biz_letters);
    return len > 0 && len <= BIZ_ID_MAX && biz_id[len] == '\0';
}

/* The mac of the first `len` bytes of a token. */
static void sign(const struct token_keys *keys, int64_t account_id, const char *text, size_t len, char out[MAC_TEXT + 1])
{
    char message[SIGNED_MAX];
    uint8_t mac[TOKEN_MAC_BYTES];
    int n = snprintf(message, sizeof message, "%" PRId64 ":%.*s", account_id, (int)len, text);
    token_mac(keys, TOKEN_USE_IDEMPOTENCY, message, (size_t)n, mac);
    base64url_encode(mac, sizeof mac, out, MAC_TEXT + 1);
}

void idempotency_token_make(const struct token_keys *keys, int64_t account_id, const char *biz_id, int64_t now_ms,
                            char out[IDEMPOTENCY_TOKEN_TEXT])
{
    uint8_t nonce[NONCE_BYTES];
    char hex[2 * NONCE_BYTES + 1], mac[MAC_TEXT + 1];
    randombytes_buf(nonce, sizeof nonce);
    text_hex(nonce, sizeof nonce, hex);
    int n = snprintf(out, IDEMPOTENCY_TOKEN_TEXT, "%.*s:%0*" PRId64 ":%s", BIZ_ID_MAX, biz_id, TIME_DIGITS, now_ms, hex);
    sign(keys, account_id, out, (size_t)n, mac);
    snprintf(out + n, IDEMPOTENCY_TOKEN_TEXT - (size_t)n, ":%s", mac);
}

/* Is there a part of exactly `len` of `letters` at *at, and `end` behind it? Goes behind both. */
static bool part(const char **at, const char *letters, size_t len, char end)
{
    if (strspn(*at, letters) != len || (*at)[len] != end)
        return false;
    *at += len + (end != '\0');
    return true;
}

enum idempotency_token_is idempotency_token_check(const struct token_keys *keys, int64_t account_id, const char *key,
                                                  int64_t now_ms)
{
    char mac[MAC_TEXT + 1];
    int64_t made_ms;
    const char *at = key;
    const size_t biz_len = strspn(key, biz_letters);
    if (biz_len == 0 || biz_len > BIZ_ID_MAX || !part(&at, biz_letters, biz_len, ':'))
        return IDEMPOTENCY_TOKEN_NONE;
    const char *time = at;
    if (!part(&at, digits, TIME_DIGITS, ':') || !part(&at, hex_digits, (size_t)2 * NONCE_BYTES, ':'))
        return IDEMPOTENCY_TOKEN_NONE;
    const char *said = at;
    if (!part(&at, base64_letters, MAC_TEXT, '\0'))
        return IDEMPOTENCY_TOKEN_NONE;
    sign(keys, account_id, key, (size_t)(said - key - 1), mac);
    if (sodium_memcmp(mac, said, MAC_TEXT) != 0 || !text_int64(time, TIME_DIGITS, &made_ms) || made_ms > now_ms + AHEAD_MS)
        return IDEMPOTENCY_TOKEN_FORGED;
    return now_ms - made_ms > (int64_t)IDEMPOTENCY_TOKEN_LIFE_S * 1000 ? IDEMPOTENCY_TOKEN_EXPIRED : IDEMPOTENCY_TOKEN_GOOD;
}
