/* The combiner against a real server: one call for what waits, an answer for each, and what happens when a batch fails.
 *
 * SOUK_TEST_CONFIG as in test_call.c; without it these tests are skipped, loudly. The routine test_combine answers each
 * request with its own name and the size of the batch; members of a request make it slow, refused, poisonous, busy, or put
 * off unless it is the first.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/database.h"
#include "base/clock.h"
#include "store/combine.h"
#include "store/session.h"
#include "unit.h"

enum { LEADER_AHEAD_US = 80000 };

static struct config config;
static struct database databases[DATABASES_MAX];
static struct store *store;

struct caller {
    const char *members; /* "\"slow\":0.2", … */
    int64_t within_ms;
    bool loses; /* not to be sent again */
    pthread_t thread;
    char fields[128];
    struct arena *arena;
    struct answer answer;
    struct refusal refusal;
    enum souk_err err;
    int64_t took_us;
};

static void admin(const char *sql)
{
    MYSQL *mysql = database_open(&databases[1], databases[1].db.schema);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mysql);
    CU_ASSERT_TRUE(database_run(mysql, sql));
    session_close(mysql);
}

static bool begin(void)
{
    static const char routine[] =
        "CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE test_combine(in_requests LONGTEXT) SQL SECURITY DEFINER BEGIN "
        "IF LOCATE('alone', in_requests) AND NOT GET_LOCK('souk_test_combine', 0) THEN "
        "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205; END IF; "
        "DO SLEEP((SELECT MAX(IF(after AND n > 0, 0, COALESCE(slow, 0))) FROM JSON_TABLE(in_requests, '$[*]' COLUMNS ("
        "n INT PATH '$.n', after INT PATH '$.after', slow DECIMAL(6, 3) PATH '$.slow')) j)); "
        "IF LOCATE('poison', in_requests) THEN SIGNAL SQLSTATE '22003' SET MYSQL_ERRNO = 1264, MESSAGE_TEXT = 'poison'; END IF; "
        "IF LOCATE('deadlock', in_requests) AND JSON_LENGTH(in_requests) > 1 THEN "
        "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'; END IF; "
        "IF LOCATE('once', in_requests) AND NOT EXISTS (SELECT 1 FROM inbox WHERE consumer = 'test_combine' AND event_id = 'once') THEN "
        "INSERT INTO inbox (consumer, event_id, created_at) VALUES ('test_combine', 'once', UTC_TIMESTAMP(3)); "
        "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'; END IF; "
        "INSERT INTO inbox (consumer, event_id, created_at) SELECT 'test_combine', CONCAT(who, '-', UUID()), UTC_TIMESTAMP(3) "
        "FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (who VARCHAR(9) PATH '$.who')) j; "
        "SELECT n, 200 AS status, CONCAT('{\"who\":', who, ',\"size\":', JSON_LENGTH(in_requests), '}') AS body, NULL AS etag, "
        "NULL AS location, IF(after AND n > 0, 30014, refuse) AS error, IF(refuse, CONCAT('because ', who), '') AS detail "
        "FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (n INT PATH '$.n', who VARCHAR(9) PATH '$.who', "
        "refuse INT PATH '$.refuse', after INT PATH '$.after')) j WHERE NOT COALESCE(refuse, 0) = 1 ORDER BY n DESC; END";
    const char *path = getenv("SOUK_TEST_CONFIG");
    char message[256];
    if (path == NULL || *path == '\0') {
        fputs("SKIPPED (no SOUK_TEST_CONFIG) ", stderr);
        return false;
    }
    CU_ASSERT_EQUAL_FATAL(config_load(path, &config, message, sizeof message), SOUK_OK);
    config.combine = true;
    config.combine_max = 64;
    config.combine_leaders = 1;
    config.queue_max = 512;
    databases_of(&config, databases);
    CU_ASSERT_EQUAL_FATAL(store_new(&config, &store), SOUK_OK);
    admin("DROP PROCEDURE IF EXISTS test_combine");
    admin("DELETE FROM inbox WHERE consumer = 'test_combine'");
    admin(routine);
    return true;
}

static void end(struct caller *callers, int n)
{
    for (int i = 0; i < n; i++)
        arena_free(callers[i].arena);
    admin("DELETE FROM inbox WHERE consumer = 'test_combine'");
    admin("DROP PROCEDURE test_combine");
    store_free(store);
}

static int64_t counted(const char *what)
{
    char sql[256];
    MYSQL *mysql = database_open(&databases[1], databases[1].db.schema);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mysql);
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM inbox WHERE consumer = 'test_combine' AND event_id LIKE '%s-%%'", what);
    CU_ASSERT_EQUAL_FATAL(mysql_query(mysql, sql), 0);
    MYSQL_RES *rows = mysql_store_result(mysql);
    CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
    int64_t n = atoll(mysql_fetch_row(rows)[0]);
    mysql_free_result(rows);
    session_close(mysql);
    return n;
}

