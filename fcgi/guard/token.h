/* Access tokens: JWTs signed EdDSA (Ed25519), one algorithm pinned per key id. Refresh tokens: family and sequence under
 * an HMAC, so that nothing that opens a session is stored and a repeated refresh can answer the same bytes again.
 *
 * Verified access tokens are remembered until they expire (a bounded table per process): Ed25519 verifies at about
 * 10,000/s a core, a lookup at millions. Thread-safe.
 */
#ifndef SOUK_GUARD_TOKEN_H
#define SOUK_GUARD_TOKEN_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

enum { TOKEN_ACCESS_S = 900, TOKEN_REFRESH_S = 30 * 86400, TOKEN_TEXT_MAX = 1024 };

/* What a verified token says. */
struct claims {
    int64_t account_id; /* 0: nobody */
    int64_t session_id; /* the refresh family; 0 for guests */
    unsigned roles;     /* mask of enum role */
    int64_t expires_s;  /* Unix seconds */
};

struct token_keys;

/* Reads every <kid>.pem in config->keys_dir and the secret file. `message` (≥256 bytes) says what is wrong. */
SOUK_CHECK enum souk_err token_keys_new(const struct config *config, struct token_keys **out, char *message,
                                        size_t message_bytes);
void token_keys_free(struct token_keys *keys); /* accepts NULL */

/* Signs `claims` as issued at `issued_s` into `out`; the same input gives the same bytes. */
SOUK_CHECK enum souk_err token_sign(struct token_keys *keys, const struct claims *claims, int64_t issued_s,
                                    char out[TOKEN_TEXT_MAX]);

/* SOUK_TOKEN_INVALID: malformed, unknown kid, other algorithm, wrong signature, issuer or audience. SOUK_TOKEN_EXPIRED. */
SOUK_CHECK enum souk_err token_verify(struct token_keys *keys, const char *token, int64_t now_s, struct claims *out);

/* The JWK set (public keys) as a new json-c object. */
json_object *token_jwks(const struct token_keys *keys);

/* The refresh token of (family, sequence). */
SOUK_CHECK enum souk_err token_refresh_make(struct token_keys *keys, int64_t session_id, int64_t sequence,
                                            char out[TOKEN_TEXT_MAX]);
/* Checks its HMAC in constant time. SOUK_TOKEN_INVALID when it is not ours. */
SOUK_CHECK enum souk_err token_refresh_read(struct token_keys *keys, const char *token, int64_t *session_id,
                                            int64_t *sequence);

/* What else the secret is for; each use has a key of its own. */
enum token_use { TOKEN_USE_SALT, TOKEN_USE_MAIL, TOKEN_USE_IDEMPOTENCY, TOKEN_USE_FLASH, TOKEN_USES_N };
enum { TOKEN_MAC_BYTES = 32 };

/* HMAC-SHA-256 of `len` bytes under the key of `use`. */
void token_mac(const struct token_keys *keys, enum token_use use, const void *bytes, size_t len,
               uint8_t out[TOKEN_MAC_BYTES]);

/* Signs a token of `n` bytes: its last `mac_bytes` become the HMAC of those before. `text`, BASE64URL_BYTES(n), gets it all. */
void token_seal(const struct token_keys *keys, enum token_use use, uint8_t *bytes, size_t n, size_t mac_bytes, char *text);

/* The reverse. False: not made here for this use; compared in constant time. */
SOUK_CHECK bool token_unseal(const struct token_keys *keys, enum token_use use, const char *text, uint8_t *bytes, size_t n,
                             size_t mac_bytes);

#endif
