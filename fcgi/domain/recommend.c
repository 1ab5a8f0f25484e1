/* Recommendations, and what visitors do, from which they are learnt. */
#include "domain/domains.h"
#include "http/fields.h"

enum { EVENTS_MAX = 100 };

static const char *const types[] = {"view", "cart", "purchase", NULL};

static const struct field event_fields[] = {
    {.name = "type", .type = FIELD_ENUM, .one_of = types, .required = true, .about = "What was done"},
    {.name = "product_id", .type = FIELD_ID, .required = true, .about = "With which product; one that does not exist is passed over"},
    {.name = "at", .type = FIELD_STRING, .min = 20, .max = 35, .about = "When, RFC 3339 UTC; now when absent; at most 30 days ago"},
};

static const struct field take_fields[] = {
    {.name = "account_id", .from = FROM_CLAIMS, .type = FIELD_ID},
    {.name = "session_id", .from = FROM_BODY, .type = FIELD_STRING, .min = 8, .max = 64,
     .about = "What the browser calls its visit, at random; needed without a token"},
    FIELDS_IDEMPOTENCY,
    {.name = "events", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = EVENTS_MAX, .required = true,
     .of = event_fields, .of_n = sizeof event_fields / sizeof event_fields[0], .about = "What was done"},
};

#define FIELD_HOW_MANY \
    {.name = "limit", .from = FROM_QUERY, .type = FIELD_INT, .min = 1, .max = 50, .fallback = 10, .about = "Products at most"}

static const struct field product_fields[] = {FIELDS_PATH_ID("product_id", "The product"), FIELD_HOW_MANY};

static const struct field account_fields[] = {FIELDS_ACCOUNT, FIELD_HOW_MANY};

/* What is similar changes by and by: a minute old is as good. */
static const struct cache_policy kept = {.nginx_ms = 5000, .redis_ms = 60000, .local_ms = 30000, .null_ms = 5000,
                                         .stale_ms = 600000, .jitter_percent = 20};

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/events", FIELDS(take_fields), .shard_by = SHARD_GLOBAL, .routine = "behaviour_take",
     .name = "behaviour_take", .summary = "What a visitor looked at, put into the cart, bought",
     .status = 202, .answers = "Accepted"},
    {.method = METHOD_GET, .path = "/v1/products/{product_id}/recommendations", FIELDS(product_fields),
     .shard_by = SHARD_GLOBAL, .routine = "product_recommendations", .cache = &kept, .flags = ROUTE_PUBLIC_CACHE,
     .name = "product_recommendations", .summary = "What those who liked it liked as well", .answers = "Recommendations"},
    {.method = METHOD_GET, .path = "/v1/me/recommendations", .who = ROLE_GUEST | ROLE_BUYER, FIELDS(account_fields),
     .shard_by = SHARD_GLOBAL, .routine = "account_recommendations", .name = "account_recommendations",
     .summary = "Products for the caller; popular ones for newcomers", .answers = "OwnRecommendations"},
};

const struct route_set recommend_routes = {"recommend", routes, sizeof routes / sizeof routes[0]};
