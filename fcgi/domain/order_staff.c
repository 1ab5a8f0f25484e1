/* Orders as staff see them: looking for them on all shards, holding them back, letting them go, paid past the providers. */
#include "domain/domains.h"
#include "domain/order_state.h"
#include "http/fields.h"

enum { REASON_CHARS_MAX = 500, REFERENCE_CHARS_MAX = 64 };

#define X(name) #name,
static const char *const order_states[] = {ORDER_STATES(X) NULL};
#undef X

static const struct field search_fields[] = {
    {.name = "state", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = order_states, .about = "Only orders in this state"},
    {.name = "email", .from = FROM_QUERY, .type = FIELD_EMAIL,
     .about = "Only orders of the account with this address, and those that gave it"},
    {.name = "from", .from = FROM_QUERY, .type = FIELD_STRING, .min = 10, .max = 24,
     .about = "Only orders placed then or later: 2026-01-31 or 2026-01-31T09:00:00Z"},
    {.name = "to", .from = FROM_QUERY, .type = FIELD_STRING, .min = 10, .max = 24, .about = "Only orders placed before"},
    FIELDS_PAGE,
};

static const struct field get_fields[] = {FIELDS_PATH_ID("order_id", "The order")};

static const struct field hold_fields[] = {
    FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order"), FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH,
    {.name = "reason", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REASON_CHARS_MAX,
     .about = "Why, for people; it stands in the order's events"},
};

static const struct field release_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order"), FIELDS_IDEMPOTENCY,
                                              FIELDS_IF_MATCH};

static const struct field mark_paid_fields[] = {
    FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order"), FIELDS_NEW_ID("payment_id"), FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH,
    {.name = "reference", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REFERENCE_CHARS_MAX, .required = true,
     .about = "Where the money is found: of the bank statement, the receipt"},
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REASON_CHARS_MAX,
     .about = "For people; it stands in the order's events"},
};

#define LOOK (ROLE_MERCHANT | ROLE_SUPPORT | ROLE_ADMIN)
#define STAFF_ROW(method_, path_, who_, fields_, routine_) \
    .method = (method_), .path = (path_), .who = (who_), FIELDS(fields_), .shard_by = SHARD_BY_ID, \
    .shard_field = "order_id", .routine = (routine_), .name = (routine_)

static const struct route routes[] = {
    {.method = METHOD_GET, .path = "/v1/admin/orders", .who = LOOK, FIELDS(search_fields), .shard_by = SHARD_ALL,
     .shard_field = "order_id", .routine = "order_search", .name = "order_search",
     .summary = "Orders of all buyers, newest first; shards that did not answer stand in `away`",
     .answers = "StaffOrderList"},
    {STAFF_ROW(METHOD_GET, "/v1/admin/orders/{order_id}", LOOK, get_fields, "order_staff_get"),
     .summary = "Any order, with payments and shipments", .answers = "StaffOrder"},
    {STAFF_ROW(METHOD_GET, "/v1/admin/orders/{order_id}/events", LOOK, get_fields, "order_staff_events"),
     .summary = "What happened to any order, oldest first", .answers = "OrderEventList"},
    {STAFF_ROW(METHOD_POST, "/v1/admin/orders/{order_id}/hold", ROLE_SUPPORT | ROLE_ADMIN, hold_fields, "order_hold"),
     .summary = "Keep a paid order from being shipped", .answers = "StaffOrder"},
    {STAFF_ROW(METHOD_POST, "/v1/admin/orders/{order_id}/release", ROLE_SUPPORT | ROLE_ADMIN, release_fields,
               "order_release"),
     .summary = "Let an order that was held be shipped", .answers = "StaffOrder"},
    {STAFF_ROW(METHOD_POST, "/v1/admin/orders/{order_id}/mark-paid", ROLE_ADMIN, mark_paid_fields, "order_mark_paid"),
     .flags = ROUTE_KEY_REQUIRED, .summary = "All that an order asks for came past the providers: by bank transfer, in cash",
     .answers = "StaffOrder"},
};

const struct route_set order_staff_routes = {"order", routes, sizeof routes / sizeof routes[0]};
