/* The shapes of answers. */
#include "domain/domains.h"
#include "http/schema.h"
#include "unit.h"

static void test_every_shape(void)
{
    for (size_t i = 0; i < schemas_n; i++) {
        json_object *json = schema_json(&schemas[i]), *properties = NULL;
        CU_ASSERT_TRUE(json_object_object_get_ex(json, "properties", &properties));
        CU_ASSERT_TRUE(json_object_object_length(properties) > 0);
        json_object_put(json);
    }
}

static void test_rows_name_known_shapes(void)
{
    for (size_t s = 0; s < domain_sets_n; s++) {
        for (size_t r = 0; r < domain_sets[s]->routes_n; r++) {
            const struct route *route = &domain_sets[s]->routes[r];
            CU_ASSERT_TRUE(!route->answers || schema_find(route->answers));
            CU_ASSERT_PTR_NOT_NULL(route->summary);
        }
    }
}

UNIT_SUITE(schema, UNIT_TEST(test_every_shape), UNIT_TEST(test_rows_name_known_shapes))
