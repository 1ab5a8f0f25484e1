/* Calls against a real server: typed parameters, answers, refusals, and everything that can go wrong between.
 *
 * SOUK_TEST_CONFIG names the configuration of a running souk that may be played with; its migrate user creates the
 * routines called here, test_…, on shard 0, and drops them again. Without it these tests are skipped, loudly.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/database.h"
#include "base/clock.h"
#include "store/id.h"
#include "store/mint.h"
#include "store/session.h"
#include "store/store.h"
#include "unit.h"

static struct config config;
static struct database databases[DATABASES_MAX];
static struct store *store;
static struct arena *arena;
static struct answer answer;
static struct refusal refusal;

static bool begin(void)
{
    const char *path = getenv("SOUK_TEST_CONFIG");
    char message[256];
    if (path == NULL || *path == '\0') {
        fputs("SKIPPED (no SOUK_TEST_CONFIG) ", stderr);
        return false;
    }
    CU_ASSERT_EQUAL_FATAL(config_load(path, &config, message, sizeof message), SOUK_OK);
    config.connections = 2;
    databases_of(&config, databases);
    CU_ASSERT_EQUAL_FATAL(store_new(&config, &store), SOUK_OK);
    arena = arena_new(1 << 24);
    return true;
}

static void end(void)
{
    store_free(store);
    arena_free(arena);
}

static void admin(const char *sql)
{
    MYSQL *mysql = database_open(&databases[1], databases[1].db.schema);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mysql);
    bool done = database_run(mysql, sql);
    if (!done)
        fprintf(stderr, "%s: %s\n", sql, mysql_error(mysql));
    CU_ASSERT_TRUE(done);
    session_close(mysql);
}

/* CREATE PROCEDURE <head> <body> on shard 0. */
static void create(const char *name, const char *params, const char *body)
{
    char sql[2048];
    snprintf(sql, sizeof sql, "DROP PROCEDURE IF EXISTS %s", name);
    admin(sql);
    snprintf(sql, sizeof sql,
             "CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE %s(%s) SQL SECURITY DEFINER %s", name, params, body);
    admin(sql);
}

static void drop(const char *name)
{
    char sql[256];
    snprintf(sql, sizeof sql, "DROP PROCEDURE %s", name);
    admin(sql);
}

static enum souk_err call_with(const char *routine, const struct param *params, size_t params_n, int64_t within_ms,
                               bool repeatable)
{
    struct call call = {routine, params, params_n, clock_us() + within_ms * 1000, .repeatable = repeatable};
    return store_call(store, 0, &call, arena, &answer, &refusal);
}

static enum souk_err call(const char *routine)
{
    return call_with(routine, NULL, 0, 3000, false);
}

static void test_parameters_and_columns(void)
{
    if (!begin())
        return;
    create("test_echo", "in_a BIGINT, in_b BIGINT, in_t VARCHAR(100), in_bytes VARBINARY(16), in_none VARCHAR(9)",
           "SELECT 'v7' AS etag, CONCAT(in_a, '|', in_b, '|', in_t, '|', HEX(in_bytes), '|', in_none IS NULL) AS body, "
           "201 AS status, '/x' AS location, NULL AS next_cursor");
    struct param params[] = {param_int(INT64_MIN), param_int(INT64_MAX), param_text("it's \xf0\x9f\x9b\x92 %s"),
                             {.type = PARAM_BYTES, .text = "\0\xff'", .len = 3}, param_text(NULL)};
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(call_with("test_echo", params, 5, 3000, false), SOUK_OK);
        CU_ASSERT_EQUAL(answer.status, 201);
        CU_ASSERT_STRING_EQUAL(answer.body,
                               "-9223372036854775808|9223372036854775807|it's \xf0\x9f\x9b\x92 %s|00FF27|1");
        CU_ASSERT_EQUAL(answer.body_len, strlen(answer.body));
        CU_ASSERT_STRING_EQUAL(answer.etag, "v7");
        CU_ASSERT_STRING_EQUAL(answer.location, "/x");
        CU_ASSERT_PTR_NULL(answer.next_cursor);
        params[2] = param_text("it's \xf0\x9f\x9b\x92 %s"); /* other addresses, the same statement */
    }
    drop("test_echo");
    end();
}

