/* The catalogue as everybody reads it, from the cache where it can be (store/cache.h): what events name is ended by them
 * within a second. A browser may hold on to a product or a SKU and ask with its ETag, the version, which rises with every
 * change. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/words.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"

enum { SEARCH_WORDS_MAX = 8 };

static const char *const catalog_topics[] = {"product.", "sku.", "category.", NULL};

/* What has an id: events name it, so it may stay long. */
#define KEPT_BY(id_) {.nginx_ms = 1000, .redis_ms = 300000, .local_ms = 60000, .null_ms = 30000, .stale_ms = 600000, \
                      .jitter_percent = 20, .topics = catalog_topics, .by = (id_), .known = true}
static const struct cache_policy product_kept = KEPT_BY("product_id");
static const struct cache_policy sku_kept = KEPT_BY("sku_id");

/* Lists: any event ends all of a row, so they are kept for the crowd of the moment. */
static const struct cache_policy list_kept = {.nginx_ms = 1000, .redis_ms = 10000, .local_ms = 5000, .stale_ms = 600000,
                                              .jitter_percent = 20, .topics = catalog_topics};

static const struct cache_policy revalidated = {.nginx_ms = 0};

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

static const struct field search_fields[] = {
    {.name = "q", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 200, .required = true,
     .about = "Words, or how they begin; all must be there"},
    {.name = "limit", .from = FROM_QUERY, .type = FIELD_INT, .min = 1, .max = 100, .fallback = 20,
     .about = "Products to answer at most"},
};

static int longer_first(const void *a, const void *b)
{
    size_t a_len = strlen(*(const char *const *)a), b_len = strlen(*(const char *const *)b);
    return (a_len < b_len) - (a_len > b_len);
}

/* Folds q into words as the catalogue's were; the longest narrows best, so it goes first. */
static enum souk_err search(struct request *request)
{
    const char *words[SEARCH_WORDS_MAX];
    size_t n = words_add(request->arena, request_value(request, "q")->text, words, 0, SEARCH_WORDS_MAX);
    if (n == 0)
        return request_fail_field(request, "q", "format", "there is no word in it");
    qsort(words, n, sizeof words[0], longer_first);

    struct buffer list = buffer_in(request->arena, 256);
    for (size_t i = 0; i < n; i++) {
        buffer_puts(&list, i ? "," : "[");
        buffer_json_string(&list, words[i]);
    }
    buffer_puts(&list, "]");
    if (list.failed)
        return SOUK_TOO_LARGE;
    struct param params[] = {param_text(list.data), request_param(request, "limit")};
    return request_call(request, DB_GLOBAL, "product_search", params, 2, true, &request->answer);
}

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
    {.method = METHOD_GET, .path = "/v1/search", FIELDS(search_fields), .handle = search, .cache = &revalidated,
     .flags = ROUTE_PUBLIC_CACHE, .name = "product_search", .summary = "Products that have all the words",
     .answers = "ProductList"},
};

const struct route_set catalog_routes = {"catalog", routes, sizeof routes / sizeof routes[0]};
