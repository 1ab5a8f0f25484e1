/* Text that grows in an arena. */
#include <string.h>

#include "base/buffer.h"
#include "unit.h"

static void test_growth(void)
{
    struct arena *arena = arena_new(1 << 20);
    struct buffer buffer = buffer_in(arena, 8);
    for (int i = 0; i < 1000; i++)
        buffer_printf(&buffer, "%03d,", i);
    CU_ASSERT_FALSE(buffer.failed);
    CU_ASSERT_EQUAL(buffer.len, 4000);
    CU_ASSERT_EQUAL(strlen(buffer.data), 4000);
    CU_ASSERT_STRING_EQUAL(buffer.data + 3992, "998,999,");
    arena_free(arena);
}

static void test_failure_stays(void)
{
    struct arena *arena = arena_new(64);
    struct buffer buffer = buffer_in(arena, 16);
    buffer_puts(&buffer, "0123456789012345678901234567890123456789012345678901234567890123456789");
    CU_ASSERT_TRUE(buffer.failed);
    buffer_puts(&buffer, "x");
    buffer_printf(&buffer, "%d", 1);
    CU_ASSERT_TRUE(buffer.failed);
    arena_free(arena);
}

static void test_json_string(void)
{
    struct arena *arena = arena_new(1000);
    struct buffer buffer = buffer_in(arena, 8);
    buffer_json_string(&buffer, "a\"b\\c\n\x01\xc3\xa9");
    CU_ASSERT_STRING_EQUAL(buffer.data, "\"a\\\"b\\\\c\\u000a\\u0001\xc3\xa9\"");
    arena_free(arena);
}

UNIT_SUITE(buffer, UNIT_TEST(test_growth), UNIT_TEST(test_failure_stays), UNIT_TEST(test_json_string))