static void test_large_and_empty(void)
{
    if (!begin())
        return;
    create("test_large", "in_n BIGINT", "SELECT 200 AS status, REPEAT('x', in_n) AS body");
    static const int64_t sizes[] = {0, 1, 1000000, 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct param n = param_int(sizes[i]);
        CU_ASSERT_EQUAL_FATAL(call_with("test_large", &n, 1, 3000, false), SOUK_OK);
        CU_ASSERT_EQUAL(answer.body_len, (size_t)sizes[i]);
        CU_ASSERT_EQUAL(strlen(answer.body), (size_t)sizes[i]);
    }
    struct arena *small = arena_new(4096);
    struct param n = param_int(1000000);
    struct call large = {"test_large", &n, 1, 0, .repeatable = false};
    CU_ASSERT_EQUAL(store_call(store, 0, &large, small, &answer, NULL), SOUK_TOO_LARGE);
    arena_free(small);
    drop("test_large");
    end();
}

static void test_refusals(void)
{
    if (!begin())
        return;
    create("test_refuse", "in_n BIGINT",
           "BEGIN IF in_n = 1 THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30401, MESSAGE_TEXT = 'stock.short: 42 main 3'; "
           "ELSEIF in_n = 2 THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found'; "
           "ELSEIF in_n = 3 THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 39999, MESSAGE_TEXT = 'what'; END IF; "
           "SELECT 200 AS status, CONNECTION_ID() AS body; END");
    static const enum souk_err expected[] = {SOUK_OK, SOUK_STOCK_SHORT, SOUK_NOT_FOUND, SOUK_INTERNAL, SOUK_OK};
    char connection[32] = "";
    for (int i = 0; i < 5; i++) {
        struct param n = param_int(i);
        CU_ASSERT_EQUAL(call_with("test_refuse", &n, 1, 3000, false), expected[i]);
        CU_ASSERT_STRING_EQUAL(refusal.detail, i == 1 ? "42 main 3" : "");
        if (i == 0)
            snprintf(connection, sizeof connection, "%s", answer.body);
    }
    CU_ASSERT_STRING_EQUAL(answer.body, connection); /* a refusal costs no connection */
    drop("test_refuse");
    end();
}

/* What is not one row of status and body, or leaves a transaction behind, is an error; the next call is in order. */
static void test_surprises(void)
{
    static const char *const bodies[] = {
        "BEGIN SELECT 200 AS status, 'a' AS body; SELECT 200 AS status, 'b' AS body; END",
        "BEGIN END",
        "SELECT 1 AS other",
        "SELECT 200 AS status, 'x' AS body FROM (SELECT 1 UNION ALL SELECT 2) AS two",
        "SELECT 200 AS status, 'x' AS body FROM (SELECT 1 AS n) AS one WHERE n = 2",
        "BEGIN START TRANSACTION; INSERT INTO slot_owner (slot) VALUES (999); SELECT 200 AS status, 'x' AS body; END",
        "BEGIN INSERT INTO slot_owner (slot) VALUES (NULL); END",
        "SELECT no_such_column",
    };
    if (!begin())
        return;
    create("test_fine", "", "SELECT 200 AS status, (SELECT COUNT(*) FROM slot_owner WHERE slot = 999) AS body");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        create("test_odd", "", bodies[i]);
        CU_ASSERT_EQUAL(call("test_odd"), SOUK_INTERNAL);
        CU_ASSERT_EQUAL_FATAL(call("test_fine"), SOUK_OK);
        CU_ASSERT_STRING_EQUAL(answer.body, "0");
    }
    drop("test_odd");
    drop("test_fine");
    end();
}

