/* See feed.h. A connection of its own, for it waits in XREAD; one round trip a turn: what the times were, then what is new.
 *
 * How far the events were applied to Redis itself is kept there too (souk:cache:applied), so that a process that starts goes
 * on where the last one stopped: an answer left in Redis while no process ran is ended all the same. How far this process's
 * own copies have heard is known to itself alone: a connection that was lost goes on from there. */
#include "store/feed.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/feed_event.h"

enum {
    LISTENERS_MAX = 4,
    STREAMS_MAX = CONFIG_SHARDS_MAX + 1,
    NAME_BYTES = CONFIG_TEXT_MAX + 32,
    POSITION_BYTES = 48,
    BLOCK_MS = 200,
    ANSWER_MS_MAX = 1000,
    AGAIN_MS = 50,
    ARENA_BYTES = 16 << 20,
    ARGS_MAX = 2 * STREAMS_MAX + 8
};

static const char APPLIED[] = "souk:cache:applied", EPOCH[] = "souk:epoch", BATCH_TEXT[] = "500", BLOCK_TEXT[] = "200";

struct stream {
    char name[NAME_BYTES], fresh_name[NAME_BYTES + 8];
    char position[POSITION_BYTES]; /* the last entry told */
    int64_t offered_ms;            /* its time of this turn */
    _Atomic int64_t fresh_ms;
};

struct feed {
    char socket[CONFIG_TEXT_MAX];
    struct timeval connect_timeout;
    struct feed_listener listeners[LISTENERS_MAX];
    size_t listeners_n, streams_n;
    struct stream streams[STREAMS_MAX]; /* 0: global */
    bool placed;                        /* the positions are of this epoch */
    _Atomic uint64_t epoch;
    atomic_bool stopping;
    pthread_t thread;
    struct arena *arena;
    redisContext *redis;
};

static void pause_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

static void free_reply(void *reply)
{
    freeReplyObject(reply);
}

/* The reply of one command, the arena's. NULL: the connection is no good any more. */
static redisReply *next_reply(struct feed *feed)
{
    void *got = NULL;
    if (redisGetReply(feed->redis, &got) != REDIS_OK || got == NULL)
        return NULL;
    return arena_own(feed->arena, got, free_reply);
}

static redisReply *ask(struct feed *feed, int argc, const char **argv)
{
    if (redisAppendCommandArgv(feed->redis, argc, argv, NULL) != REDIS_OK)
        return NULL;
    return next_reply(feed);
}

static void begin_anew(struct feed *feed, uint64_t epoch)
{
    feed->placed = false;
    if (atomic_exchange(&feed->epoch, epoch) != 0) {
        log_info("feed: another life of Redis; what was kept is dropped");
        metrics_add(METRIC_CACHE_FEED_LOST, 1);
    }
    for (size_t i = 0; i < feed->listeners_n; i++)
        feed->listeners[i].begin_anew(feed->listeners[i].user, epoch);
}

/* Ends all that is kept anywhere: every process meets the new epoch in its next turn. */
static bool renew_epoch(struct feed *feed, bool unless_there)
{
    uint64_t random;
    char text[20];
    randombytes_buf(&random, sizeof random);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)(random | 1));
    const char *set[] = {"SET", EPOCH, text, "NX"};
    return ask(feed, unless_there ? 4 : 3, set) != NULL;
}

/* "a-b" of XADD: is the first one later? */
static bool is_later(const char *a, const char *b)
{
    char *a_end, *b_end;
    unsigned long long a_ms = strtoull(a, &a_end, 10), b_ms = strtoull(b, &b_end, 10);
    if (a_ms != b_ms)
        return a_ms > b_ms;
    return strtoull(*a_end ? a_end + 1 : a_end, NULL, 10) > strtoull(*b_end ? b_end + 1 : b_end, NULL, 10);
}

/* Were entries dropped from the stream that this process has not seen? Then nothing that is kept can be trusted. */
static bool check_trimmed(struct feed *feed, const struct stream *stream)
{
    const char *argv[] = {"XRANGE", stream->name, "-", "+", "COUNT", "1"};
    if (strcmp(stream->position, "0-0") == 0)
        return true;
    redisReply *reply = ask(feed, 6, argv);
    if (reply == NULL)
        return false;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 || reply->element[0]->elements == 0)
        return true;
    const char *first = reply->element[0]->element[0]->str;
    return !is_later(first, stream->position) || renew_epoch(feed, false);
}

/* Where a process begins that has kept nothing of this epoch yet. */
static bool read_positions(struct feed *feed)
{
    const char *argv[ARGS_MAX] = {"HMGET", APPLIED};
    for (size_t i = 0; i < feed->streams_n; i++)
        argv[i + 2] = feed->streams[i].name;
    redisReply *reply = ask(feed, (int)feed->streams_n + 2, argv);
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != feed->streams_n)
        return false;
    for (size_t i = 0; i < feed->streams_n; i++) {
        const redisReply *at = reply->element[i];
        struct stream *stream = &feed->streams[i];
        snprintf(stream->position, sizeof stream->position, "%s", at->type == REDIS_REPLY_STRING ? at->str : "0-0");
        if (!check_trimmed(feed, stream))
            return false;
    }
    feed->placed = true;
    return true;
}

