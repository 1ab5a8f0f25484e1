/* The catalogue as everybody reads it, from the cache where it can be (store/cache.h): what events name is ended by them
 * within a second. A browser may hold on to a product or a SKU and ask with its ETag, the version, which rises with every
 * change. */
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"

static const char *const catalog_topics[] = {"product.", "sku.", "category.", NULL};

/* What has an id: events name it, so it may stay long. */
#define KEPT_BY(id_) {.nginx_ms = 1000, .redis_ms = 300000, .local_ms = 60000, .null_ms = 30000, .stale_ms = 600000, \
                      .jitter_percent = 20, .topics = catalog_topics, .by = (id_), .known = true}
static const struct cache_policy product_kept = KEPT_BY("product_id");
static const struct cache_policy sku_kept = KEPT_BY("sku_id");

/* Lists: any event ends all of a row, so they are kept for the crowd of the moment. */
static const struct cache_policy list_kept = {.nginx_ms = 1000, .redis_ms = 10000, .local_ms = 5000, .stale_ms = 600000,
                                              .jitter_percent = 20, .topics = catalog_topics};

#define MONEY_MAX INT64_C(9007199254740991)

static const char *const sorts[] = {"newest", "price_asc", "price_desc", "title", NULL};
static const struct field attr_element[] = {{.name = "", .type = FIELD_STRING, .min = 3, .max = 511}};

/* What products are picked by, in lists and facets. */
#define FIELDS_FILTER \
    {.name = "category", .from = FROM_QUERY, .type = FIELD_ID, .about = "Only products of this category and all below it"}, \
    {.name = "vendor", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 255, .about = "Only by this vendor"}, \
    {.name = "attr", .from = FROM_QUERY, .type = FIELD_ARRAY, .min = 1, .max = 20, .of = attr_element, .of_n = 1, \
     .about = "Only with this option value: Size:M. May repeat; values of one option are alternatives"}, \
    {.name = "price_min", .from = FROM_QUERY, .type = FIELD_INT, .max = MONEY_MAX, \
     .about = "Only where the lowest price is this or more, minor units"}, \
    {.name = "price_max", .from = FROM_QUERY, .type = FIELD_INT, .max = MONEY_MAX, \
     .about = "Only where the lowest price is this or less, minor units"}

static const struct field list_fields[] = {
    FIELDS_FILTER,
    {.name = "sort", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = sorts, .about = "newest when absent"},
    FIELDS_PAGE,
};

static const struct field facet_fields[] = {FIELDS_FILTER};

static const struct field product_fields[] = {FIELDS_PATH_ID("product_id", "The product")};

static const struct field sku_fields[] = {FIELDS_PATH_ID("sku_id", "The SKU")};

#define CATALOG_ROW(path_, fields_, routine_, kept_) \
    .method = METHOD_GET, .path = (path_), FIELDS(fields_), .shard_by = SHARD_GLOBAL, .routine = (routine_), \
    .cache = &(kept_), .flags = ROUTE_PUBLIC_CACHE, .name = (routine_)

static const struct route routes[] = {
    {CATALOG_ROW("/v1/products", list_fields, "product_list", list_kept), .summary = "What is for sale", .answers = "ProductList"},
    {CATALOG_ROW("/v1/products/facets", facet_fields, "product_facets", list_kept),
     .summary = "Option values and vendors of what is for sale, with numbers", .answers = "Facets"},
    {CATALOG_ROW("/v1/products/{product_id}", product_fields, "product_get", product_kept),
     .summary = "A product with its options, pictures and SKUs", .answers = "Product"},
    {CATALOG_ROW("/v1/skus/{sku_id}", sku_fields, "sku_get", sku_kept), .summary = "One SKU: price, options, state",
     .answers = "Sku"},
    {.method = METHOD_GET, .path = "/v1/categories", .shard_by = SHARD_GLOBAL, .routine = "category_list",
     .cache = &list_kept, .flags = ROUTE_PUBLIC_CACHE, .name = "category_list",
     .summary = "All categories, with the number of products in each", .answers = "CategoryList"},
};

const struct route_set catalog_routes = {"catalog", routes, sizeof routes / sizeof routes[0]};