static void test_busy(void)
{
    if (!begin())
        return;
    create("test_busy", "in_n BIGINT",
           "BEGIN SET @tries = COALESCE(@tries, 0) + 1; IF @tries <= in_n THEN "
           "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'; END IF; "
           "SELECT 200 AS status, @tries AS body; SET @tries = 0; END");
    struct param n = param_int(3);
    CU_ASSERT_EQUAL_FATAL(call_with("test_busy", &n, 1, 3000, false), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(answer.body, "4");
    n = param_int(100);
    CU_ASSERT_EQUAL(call_with("test_busy", &n, 1, 3000, false), SOUK_CONFLICT);
    drop("test_busy");
    end();
}

static void test_deadline(void)
{
    if (!begin())
        return;
    create("test_slow", "in_s DECIMAL(6, 3)", "BEGIN DO SLEEP(in_s); SELECT 200 AS status, 'late' AS body; END");
    struct param seconds = param_int(1);
    int64_t began_us = clock_us();
    CU_ASSERT_EQUAL(call_with("test_slow", &seconds, 1, 150, true), SOUK_TIMEOUT);
    int64_t took_us = clock_us() - began_us;
    CU_ASSERT_TRUE(took_us >= 140000 && took_us < 300000);
    seconds = param_int(0);
    CU_ASSERT_EQUAL(call_with("test_slow", &seconds, 1, 3000, false), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(answer.body, "late");
    CU_ASSERT_EQUAL(call_with("test_slow", &seconds, 1, -1, false), SOUK_UNAVAILABLE); /* nothing is sent */
    drop("test_slow");
    end();
}

/* Breaks every connection of this process to a server. */
static void break_connections(void)
{
    DIR *all = opendir("/proc/self/fd");
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    for (struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all))
        (void)shutdown(atoi(entry->d_name), SHUT_RDWR);
    closedir(all);
}

static void *break_soon(void *unused)
{
    (void)unused;
    usleep(100000);
    break_connections();
    return NULL;
}

static enum souk_err call_and_break(bool repeatable)
{
    pthread_t breaker;
    struct param tenths = param_int(3);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&breaker, NULL, break_soon, NULL), 0);
    enum souk_err err = call_with("test_slow", &tenths, 1, 2500, repeatable);
    pthread_join(breaker, NULL);
    return err;
}

static void test_lost_connection(void)
{
    if (!begin())
        return;
    create("test_slow", "in_tenths BIGINT", "BEGIN DO SLEEP(in_tenths / 10); SELECT 200 AS status, 'x' AS body; END");
    CU_ASSERT_EQUAL(call_and_break(true), SOUK_OK);
    CU_ASSERT_EQUAL(call_and_break(false), SOUK_TIMEOUT);
    struct param zero = param_int(0);
    CU_ASSERT_EQUAL(call_with("test_slow", &zero, 1, 3000, false), SOUK_OK);
    break_connections(); /* while idle: noticed before anything is sent */
    CU_ASSERT_EQUAL(call_with("test_slow", &zero, 1, 3000, false), SOUK_OK);
    drop("test_slow");
    end();
}

/* The call that was lost goes on and stands in the way of its repetition, whose refusal says nothing of it. */
static void test_lost_and_then_busy(void)
{
    if (!begin())
        return;
    create("test_slow", "in_tenths BIGINT",
           "BEGIN IF NOT GET_LOCK('souk_test_call', 0) THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205; END IF; "
           "DO SLEEP(5 * in_tenths / 10); SELECT 200 AS status, 'x' AS body; END");
    CU_ASSERT_EQUAL(call_and_break(true), SOUK_TIMEOUT);
    drop("test_slow");
    end();
}

static atomic_bool replacing;

static void *replace_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < 40; i++)
        create("test_moving", "", i % 2 ? "SELECT 200 AS status, 'a' AS body" : "SELECT 201 AS status, 'b' AS body, 1 AS more");
    atomic_store(&replacing, false);
    return NULL;
}

static void test_replaced_routine(void)
{
    if (!begin())
        return;
    create("test_moving", "", "SELECT 200 AS status, 'a' AS body");
    pthread_t replacer;
    atomic_store(&replacing, true);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&replacer, NULL, replace_often, NULL), 0);
    int failed = 0;
    while (atomic_load(&replacing)) {
        failed += call("test_moving") != SOUK_OK;
        arena_reset(arena);
    }
    pthread_join(replacer, NULL);
    CU_ASSERT_EQUAL(failed, 0);
    drop("test_moving");
    int64_t began_us = clock_us();
    CU_ASSERT_EQUAL(call("test_moving"), SOUK_UNAVAILABLE);
    CU_ASSERT_TRUE(clock_us() - began_us < 900000);
    end();
}

