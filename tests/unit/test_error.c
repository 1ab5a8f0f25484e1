/* The error table. */
#include <string.h>

#include "base/error.h"
#include "unit.h"

static const unsigned numbers[] = {
#define X(symbol, number, status, code, title) number,
    SOUK_ERRORS(X)
#undef X
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct error_row *row = error_row((enum souk_err)numbers[i]);
        CU_ASSERT_EQUAL((unsigned)row->err, numbers[i]);
        CU_ASSERT_EQUAL((unsigned)error_from_number(numbers[i]), numbers[i]);
        CU_ASSERT_TRUE(row->status >= 400 && row->status < 600);
        CU_ASSERT_TRUE(i == 0 || numbers[i - 1] < numbers[i]);
        for (size_t j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(row->code, error_row((enum souk_err)numbers[j])->code);
    }
}

static void test_unknown(void)
{
    CU_ASSERT_EQUAL(error_from_number(0), SOUK_INTERNAL);
    CU_ASSERT_EQUAL(error_from_number(1213), SOUK_INTERNAL);
    CU_ASSERT_EQUAL(error_from_number(39999), SOUK_INTERNAL);
    CU_ASSERT_EQUAL(error_row((enum souk_err)1)->err, SOUK_INTERNAL);
}

UNIT_SUITE(error, UNIT_TEST(test_rows), UNIT_TEST(test_unknown))
