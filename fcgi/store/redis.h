/* Redis, with timeouts on everything and no trust in a context that has missed one (it would hand out another
 * request's reply). A small pool; a breaker keeps a dead Redis from costing every request its timeout. Thread-safe.
 * Redis may vanish at any time: every caller must be right without it.
 */
#ifndef SOUK_STORE_REDIS_H
#define SOUK_STORE_REDIS_H

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

struct redis;

SOUK_CHECK enum souk_err redis_new(const struct config *config, struct redis **out);
void redis_free(struct redis *redis); /* accepts NULL */

/* One command; argv and argv_len as hiredis takes them (NULL: plain texts). The reply belongs to the arena.
 * SOUK_UNAVAILABLE: not connected, timed out (a write may have happened all the same), or an error reply (logged). */
SOUK_CHECK enum souk_err redis_command(struct redis *redis, struct arena *arena, int argc, const char **argv,
                                       const size_t *argv_len, redisReply **reply);

/* Commands sent together and answered in their order, for one round trip. `replies` has `n` places; error replies are
 * handed back like any other. SOUK_UNAVAILABLE: any of them may have happened. */
struct redis_line {
    int argc;
    const char **argv;
    const size_t *argv_len;
};
SOUK_CHECK enum souk_err redis_pipeline(struct redis *redis, struct arena *arena, const struct redis_line *lines, size_t n,
                                        redisReply **replies);

/* A script by its SHA-1, loaded where it is unknown. The keys come first in argv, which holds at most 64. A script that
 * fails half way keeps what it wrote: it checks first. Errors as redis_command(). */
struct redis_script {
    const char *text;
    char sha1[41]; /* empty until first used */
};
SOUK_CHECK enum souk_err redis_eval(struct redis *redis, struct arena *arena, struct redis_script *script, int keys_n,
                                    int argc, const char **argv, const size_t *argv_len, redisReply **reply);

/* A connection for redis_take_reply(), whose descriptor never blocks. NULL, or with `err` set: there is none. */
redisContext *redis_connect(const char *socket, struct timeval timeout);

/* The next reply on a connection whose commands were appended: sends what is to be sent and waits for it at most until
 * `until_us`, without holding a thread. False: none came, and the connection is good for nothing. */
SOUK_CHECK bool redis_take_reply(redisContext *context, int64_t until_us, void **reply);

#endif