static void *call(void *user)
{
    struct caller *caller = user;
    int64_t began_us = clock_us();
    const struct combine_request request = {.routine = "test_combine",
                                            .fields = caller->fields,
                                            .fields_len = strlen(caller->fields),
                                            .deadline_us = began_us + caller->within_ms * 1000,
                                            .repeatable = !caller->loses};
    caller->err = combine_call(store, 0, &request, caller->arena, &caller->answer, &caller->refusal);
    caller->took_us = clock_us() - began_us;
    return NULL;
}

/* The first caller leads and, being slow, lets the others gather behind it. */
static void call_all(struct caller *callers, int n)
{
    for (int i = 0; i < n; i++) {
        callers[i].arena = arena_new(1 << 20);
        callers[i].within_ms = callers[i].within_ms ? callers[i].within_ms : 3000;
        snprintf(callers[i].fields, sizeof callers[i].fields, "\"who\":\"%d\"%s%s", i, callers[i].members ? "," : "",
                 callers[i].members ? callers[i].members : "");
        CU_ASSERT_EQUAL_FATAL(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
        usleep(i == 0 ? LEADER_AHEAD_US : 2000);
    }
    for (int i = 0; i < n; i++)
        pthread_join(callers[i].thread, NULL);
}

/* Its own answer, from a batch of `size` (0: of any size). */
static bool answered(const struct caller *caller, int who, int size)
{
    char want[64];
    snprintf(want, sizeof want, size ? "{\"who\":%d,\"size\":%d}" : "{\"who\":%d,", who, size);
    return caller->err == SOUK_OK && caller->answer.status == 200 && caller->answer.body &&
           strncmp(caller->answer.body, want, strlen(want)) == 0;
}

static void test_what_waits_is_one_call(void)
{
    struct caller callers[20] = {{.members = "\"slow\":0.4"}};
    if (!begin())
        return;
    call_all(callers, 20);
    CU_ASSERT_TRUE(answered(&callers[0], 0, 1));
    for (int i = 1; i < 20; i++)
        CU_ASSERT_TRUE(answered(&callers[i], i, 19));
    end(callers, 20);
}

static void test_batches_end_at_combine_max(void)
{
    struct caller callers[11] = {{.members = "\"slow\":0.4"}};
    if (!begin())
        return;
    config.combine_max = 4;
    call_all(callers, 11);
    CU_ASSERT_TRUE(answered(&callers[1], 1, 4));
    CU_ASSERT_TRUE(answered(&callers[4], 4, 4));
    CU_ASSERT_TRUE(answered(&callers[5], 5, 4));
    CU_ASSERT_TRUE(answered(&callers[10], 10, 2));
    end(callers, 11);
}

static void test_idle_adds_nothing_and_off_is_alone(void)
{
    struct caller callers[6] = {{.members = "\"slow\":0.2"}};
    if (!begin())
        return;
    config.combine = false;
    config.connections = 8;
    call_all(callers, 6);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_TRUE(answered(&callers[i], i, 1));
    end(callers, 6);
}

static void test_a_refusal_is_its_own(void)
{
    struct caller callers[4] = {{.members = "\"slow\":0.3"}, {0}, {.members = "\"refuse\":30506"}, {0}};
    if (!begin())
        return;
    call_all(callers, 4);
    CU_ASSERT_TRUE(answered(&callers[1], 1, 3) && answered(&callers[3], 3, 3));
    CU_ASSERT_EQUAL(callers[2].err, SOUK_ORDER_STATE);
    CU_ASSERT_STRING_EQUAL(callers[2].refusal.detail, "because 2");
    end(callers, 4);
}

static void test_poison_fails_alone(void)
{
    struct caller callers[12] = {{.members = "\"slow\":0.3"}};
    if (!begin())
        return;
    callers[7].members = "\"poison\":1";
    call_all(callers, 12);
    for (int i = 1; i < 12; i++)
        CU_ASSERT_TRUE(i == 7 ? callers[i].err == SOUK_INTERNAL : answered(&callers[i], i, 0));
    CU_ASSERT_EQUAL(counted("3"), 1);
    CU_ASSERT_EQUAL(counted("7"), 0);
    end(callers, 12);
}

static void test_deadlocks_divide(void)
{
    struct caller callers[8] = {{.members = "\"slow\":0.3"}};
    if (!begin())
        return;
    callers[2].members = callers[5].members = "\"deadlock\":1";
    call_all(callers, 8);
    for (int i = 1; i < 8; i++) {
        CU_ASSERT_TRUE(answered(&callers[i], i, i == 2 || i == 5 ? 1 : 0));
        char who[16];
        snprintf(who, sizeof who, "%d", i);
        CU_ASSERT_EQUAL(counted(who), 1);
    }
    end(callers, 8);
}

static void test_a_request_without_a_row_fails(void)
{
    struct caller callers[3] = {{.members = "\"slow\":0.3"}, {.members = "\"refuse\":1"}, {0}};
    if (!begin())
        return;
    call_all(callers, 3);
    CU_ASSERT_EQUAL(callers[1].err, SOUK_INTERNAL);
    CU_ASSERT_TRUE(answered(&callers[2], 2, 2));
    end(callers, 3);
}

static void test_full_queue(void)
{
    struct caller callers[6] = {{.members = "\"slow\":0.6"}};
    if (!begin())
        return;
    config.queue_max = 3;
    call_all(callers, 6);
    for (int i = 1; i < 4; i++)
        CU_ASSERT_TRUE(answered(&callers[i], i, 3));
    for (int i = 4; i < 6; i++)
        CU_ASSERT_TRUE(callers[i].err == SOUK_UNAVAILABLE && callers[i].took_us < 50000);
    CU_ASSERT_EQUAL(counted("4") + counted("5"), 0);
    end(callers, 6);
}

static void test_deadline_while_waiting(void)
{
    struct caller callers[4] = {{.members = "\"slow\":0.8"}, {.within_ms = 150}, {0}, {.within_ms = 200}};
    if (!begin())
        return;
    call_all(callers, 4);
    for (int i = 1; i < 4; i += 2)
        CU_ASSERT_TRUE(callers[i].err == SOUK_UNAVAILABLE && callers[i].took_us >= 140000 && callers[i].took_us < 500000);
    CU_ASSERT_TRUE(answered(&callers[2], 2, 1));
    CU_ASSERT_EQUAL(counted("1") + counted("3"), 0);
    end(callers, 4);
}

/* Breaks every connection of this process to a server while the second batch is under way. */
static void *break_soon(void *unused)
{
    (void)unused;
    usleep(600000);
    DIR *all = opendir("/proc/self/fd");
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    for (struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all))
        (void)shutdown(atoi(entry->d_name), SHUT_RDWR);
    closedir(all);
    return NULL;
}