/* A release loads a routine with other parameters: nothing happened, try again. So does who calls it from another one. */
static void test_other_parameters(void)
{
    if (!begin())
        return;
    create("test_moving", "", "SELECT 200 AS status, 'a' AS body");
    create("test_caller", "", "CALL test_moving()");
    CU_ASSERT_EQUAL(call("test_caller"), SOUK_OK);
    create("test_moving", "in_more BIGINT", "SELECT 200 AS status, in_more AS body");
    CU_ASSERT_EQUAL(call("test_moving"), SOUK_UNAVAILABLE);
    CU_ASSERT_EQUAL(call("test_caller"), SOUK_UNAVAILABLE);
    struct param more = param_int(7);
    CU_ASSERT_EQUAL_FATAL(call_with("test_moving", &more, 1, 3000, false), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(answer.body, "7");
    drop("test_caller");
    drop("test_moving");
    end();
}

/* Old and new routines met while routines were being loaded. */
static void test_while_routines_are_loaded(void)
{
    if (!begin())
        return;
    create("test_mixed", "", "SELECT 200 AS status, no_such_column AS body");
    CU_ASSERT_EQUAL(call("test_mixed"), SOUK_INTERNAL);
    MYSQL *loader = database_open(&databases[1], databases[1].db.schema);
    CU_ASSERT_TRUE_FATAL(loader != NULL && database_run(loader, "DO GET_LOCK(CONCAT('souk_routines_', DATABASE()), 1)"));
    CU_ASSERT_EQUAL(call("test_mixed"), SOUK_UNAVAILABLE);
    session_close(loader);
    drop("test_mixed");
    end();
}

static atomic_int served;

static void *call_slow(void *within_ms)
{
    struct arena *own = arena_new(1 << 16);
    struct param tenths = param_int(2);
    struct answer mine;
    struct call slow = {"test_slow", &tenths, 1, clock_us() + *(const int64_t *)within_ms * 1000, .repeatable = false};
    atomic_fetch_add(&served, store_call(store, 0, &slow, own, &mine, NULL) == SOUK_OK);
    arena_free(own);
    return NULL;
}

static void crowd(int64_t within_ms)
{
    pthread_t threads[6];
    atomic_store(&served, 0);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, call_slow, &within_ms), 0);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
}

/* Two connections, six callers, 200 ms each. */
static void test_waiting_for_a_connection(void)
{
    if (!begin())
        return;
    create("test_slow", "in_tenths BIGINT", "BEGIN DO SLEEP(in_tenths / 10); SELECT 200 AS status, 'x' AS body; END");
    crowd(3000);
    CU_ASSERT_EQUAL(atomic_load(&served), 6);
    int64_t began_us = clock_us();
    crowd(300);
    CU_ASSERT_EQUAL(atomic_load(&served), 2);
    CU_ASSERT_TRUE(clock_us() - began_us < 600000);
    drop("test_slow");
    end();
}

/* So many calls that take 200 ms and are given up after 50. */
static void give_up_on(int n, bool heavy)
{
    struct param tenths = param_int(2);
    for (int i = 0; i < n; i++) {
        struct call slow = {"test_slow", &tenths, 1, clock_us() + 50000, .heavy = heavy};
        struct answer unused;
        (void)!store_call(store, 0, &slow, arena, &unused, NULL);
        arena_reset(arena);
    }
}

/* Calls that are not answered in time keep everybody else away for a moment, unless it lies in their nature. */
static void test_heavy_calls_open_no_breaker(void)
{
    if (!begin())
        return;
    create("test_slow", "in_tenths BIGINT", "BEGIN DO SLEEP(in_tenths / 10); SELECT 200 AS status, 'x' AS body; END");
    struct param zero = param_int(0);
    give_up_on(16, true);
    CU_ASSERT_EQUAL(call_with("test_slow", &zero, 1, 3000, false), SOUK_OK);
    give_up_on(32, false);
    CU_ASSERT_EQUAL(call_with("test_slow", &zero, 1, 50, false), SOUK_UNAVAILABLE);
    drop("test_slow");
    end();
}

