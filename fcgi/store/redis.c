/* Redis, with timeouts on everything. See redis.h.
 *
 * A context that failed in any way is freed, never reconnected: after a timeout its next reply is another request's,
 * and redisReconnect() makes one that blocks. At most one context per thread is open; REDIS_IDLE_MAX are kept.
 */
#include "store/redis.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/text.h"
#include "guard/breaker.h"
#include "observe/log.h"
#include "observe/metrics.h"

enum { REDIS_IDLE_MAX = 32, REDIS_ARGS_MAX = 64, REDIS_PROBE_US = 200000 };

static const struct breaker_rules breaker_rules = {
    .window = 10, .window_ms = 10000, .calls_min = 5, .failed_percent_max = 50, .slow_percent_max = 80, .slow_ms = 25,
    .open_ms_min = 100, .open_ms_max = 500, .probes = 2,
};

struct redis {
    char socket[CONFIG_TEXT_MAX];
    struct timeval connect_timeout;
    int64_t command_timeout_us;
    pthread_mutex_t lock;
    redisContext *idle[REDIS_IDLE_MAX];
    size_t idle_n;
    struct breaker breaker;
};

static struct timeval timeval_of_ms(int64_t ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
}

enum souk_err redis_new(const struct config *config, struct redis **out)
{
    *out = NULL;
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL)
        return SOUK_INTERNAL;
    memcpy(redis->socket, config->redis_socket, sizeof redis->socket);
    redis->connect_timeout = timeval_of_ms(config->redis_connect_timeout_ms);
    redis->command_timeout_us = config->redis_command_timeout_ms * 1000;
    pthread_mutex_init(&redis->lock, NULL);
    breaker_init(&redis->breaker, "redis", &breaker_rules);
    *out = redis;
    return SOUK_OK;
}

void redis_free(struct redis *redis)
{
    if (redis == NULL)
        return;
    for (size_t i = 0; i < redis->idle_n; i++)
        redisFree(redis->idle[i]);
    pthread_mutex_destroy(&redis->lock);
    free(redis);
}

static redisContext *take_idle(struct redis *redis)
{
    pthread_mutex_lock(&redis->lock);
    redisContext *context = redis->idle_n > 0 ? redis->idle[--redis->idle_n] : NULL;
    pthread_mutex_unlock(&redis->lock);
    return context;
}

static void give(struct redis *redis, redisContext *context)
{
    pthread_mutex_lock(&redis->lock);
    bool kept = redis->idle_n < REDIS_IDLE_MAX;
    if (kept)
        redis->idle[redis->idle_n++] = context;
    pthread_mutex_unlock(&redis->lock);
    if (!kept)
        redisFree(context);
}

/* Neither closed by the server nor with something to read that nobody asked for. */
static bool is_alive(const redisContext *context)
{
    struct pollfd peer = {.fd = context->fd, .events = POLLIN | POLLRDHUP};
    return poll(&peer, 1, 0) == 0;
}

static void failed(struct redis *redis, enum breaker_outcome outcome, const char *what, const char *why)
{
    metrics_add(METRIC_REDIS_ERRORS, 1);
    if (!breaker_is_open(&redis->breaker))
        log_warn("redis: %s: %s", what, why);
    breaker_report(&redis->breaker, outcome, 0);
}

