/* Runs the unit tests: all of them, or the one suite or test named. */
#include <CUnit/Basic.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "observe/log.h"
#include "suites.h"
#include "unit.h"

#define X(name) extern const struct unit_suite unit_suite_##name;
UNIT_SUITES(X)
#undef X

static const struct unit_suite *const suites[] = {
#define X(name) &unit_suite_##name,
    UNIT_SUITES(X)
#undef X
};

enum { SUITES_N = sizeof suites / sizeof suites[0] };

/* Is `wanted`, "suite" or "suite.test", this one? NULL wants all. */
static int is_wanted(const char *wanted, const char *suite, const char *test)
{
    size_t len = strlen(suite);
    if (!wanted)
        return 1;
    if (strncmp(wanted, suite, len) != 0)
        return 0;
    return wanted[len] == '\0' || (wanted[len] == '.' && strcmp(wanted + len + 1, test) == 0);
}

static size_t add_suite(const struct unit_suite *suite, const char *wanted)
{
    CU_pSuite cu = NULL;
    size_t n = 0;
    for (size_t i = 0; i < suite->tests_n; i++) {
        if (!is_wanted(wanted, suite->name, suite->tests[i].name))
            continue;
        if (!cu)
            cu = CU_add_suite(suite->name, NULL, NULL);
        if (!cu || !CU_add_test(cu, suite->tests[i].name, suite->tests[i].run))
            return 0;
        n++;
    }
    return n;
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : NULL;
    size_t n = 0;
    if (sodium_init() < 0 || CU_initialize_registry() != CUE_SUCCESS) {
        fputs("unit: cannot set up\n", stderr);
        return 2;
    }
    /* What the tests provoke on purpose need not be read. */
    log_init("unit", LOG_ERROR);
    for (size_t i = 0; i < SUITES_N; i++)
        n += add_suite(suites[i], wanted);
    if (n == 0) {
        fprintf(stderr, "unit: there is no test %s\n", wanted ? wanted : "");
        return 2;
    }
    CU_basic_set_mode(wanted ? CU_BRM_VERBOSE : CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures > 0 ? 1 : 0;
}