static void test_lost_connection(void)
{
    struct caller callers[5] = {{.members = "\"slow\":0.3"}, {.members = "\"slow\":0.5"}, {.loses = true}, {0}, {0}};
    pthread_t breaker;
    if (!begin())
        return;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&breaker, NULL, break_soon, NULL), 0);
    call_all(callers, 5);
    pthread_join(breaker, NULL);
    CU_ASSERT_TRUE(answered(&callers[0], 0, 1));
    CU_ASSERT_EQUAL(callers[2].err, SOUK_TIMEOUT);
    CU_ASSERT_TRUE(answered(&callers[1], 1, 3) && answered(&callers[3], 3, 3) && answered(&callers[4], 4, 3));
    end(callers, 5);
}

/* The batch that was lost goes on and stands in the way of its repetition, whose refusal says nothing of it. */
static void test_lost_and_then_busy(void)
{
    struct caller caller = {.members = "\"alone\":1,\"slow\":2"};
    pthread_t breaker;
    if (!begin())
        return;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&breaker, NULL, break_soon, NULL), 0);
    call_all(&caller, 1);
    pthread_join(breaker, NULL);
    CU_ASSERT_EQUAL(caller.err, SOUK_TIMEOUT);
    end(&caller, 1);
}

static void test_what_is_put_off_follows(void)
{
    struct caller callers[6] = {{.members = "\"slow\":0.3"}, {.members = "\"after\":1"}, {.members = "\"after\":1"},
                                {.members = "\"after\":1"},  {.members = "\"refuse\":30506"}, {0}};
    if (!begin())
        return;
    call_all(callers, 6);
    CU_ASSERT_TRUE(answered(&callers[1], 1, 5) && answered(&callers[5], 5, 5));
    CU_ASSERT_EQUAL(callers[4].err, SOUK_ORDER_STATE);
    CU_ASSERT_TRUE(answered(&callers[2], 2, 2) && answered(&callers[3], 3, 1));
    end(callers, 6);
}

/* A routine that decides nothing is not asked for ever. */
static void test_what_is_never_decided_ends(void)
{
    struct caller callers[4] = {{.members = "\"slow\":0.3"}, {.members = "\"refuse\":30014"}, {.members = "\"refuse\":30014"}, {0}};
    if (!begin())
        return;
    call_all(callers, 4);
    CU_ASSERT_TRUE(callers[1].err == SOUK_CONFLICT && callers[2].err == SOUK_CONFLICT && answered(&callers[3], 3, 3));
    CU_ASSERT_TRUE(counted("1") == 1 && counted("2") == 2);
    end(callers, 4);
}

