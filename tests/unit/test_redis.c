/* Redis that answers, stalls, dies and comes back: a reply is never another request's. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crew.h"
#include "own_redis.h"
#include "store/redis.h"
#include "unit.h"

static struct arena *arena;
static struct redis *redis;

static void begin_with(int64_t command_ms)
{
    struct config config = {.redis_connect_timeout_ms = 100, .redis_command_timeout_ms = command_ms};
    own_redis_begin(&config);
    CU_ASSERT_EQUAL_FATAL(redis_new(&config, &redis), SOUK_OK);
    arena = arena_new(1 << 20);
}

static void begin(void)
{
    begin_with(100);
}

static void end(void)
{
    redis_free(redis);
    arena_free(arena);
    own_redis_end();
}

static enum souk_err ask(const char *verb, const char *key, const char *value, redisReply **reply)
{
    const char *argv[] = {verb, key, value};
    return redis_command(redis, arena, value ? 3 : key ? 2 : 1, argv, NULL, reply);
}

/* Asks until Redis counts as up again, for at most three seconds. */
static enum souk_err ask_patiently(const char *verb, const char *key, redisReply **reply)
{
    int64_t until_us = clock_us() + 3000000;
    enum souk_err err = ask(verb, key, NULL, reply);
    while (err && clock_us() < until_us) {
        usleep(20000);
        err = ask(verb, key, NULL, reply);
    }
    return err;
}

