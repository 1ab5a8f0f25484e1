/* The strict look at JSON. */
#include <stdio.h>
#include <string.h>

#include "http/scan.h"
#include "unit.h"

static struct arena *arena;
static struct scan_error error;

static enum souk_err scan(const char *text, size_t len)
{
    arena_reset(arena);
    error = (struct scan_error){.field = "", .code = "", .detail = ""};
    return json_scan(arena, text, len, &error);
}

static void test_good(void)
{
    static const char *const good[] = {
        "{}", "[]", " { \"a\" : [ 1 , -2 , true , false , null , \"x\" ] } ", "0", "-0", "9223372036854775807",
        "-9223372036854775808", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"", "{\"\":1}", "{\"a\":{\"a\":1}}",
        "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "\t\n\r null",
    };
    arena = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_EQUAL(scan(good[i], strlen(good[i])), SOUK_OK);
    arena_free(arena);
}

static void test_not_json(void)
{
    static const char *const bad[] = {
        "", " ", "{", "}", "[1", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "\"a", "\"a\\\"", "\"\\", "'a'", "NaN", "nan",
        "Infinity", "-", "+1", "01", "-01", ".5", "tru", "nul", "truee", "1 2", "{} {}", "[1 2]", "{\"a\" 1}", "{\"a\"}",
        "\"\\x\"", "\"\\u12g4\"", "\"\\u12", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "12abc",
        "// x\n1", "/* */1", "\xef\xbb\xbf{}", "[,1]", "{,}", "0x10", "\"\\ud83d\\ud83d\"",
    };
    arena = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_EQUAL(scan(bad[i], strlen(bad[i])), SOUK_BAD_REQUEST);
        CU_ASSERT_STRING_EQUAL(error.code, "syntax");
    }
    arena_free(arena);
}

static void expect(const char *text, const char *field, const char *code)
{
    CU_ASSERT_EQUAL(scan(text, strlen(text)), SOUK_INVALID);
    if (strcmp(error.field, field) != 0 || strcmp(error.code, code) != 0)
        fprintf(stderr, "%s: %s %s\n", text, error.field, error.code);
    CU_ASSERT_STRING_EQUAL(error.field, field);
    CU_ASSERT_STRING_EQUAL(error.code, code);
}

static void test_unusable(void)
{
    arena = arena_new(1 << 20);
    expect("{\"a\":1,\"a\":2}", "a", "duplicate");
    expect("{\"a\":1,\"\\u0061\":2}", "a", "duplicate");
    expect("{\"items\":[{\"qty\":1},{\"qty\":1.5}]}", "items[1].qty", "type");
    expect("{\"n\":1e2}", "n", "type");
    expect("{\"n\":1.0}", "n", "type");
    expect("{\"a\":{\"n\":9223372036854775808}}", "a.n", "range");
    expect("{\"n\":-9223372036854775809}", "n", "range");
    expect("{\"t\":\"\\u0000\"}", "t", "format");
    expect("{\"t\":\"a\xff\"}", "t", "format");
    expect("{\"t\":\"\xed\xa0\x80\"}", "t", "format");
    expect("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]", "depth");
    arena_free(arena);
}

static void test_many_members(void)
{
    char text[8192] = "{";
    arena = arena_new(1 << 20);
    for (int i = 0; i < 257; i++)
        snprintf(text + strlen(text), 16, "%s\"k%d\":%d", i ? "," : "", i, i);
    strcat(text, "}");
    CU_ASSERT_EQUAL(scan(text, strlen(text)), SOUK_INVALID);
    CU_ASSERT_STRING_EQUAL(error.code, "range");
    arena_free(arena);
}

/* Every prefix of a good text, and every text with one byte changed, ends with some answer. */
static void test_broken_everywhere(void)
{
    static const char good[] = "{\"a\":[1,-2,{\"b\\u00e9\":\"\\ud83d\\ude00\"}],\"c\":null,\"d\":true}";
    arena = arena_new(1 << 20);
    for (size_t len = 0; len + 1 < sizeof good - 1; len++)
        CU_ASSERT_NOT_EQUAL(scan(good, len), SOUK_OK);
    for (size_t at = 0; at < sizeof good - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[sizeof good];
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            enum souk_err err = scan(text, sizeof good - 1);
            CU_ASSERT_TRUE(err == SOUK_OK || err == SOUK_INVALID || err == SOUK_BAD_REQUEST);
        }
    }
    arena_free(arena);
}

static void test_small_arena(void)
{
    arena = arena_new(64);
    CU_ASSERT_EQUAL(scan("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}", 68), SOUK_TOO_LARGE);
    arena_free(arena);
}

UNIT_SUITE(scan, UNIT_TEST(test_good), UNIT_TEST(test_not_json), UNIT_TEST(test_unusable),
           UNIT_TEST(test_many_members), UNIT_TEST(test_broken_everywhere), UNIT_TEST(test_small_arena))
