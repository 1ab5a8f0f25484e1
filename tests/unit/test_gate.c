/* The gate of a flash sale, asked by many at once: one run of the script judges them all, and each gets its own answer. While Redis
 * stands still few wait for it, and not for long. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "own_redis.h"
#include "store/gate.h"
#include "unit.h"

enum { ASKERS = 40, UNITS = 8, PER_ACCOUNT = 2, ANSWER_BYTES = 32 };

struct asker {
    pthread_t thread;
    const char *gate, *account, *key, *qty;
    char order_id[24], answer[ANSWER_BYTES], told[24];
    int64_t patience_us, took_us; /* patience: 0 for much */
};

static struct gate *gate;
static redisContext *redis;
static struct asker askers[ASKERS];

static int64_t soon_us(void)
{
    return clock_us() + 20000000;
}

static void begin_with(int64_t command_ms, int64_t queue_max)
{
    static char run_id[GATE_RUN_BYTES];
    struct config config = {.redis_connect_timeout_ms = 1000, .redis_command_timeout_ms = command_ms, .queue_max = queue_max};
    struct arena *arena = arena_new(1 << 16);
    memset(askers, 0, sizeof askers);
    own_redis_begin(&config);
    redis = redisConnectUnix(config.redis_socket);
    CU_ASSERT_PTR_NOT_NULL_FATAL(redis);
    CU_ASSERT_EQUAL_FATAL(gate_new(&config, &gate), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(gate_life(gate, arena, soon_us(), run_id), SOUK_OK);
    const int64_t now_ms = clock_unix_ms();
    freeReplyObject(redisCommand(redis, "HSET souk:flash:1 run %s epoch 3 sku 7 units %d per %d room 0 ttl 60000 attempts 60 reqs 1000"
                                        " starts %lld ends %lld", run_id, UNITS, PER_ACCOUNT, (long long)now_ms - 1000,
                                 (long long)now_ms + 60000));
    freeReplyObject(redisCommand(redis, "HSET souk:flash:2 run another"));
    arena_free(arena);
}

static void begin(void)
{
    begin_with(10000, ASKERS);
}

static void end(void)
{
    gate_free(gate);
    redisFree(redis);
    own_redis_end();
}

static char *asked(char *out, const char *command)
{
    redisReply *reply = redisCommand(redis, command);
    CU_ASSERT_PTR_NOT_NULL_FATAL(reply);
    if (reply->type == REDIS_REPLY_INTEGER)
        snprintf(out, ANSWER_BYTES, "%lld", reply->integer);
    else
        snprintf(out, ANSWER_BYTES, "%s", reply->str ? reply->str : "");
    freeReplyObject(reply);
    return out;
}

static void *ask(void *user)
{
    struct asker *asker = user;
    struct arena *arena = arena_new(1 << 16);
    char arrival[24];
    redisReply *reply;
    snprintf(arrival, sizeof arrival, "%" PRId64, clock_unix_ms() * 1000);
    const char *argv[] = {asker->gate, "0", "souk:limit:flash:1", "souk:flash:entries:0", asker->account, arrival, asker->key, "0a",
                          asker->qty, asker->order_id, "{}"};
    strcpy(asker->answer, "nothing");
    const struct gate_call call = {GATE_BUY, 1, sizeof argv / sizeof argv[0], argv,
                                   asker->patience_us ? clock_us() + asker->patience_us : soon_us()};
    const int64_t began_us = clock_us();
    if (gate_run(gate, arena, &call, &reply) == SOUK_OK) {
        snprintf(asker->answer, sizeof asker->answer, "%s", reply->element[0]->str);
        if (reply->elements == 3)
            snprintf(asker->told, sizeof asker->told, "%s", reply->element[1]->str);
    }
    asker->took_us = clock_us() - began_us;
    arena_free(arena);
    return NULL;
}

/* The first waits for its answer, for Redis stands still, and all others behind it; then those that have not been sent go together. */
static void ask_at_once(int n)
{
    kill(own_redis_pid(), SIGSTOP);
    for (int i = 0; i < n; i++) {
        pthread_create(&askers[i].thread, NULL, ask, &askers[i]);
        usleep(i == 0 ? 20000 : 0); /* it would take along who is queued before it is sent */
    }
    usleep(200000);
    kill(own_redis_pid(), SIGCONT);
    for (int i = 0; i < n; i++)
        pthread_join(askers[i].thread, NULL);
}

static int answered(const char *answer, const char *account)
{
    int n = 0;
    for (int i = 0; i < ASKERS; i++)
        n += strcmp(askers[i].answer, answer) == 0 && (account == NULL || strcmp(askers[i].account, account) == 0);
    return n;
}

/* Ten ask with one key, ten of one account with keys of their own, four at a gate of another life of Redis, the rest alone. */
static void test_many_at_once(void)
{
    static char names[ASKERS][8];
    char text[ANSWER_BYTES];
    begin();
    for (int i = 0; i < ASKERS; i++) {
        snprintf(names[i], sizeof names[i], "%d", 100 + i);
        askers[i] = (struct asker){.gate = i % 10 == 9 ? "souk:flash:2" : "souk:flash:1", .account = names[i], .key = names[i], .qty = "1"};
        if (i < 10)
            askers[i].account = askers[i].key = "1";
        else if (i < 20)
            askers[i].account = "2";
        snprintf(askers[i].order_id, sizeof askers[i].order_id, "%d", 9000 + i);
    }
    freeReplyObject(redisCommand(redis, "CONFIG RESETSTAT"));
    ask_at_once(ASKERS);

    int ordered = 0;
    const char *shared = "";
    for (int i = 0; i < ASKERS; i++) {
        if (strcmp(askers[i].answer, "ticket") != 0)
            continue;
        ordered += strcmp(askers[i].told, askers[i].order_id) == 0;
        if (i < 10 && *shared == '\0')
            shared = askers[i].told;
        CU_ASSERT_STRING_EQUAL(askers[i].told, i < 10 ? shared : askers[i].order_id); /* one key, one order; nobody else's */
    }
    CU_ASSERT_EQUAL(ordered, UNITS);
    CU_ASSERT_EQUAL(answered("closed", NULL), 4);
    CU_ASSERT_TRUE(answered("ticket", "2") <= PER_ACCOUNT);
    CU_ASSERT_TRUE(answered("ticket", "1") == 9 || answered("ticket", "1") == 0);
    CU_ASSERT_EQUAL(answered("ticket", NULL) + answered("sold_out", NULL) + answered("limit", NULL), ASKERS - 4);
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:1 units"), "0");
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:1 in"), "8");
    CU_ASSERT_STRING_EQUAL(asked(text, "XLEN souk:flash:entries:0"), "8");
    CU_ASSERT_STRING_EQUAL(asked(text, "HLEN souk:flash:1:3:o"), "8");
    CU_ASSERT_STRING_EQUAL(asked(text, "HLEN souk:flash:1:3:k"), "8");
    CU_ASSERT_EQUAL(atoi(asked(text, "HGET souk:flash:1 x:sold_out")), answered("sold_out", NULL));

    redisReply *stats = redisCommand(redis, "INFO commandstats");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stats);
    const char *runs = strstr(stats->str, "cmdstat_evalsha:calls=");
    CU_ASSERT_PTR_NOT_NULL_FATAL(runs);
    CU_ASSERT_TRUE(atoi(runs + strlen("cmdstat_evalsha:calls=")) <= 6); /* one that led alone, and a few for all the others */
    freeReplyObject(stats);
    end();
}

