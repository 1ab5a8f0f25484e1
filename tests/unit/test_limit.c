/* Token buckets, against a Redis of the test's own; and without one, when everything is allowed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "guard/limit.h"
#include "unit.h"

static struct config config;
static char dir[sizeof "/tmp/souk-unit-XXXXXX"];
static struct arena *arena;
static struct redis *redis;
static pid_t server;

static void open_redis(void)
{
    config = (struct config){.redis_connect_timeout_ms = 100, .redis_command_timeout_ms = 500};
    snprintf(config.redis_socket, sizeof config.redis_socket, "%s/redis.sock", dir);
    CU_ASSERT_EQUAL_FATAL(redis_new(&config, &redis), SOUK_OK);
    arena = arena_new(1 << 20);
}

/* Starts a server on a socket in a fresh folder and waits until it answers. */
static void start(void)
{
    memcpy(dir, "/tmp/souk-unit-XXXXXX", sizeof dir);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    server = fork();
    if (server == 0) {
        if (chdir(dir) == 0 && freopen("/dev/null", "w", stdout))
            execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", "redis.sock", "--save", "", (char *)NULL);
        _exit(127);
    }
    char socket[64];
    snprintf(socket, sizeof socket, "%s/redis.sock", dir);
    for (int i = 0; i < 200 && access(socket, F_OK) != 0; i++)
        usleep(10000);
    open_redis();
}

static void stop(void)
{
    char socket[64];
    snprintf(socket, sizeof socket, "%s/redis.sock", dir);
    redis_free(redis);
    arena_free(arena);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    unlink(socket);
    rmdir(dir);
}

static void test_burst_and_wait(void)
{
    int64_t wait_s = 0;
    start();
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 5, 100, &wait_s), SOUK_OK);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 5, 100, &wait_s), SOUK_RATE_LIMITED);
    CU_ASSERT_TRUE(wait_s == 10);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "bob", 5, 100, &wait_s), SOUK_OK);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "other", "ann", 5, 100, &wait_s), SOUK_OK);
    CU_ASSERT_EQUAL(wait_s, 0);
    stop();
}

static void test_refill(void)
{
    int64_t wait_s = 0;
    start();
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 1, 5000, &wait_s), SOUK_OK);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 1, 5000, &wait_s), SOUK_RATE_LIMITED);
    CU_ASSERT_EQUAL(wait_s, 1); /* 200 ms, rounded up */
    usleep(250000);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 1, 5000, &wait_s), SOUK_OK);
    stop();
}

static void test_give_back(void)
{
    int64_t wait_s = 0;
    start();
    for (int i = 0; i < 50; i++) {
        CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 2, 10, &wait_s), SOUK_OK);
        limit_give(redis, arena, "test", "ann", 2, 10);
    }
    /* What was given back beyond what was taken does not make the bucket larger. */
    for (int i = 0; i < 5; i++)
        limit_give(redis, arena, "test", "ann", 2, 10);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 2, 10, &wait_s), SOUK_OK);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 2, 10, &wait_s), SOUK_OK);
    CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 2, 10, &wait_s), SOUK_RATE_LIMITED);
    stop();
}

static void test_without_redis(void)
{
    int64_t wait_s = 7;
    memcpy(dir, "/tmp/souk-unit-nowher", sizeof dir);
    open_redis();
    for (int i = 0; i < 20; i++)
        CU_ASSERT_EQUAL(limit_take(redis, arena, "test", "ann", 1, 1, &wait_s), SOUK_OK);
    CU_ASSERT_EQUAL(wait_s, 0);
    redis_free(redis);
    arena_free(arena);
}

static void test_headers(void)
{
    arena = arena_new(1 << 16);
    CU_ASSERT_STRING_EQUAL(limit_policy_header(arena, "login-account", 10, 20),
                           "RateLimit-Policy: \"login-account\";q=10;w=500");
    CU_ASSERT_STRING_EQUAL(limit_state_header(arena, "login-account", 43), "RateLimit: \"login-account\";r=0;t=43");
    arena_free(arena);
}

UNIT_SUITE(limit, UNIT_TEST(test_burst_and_wait), UNIT_TEST(test_refill), UNIT_TEST(test_give_back),
           UNIT_TEST(test_without_redis), UNIT_TEST(test_headers))
