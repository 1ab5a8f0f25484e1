/* Encodings of text. */
#include <string.h>

#include "base/text.h"
#include "unit.h"

static void test_utf8(void)
{
    static const char *const good[] = {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80", "a\xff", "\xe2\x82"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_TRUE(text_utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(text_utf8_valid(bad[i], strlen(bad[i])));
    CU_ASSERT_EQUAL(text_utf8_chars("a\xc3\xa9\xf0\x9f\x98\x80", 7), 3);
}

static void test_hex(void)
{
    char hex[9];
    uint8_t bytes[4];
    text_hex((const uint8_t *)"\x00\x7f\xff\x10", 4, hex);
    CU_ASSERT_STRING_EQUAL(hex, "007fff10");
    CU_ASSERT_TRUE(text_unhex("007FfF10", 8, bytes));
    CU_ASSERT_EQUAL(memcmp(bytes, "\x00\x7f\xff\x10", 4), 0);
    CU_ASSERT_TRUE(text_unhex("", 0, bytes));
    CU_ASSERT_FALSE(text_unhex("123", 3, bytes));
    CU_ASSERT_FALSE(text_unhex("12g4", 4, bytes));
    CU_ASSERT_FALSE(text_unhex("12 4", 4, bytes));
}

static void test_int64(void)
{
    int64_t n = 7;
    CU_ASSERT_TRUE(text_int64("0", 1, &n) && n == 0);
    CU_ASSERT_TRUE(text_int64("-12", 3, &n) && n == -12);
    CU_ASSERT_TRUE(text_int64("9223372036854775807", 19, &n) && n == INT64_MAX);
    CU_ASSERT_TRUE(text_int64("-9223372036854775808", 20, &n) && n == INT64_MIN);
    static const char *const bad[] = {"", "-", "+1", "01", "-01", " 1", "1 ", "1.0", "1e3", "0x1", "9223372036854775808",
                                      "-9223372036854775809", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(text_int64(bad[i], strlen(bad[i]), &n));
}

static void test_base64url(void)
{
    char text[BASE64URL_BYTES(5)];
    uint8_t bytes[5];
    size_t n = 0;
    CU_ASSERT_EQUAL(base64url_encode((const uint8_t *)"\xfb\xff\xfe\x00\x01", 5, text, sizeof text), 7);
    CU_ASSERT_STRING_EQUAL(text, "-__-AAE");
    CU_ASSERT_TRUE(base64url_decode(text, 7, bytes, sizeof bytes, &n));
    CU_ASSERT_EQUAL(n, 5);
    CU_ASSERT_EQUAL(memcmp(bytes, "\xfb\xff\xfe\x00\x01", 5), 0);
    CU_ASSERT_FALSE(base64url_decode("-__-AAE", 7, bytes, 4, &n));
    CU_ASSERT_FALSE(base64url_decode("+//+AAE", 7, bytes, 5, &n));
    CU_ASSERT_FALSE(base64url_decode("AA==", 4, bytes, 5, &n));
    CU_ASSERT_FALSE(base64url_decode("A", 1, bytes, 5, &n));
}

static void test_utf8_copy(void)
{
    static const char *const cases[][2] = {{"double", "doubl"}, {"dés", "dés"}, {"abcdé", "abcd"}, {"abc双", "abc"},
                                           {"ab双", "ab双"},    {"ab😀", "ab"},  {"😀😀", "😀"},     {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[6];
        text_utf8_copy(cases[i][0], out, sizeof out);
        CU_ASSERT_STRING_EQUAL(out, cases[i][1]);
    }
}

UNIT_SUITE(text, UNIT_TEST(test_utf8), UNIT_TEST(test_utf8_copy), UNIT_TEST(test_hex), UNIT_TEST(test_int64), UNIT_TEST(test_base64url))