/* Where to go on after the connection was lost: in the same epoch where this process was. Another one may have applied more to
 * Redis since, but of that this one's own copies have heard nothing. */
static bool find_positions(struct feed *feed)
{
    const char *argv[] = {"GET", EPOCH};
    redisReply *reply = ask(feed, 2, argv);
    if (reply == NULL || (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_NIL)) /* it may be loading */
        return false;
    const uint64_t epoch = reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, NULL, 16) : 0;
    if (!feed->placed || epoch != atomic_load(&feed->epoch))
        return read_positions(feed);
    for (size_t i = 0; i < feed->streams_n; i++)
        if (!check_trimmed(feed, &feed->streams[i]))
            return false;
    return true;
}

static bool connect_redis(struct feed *feed)
{
    struct timeval answer = {.tv_sec = ANSWER_MS_MAX / 1000, .tv_usec = ANSWER_MS_MAX % 1000 * 1000};
    feed->redis = redisConnectUnixWithTimeout(feed->socket, feed->connect_timeout);
    if (feed->redis == NULL || feed->redis->err || redisSetTimeout(feed->redis, answer) != REDIS_OK)
        return false;
    return find_positions(feed);
}

static void disconnect(struct feed *feed)
{
    if (feed->redis != NULL)
        redisFree(feed->redis);
    feed->redis = NULL;
}

static bool send_turn(struct feed *feed)
{
    const char *times[ARGS_MAX] = {"MGET", EPOCH};
    const char *read[ARGS_MAX] = {"XREAD", "COUNT", BATCH_TEXT, "BLOCK", BLOCK_TEXT, "STREAMS"};
    size_t n = feed->streams_n;
    for (size_t i = 0; i < n; i++) {
        times[i + 2] = feed->streams[i].fresh_name;
        read[i + 6] = feed->streams[i].name;
        read[i + 6 + n] = feed->streams[i].position;
    }
    return redisAppendCommandArgv(feed->redis, (int)n + 2, times, NULL) == REDIS_OK &&
           redisAppendCommandArgv(feed->redis, 2 * (int)n + 6, read, NULL) == REDIS_OK;
}

/* The epoch and the times as they were before the streams were read. */
static bool read_times(struct feed *feed, uint64_t *epoch)
{
    redisReply *reply = next_reply(feed);
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != feed->streams_n + 1)
        return false;
    const redisReply *named = reply->element[0];
    *epoch = named->type == REDIS_REPLY_STRING ? strtoull(named->str, NULL, 16) : 0;
    for (size_t i = 0; i < feed->streams_n; i++) {
        const redisReply *time = reply->element[i + 1];
        feed->streams[i].offered_ms = time->type == REDIS_REPLY_STRING ? strtoll(time->str, NULL, 10) : 0;
    }
    return true;
}

static bool tell(struct feed *feed, const struct feed_event *events, size_t n)
{
    bool good = true;
    for (size_t i = 0; good && i < feed->listeners_n; i++)
        good = feed->listeners[i].tell(feed->listeners[i].user, feed->redis, events, n);
    return good;
}

static size_t find_stream(const struct feed *feed, const char *name)
{
    size_t i = 0;
    while (i < feed->streams_n && strcmp(feed->streams[i].name, name) != 0)
        i++;
    return i;
}

static bool is_heard(const struct feed *feed, const char *topic, bool shard)
{
    for (size_t i = 0; i < feed->listeners_n; i++)
        if (feed->listeners[i].hears(feed->listeners[i].user, topic, shard))
            return true;
    return false;
}

/* What one stream had: tells it, and notes how far it got. */
static bool take_entries(struct feed *feed, size_t n, const redisReply *entries)
{
    struct stream *stream = &feed->streams[n];
    struct feed_event *events = arena_alloc(feed->arena, FEED_BATCH_MAX * sizeof *events);
    size_t events_n = 0;
    if (events == NULL || entries->elements == 0)
        return events != NULL;
    for (size_t i = 0; i < entries->elements && i < FEED_BATCH_MAX; i++) {
        const char *topic = feed_event_topic(entries->element[i]);
        if (topic && is_heard(feed, topic, n > 0))
            events_n += feed_event_read(feed->arena, n, entries->element[i], &events[events_n]);
    }
    if (entries->elements >= FEED_BATCH_MAX && !check_trimmed(feed, stream))
        return false;
    if (events_n > 0 && !tell(feed, events, events_n))
        return false;
    const char *last = entries->element[entries->elements - 1]->element[0]->str;
    snprintf(stream->position, sizeof stream->position, "%s", last);
    const char *argv[] = {"HSET", APPLIED, stream->name, stream->position};
    return ask(feed, 4, argv) != NULL;
}

