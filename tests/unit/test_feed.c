/* How far this process's own copies have heard is known to itself alone, whatever another one has applied to Redis meanwhile. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "own_redis.h"
#include "store/feed.h"
#include "unit.h"

static struct feed *feed;
static redisContext *redis;
static _Atomic int64_t told;
static atomic_int begun_n;

static bool hears(void *user, const char *topic, bool shard)
{
    (void)user, (void)shard;
    return strcmp(topic, "sku.changed") == 0;
}

static bool tell(void *user, redisContext *context, const struct feed_event *events, size_t n)
{
    (void)user, (void)context;
    atomic_store(&told, events[n - 1].ids[0]);
    return true;
}

static void begin_anew(void *user, uint64_t epoch)
{
    (void)user, (void)epoch;
    atomic_fetch_add(&begun_n, 1);
}

static void ask(const char *command)
{
    redisReply *reply = redisCommand(redis, command);
    CU_ASSERT_FATAL(reply != NULL && reply->type != REDIS_REPLY_ERROR);
    freeReplyObject(reply);
}

static bool becomes_told(int64_t id, int ms)
{
    for (int64_t until_us = clock_us() + ms * 1000; atomic_load(&told) != id && clock_us() < until_us;)
        usleep(2000);
    return atomic_load(&told) == id;
}

static void begin(void)
{
    static const struct feed_listener listener = {.hears = hears, .tell = tell, .begin_anew = begin_anew};
    struct config config = {.redis_connect_timeout_ms = 1000, .global = {.schema = "g"}};
    atomic_store(&told, 0);
    atomic_store(&begun_n, 0);
    own_redis_begin(&config);
    redis = redisConnectUnix(config.redis_socket);
    CU_ASSERT_PTR_NOT_NULL_FATAL(redis);
    CU_ASSERT_EQUAL_FATAL(feed_new(&config, &listener, 1, &feed), SOUK_OK);
    ask("XADD souk:events:g 1-0 topic sku.changed aggregate 1");
    CU_ASSERT_TRUE(becomes_told(1, 5000));
}

static void end(void)
{
    feed_free(feed);
    redisFree(redis);
    own_redis_end();
}

/* An error in place of the epoch, as a Redis gives that is loading: another life of it would have another one. */
static void test_error_is_no_epoch(void)
{
    begin();
    ask("MULTI");
    ask("ACL SETUSER default -get");
    ask("CLIENT KILL TYPE normal SKIPME yes");
    ask("XADD souk:events:g 2-0 topic sku.changed aggregate 2");
    ask("HSET souk:cache:applied souk:events:g 2-0");
    ask("EXEC");
    usleep(200000);
    CU_ASSERT_EQUAL(atomic_load(&told), 1);
    ask("ACL SETUSER default +get");
    CU_ASSERT_TRUE(becomes_told(2, 2000));
    CU_ASSERT_EQUAL(atomic_load(&begun_n), 1);
    end();
}

UNIT_SUITE(feed, UNIT_TEST(test_error_is_no_epoch))
