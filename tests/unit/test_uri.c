/* Paths and queries. */
#include <string.h>

#include "http/uri.h"
#include "unit.h"

static struct arena *arena;
static struct segment segments[PATH_SEGMENTS_MAX];
static size_t n;
static const char *query;

static enum souk_err split(const char *uri)
{
    arena_reset(arena);
    return uri_split(arena, uri, segments, &n, &query);
}

static void test_split(void)
{
    arena = arena_new(1 << 16);
    CU_ASSERT_EQUAL(split("/v1/orders/12?a=b&c"), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT_STRING_EQUAL(segments[2].text, "12");
    CU_ASSERT_STRING_EQUAL(query, "a=b&c");
    CU_ASSERT_EQUAL(split("/a%2Fb/%C3%A9/+"), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT_STRING_EQUAL(segments[0].text, "a/b");
    CU_ASSERT_STRING_EQUAL(segments[1].text, "\xc3\xa9");
    CU_ASSERT_STRING_EQUAL(segments[2].text, "+");
    CU_ASSERT_STRING_EQUAL(query, "");
    CU_ASSERT_EQUAL(split("/"), SOUK_OK);
    CU_ASSERT_TRUE(n == 1 && segments[0].len == 0);
    CU_ASSERT_EQUAL(split("/v1/"), SOUK_OK);
    CU_ASSERT_TRUE(n == 2 && segments[1].len == 0);
    arena_free(arena);
}

static void test_refused(void)
{
    static const char *const bad[] = {"", "v1", "*", "/%", "/%2", "/%zz", "/%00", "/%ff", "/\xff", "/%ed%a0%80", "?a"};
    arena = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(split(bad[i]), SOUK_BAD_REQUEST);
    CU_ASSERT_EQUAL(split("/1/2/3/4/5/6/7/8/9/10/11/12/13"), SOUK_NOT_FOUND);
    arena_free(arena);
}

static void test_pairs(void)
{
    struct pair pairs[QUERY_PAIRS_MAX];
    arena = arena_new(1 << 16);
    CU_ASSERT_EQUAL(uri_pairs(arena, "a=1&&b=x+y%2B&c&d==&%61=2", 25, pairs, &n), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(n, 5);
    CU_ASSERT_STRING_EQUAL(pairs[1].text, "x y+");
    CU_ASSERT_STRING_EQUAL(pairs[2].name, "c");
    CU_ASSERT_STRING_EQUAL(pairs[2].text, "");
    CU_ASSERT_STRING_EQUAL(pairs[3].text, "=");
    CU_ASSERT_STRING_EQUAL(pairs[4].name, "a");
    CU_ASSERT_EQUAL(uri_pairs(arena, "a=b\0c", 5, pairs, &n), SOUK_BAD_REQUEST);
    CU_ASSERT_EQUAL(uri_pairs(arena, "a=%0", 4, pairs, &n), SOUK_BAD_REQUEST);
    char many[200] = "";
    for (int i = 0; i < 65; i++)
        strcat(many, "a&");
    CU_ASSERT_EQUAL(uri_pairs(arena, many, strlen(many), pairs, &n), SOUK_BAD_REQUEST);
    arena_free(arena);
}

UNIT_SUITE(uri, UNIT_TEST(test_split), UNIT_TEST(test_refused), UNIT_TEST(test_pairs))
