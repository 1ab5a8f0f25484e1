/* Copies of carts in Redis: which of them goes when MySQL has gone on. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "own_redis.h"
#include "store/cart_copy.h"
#include "unit.h"

static struct redis *redis;
static struct arena *arena;
static struct cart_key key;
static const int64_t sku_ids[] = {41, 42, 43};

/* A copy of version 5 with three lines, none of them ticked. */
static void begin(void)
{
    struct config config = {.redis_connect_timeout_ms = 1000, .redis_command_timeout_ms = 10000};
    struct cart_copy copy = {.base = 5, .version = 5, .lines_n = 3, .sku_ids = {41, 42, 43}};
    struct cart_seen seen;
    arena = arena_new(1 << 20);
    own_redis_begin(&config);
    CU_ASSERT_EQUAL_FATAL(redis_new(&config, &redis), SOUK_OK);
    CU_ASSERT_TRUE_FATAL(cart_copy_of(redis, arena, 0, 640, &key));
    CU_ASSERT_EQUAL_FATAL(cart_copy_see(&key, "me", &seen), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(cart_copy_store(&key, "me", &copy, 5, "v5.1", "{}"), SOUK_OK);
}

static void end(void)
{
    redis_free(redis);
    own_redis_end();
    arena_free(arena);
}

static int64_t tick(int64_t sku_id)
{
    struct cart_ticked out = {0};
    CU_ASSERT_EQUAL(cart_copy_tick(&key, &(struct cart_tick){.sku_ids = &sku_id, .n = 1, .ticked = true}, &out), SOUK_OK);
    return out.version;
}

static bool stands(void)
{
    struct cart_seen seen;
    CU_ASSERT_EQUAL(cart_copy_see(&key, "me", &seen), SOUK_OK);
    return seen.copied;
}

static void test_whose_ticks_are_kept_goes(void)
{
    struct cart_copy copy;
    bool ticks, stood;
    begin();
    const int64_t first = tick(sku_ids[0]), second = tick(sku_ids[1]);
    CU_ASSERT_EQUAL(cart_copy_hold(&key, "holder", &ticks, &copy), SOUK_OK);
    CU_ASSERT(ticks && copy.base == 5 && copy.version == second);
    CU_ASSERT_EQUAL(cart_copy_kept(&key, 5, first), SOUK_OK); /* the worker's, meanwhile */
    CU_ASSERT_EQUAL(cart_copy_drop(&key, copy.version, &stood), SOUK_OK);
    CU_ASSERT_TRUE(stood);
    CU_ASSERT_EQUAL(cart_copy_drop(&key, copy.version, &stood), SOUK_OK);
    CU_ASSERT_FALSE(stood);
    CU_ASSERT_FALSE(stands());
    cart_copy_release(&key, "holder");
    end();
}

static void test_what_was_ticked_since_stays(void)
{
    bool stood;
    begin();
    const int64_t seen = tick(sku_ids[0]);
    (void)tick(sku_ids[1]);
    CU_ASSERT_EQUAL(cart_copy_drop(&key, seen, &stood), SOUK_OK);
    CU_ASSERT_FALSE(stood);
    CU_ASSERT_TRUE(stands());
    CU_ASSERT_EQUAL(cart_copy_drop_before(&key, 5), SOUK_OK);
    CU_ASSERT_TRUE(stands());
    CU_ASSERT_EQUAL(cart_copy_drop_before(&key, 6), SOUK_OK);
    CU_ASSERT_FALSE(stands());
    end();
}

UNIT_SUITE(cart_copy, UNIT_TEST(test_whose_ticks_are_kept_goes), UNIT_TEST(test_what_was_ticked_since_stays))
