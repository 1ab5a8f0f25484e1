/* Passwords: argon2id by libsodium, 19 MiB and 2 passes (OWASP), about 25 ms of a core.
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

enum { PASSWORD_RUNNING_MAX = 2, PASSWORD_WAITING_MAX = 16, PASSWORD_HASH_MAX = 128 };

/* Hashes with a fresh salt into `out`, which then says its own parameters. SOUK_UNAVAILABLE: no turn before
 * `deadline_us` (clock_us()), too many waiting, or memory is out. */
SOUK_CHECK enum souk_err password_hash(const char *password, size_t len, int64_t deadline_us,
                                       char out[PASSWORD_HASH_MAX]);

/* SOUK_OK: `password` gives `hash`. SOUK_SESSION_REFUSED: it does not. A NULL `hash` (nobody has this address) is refused
 * after the same work, so that the time taken tells nothing. SOUK_UNAVAILABLE as above. */
SOUK_CHECK enum souk_err password_verify(const char *hash, const char *password, size_t len, int64_t deadline_us);

#endif