redisContext *redis_connect(const char *socket, struct timeval timeout)
{
    redisContext *context = redisConnectUnixWithTimeout(socket, timeout);
    if (context == NULL || context->err)
        return context;
    const int flags = fcntl(context->fd, F_GETFL);
    if (flags < 0 || fcntl(context->fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        redisFree(context);
        return NULL;
    }
    context->flags &= ~REDIS_BLOCK; /* "not now" is no error to hiredis then */
    return context;
}

static redisContext *take(struct redis *redis)
{
    if (!redis->socket[0] || !breaker_allow(&redis->breaker, REDIS_PROBE_US))
        return NULL;
    redisContext *context = take_idle(redis);
    while (context != NULL && !is_alive(context)) {
        redisFree(context);
        context = take_idle(redis);
    }
    if (context != NULL)
        return context;
    context = redis_connect(redis->socket, redis->connect_timeout);
    if (context == NULL || context->err) {
        failed(redis, BREAKER_DEAD, "cannot connect", context ? context->errstr : "out of memory");
        if (context != NULL)
            redisFree(context);
        return NULL;
    }
    return context;
}

static void release_reply(void *reply)
{
    freeReplyObject(reply);
}

static void give_answered(struct redis *redis, redisContext *context, int64_t began_us)
{
    give(redis, context);
    breaker_report(&redis->breaker, BREAKER_GOOD, clock_us() - began_us);
}

bool redis_take_reply(redisContext *context, int64_t until_us, void **reply)
{
    *reply = NULL;
    for (int sent = 0; !sent;)
        if (redisBufferWrite(context, &sent) != REDIS_OK || (!sent && fiber_poll(context->fd, POLLOUT, until_us) == 0))
            return false;
    while (redisGetReplyFromReader(context, reply) == REDIS_OK) {
        if (*reply)
            return true;
        if (fiber_poll(context->fd, POLLIN, until_us) == 0 || redisBufferRead(context) != REDIS_OK)
            return false;
    }
    return false;
}

/* One command; an error reply is handed back like any other. */
static enum souk_err ask(struct redis *redis, struct arena *arena, int argc, const char **argv, const size_t *argv_len,
                         redisReply **reply)
{
    *reply = NULL;
    redisContext *context = take(redis);
    if (context == NULL)
        return SOUK_UNAVAILABLE;
    int64_t began_us = clock_us();
    void *got;
    if (redisAppendCommandArgv(context, argc, argv, argv_len) != REDIS_OK ||
        !redis_take_reply(context, began_us + redis->command_timeout_us, &got)) {
        failed(redis, BREAKER_FAILED, "no answer", context->err ? context->errstr : "not in time");
        redisFree(context);
        return SOUK_UNAVAILABLE;
    }
    give_answered(redis, context, began_us);
    *reply = arena_own(arena, got, release_reply);
    return *reply ? SOUK_OK : SOUK_TOO_LARGE;
}

static enum souk_err judge(enum souk_err err, const redisReply *reply, const char *command)
{
    if (err || reply->type != REDIS_REPLY_ERROR)
        return err;
    metrics_add(METRIC_REDIS_ERRORS, 1);
    log_error("redis: %s: %s", command, reply->str);
    return SOUK_UNAVAILABLE;
}

enum souk_err redis_command(struct redis *redis, struct arena *arena, int argc, const char **argv,
                            const size_t *argv_len, redisReply **reply)
{
    enum souk_err err = ask(redis, arena, argc, argv, argv_len, reply);
    return judge(err, *reply, argv[0]);
}

enum souk_err redis_pipeline(struct redis *redis, struct arena *arena, const struct redis_line *lines, size_t n,
                             redisReply **replies)
{
    redisContext *context = take(redis);
    if (context == NULL)
        return SOUK_UNAVAILABLE;
    int64_t began_us = clock_us();
    bool good = true, owned = true;
    for (size_t i = 0; good && i < n; i++)
        good = redisAppendCommandArgv(context, lines[i].argc, lines[i].argv, lines[i].argv_len) == REDIS_OK;
    for (size_t i = 0; good && i < n; i++) {
        void *got = NULL;
        good = redis_take_reply(context, began_us + redis->command_timeout_us, &got);
        replies[i] = good ? arena_own(arena, got, release_reply) : NULL;
        owned = owned && replies[i] != NULL;
    }
    if (!good) {
        failed(redis, BREAKER_FAILED, "no answer", context->err ? context->errstr : "not in time");
        redisFree(context);
        return SOUK_UNAVAILABLE;
    }
    give_answered(redis, context, began_us);
    return owned ? SOUK_OK : SOUK_TOO_LARGE;
}

/* Several threads may find it empty at once: they write the same bytes, so it is made aside and under a lock. */
static void script_name(struct redis_script *script, char sha1[41])
{
    static pthread_mutex_t naming = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&naming);
    if (script->sha1[0] == '\0') {
        unsigned char digest[SHA_DIGEST_LENGTH];
        SHA1((const unsigned char *)script->text, strlen(script->text), digest);
        text_hex(digest, sizeof digest, script->sha1);
    }
    memcpy(sha1, script->sha1, sizeof script->sha1);
    pthread_mutex_unlock(&naming);
}

enum souk_err redis_eval(struct redis *redis, struct arena *arena, struct redis_script *script, int keys_n, int argc,
                         const char **argv, const size_t *argv_len, redisReply **reply)
{
    *reply = NULL;
    if (argc < keys_n || argc > REDIS_ARGS_MAX)
        return SOUK_INTERNAL;
    char sha1[41];
    script_name(script, sha1);
    char *keys = arena_printf(arena, "%d", keys_n);
    if (keys == NULL)
        return SOUK_TOO_LARGE;
    const char *args[REDIS_ARGS_MAX + 3] = {"EVALSHA", sha1, keys};
    size_t lens[REDIS_ARGS_MAX + 3] = {strlen("EVALSHA"), strlen(sha1), strlen(keys)};
    for (int i = 0; i < argc; i++) {
        args[i + 3] = argv[i];
        lens[i + 3] = argv_len ? argv_len[i] : strlen(argv[i]);
    }
    enum souk_err err = ask(redis, arena, argc + 3, args, lens, reply);
    if (err == SOUK_OK && (*reply)->type == REDIS_REPLY_ERROR && strncmp((*reply)->str, "NOSCRIPT", 8) == 0) {
        args[0] = "EVAL"; /* nothing ran: with its text it runs, and is known from then on */
        lens[0] = strlen("EVAL");
        args[1] = script->text;
        lens[1] = strlen(script->text);
        err = ask(redis, arena, argc + 3, args, lens, reply);
    }
    return judge(err, *reply, "script");
}