/* Everything that was new is told: a stream that gave all it had is as fresh as its time says. */
static bool read_streams(struct feed *feed)
{
    redisReply *reply = next_reply(feed);
    bool more[STREAMS_MAX] = {false};
    if (reply == NULL || (reply->type != REDIS_REPLY_ARRAY && reply->type != REDIS_REPLY_NIL))
        return false;
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *pair = reply->element[i];
        size_t n = pair->elements == 2 ? find_stream(feed, pair->element[0]->str) : feed->streams_n;
        if (n == feed->streams_n || !take_entries(feed, n, pair->element[1]))
            return false;
        more[n] = pair->element[1]->elements >= FEED_BATCH_MAX;
    }
    for (size_t i = 0; i < feed->streams_n; i++) {
        if (!more[i] && feed->streams[i].offered_ms > atomic_load(&feed->streams[i].fresh_ms))
            atomic_store(&feed->streams[i].fresh_ms, feed->streams[i].offered_ms);
    }
    return true;
}

static bool turn(struct feed *feed)
{
    uint64_t epoch;
    if (feed->redis == NULL && !connect_redis(feed))
        return false;
    if (!send_turn(feed) || !read_times(feed, &epoch))
        return false;
    if (epoch != 0 && epoch == atomic_load(&feed->epoch))
        return read_streams(feed);
    /* What the streams had is read again, from where this life of Redis says. */
    if (next_reply(feed) == NULL)
        return false;
    if (epoch == 0)
        return renew_epoch(feed, true);
    begin_anew(feed, epoch);
    return read_positions(feed);
}

static void *run(void *user)
{
    struct feed *feed = user;
    while (!atomic_load(&feed->stopping)) {
        if (!turn(feed)) {
            disconnect(feed);
            pause_ms(AGAIN_MS);
        }
        for (size_t i = 0; i < feed->listeners_n; i++)
            if (feed->listeners[i].turn)
                feed->listeners[i].turn(feed->listeners[i].user);
        int64_t fresh_ms = feed_fresh_ms(feed, false);
        metrics_set(GAUGE_FEED_LAG_MS, fresh_ms ? clock_unix_ms() - fresh_ms : 0);
        arena_reset(feed->arena);
    }
    disconnect(feed);
    return NULL;
}

static void name_stream(struct feed *feed, const char *schema)
{
    struct stream *stream = &feed->streams[feed->streams_n++];
    snprintf(stream->name, sizeof stream->name, "souk:events:%s", schema);
    snprintf(stream->fresh_name, sizeof stream->fresh_name, "souk:events:%s:fresh", schema);
    snprintf(stream->position, sizeof stream->position, "0-0");
}

enum souk_err feed_new(const struct config *config, const struct feed_listener *listeners, size_t n, struct feed **out)
{
    *out = NULL;
    struct feed *feed = calloc(1, sizeof *feed);
    if (feed == NULL || n > LISTENERS_MAX)
        goto failed;
    memcpy(feed->socket, config->redis_socket, sizeof feed->socket);
    feed->connect_timeout = (struct timeval){.tv_sec = config->redis_connect_timeout_ms / 1000,
                                             .tv_usec = config->redis_connect_timeout_ms % 1000 * 1000};
    memcpy(feed->listeners, listeners, n * sizeof *listeners);
    feed->listeners_n = n;
    name_stream(feed, config->global.schema);
    for (int shard = 0; shard < config->shards_n; shard++)
        name_stream(feed, config->shards[shard].schema);
    feed->arena = arena_new(ARENA_BYTES);
    if (feed->arena == NULL || pthread_create(&feed->thread, NULL, run, feed) != 0)
        goto failed;
    *out = feed;
    return SOUK_OK;
failed:
    if (feed != NULL)
        arena_free(feed->arena);
    free(feed);
    return SOUK_INTERNAL;
}

void feed_free(struct feed *feed)
{
    if (feed == NULL)
        return;
    atomic_store(&feed->stopping, true);
    pthread_join(feed->thread, NULL);
    arena_free(feed->arena);
    free(feed);
}

int64_t feed_fresh_ms(const struct feed *feed, bool shards)
{
    int64_t fresh_ms = atomic_load_explicit(&feed->streams[0].fresh_ms, memory_order_acquire);
    for (size_t i = 1; shards && i < feed->streams_n; i++) {
        int64_t one_ms = atomic_load_explicit(&feed->streams[i].fresh_ms, memory_order_acquire);
        fresh_ms = one_ms < fresh_ms ? one_ms : fresh_ms;
    }
    return fresh_ms;
}

uint64_t feed_epoch(const struct feed *feed)
{
    return atomic_load_explicit(&feed->epoch, memory_order_acquire);
}
