/* Signatures of the Standard Webhooks specification (symmetric, v1). */
#ifndef SOUK_WORKER_WEBHOOK_SIGN_H
#define SOUK_WORKER_WEBHOOK_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* "v1,<base64>": HMAC-SHA256 of "<id>.<timestamp_s>.<body>" under the bytes that `secret` ("whsec_<base64>") stands for.
 * NULL: the secret is none, or the arena full. */
const char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp_s, const char *body);

#endif
