/* The frame of the unit tests: CUnit, one suite per file tests/unit/test_<module>.c, listed in suites.h.
 *
 *     static void test_empty(void) { CU_ASSERT_EQUAL(...); }
 *
 *     UNIT_SUITE(buffer, UNIT_TEST(test_empty), UNIT_TEST(test_growth))
 *
 * `build/unit` runs all, `build/unit buffer` one suite, `build/unit buffer.test_growth` one test.
 */
#ifndef SOUK_TESTS_UNIT_H
#define SOUK_TESTS_UNIT_H

#include <CUnit/CUnit.h>
#include <stddef.h>

struct unit_test {
    const char *name;
    void (*run)(void);
};

struct unit_suite {
    const char *name;
    const struct unit_test *tests;
    size_t tests_n;
};

#define UNIT_TEST(function) {#function, function}

#define UNIT_SUITE(name_, ...) \
    extern const struct unit_suite unit_suite_##name_; \
    static const struct unit_test unit_tests_##name_[] = {__VA_ARGS__}; \
    const struct unit_suite unit_suite_##name_ = { \
        #name_, unit_tests_##name_, sizeof unit_tests_##name_ / sizeof unit_tests_##name_[0]};

#endif
