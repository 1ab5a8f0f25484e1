/* Opens what a provider has sealed with AES-256-GCM under a key both sides share (WeChat Pay: AEAD_AES_256_GCM). */
#ifndef SOUK_GUARD_SEAL_H
#define SOUK_GUARD_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { SEAL_KEY_BYTES = 32, SEAL_TAG_BYTES = 16, SEAL_NONCE_BYTES_MAX = 64 };

/* `key` has SEAL_KEY_BYTES characters; `sealed` is base64 of the ciphertext with its tag behind it. The plain text, in the
 * arena, NUL-terminated, *len bytes; NULL: it was not sealed under this key with this nonce and associated data, or the
 * arena is full. */
const char *seal_open(struct arena *arena, const char *key, const char *nonce, const char *associated,
                      const char *sealed, size_t *len);

#endif
