/* Ids made from the clock: never twice the same, never outside a lease, whatever the clock does. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/id.h"
#include "store/mint.h"
#include "unit.h"

enum { T0_S = 1800000000 }; /* some moment after the epoch of ids */

static const int64_t t0_ms = INT64_C(1000) * T0_S;
static struct mint mint;

static void lease(unsigned datacentre, unsigned node, int64_t not_before_ms, int64_t expires_ms)
{
    struct mint_lease given = {datacentre, node, not_before_ms, expires_ms, 30000};
    mint_set_lease(&mint, &given);
}

static void begin(void)
{
    mint_init(&mint);
    lease(3, 7, 0, t0_ms + 30000);
}

/* At `ms` after t0, with everything read at that moment. */
static enum mint_result take_at(unsigned slot, int64_t ms, int64_t *id, int64_t *wait_us)
{
    struct mint_times now = {.high_ms = mint_high_ms(&mint), .unix_us = (t0_ms + ms) * 1000, .boot_ms = 1000};
    return mint_take(&mint, slot, &now, id, wait_us);
}

static void test_fields(void)
{
    int64_t id, wait_us;
    begin();
    CU_ASSERT_EQUAL_FATAL(take_at(200, 5, &id, &wait_us), MINT_OK);
    CU_ASSERT_TRUE(id > 0);
    CU_ASSERT_EQUAL(id_unix_ms(id), t0_ms + 5);
    CU_ASSERT_EQUAL(id_datacentre(id), 3);
    CU_ASSERT_EQUAL(id_node(id), 7);
    CU_ASSERT_EQUAL(id_sequence(id), 0);
    CU_ASSERT_EQUAL(id_slot(id), 200);
}

static void test_sixteen_a_millisecond(void)
{
    int64_t id, wait_us, last = 0;
    begin();
    for (unsigned n = 0; n < 16; n++) {
        CU_ASSERT_EQUAL(take_at(9, 5, &id, &wait_us), MINT_OK);
        CU_ASSERT_EQUAL(id_sequence(id), n);
        CU_ASSERT_TRUE(id > last);
        last = id;
    }
    CU_ASSERT_EQUAL(take_at(9, 5, &id, &wait_us), MINT_FULL);
    CU_ASSERT_EQUAL(wait_us, 1000);
    CU_ASSERT_EQUAL(take_at(10, 5, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(take_at(9, 6, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(id_sequence(id), 0);
}

static void test_no_lease(void)
{
    int64_t id, wait_us;
    mint_init(&mint);
    CU_ASSERT_EQUAL(take_at(1, 0, &id, &wait_us), MINT_NO_LEASE);
    lease(0, 0, 0, t0_ms + 10);
    CU_ASSERT_EQUAL(take_at(1, 9, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(take_at(1, 10, &id, &wait_us), MINT_NO_LEASE);
    mint_drop_lease(&mint);
    CU_ASSERT_EQUAL(take_at(1, 9, &id, &wait_us), MINT_NO_LEASE);
}

/* Stopped past the end of its lease, the wall clock set back meanwhile: the time since boot tells. */
static void test_lease_ends_by_boot_time(void)
{
    int64_t id, wait_us;
    begin();
    struct mint_times now = {.high_ms = mint_high_ms(&mint), .unix_us = t0_ms * 1000, .boot_ms = 29999};
    CU_ASSERT_EQUAL(mint_take(&mint, 1, &now, &id, &wait_us), MINT_OK);
    now.boot_ms = 30000;
    CU_ASSERT_EQUAL(mint_take(&mint, 1, &now, &id, &wait_us), MINT_NO_LEASE);
}

static void test_clock_back(void)
{
    int64_t id, wait_us;
    begin();
    CU_ASSERT_EQUAL(take_at(1, 100, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(take_at(1, 97, &id, &wait_us), MINT_BACK);
    CU_ASSERT_EQUAL(wait_us, 3000);
    CU_ASSERT_EQUAL(take_at(2, 0, &id, &wait_us), MINT_BACK); /* in a slot that was never used, too */
    CU_ASSERT_EQUAL(wait_us, 100000);
    CU_ASSERT_EQUAL(take_at(1, 100, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(id_sequence(id), 1);
}

/* Another thread was faster: no clock went back. */
static void test_held_up_between_clock_and_slot(void)
{
    int64_t id, wait_us;
    begin();
    struct mint_times early = {.high_ms = mint_high_ms(&mint), .unix_us = t0_ms * 1000, .boot_ms = 1000};
    CU_ASSERT_EQUAL(take_at(1, 50, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(mint_take(&mint, 2, &early, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(mint_take(&mint, 1, &early, &id, &wait_us), MINT_FULL); /* that slot has moved on */
}

/* A successor waits for the end of the lease before it. */
static void test_not_before(void)
{
    int64_t id, wait_us;
    mint_init(&mint);
    lease(3, 7, t0_ms + 20, t0_ms + 30000);
    CU_ASSERT_EQUAL(take_at(1, 16, &id, &wait_us), MINT_BACK);
    CU_ASSERT_EQUAL(wait_us, 4000);
    CU_ASSERT_EQUAL(take_at(1, 20, &id, &wait_us), MINT_OK);
    CU_ASSERT_EQUAL(mint_high_ms(&mint), t0_ms + 20);
}

enum { RACERS = 4, RACE_IDS = 40000 };

static int64_t raced[RACERS * RACE_IDS];

static void *race(void *argument)
{
    int64_t *ids = argument;
    int64_t wait_us;
    for (unsigned made = 0; made < RACE_IDS;) {
        struct mint_times now = mint_now(&mint);
        made += mint_take(&mint, made % 8, &now, &ids[made], &wait_us) == MINT_OK;
    }
    return NULL;
}

static int by_number(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;
    return (*a > *b) - (*a < *b);
}

static void test_threads_never_collide(void)
{
    pthread_t threads[RACERS];
    mint_init(&mint);
    struct mint_times now = mint_now(&mint);
    struct mint_lease given = {0, 0, 0, now.unix_us / 1000 + 60000, now.boot_ms + 60000};
    mint_set_lease(&mint, &given);
    for (unsigned i = 0; i < RACERS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, race, &raced[(size_t)i * RACE_IDS]), 0);
    for (unsigned i = 0; i < RACERS; i++)
        pthread_join(threads[i], NULL);
    qsort(raced, RACERS * RACE_IDS, sizeof *raced, by_number);
    size_t twice = 0;
    for (size_t i = 1; i < RACERS * RACE_IDS; i++)
        twice += raced[i] == raced[i - 1];
    CU_ASSERT_EQUAL(twice, 0);
}

/* The last byte of the published SHA-256 of these texts: specified, so that it never changes. */
static void test_slot_of_email(void)
{
    CU_ASSERT_EQUAL(id_slot_of_email(""), 0x55);
    CU_ASSERT_EQUAL(id_slot_of_email("abc"), 0xad);
}

UNIT_SUITE(mint, UNIT_TEST(test_fields), UNIT_TEST(test_sixteen_a_millisecond), UNIT_TEST(test_no_lease),
           UNIT_TEST(test_lease_ends_by_boot_time), UNIT_TEST(test_clock_back),
           UNIT_TEST(test_held_up_between_clock_and_slot), UNIT_TEST(test_not_before),
           UNIT_TEST(test_threads_never_collide), UNIT_TEST(test_slot_of_email))
