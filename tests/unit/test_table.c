/* Matching rows. */
#include <string.h>

#include "domain/domains.h"
#include "http/table.h"
#include "unit.h"

static enum souk_err nothing(struct request *request)
{
    (void)request;
    return SOUK_OK;
}

static const struct field id_field[] = {{.name = "id", .from = FROM_PATH, .type = FIELD_ID}};
static const struct field other_field[] = {{.name = "other", .from = FROM_PATH, .type = FIELD_ID}};

static const struct route routes[] = {
    {.method = METHOD_GET, .path = "/v1/things", .handle = nothing, .name = "list"},
    {.method = METHOD_GET, .path = "/v1/things/{id}", FIELDS(id_field), .handle = nothing, .name = "get"},
    {.method = METHOD_DELETE, .path = "/v1/things/{other}", FIELDS(other_field), .handle = nothing, .name = "delete"},
    {.method = METHOD_POST, .path = "/v1/things/quote", .handle = nothing, .name = "quote"},
    {.method = METHOD_GET, .path = "/v1/things/{id}/events", FIELDS(id_field), .handle = nothing, .name = "events"},
};
static const struct route_set set = {"things", routes, sizeof routes / sizeof routes[0]};

static const char *match(const struct table *table, enum method method, const char *path, unsigned *allowed)
{
    static char text[128];
    struct segment segments[PATH_SEGMENTS_MAX];
    size_t n = 0;
    strcpy(text, path + 1);
    for (char *save = NULL, *at = strtok_r(text, "/", &save); at; at = strtok_r(NULL, "/", &save))
        segments[n++] = (struct segment){at, strlen(at)};
    const struct row *row = table_match(table, method, segments, n, allowed);
    return row ? row->route->name : "none";
}

static void test_match(void)
{
    const struct route_set *const sets[] = {&set};
    struct table *table = table_new(sets, 1);
    unsigned allowed;
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_STRING_EQUAL(match(table, METHOD_GET, "/v1/things", &allowed), "list");
    CU_ASSERT_STRING_EQUAL(match(table, METHOD_GET, "/v1/things/7", &allowed), "get");
    CU_ASSERT_STRING_EQUAL(match(table, METHOD_DELETE, "/v1/things/7", &allowed), "delete");
    CU_ASSERT_STRING_EQUAL(match(table, METHOD_GET, "/v1/things/7/events", &allowed), "events");
    CU_ASSERT_STRING_EQUAL(match(table, METHOD_POST, "/v1/things/quote", &allowed), "quote");
    CU_ASSERT_STRING_EQUAL(match(table, METHOD_PUT, "/v1/things/7", &allowed), "none");
    CU_ASSERT_EQUAL(allowed, 1u << METHOD_GET | 1u << METHOD_DELETE);
    static const char *const absent[] = {"/", "/v1", "/v2/things", "/v1/thing", "/v1/things/7/events/1", "/v1/thingss"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        CU_ASSERT_STRING_EQUAL(match(table, METHOD_GET, absent[i], &allowed), "none");
        CU_ASSERT_EQUAL(allowed, 0);
    }
    table_free(table);
    table_free(NULL);
}

/* The rows themselves: building the table asserts what a row must hold. */
static void test_all_rows(void)
{
    struct table *table = table_new(domain_sets, domain_sets_n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    for (size_t i = 0; i < table_rows_n(table); i++) {
        CU_ASSERT_EQUAL(table_row(table, i)->index, i);
        for (size_t j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(table_row(table, i)->route->name, table_row(table, j)->route->name);
    }
    table_free(table);
    const struct route_set *const sandbox[] = {&sandbox_routes, &sandbox_merchant_routes};
    table = table_new(sandbox, 2);
    CU_ASSERT_PTR_NOT_NULL(table);
    table_free(table);
}

UNIT_SUITE(table, UNIT_TEST(test_match), UNIT_TEST(test_all_rows))
