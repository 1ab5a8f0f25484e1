/* Idempotency tokens: keys that souk hands out for a business act, "<biz_id>:<timestamp>:<nonce>:<mac>".
 *
 * biz_id: 1 to 64 letters, digits and . _ -; timestamp: Unix ms; nonce: 32 hex digits; mac: base64url of HMAC-SHA-256 over
 * the account and what stands before. Nothing is stored. */
#ifndef SOUK_GUARD_IDEMPOTENCY_TOKEN_H
#define SOUK_GUARD_IDEMPOTENCY_TOKEN_H

#include <stdbool.h>

#include "guard/token.h"

enum { IDEMPOTENCY_TOKEN_TEXT = 64 + 1 + 13 + 1 + 32 + 1 + 43 + 1, IDEMPOTENCY_TOKEN_LIFE_S = 86400 };

enum idempotency_token_is {
    IDEMPOTENCY_TOKEN_NONE,    /* a key of the client's own: it does not look like a token */
    IDEMPOTENCY_TOKEN_GOOD,
    IDEMPOTENCY_TOKEN_FORGED,  /* not made here, or for another account */
    IDEMPOTENCY_TOKEN_EXPIRED
};

bool idempotency_biz_id_valid(const char *biz_id);

/* Makes one for `account_id` at `now_ms`; biz_id is valid. */
void idempotency_token_make(const struct token_keys *keys, int64_t account_id, const char *biz_id, int64_t now_ms,
                            char out[IDEMPOTENCY_TOKEN_TEXT]);

/* What `key`, which account_id sent at `now_ms`, is. The mac is compared in constant time. */
enum idempotency_token_is idempotency_token_check(const struct token_keys *keys, int64_t account_id, const char *key,
                                                  int64_t now_ms);

#endif