static void test_statements_are_let_go(void)
{
    enum { ROUTINES_N = 70 };
    char name[32];
    if (!begin())
        return;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < ROUTINES_N; i++) {
            snprintf(name, sizeof name, "test_many_%d", i);
            if (round == 0)
                create(name, "", "SELECT 200 AS status, 'x' AS body");
            CU_ASSERT_EQUAL(call(name), SOUK_OK);
            if (round == 2)
                drop(name);
        }
    }
    end();
}

static void test_database_down(void)
{
    if (!begin())
        return;
    store_free(store);
    snprintf(config.shards[0].socket, sizeof config.shards[0].socket, "/nonexistent/db.sock");
    CU_ASSERT_EQUAL_FATAL(store_new(&config, &store), SOUK_OK);
    CU_ASSERT_EQUAL(call("anything"), SOUK_UNAVAILABLE);
    int64_t began_us = clock_us();
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(call("anything"), SOUK_UNAVAILABLE);
    CU_ASSERT_TRUE(clock_us() - began_us < 50000);
    CU_ASSERT_EQUAL(store_ping(store, 0, 100), SOUK_UNAVAILABLE);
    CU_ASSERT_EQUAL(store_ping(store, DB_GLOBAL, 1000), SOUK_OK);
    end();
}

static void test_describe(void)
{
    struct routine_param *all;
    size_t all_n, n;
    if (!begin())
        return;
    CU_ASSERT_EQUAL_FATAL(store_describe(store, DB_GLOBAL, &all, &all_n), SOUK_OK);
    const struct routine_param *params = store_described(all, all_n, "node_lease_take", &n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(params);
    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT_STRING_EQUAL(params[0].name, "in_owner");
    CU_ASSERT_STRING_EQUAL(params[0].type, "varchar");
    CU_ASSERT_STRING_EQUAL(params[2].name, "in_floor_ms");
    CU_ASSERT_STRING_EQUAL(params[2].type, "bigint");
    CU_ASSERT_PTR_NOT_NULL(store_described(all, all_n, "slot_map_read", &n));
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_PTR_NULL(store_described(all, all_n, "no_such_routine", &n));
    free(all);
    end();
}

static void test_slots(void)
{
    if (!begin())
        return;
    create("test_moved", "in_id BIGINT", "BEGIN CALL slot_check(in_id); SELECT 200 AS status, 'here' AS body; END");
    int served_here = 0;
    for (int64_t slot = 0; slot < STORE_SLOTS; slot++) {
        struct param id = param_int(slot + (INT64_C(77) << 22));
        enum souk_err err = call_with("test_moved", &id, 1, 3000, false);
        CU_ASSERT_EQUAL(err, store_shard_of(store, slot) == 0 ? SOUK_OK : SOUK_SLOT_MOVED);
        served_here += err == SOUK_OK;
    }
    CU_ASSERT_TRUE(served_here > 0);
    drop("test_moved");
    end();
}

static int64_t clock_offset_us;

static int64_t turned_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + clock_offset_us;
}

