/* RSA signatures over SHA-256 (PKCS #1 v1.5), as Alipay calls RSA2 and WeChat Pay SHA256-RSA2048.
 *
 * A key file is PEM (a private key, a public key or a certificate) or, as providers' tools hand keys out, base64 of its
 * DER alone. Keys of at least 2048 bits only. Thread-safe.
 */
#ifndef SOUK_GUARD_RSA_H
#define SOUK_GUARD_RSA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

struct rsa_key;

enum { RSA_FILES_MAX = 16, RSA_FILE_BYTES_MAX = 16384 };

/* The key in a file: read once and kept for the life of the process, as the configuration that names it. NULL: it cannot
 * be read or is no such key; logged. RSA_FILES_MAX files a process. */
const struct rsa_key *rsa_private_of_file(const char *path);
const struct rsa_key *rsa_public_of_file(const char *path);

/* From text, for rsa_key_free(). NULL: it is no such key. */
struct rsa_key *rsa_private_of_text(const char *text);
struct rsa_key *rsa_public_of_text(const char *text);

void rsa_key_free(struct rsa_key *key);

/* *signature: base64 in one line, in the arena. */
SOUK_CHECK enum souk_err rsa_sign(const struct rsa_key *key, struct arena *arena, const char *text, size_t len,
                                  const char **signature);

/* Whether `signature` (base64; may be NULL) of `text` was made with the private half of `key`. */
bool rsa_signature_valid(const struct rsa_key *key, const char *text, size_t len, const char *signature);

#endif
