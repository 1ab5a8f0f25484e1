/* The arena: its cap, its alignment, what it owns. */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "unit.h"

static char order[8];

static void release(void *object)
{
    strcat(order, object);
}

static void test_cap(void)
{
    struct arena *arena = arena_new(1000);
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(arena, 500));
    CU_ASSERT_PTR_NULL(arena_alloc(arena, 501));
    CU_ASSERT_PTR_NULL(arena_alloc(arena, SIZE_MAX));
    CU_ASSERT_PTR_NULL(arena_copy(arena, "", SIZE_MAX));
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(arena, 400));
    arena_reset(arena);
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(arena, 900));
    arena_free(arena);
    arena_free(NULL);
}

static void test_zeroed_and_aligned(void)
{
    struct arena *arena = arena_new(1 << 22);
    for (size_t round = 0; round < 3; round++) {
        for (size_t bytes = 1; bytes < 5000; bytes = bytes * 3 + 1) {
            char *at = arena_alloc(arena, bytes);
            CU_ASSERT_PTR_NOT_NULL_FATAL(at);
            CU_ASSERT_EQUAL((uintptr_t)at % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < bytes; i++)
                CU_ASSERT_EQUAL_FATAL(at[i], 0);
            memset(at, 0xa5, bytes);
        }
        CU_ASSERT_PTR_NOT_NULL(arena_alloc(arena, 300000));
        arena_reset(arena);
    }
    CU_ASSERT_STRING_EQUAL(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
    arena_free(arena);
}

static void test_owned_last_first(void)
{
    static char a[] = "a", b[] = "b", c[] = "c";
    struct arena *arena = arena_new(100);
    order[0] = '\0';
    CU_ASSERT_PTR_EQUAL(arena_own(arena, a, release), a);
    CU_ASSERT_PTR_EQUAL(arena_own(arena, b, release), b);
    arena_reset(arena);
    CU_ASSERT_STRING_EQUAL(order, "ba");
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(arena, 90));
    CU_ASSERT_PTR_NULL(arena_own(arena, c, release));
    CU_ASSERT_STRING_EQUAL(order, "bac");
    arena_free(arena);
}

UNIT_SUITE(arena, UNIT_TEST(test_cap), UNIT_TEST(test_zeroed_and_aligned), UNIT_TEST(test_owned_last_first))