/* The second of two that come together sees what the first took: also units of the same account. */
static void test_one_after_the_other(void)
{
    char text[ANSWER_BYTES];
    begin();
    for (int i = 0; i < 6; i++) {
        askers[i] = (struct asker){.gate = "souk:flash:1", .account = i % 2 ? "5" : "6", .key = i < 2 ? "a" : i < 4 ? "b" : "c", .qty = "2"};
        snprintf(askers[i].order_id, sizeof askers[i].order_id, "%d", 9100 + i);
    }
    ask_at_once(6);
    CU_ASSERT_EQUAL(answered("ticket", "5"), 1);
    CU_ASSERT_EQUAL(answered("limit", "5"), 2);
    CU_ASSERT_EQUAL(answered("ticket", "6"), 1);
    CU_ASSERT_EQUAL(answered("limit", "6"), 2);
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:1 units"), "4");
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:1:3:b 5"), "2");
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:1:3:b 6"), "2");
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:1 x:limit"), "4");
    end();
}

static long long fill(const char *life, const char *before, const char *orders)
{
    const char *argv[] = {"souk:flash:3", life, "8", before, orders};
    struct arena *arena = arena_new(1 << 16);
    redisReply *reply;
    const struct gate_call call = {GATE_FILL, 1, 5, argv, soon_us()};
    const bool answered = gate_run(gate, arena, &call, &reply) == SOUK_OK && reply->type == REDIS_REPLY_INTEGER;
    const long long said = answered ? reply->integer : -1;
    arena_free(arena);
    return said;
}