/* Eight rounds, then it has come too often. */
static void test_what_is_put_off_again_and_again(void)
{
    struct caller callers[12] = {{.members = "\"slow\":0.3"}};
    if (!begin())
        return;
    for (int i = 1; i < 12; i++)
        callers[i].members = "\"after\":1";
    call_all(callers, 12);
    for (int i = 1; i < 9; i++)
        CU_ASSERT_TRUE(answered(&callers[i], i, 12 - i));
    for (int i = 9; i < 12; i++)
        CU_ASSERT_EQUAL(callers[i].err, SOUK_UNAVAILABLE);
    end(callers, 12);
}

/* Who is decided does not wait for those who are not. */
static void test_who_is_decided_waits_no_longer(void)
{
    struct caller callers[5] = {{.members = "\"slow\":0.3"},
                                {0},
                                {.members = "\"after\":1,\"slow\":0.8"},
                                {.members = "\"after\":1"},
                                {0}};
    if (!begin())
        return;
    call_all(callers, 5);
    CU_ASSERT_TRUE(answered(&callers[1], 1, 4) && answered(&callers[4], 4, 4));
    CU_ASSERT_TRUE(callers[1].took_us < 700000 && callers[4].took_us < 700000);
    CU_ASSERT_TRUE(answered(&callers[2], 2, 2) && answered(&callers[3], 3, 1));
    end(callers, 5);
}

/* A deadlock is tried once more as it was, before anything is divided. */
static void test_deadlock_once(void)
{
    struct caller callers[4] = {{.members = "\"slow\":0.3"}, {.members = "\"once\":1"}, {0}, {0}};
    if (!begin())
        return;
    call_all(callers, 4);
    for (int i = 1; i < 4; i++)
        CU_ASSERT_TRUE(answered(&callers[i], i, 3));
    end(callers, 4);
}

/* No timer: who comes alone waits for nobody. */
static void test_alone(void)
{
    struct caller callers[20] = {{0}};
    int64_t fastest_us = INT64_MAX;
    if (!begin())
        return;
    for (int i = 0; i < 20; i++) {
        call_all(&callers[i], 1);
        if (callers[i].took_us < fastest_us)
            fastest_us = callers[i].took_us;
    }
    CU_ASSERT_TRUE(fastest_us < 10000);
    end(callers, 20);
}

enum { MANY_THREADS = 24, MANY_ROUNDS = 20 };

static void *call_often(void *user)
{
    struct caller *caller = user;
    for (int round = 0; round < MANY_ROUNDS; round++) {
        arena_reset(caller->arena);
        call(caller);
        if (caller->err != SOUK_OK)
            return NULL;
    }
    return NULL;
}

static void test_leadership_is_handed_on(void)
{
    struct caller callers[MANY_THREADS] = {{0}};
    if (!begin())
        return;
    config.combine_leaders = 2;
    config.combine_max = 5;
    for (int i = 0; i < MANY_THREADS; i++) {
        callers[i].arena = arena_new(1 << 20);
        callers[i].within_ms = 10000;
        snprintf(callers[i].fields, sizeof callers[i].fields, "\"who\":\"%d\"", i);
        CU_ASSERT_EQUAL_FATAL(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
    }
    for (int i = 0; i < MANY_THREADS; i++) {
        pthread_join(callers[i].thread, NULL);
        CU_ASSERT_TRUE(answered(&callers[i], i, 0));
    }
    CU_ASSERT_EQUAL(counted("%"), MANY_THREADS * MANY_ROUNDS);
    end(callers, MANY_THREADS);
}

UNIT_SUITE(combine, UNIT_TEST(test_what_waits_is_one_call), UNIT_TEST(test_batches_end_at_combine_max),
           UNIT_TEST(test_idle_adds_nothing_and_off_is_alone), UNIT_TEST(test_a_refusal_is_its_own),
           UNIT_TEST(test_poison_fails_alone), UNIT_TEST(test_deadlocks_divide),
           UNIT_TEST(test_a_request_without_a_row_fails), UNIT_TEST(test_full_queue),
           UNIT_TEST(test_deadline_while_waiting), UNIT_TEST(test_lost_connection), UNIT_TEST(test_lost_and_then_busy),
           UNIT_TEST(test_deadlock_once), UNIT_TEST(test_what_is_put_off_follows),
           UNIT_TEST(test_what_is_never_decided_ends), UNIT_TEST(test_what_is_put_off_again_and_again),
           UNIT_TEST(test_who_is_decided_waits_no_longer), UNIT_TEST(test_alone),
           UNIT_TEST(test_leadership_is_handed_on))
