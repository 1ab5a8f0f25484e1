/* Passwords: argon2id by libsodium, 19 MiB and 2 passes (OWASP), about 25 ms of a core.
 *
 * The salt of an address is made of the address and the secret, so that all accounts which an address may mean share it:
 * one run of argon2id checks a password against all of them, and takes as long when there is none.
 *
 * At most PASSWORD_RUNNING_MAX hashes run at a time in a process, so that a rush of sign-ins takes neither its memory nor
 * all its cores, and at most PASSWORD_WAITING_MAX threads wait for their turn: the others are refused at once and stay
 * free for other requests. The memory goes back to the system after each hash. Thread-safe; sodium_init() comes first.
 */
#ifndef SOUK_GUARD_PASSWORD_H
#define SOUK_GUARD_PASSWORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "guard/token.h"

enum { PASSWORD_RUNNING_MAX = 2, PASSWORD_WAITING_MAX = 16, PASSWORD_HASH_MAX = 128, PASSWORD_SALT_BYTES = 16 };

/* The salt of a normalised address. */
void password_salt(const struct token_keys *keys, const char *email, uint8_t out[PASSWORD_SALT_BYTES]);

/* Hashes with `salt` into `out`, which then says its own parameters. SOUK_UNAVAILABLE: no turn before
 * `deadline_us` (clock_us()), too many waiting, or memory is out. */
SOUK_CHECK enum souk_err password_hash(const char *password, size_t len, const uint8_t salt[PASSWORD_SALT_BYTES],
                                       int64_t deadline_us, char out[PASSWORD_HASH_MAX]);

/* SOUK_OK: `password` gives hashes[*which], the first of those it gives. SOUK_SESSION_REFUSED: it gives none of the `n`.
 * With none to compare with the work is the same (under `salt`), so that the time taken tells nothing. One run for all
 * hashes of one salt and the parameters above. SOUK_UNAVAILABLE as above. */
SOUK_CHECK enum souk_err password_match(const char *const *hashes, size_t n, const uint8_t salt[PASSWORD_SALT_BYTES],
                                        const char *password, size_t len, int64_t deadline_us, size_t *which);

#endif