static long long publish(const char *life, const char *orders)
{
    const char *argv[] = {"souk:flash:3", life, "8", orders, "units", "7"};
    struct arena *arena = arena_new(1 << 16);
    redisReply *reply;
    const struct gate_call call = {GATE_PUBLISH, 1, 6, argv, soon_us()};
    const bool answered = gate_run(gate, arena, &call, &reply) == SOUK_OK && reply->type == REDIS_REPLY_INTEGER;
    const long long said = answered ? reply->integer : -1;
    arena_free(arena);
    return said;
}

/* A page whose answer did not come is filled in again: nobody has more for that. What Redis has lost is noticed. What never opens does not
 * stay for ever, what opens does. */
static void test_filling(void)
{
    static const char *page = "[{\"order_id\":\"71\",\"account_id\":\"5\",\"qty\":2,\"key\":\"0a\",\"body\":\"0b\"},"
                              "{\"order_id\":\"9007199254740993\",\"account_id\":\"5\",\"qty\":1,\"key\":\"0c\",\"body\":\"0d\"}]";
    static const char *next = "[{\"order_id\":\"73\",\"account_id\":\"6\",\"qty\":1,\"key\":\"0a\",\"body\":\"0b\"}]";
    char text[ANSWER_BYTES], command[ANSWER_BYTES], life[GATE_RUN_BYTES];
    struct arena *arena = arena_new(1 << 16);
    begin();
    CU_ASSERT_EQUAL_FATAL(gate_life(gate, arena, soon_us(), life), SOUK_OK);
    CU_ASSERT_EQUAL(fill("another", "0", page), 0);
    CU_ASSERT_STRING_EQUAL(asked(text, "EXISTS souk:flash:3:8:o"), "0");
    CU_ASSERT_EQUAL(fill(life, "0", page), 1);
    CU_ASSERT_EQUAL(fill(life, "0", page), 1);
    CU_ASSERT_EQUAL(fill(life, "2", next), 1);
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:3:8:b 5"), "3");
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:3:8:o 9007199254740993"), "5:1:o");
    CU_ASSERT_STRING_EQUAL(asked(text, "HGET souk:flash:3:8:k 5:0c"), "9007199254740993:0d");
    CU_ASSERT_STRING_EQUAL(asked(text, "HLEN souk:flash:3:8:o"), "3");
    for (const char *const *name = (const char *const[]){"b", "k", "o", NULL}; *name; name++) {
        snprintf(command, sizeof command, "TTL souk:flash:3:8:%s", *name);
        CU_ASSERT_TRUE(atoi(asked(text, command)) > 600);
    }
    CU_ASSERT_EQUAL(publish(life, "3"), 1);
    for (const char *const *name = (const char *const[]){"b", "k", "o", NULL}; *name; name++) {
        snprintf(command, sizeof command, "TTL souk:flash:3:8:%s", *name);
        CU_ASSERT_STRING_EQUAL(asked(text, command), "-1");
    }
    freeReplyObject(redisCommand(redis, "FLUSHALL"));
    CU_ASSERT_EQUAL(fill(life, "3", next), 0);
    end();
    arena_free(arena);
}

