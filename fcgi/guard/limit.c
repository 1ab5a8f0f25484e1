/* Token buckets as a single time per key (GCRA): the bucket is full again at `full_ms`.
 *
 * One token is worth `token_ms`; a request may take one when that does not put the time at which the bucket is full
 * further off than `burst` tokens. The clock is Redis's own, so that the callers' clocks do not matter. Milliseconds
 * stay far below 2^53, the last whole number Lua counts to.
 */
#include "guard/limit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { KEY_HASH_BYTES = 16, TAKE = 1, GIVE = -1 };

/* KEYS[1] the bucket; ARGV tokens (1 or -1), ms a token is worth, burst. Answers 0, or the ms to wait. */
static struct redis_script bucket_script = {
    .text = "local time = redis.call('TIME')\n"
            "local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
            "local token_ms = tonumber(ARGV[2])\n"
            "local full = tonumber(redis.call('GET', KEYS[1]) or now)\n"
            "if full < now then full = now end\n"
            "full = full + tonumber(ARGV[1]) * token_ms\n"
            "local wait = full - now - tonumber(ARGV[3]) * token_ms\n"
            "if wait > 0 then return wait end\n"
            "if full <= now then redis.call('DEL', KEYS[1]) return 0 end\n"
            "redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', full - now))\n"
            "return 0\n"};

/* "souk:limit:<name>:<hash of key>" */
static const char *bucket_of(struct arena *arena, const char *name, const char *key)
{
    uint8_t hash[KEY_HASH_BYTES];
    char hex[2 * KEY_HASH_BYTES + 1];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)key, strlen(key), NULL, 0);
    text_hex(hash, sizeof hash, hex);
    return arena_printf(arena, "souk:limit:%s:%s", name, hex);
}

static int64_t token_ms(int64_t per_s_x1000)
{
    return per_s_x1000 > 0 ? (1000000 + per_s_x1000 - 1) / per_s_x1000 : 1000000;
}

/* Milliseconds to wait; 0 also when Redis does not answer. */
static int64_t move(struct redis *redis, struct arena *arena, const char *name, const char *key, int tokens,
                    int64_t burst, int64_t per_s_x1000)
{
    char count[8], worth[24], most[24];
    redisReply *reply = NULL;
    snprintf(count, sizeof count, "%d", tokens);
    snprintf(worth, sizeof worth, "%lld", (long long)token_ms(per_s_x1000));
    snprintf(most, sizeof most, "%lld", (long long)burst);
    const char *bucket = bucket_of(arena, name, key);
    if (!redis || !bucket)
        return 0;
    const char *argv[] = {bucket, count, worth, most};
    const size_t lengths[] = {strlen(bucket), strlen(count), strlen(worth), strlen(most)};
    if (redis_eval(redis, arena, &bucket_script, 1, 4, argv, lengths, &reply) || reply->type != REDIS_REPLY_INTEGER)
        return 0;
    return reply->integer;
}

enum souk_err limit_take(struct redis *redis, struct arena *arena, const char *name, const char *key, int64_t burst,
                         int64_t per_s_x1000, int64_t *retry_after_s)
{
    int64_t wait_ms = move(redis, arena, name, key, TAKE, burst, per_s_x1000);
    *retry_after_s = (wait_ms + 999) / 1000;
    return wait_ms > 0 ? SOUK_RATE_LIMITED : SOUK_OK;
}

void limit_give(struct redis *redis, struct arena *arena, const char *name, const char *key, int64_t burst,
                int64_t per_s_x1000)
{
    move(redis, arena, name, key, GIVE, burst, per_s_x1000);
}

const char *limit_policy_header(struct arena *arena, const char *name, int64_t burst, int64_t per_s_x1000)
{
    return arena_printf(arena, "RateLimit-Policy: \"%s\";q=%lld;w=%lld", name, (long long)burst,
                        (long long)(burst * token_ms(per_s_x1000) / 1000));
}

const char *limit_state_header(struct arena *arena, const char *name, int64_t retry_after_s)
{
    return arena_printf(arena, "RateLimit: \"%s\";r=0;t=%lld", name, (long long)retry_after_s);
}
