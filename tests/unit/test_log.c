/* Log lines are JSON whatever stands in them. */
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "observe/log.h"
#include "unit.h"

static char line[16384];

/* What one call writes to standard error. */
static const char *capture(const char *message)
{
    int fds[2], before = dup(STDERR_FILENO);
    CU_ASSERT_FATAL(pipe(fds) == 0);
    dup2(fds[1], STDERR_FILENO);
    log_error("%s", message);
    dup2(before, STDERR_FILENO);
    close(fds[1]);
    ssize_t n = read(fds[0], line, sizeof line - 1);
    line[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    close(before);
    return line;
}

static void expect_message(const char *message, const char *seen)
{
    json_object *json = json_tokener_parse(capture(message)), *member = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    CU_ASSERT_TRUE(json_object_object_get_ex(json, "message", &member));
    CU_ASSERT_STRING_EQUAL(json_object_get_string(member), seen);
    json_object_put(json);
}

static void test_escapes(void)
{
    expect_message("plain", "plain");
    expect_message("a\"b\\c\nd\x01", "a\"b\\c\nd\x01");
    CU_ASSERT_EQUAL(strcspn(line, "\n"), strlen(line) - 1);
}

static void test_long(void)
{
    char text[4000];
    memset(text, '\x02', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    json_object *json = json_tokener_parse(capture(text));
    CU_ASSERT_PTR_NOT_NULL(json);
    json_object_put(json);
}

static void test_binding(void)
{
    log_bind("request-7", "trace-8");
    capture("x");
    log_bind(NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "\"request_id\":\"request-7\",\"trace_id\":\"trace-8\""));
    capture("x");
    CU_ASSERT_PTR_NULL(strstr(line, "request_id"));
}

UNIT_SUITE(log, UNIT_TEST(test_escapes), UNIT_TEST(test_long), UNIT_TEST(test_binding))