static void prepare(int i, int64_t patience_us)
{
    static char names[ASKERS][12];
    snprintf(names[i], sizeof names[i], "%d", 300 + i);
    askers[i] = (struct asker){.gate = "souk:flash:1", .account = names[i], .key = names[i], .qty = "1", .patience_us = patience_us};
    snprintf(askers[i].order_id, sizeof askers[i].order_id, "%d", 9200 + i);
}

/* Redis stands still: one waits for it and two wait behind, the others are sent away at once. */
static void test_queue_is_bounded(void)
{
    int at_once = 0;
    begin_with(10000, 2);
    for (int i = 0; i < 8; i++)
        prepare(i, 0);
    ask_at_once(8);
    for (int i = 0; i < 8; i++)
        at_once += strcmp(askers[i].answer, "nothing") == 0 && askers[i].took_us < 100000;
    CU_ASSERT_EQUAL(answered("ticket", NULL), 3);
    CU_ASSERT_EQUAL(at_once, 5);
    end();
}

/* Who has no more time leaves the queue, and what it wanted is not done later. */
static void test_deadline_in_the_queue(void)
{
    char text[ANSWER_BYTES];
    begin();
    for (int i = 0; i < 4; i++)
        prepare(i, i == 0 ? 0 : 50000);
    kill(own_redis_pid(), SIGSTOP);
    for (int i = 0; i < 4; i++) {
        pthread_create(&askers[i].thread, NULL, ask, &askers[i]);
        usleep(i == 0 ? 20000 : 0);
    }
    for (int i = 1; i < 4; i++) {
        pthread_join(askers[i].thread, NULL);
        CU_ASSERT_STRING_EQUAL(askers[i].answer, "nothing");
        CU_ASSERT_TRUE(askers[i].took_us >= 50000 && askers[i].took_us < 1000000);
    }
    kill(own_redis_pid(), SIGCONT);
    pthread_join(askers[0].thread, NULL);
    CU_ASSERT_STRING_EQUAL(askers[0].answer, "ticket");
    CU_ASSERT_STRING_EQUAL(asked(text, "XLEN souk:flash:entries:0"), "1");
    end();
}

/* After a few that got no answer nobody waits for one, until it is there again. */
static void test_breaker(void)
{
    begin_with(50, ASKERS);
    for (int i = 0; i < 8; i++)
        prepare(i, 0);
    kill(own_redis_pid(), SIGSTOP);
    for (int i = 0; i < 7; i++)
        ask(&askers[i]);
    CU_ASSERT_TRUE(askers[0].took_us >= 50000); /* on the connection it had */
    CU_ASSERT_TRUE(askers[1].took_us >= 50000); /* on a new one */
    CU_ASSERT_TRUE(askers[6].took_us < 40000);
    kill(own_redis_pid(), SIGCONT);
    const int64_t until_us = clock_us() + 3000000;
    do {
        usleep(20000);
        ask(&askers[7]);
    } while (strcmp(askers[7].answer, "nothing") == 0 && clock_us() < until_us);
    CU_ASSERT_STRING_EQUAL(askers[7].answer, "ticket");
    end();
}

UNIT_SUITE(gate, UNIT_TEST(test_many_at_once), UNIT_TEST(test_one_after_the_other), UNIT_TEST(test_filling),
           UNIT_TEST(test_queue_is_bounded), UNIT_TEST(test_deadline_in_the_queue), UNIT_TEST(test_breaker))