static void test_commands(void)
{
    redisReply *reply;
    begin();
    CU_ASSERT_EQUAL(ask("SET", "k", "v", &reply), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(ask("GET", "k", NULL, &reply), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(reply->str, "v");
    const char *argv[] = {"SET", "k", "a\0b"};
    const size_t lens[] = {3, 1, 3};
    CU_ASSERT_EQUAL(redis_command(redis, arena, 3, argv, lens, &reply), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(ask("GET", "k", NULL, &reply), SOUK_OK);
    CU_ASSERT_EQUAL(reply->len, 3);
    CU_ASSERT_EQUAL(ask("INCR", "k", NULL, &reply), SOUK_UNAVAILABLE); /* an error reply */
    CU_ASSERT_EQUAL(ask("GET", "k", NULL, &reply), SOUK_OK);
    end();
}

static void test_script(void)
{
    static struct redis_script script = {"return {KEYS[1], ARGV[1], #KEYS, #ARGV}", ""};
    static struct redis_script wrong = {"return redis.call('NOSUCH')", ""};
    const char *argv[] = {"key", "value", "more"};
    redisReply *reply;
    begin();
    for (int i = 0; i < 3; i++) { /* unknown, known, forgotten */
        CU_ASSERT_EQUAL_FATAL(redis_eval(redis, arena, &script, 1, 3, argv, NULL, &reply), SOUK_OK);
        CU_ASSERT_EQUAL_FATAL(reply->elements, 4);
        CU_ASSERT_STRING_EQUAL(reply->element[0]->str, "key");
        CU_ASSERT_STRING_EQUAL(reply->element[1]->str, "value");
        CU_ASSERT_EQUAL(reply->element[2]->integer, 1);
        CU_ASSERT_EQUAL(reply->element[3]->integer, 2);
        if (i == 1)
            CU_ASSERT_EQUAL(ask("SCRIPT", "FLUSH", NULL, &reply), SOUK_OK);
    }
    CU_ASSERT_EQUAL(redis_eval(redis, arena, &wrong, 0, 0, NULL, NULL, &reply), SOUK_UNAVAILABLE);
    end();
}

/* The reply that comes after the timeout must not be taken for the next request's. */
static void test_timeout(void)
{
    redisReply *reply;
    begin();
    CU_ASSERT_EQUAL(ask("SET", "a", "one", &reply), SOUK_OK);
    CU_ASSERT_EQUAL(ask("SET", "b", "two", &reply), SOUK_OK);
    kill(own_redis_pid(), SIGSTOP);
    int64_t began_us = clock_us();
    CU_ASSERT_EQUAL(ask("GET", "a", NULL, &reply), SOUK_UNAVAILABLE);
    int64_t took_us = clock_us() - began_us;
    CU_ASSERT_TRUE(took_us >= 90000 && took_us < 250000);
    for (int i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(ask("GET", "a", NULL, &reply), SOUK_UNAVAILABLE);
    began_us = clock_us();
    CU_ASSERT_EQUAL(ask("GET", "a", NULL, &reply), SOUK_UNAVAILABLE);
    CU_ASSERT_TRUE(clock_us() - began_us < 20000); /* the breaker answers, not the timeout */
    kill(own_redis_pid(), SIGCONT);
    CU_ASSERT_EQUAL_FATAL(ask_patiently("GET", "b", &reply), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(reply->str, "two");
    CU_ASSERT_EQUAL_FATAL(ask_patiently("GET", "a", &reply), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(reply->str, "one");
    end();
}

static void test_restart(void)
{
    redisReply *reply;
    begin();
    CU_ASSERT_EQUAL(ask("SET", "a", "one", &reply), SOUK_OK);
    own_redis_stop();
    own_redis_start();
    CU_ASSERT_EQUAL(ask("GET", "a", NULL, &reply), SOUK_OK); /* the dead connection was noticed before it was used */
    own_redis_stop();
    CU_ASSERT_EQUAL(ask("GET", "a", NULL, &reply), SOUK_UNAVAILABLE);
    own_redis_start();
    CU_ASSERT_EQUAL(ask_patiently("GET", "a", &reply), SOUK_OK);
    end();
}

enum { LARGE_BYTES = 4 << 20 };

static atomic_int wrote;
static _Atomic int64_t looked_us;

static void write_much(struct crew_task *task)
{
    (void)task;
    char *value = calloc(1, LARGE_BYTES);
    const char *argv[] = {"SET", "large", value};
    const size_t lens[] = {3, 5, LARGE_BYTES};
    redisReply *reply;
    atomic_store(&wrote, redis_command(redis, arena, 3, argv, lens, &reply) == SOUK_OK ? 1 : -1);
    free(value);
}

static void look(struct crew_task *task)
{
    (void)task;
    atomic_store(&looked_us, clock_us());
}

/* What does not fit into the socket while Redis stands still holds no thread, and is written when it goes on. */
static void test_much_to_write(void)
{
    struct crew *crew;
    struct crew_task tasks[] = {{.run = write_much}, {.run = look}};
    const struct crew_plan plan = {.threads_max = 1, .stack_bytes = 65536, .tasks_max = 2};
    int fds[2];
    begin_with(2000);
    CU_ASSERT_EQUAL_FATAL(crew_start(&plan, &crew), SOUK_OK);
    atomic_store(&wrote, 0);
    atomic_store(&looked_us, 0);
    kill(own_redis_pid(), SIGSTOP);
    const int64_t began_us = clock_us();
    for (int i = 0; i < 2; i++) {
        fds[i] = eventfd(1, EFD_CLOEXEC);
        CU_ASSERT_TRUE_FATAL(crew_watch(crew, fds[i], &tasks[i]));
        usleep(50000);
    }
    usleep(200000);
    CU_ASSERT_EQUAL(atomic_load(&wrote), 0);
    CU_ASSERT_TRUE(atomic_load(&looked_us) != 0 && atomic_load(&looked_us) - began_us < 200000);
    kill(own_redis_pid(), SIGCONT);
    for (int i = 0; i < 200 && atomic_load(&wrote) == 0; i++)
        usleep(10000);
    CU_ASSERT_EQUAL(atomic_load(&wrote), 1);
    crew_end(crew);
    close(fds[0]);
    close(fds[1]);
    end();
}

static void test_not_configured(void)
{
    struct config none = {.redis_connect_timeout_ms = 100, .redis_command_timeout_ms = 100};
    redisReply *reply;
    arena = arena_new(1 << 16);
    CU_ASSERT_EQUAL_FATAL(redis_new(&none, &redis), SOUK_OK);
    CU_ASSERT_EQUAL(ask("PING", NULL, NULL, &reply), SOUK_UNAVAILABLE);
    redis_free(redis);
    redis_free(NULL);
    arena_free(arena);
}

UNIT_SUITE(redis, UNIT_TEST(test_commands), UNIT_TEST(test_script), UNIT_TEST(test_timeout), UNIT_TEST(test_restart),
           UNIT_TEST(test_much_to_write), UNIT_TEST(test_not_configured))