/* A maker whose clock goes back an hour takes its ids from the database, and returns to its own when it has caught up. */
static void test_ids_when_the_clock_goes_back(void)
{
    enum { IDS_N = 3000 };
    static int64_t made[IDS_N];
    struct id_maker *maker;
    int64_t before, after;
    if (!begin())
        return;
    int64_t (*real_clock)(void) = mint_clock_us;
    clock_offset_us = 0;
    mint_clock_us = turned_clock;
    CU_ASSERT_EQUAL_FATAL(id_maker_new(store, &maker), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(id_make(maker, 5, &before), SOUK_OK);
    CU_ASSERT_NOT_EQUAL(id_datacentre(before), 31);
    clock_offset_us = INT64_C(-3600000000);
    for (int i = 0; i < IDS_N; i++) {
        CU_ASSERT_EQUAL_FATAL(id_make(maker, 5, &made[i]), SOUK_OK);
        CU_ASSERT_EQUAL_FATAL(id_datacentre(made[i]), 31);
        CU_ASSERT_EQUAL_FATAL(id_slot(made[i]), 5);
        CU_ASSERT_FATAL(i == 0 || made[i] > made[i - 1]);
    }
    clock_offset_us = 0;
    CU_ASSERT_EQUAL(id_make(maker, 5, &after), SOUK_OK);
    CU_ASSERT_NOT_EQUAL(id_datacentre(after), 31);
    clock_offset_us = -4000;
    CU_ASSERT_EQUAL(id_make(maker, 5, &after), SOUK_OK); /* little is waited for */
    CU_ASSERT_NOT_EQUAL(id_datacentre(after), 31);
    id_maker_free(maker);
    mint_clock_us = real_clock;
    end();
}

/* The pair's row in the database goes to somebody else: the maker takes another pair, and makes no id with the old. */
static void test_stolen_lease(void)
{
    struct id_maker *maker;
    int64_t first, second;
    char sql[256];
    if (!begin())
        return;
    CU_ASSERT_EQUAL_FATAL(id_maker_new(store, &maker), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(id_make(maker, 1, &first), SOUK_OK);
    MYSQL *mysql = database_open(&databases[0], databases[0].db.schema);
    snprintf(sql, sizeof sql, "UPDATE node_lease SET owner = 'thief' WHERE datacentre = %u AND node = %u",
             id_datacentre(first), id_node(first));
    CU_ASSERT_TRUE_FATAL(mysql != NULL && database_run(mysql, sql));
    session_close(mysql);
    int64_t (*real_clock)(void) = mint_clock_us;
    clock_offset_us = 31000000; /* as if it had been stopped past its end */
    mint_clock_us = turned_clock;
    CU_ASSERT_EQUAL_FATAL(id_make(maker, 1, &second), SOUK_OK);
    CU_ASSERT_FALSE(id_datacentre(first) == id_datacentre(second) && id_node(first) == id_node(second));
    id_maker_free(maker);
    mint_clock_us = real_clock;
    end();
}

static void test_makers_have_nodes_of_their_own(void)
{
    enum { MAKERS_N = 8 };
    struct id_maker *makers[MAKERS_N];
    int64_t ids[MAKERS_N];
    if (!begin())
        return;
    for (int i = 0; i < MAKERS_N; i++) {
        CU_ASSERT_EQUAL_FATAL(id_maker_new(store, &makers[i]), SOUK_OK);
        CU_ASSERT_EQUAL(id_make(makers[i], 1, &ids[i]), SOUK_OK);
        for (int other = 0; other < i; other++)
            CU_ASSERT_NOT_EQUAL(ids[i] >> 12 & 0x3ff, ids[other] >> 12 & 0x3ff);
    }
    for (int i = 0; i < MAKERS_N; i++)
        id_maker_free(makers[i]);
    end();
}

UNIT_SUITE(call, UNIT_TEST(test_parameters_and_columns), UNIT_TEST(test_large_and_empty), UNIT_TEST(test_refusals),
           UNIT_TEST(test_surprises), UNIT_TEST(test_busy), UNIT_TEST(test_deadline), UNIT_TEST(test_lost_connection), UNIT_TEST(test_lost_and_then_busy),
           UNIT_TEST(test_replaced_routine), UNIT_TEST(test_other_parameters),
           UNIT_TEST(test_while_routines_are_loaded), UNIT_TEST(test_waiting_for_a_connection),
           UNIT_TEST(test_heavy_calls_open_no_breaker), UNIT_TEST(test_statements_are_let_go), UNIT_TEST(test_database_down), UNIT_TEST(test_describe),
           UNIT_TEST(test_slots), UNIT_TEST(test_ids_when_the_clock_goes_back), UNIT_TEST(test_stolen_lease),
           UNIT_TEST(test_makers_have_nodes_of_their_own))
