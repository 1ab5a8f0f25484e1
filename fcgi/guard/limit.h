/* Rate limits: token buckets in Redis, each one script, so that all processes and machines share them.
 *
 * A bucket holds `burst` tokens and gains `per_s_x1000` / 1000 tokens a second. Redis counts, it does not decide about
 * money or stock: when it is away everything is allowed. Keys are hashed: no address or e-mail stands in Redis.
 */
#ifndef SOUK_GUARD_LIMIT_H
#define SOUK_GUARD_LIMIT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/redis.h"

/* Takes one token of bucket (`name`, `key`). SOUK_OK, or SOUK_RATE_LIMITED with the seconds (≥1) until there is one. */
SOUK_CHECK enum souk_err limit_take(struct redis *redis, struct arena *arena, const char *name, const char *key,
                                    int64_t burst, int64_t per_s_x1000, int64_t *retry_after_s);

/* Puts one token back: what was limited turned out harmless. */
void limit_give(struct redis *redis, struct arena *arena, const char *name, const char *key, int64_t burst,
                int64_t per_s_x1000);

/* The header lines of a refusal (draft-ietf-httpapi-ratelimit-headers): what the policy is, and when it lets in again.
 * NULL when the arena is full. */
const char *limit_policy_header(struct arena *arena, const char *name, int64_t burst, int64_t per_s_x1000);
const char *limit_state_header(struct arena *arena, const char *name, int64_t retry_after_s);

#endif
