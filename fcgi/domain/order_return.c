/* Returns: what buyers send back, and what staff make of it. */
#include "base/config.h"
#include "domain/domains.h"
#include "http/fields.h"

enum { LINES_MAX = 100, LINE_UNITS_MAX = 9999, TEXT_CHARS_MAX = 500 };

static const struct field item_fields[] = {
    {.name = "line", .type = FIELD_INT, .min = 1, .max = LINES_MAX, .required = true, .about = "Line of the order"},
    {.name = "qty", .type = FIELD_INT, .min = 1, .max = LINE_UNITS_MAX, .required = true, .about = "Units of it"},
};

static const struct field count_fields[] = {
    {.name = "line", .type = FIELD_INT, .min = 1, .max = LINES_MAX, .required = true, .about = "Line of the order"},
    {.name = "received", .type = FIELD_INT, .max = LINE_UNITS_MAX, .required = true, .about = "Units that came"},
    {.name = "sellable", .type = FIELD_INT, .max = LINE_UNITS_MAX, .required = true,
     .about = "Of these, units that can be sold again: they go on the shelf"},
};

static const char *const resolutions[] = {"refund", "replacement", NULL};
static const char *const states[] = {"REQUESTED", "APPROVED", "RECEIVED", "REFUNDED", "REPLACED", "REJECTED", "WITHDRAWN", NULL};

static const struct field create_fields[] = {
    FIELDS_NEW_ID("return_id"),
    FIELDS_ACCOUNT,
    FIELDS_PATH_ID("order_id", "The order"),
    FIELDS_IDEMPOTENCY,
    {.name = "items", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = LINES_MAX, .required = true,
     .of = item_fields, .of_n = sizeof item_fields / sizeof item_fields[0], .about = "What goes back"},
    {.name = "resolution", .from = FROM_BODY, .type = FIELD_ENUM, .one_of = resolutions,
     .about = "What is wanted for it; refund when absent"},
    {.name = "reason", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TEXT_CHARS_MAX, .nullable = true,
     .about = "Why"},
    FIELDS_SETTING("return_window_s", return_window_s),
};

static const struct field own_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order")};

static const struct field withdraw_fields[] = {FIELDS_PATH_ID("return_id", "The return"), FIELDS_ACCOUNT,
                                               FIELDS_PATH_ID("order_id", "The order"), FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH};

static const struct field search_fields[] = {
    {.name = "state", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = states, .about = "Only returns in this state"},
    FIELDS_PAGE,
};

static const struct field get_fields[] = {FIELDS_PATH_ID("return_id", "The return")};

#define FIELDS_STEP FIELDS_PATH_ID("return_id", "The return"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH

static const struct field approve_fields[] = {
    FIELDS_STEP,
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TEXT_CHARS_MAX,
     .about = "What the buyer is told: where to send it"},
};

static const struct field reject_fields[] = {
    FIELDS_STEP,
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TEXT_CHARS_MAX, .required = true,
     .about = "Why; the buyer reads it"},
};

static const struct field receive_fields[] = {
    FIELDS_STEP,
    {.name = "items", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = LINES_MAX, .required = true,
     .of = count_fields, .of_n = sizeof count_fields / sizeof count_fields[0], .about = "Every line of the return, once"},
};

static const struct field refund_fields[] = {
    FIELDS_STEP, FIELDS_NEW_ID("refund_id"),
    {.name = "amount", .from = FROM_BODY, .type = FIELD_INT, .min = 0, .max = INT64_C(9007199254740991),
     .about = "Minor units, at most the return's amount; all of it when absent"},
};

static const struct field replace_fields[] = {FIELDS_STEP, FIELDS_NEW_ID("shipment_id")};

#define OWN_ROW(method_, path_, fields_, routine_) \
    .method = (method_), .path = (path_), .who = ROLE_GUEST | ROLE_BUYER, FIELDS(fields_), .shard_by = SHARD_BY_ID, \
    .shard_field = "order_id", .routine = (routine_), .name = (routine_)

#define STEP_ROW(step_, who_, fields_, routine_) \
    .method = METHOD_POST, .path = "/v1/admin/returns/{return_id}/" step_, .who = (who_), FIELDS(fields_), \
    .shard_by = SHARD_BY_ID, .shard_field = "return_id", .routine = (routine_), .name = (routine_), .answers = "Return"

#define DECIDE (ROLE_SUPPORT | ROLE_ADMIN)
#define LOOK (ROLE_MERCHANT | ROLE_SUPPORT | ROLE_ADMIN)

static const struct route routes[] = {
    {OWN_ROW(METHOD_POST, "/v1/orders/{order_id}/returns", create_fields, "return_create"),
     .summary = "Ask to send units of an order back", .status = 201, .answers = "Return"},
    {OWN_ROW(METHOD_POST, "/v1/orders/{order_id}/returns/{return_id}/withdraw", withdraw_fields, "return_withdraw"),
     .summary = "Keep the units after all, as long as they have not come in", .answers = "Return"},
    {OWN_ROW(METHOD_GET, "/v1/orders/{order_id}/returns", own_fields, "order_returns"),
     .summary = "The returns of one of your orders", .answers = "ReturnList"},
    {.method = METHOD_GET, .path = "/v1/admin/returns", .who = LOOK, FIELDS(search_fields), .shard_by = SHARD_ALL,
     .shard_field = "return_id", .routine = "return_search", .name = "return_search",
     .summary = "Returns of all buyers, newest first; shards that did not answer stand in `away`",
     .answers = "StaffReturnList"},
    {.method = METHOD_GET, .path = "/v1/admin/returns/{return_id}", .who = LOOK, FIELDS(get_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "return_id", .routine = "return_get", .name = "return_get",
     .summary = "One return", .answers = "Return"},
    {STEP_ROW("approve", DECIDE, approve_fields, "return_approve"), .summary = "Let the buyer send the units"},
    {STEP_ROW("reject", DECIDE, reject_fields, "return_reject"), .summary = "Do not take the units back"},
    {STEP_ROW("receive", ROLE_MERCHANT | ROLE_ADMIN, receive_fields, "return_receive"),
     .summary = "The units came back; those that can be sold again go on the shelf"},
    {STEP_ROW("refund", DECIDE, refund_fields, "return_refund"), .flags = ROUTE_KEY_REQUIRED,
     .summary = "Give the money for the units back"},
    {STEP_ROW("replace", DECIDE, replace_fields, "return_replace"), .flags = ROUTE_BORROWS,
     .summary = "Pack the same units anew"},
};

const struct route_set order_return_routes = {"order", routes, sizeof routes / sizeof routes[0]};
