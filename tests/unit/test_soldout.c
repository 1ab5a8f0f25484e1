/* What is remembered of SKUs without a unit, by two processes with a Redis of the test's own, and by one without. */
#include <stdlib.h>

#include "own_redis.h"
#include "store/soldout.h"
#include "unit.h"

enum { SKU = 42 };

static struct config config;
static struct arena *arena;
static struct redis *redis;
static struct soldout *one, *other;

static void begin(void)
{
    config = (struct config){.redis_connect_timeout_ms = 100, .redis_command_timeout_ms = 500};
    own_redis_begin(&config);
    CU_ASSERT_EQUAL_FATAL(redis_new(&config, &redis), SOUK_OK);
    arena = arena_new(1 << 20);
    one = soldout_new();
    other = soldout_new();
    soldout_use(one, redis);
    soldout_use(other, redis);
}

static void end(void)
{
    soldout_free(one);
    soldout_free(other);
    arena_free(arena);
    redis_free(redis);
    own_redis_end();
}

static bool is(struct soldout *soldout)
{
    return soldout_is(soldout, arena, SKU, "main");
}

static struct soldout_look look(struct soldout *soldout)
{
    return soldout_look_begin(soldout, arena, SKU, "main");
}

static void mark(struct soldout *soldout, const struct soldout_look *seen)
{
    soldout_mark(soldout, arena, SKU, "main", seen);
}

static void test_marked_and_cleared(void)
{
    begin();
    struct soldout_look seen = look(one);
    mark(one, &seen);
    CU_ASSERT_TRUE(is(one) && is(other));
    CU_ASSERT_FALSE(soldout_is(one, arena, SKU, "coupon"));
    soldout_clear(one, arena, SKU, "main");
    CU_ASSERT_FALSE(is(one));
    end();
}

/* Units came between the look and the mark, by the same process and by another. */
static void test_a_mark_does_not_follow_a_clear(void)
{
    begin();
    struct soldout *const who[] = {one, other};
    for (int i = 0; i < 2; i++) {
        const struct soldout_look seen = look(one);
        soldout_clear(who[i], arena, SKU, "main");
        mark(one, &seen);
        CU_ASSERT_FALSE(is(one) || is(other));
    }
    struct soldout_look again = look(one); /* these units are sold too */
    mark(one, &again);
    CU_ASSERT_TRUE(is(one) && is(other));
    end();
}

static void test_without_redis(void)
{
    arena = arena_new(1 << 16);
    one = soldout_new();
    struct soldout_look seen = look(one);
    soldout_clear(one, arena, SKU, "main");
    mark(one, &seen);
    CU_ASSERT_FALSE(is(one));
    seen = look(one);
    seen.asked_us++; /* a look and a clear may have the same µs */
    mark(one, &seen);
    CU_ASSERT_TRUE(is(one));
    soldout_free(one);
    arena_free(arena);
}

UNIT_SUITE(soldout, UNIT_TEST(test_marked_and_cleared), UNIT_TEST(test_a_mark_does_not_follow_a_clear),
           UNIT_TEST(test_without_redis))
