/* Amounts and times as providers write them, and statements that come as files. */
#include <stdio.h>
#include <string.h>

#include "domain/channel_bill.h"
#include "domain/channel_china.h"
#include "domain/channel_form.h"
#include "domain/channel_stripe_amount.h"
#include "unit.h"

static void test_stripe_units(void)
{
    /* https://docs.stripe.com/currencies: zero-decimal, three-decimal, special cases, minimums, eight digits. */
    static const struct {
        const char *currency;
        int64_t minor;
        enum stripe_amount is;
        int64_t units;
    } cases[] = {
        {"USD", 1050, STRIPE_AMOUNT_OK, 1050},      {"USD", 49, STRIPE_AMOUNT_SMALL, 0},
        {"USD", 99999999, STRIPE_AMOUNT_OK, 99999999}, {"USD", 100000000, STRIPE_AMOUNT_LARGE, 0},
        {"JPY", 500, STRIPE_AMOUNT_OK, 500},        {"JPY", 49, STRIPE_AMOUNT_SMALL, 0},
        {"KRW", 1200, STRIPE_AMOUNT_OK, 1200},      {"KWD", 5120, STRIPE_AMOUNT_OK, 5120},
        {"KWD", 5124, STRIPE_AMOUNT_UNITS, 0},      {"BHD", 10, STRIPE_AMOUNT_OK, 10},
        {"ISK", 5, STRIPE_AMOUNT_OK, 500},          {"UGX", 5, STRIPE_AMOUNT_OK, 500},
        {"MGA", 500, STRIPE_AMOUNT_OK, 5},          {"MGA", 505, STRIPE_AMOUNT_UNITS, 0},
        {"HUF", 17500, STRIPE_AMOUNT_OK, 17500},    {"HUF", 17499, STRIPE_AMOUNT_SMALL, 0},
        {"IDR", 999999999999, STRIPE_AMOUNT_OK, 999999999999}, {"IQD", 1000, STRIPE_AMOUNT_CURRENCY, 0},
        {"XXX", 1000, STRIPE_AMOUNT_CURRENCY, 0},   {"usd", 1000, STRIPE_AMOUNT_CURRENCY, 0},
        {"SD ", 1000, STRIPE_AMOUNT_CURRENCY, 0},   {"", 1000, STRIPE_AMOUNT_CURRENCY, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t units = 0, minor = 0;
        enum stripe_amount is = stripe_units(cases[i].currency, cases[i].minor, &units);
        CU_ASSERT_EQUAL(is, cases[i].is);
        if (is != STRIPE_AMOUNT_OK)
            continue;
        CU_ASSERT_EQUAL(units, cases[i].units);
        CU_ASSERT(stripe_minor(cases[i].currency, units, &minor));
        CU_ASSERT_EQUAL(minor, cases[i].minor);
    }
    int64_t minor = 0;
    CU_ASSERT(stripe_minor("eur", -1250, &minor));
    CU_ASSERT_EQUAL(minor, -1250);
    CU_ASSERT_FALSE(stripe_minor("isk", 501, &minor));
    CU_ASSERT_FALSE(stripe_minor("xxx", 501, &minor));
    CU_ASSERT_FALSE(stripe_minor("eu", 501, &minor));
}

static void test_yuan(void)
{
    char text[YUAN_BYTES];
    int64_t fen = 0;
    yuan_text(4599, text);
    CU_ASSERT_STRING_EQUAL(text, "45.99");
    yuan_text(5, text);
    CU_ASSERT_STRING_EQUAL(text, "0.05");
    CU_ASSERT(yuan_read("45.99", &fen) && fen == 4599);
    CU_ASSERT(yuan_read("-0.06", &fen) && fen == -6);
    CU_ASSERT(yuan_read("0.06000", &fen) && fen == 6);
    CU_ASSERT(yuan_read("7", &fen) && fen == 700);
    static const char *const odd[] = {"", "-", "1.005", "1,00", " 1", "1e2", ".5", "--1", "12345678901234567890"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        CU_ASSERT_FALSE(yuan_read(odd[i], &fen));
}

static void test_beijing(void)
{
    char text[BEIJING_BYTES];
    int64_t unix_s = 0;
    beijing_text(1565855785, text);
    CU_ASSERT_STRING_EQUAL(text, "2019-08-15 15:56:25");
    CU_ASSERT(beijing_read("2019-08-15 15:56:25", &unix_s));
    CU_ASSERT_EQUAL(unix_s, 1565855785);
    static const char *const odd[] = {"", "2019-08-15", "2019-08-15 15:56", "2019-13-15 15:56:25", "2019-02-30 15:56:25",
                                      "2019-08-15 15:56:25 ", "2019-08-15T15:56:25", " 2019-08-15 15:56:25"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        CU_ASSERT_FALSE(beijing_read(odd[i], &unix_s));
}

static void test_form(void)
{
    struct arena *arena = arena_new(1 << 16);
    struct buffer form = buffer_in(arena, 16);
    form_add(&form, "a", "x y&z=1/+~");
    form_add(&form, "b[c]", "元");
    form_add(&form, "d", "");
    form_add(&form, "e", NULL);
    CU_ASSERT_STRING_EQUAL(form.data, "a=x%20y%26z%3D1%2F%2B~&b[c]=%E5%85%83");
    arena_free(arena);
}

/* Rows seen, a line for each. */
struct seen {
    char text[512];
    enum souk_err answer;
};

static enum souk_err see(void *to, const char *const *fields, size_t n)
{
    struct seen *seen = to;
    for (size_t i = 0; i < n; i++)
        strncat(strncat(seen->text, fields[i], 80), i + 1 < n ? "|" : ";", 2);
    return seen->answer;
}

static void test_bill(void)
{
    /* "订单,`1.00\t" and so on, in GBK, in pieces of one byte: characters are cut in two. */
    static const char gbk[] = "\xb6\xa9\xb5\xa5,`1.00\t\r\n\"a,b\", c ,\r\n# x\n";
    struct seen seen = {.answer = SOUK_OK};
    struct bill *bill = bill_new("GBK", see, &seen);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bill);
    for (size_t i = 0; i < sizeof gbk - 1; i++)
        CU_ASSERT_EQUAL(bill_feed(bill, gbk + i, 1), SOUK_OK);
    CU_ASSERT_EQUAL(bill_end(bill), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(seen.text, "订单|1.00;a,b|c|;# x;");
    bill_free(bill);

    struct seen utf8 = {.answer = SOUK_OK};
    bill = bill_new(NULL, see, &utf8);
    CU_ASSERT_EQUAL(bill_feed(bill, "\xef\xbb\xbf时间,`2", 12), SOUK_OK);
    CU_ASSERT_EQUAL(bill_end(bill), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(utf8.text, "时间|2;");
    bill_free(bill);

    struct seen stops = {.answer = SOUK_NOT_FOUND};
    bill = bill_new(NULL, see, &stops);
    CU_ASSERT_EQUAL(bill_feed(bill, "a\nb\n", 4), SOUK_NOT_FOUND);
    CU_ASSERT_EQUAL(bill_end(bill), SOUK_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(stops.text, "a;");
    bill_free(bill);

    bill = bill_new("GBK", see, &seen);
    CU_ASSERT_EQUAL(bill_feed(bill, "a\n\xff\xff\xff\n", 6), SOUK_UNAVAILABLE);
    bill_free(bill);
    CU_ASSERT_PTR_NULL(bill_new("NO-SUCH-CHARSET", see, &seen));
    bill_free(NULL);

    static const char *const fields[] = {"x", "b", "a"}, *const names[] = {"a", "b"}, *const missing[] = {"a", "c"};
    size_t at[2];
    CU_ASSERT(bill_columns(names, 2, fields, 3, at) && at[0] == 2 && at[1] == 1);
    CU_ASSERT_FALSE(bill_columns(missing, 2, fields, 3, at));
}

UNIT_SUITE(channel_amount, UNIT_TEST(test_stripe_units), UNIT_TEST(test_yuan), UNIT_TEST(test_beijing), UNIT_TEST(test_form),
           UNIT_TEST(test_bill))
