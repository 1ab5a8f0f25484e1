/* Refunds: money that goes back to buyers, as staff gives it and buyers see it. */
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"

enum { REFUND_REASON_CHARS_MAX = 255 };

static const struct field create_fields[] = {
    FIELDS_PATH_ID("order_id", "The order"),
    {.name = "amount", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = 9007199254740991, .nullable = true,
     .about = "Minor units of the order's currency; all that is left when absent"},
    {.name = "reason", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REFUND_REASON_CHARS_MAX, .required = true,
     .about = "Why; the buyer reads it"},
    FIELDS_ACCOUNT,
    FIELDS_NEW_ID("refund_id"),
    FIELDS_IDEMPOTENCY,
};

static const struct field list_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order")};

static const struct route rows[] = {
    {.method = METHOD_POST, .path = "/v1/admin/orders/{order_id}/refunds", .who = ROLE_SUPPORT | ROLE_ADMIN,
     FIELDS(create_fields), .shard_by = SHARD_BY_ID, .shard_field = "order_id", .routine = "refund_create",
     .flags = ROUTE_KEY_REQUIRED, .name = "refund_create", .summary = "Give a buyer money back, all of it or a part",
     .status = 201, .answers = "Refund"},
    {.method = METHOD_GET, .path = "/v1/orders/{order_id}/refunds", .who = ROLE_GUEST | ROLE_BUYER, FIELDS(list_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "order_id", .routine = "refund_list", .name = "refund_list",
     .summary = "Money that goes back to you, or went back, for one of your orders", .answers = "RefundList"},
};

const struct route_set refund_routes = {.domain = "refund", .routes = rows, .routes_n = sizeof rows / sizeof rows[0]};
