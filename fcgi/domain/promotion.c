/* What lowers a price, how things are shipped, and taxes, as merchants say them.
 *
 * A change commits on global with a higher version and is then applied on every shard; an answer of 200 (201) says that
 * the next order is priced by it, 202 with "propagating" that a shard could not be reached and the worker will finish.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/broadcast.h"

enum { SETTLE_US_MAX = 2000000, NAME_CHARS_MAX = 190, CODE_CHARS_MAX = 64, TARGETS_MAX = 200, COUNTRIES_MAX = 250 };
#define MONEY_MAX INT64_C(9007199254740991)

/* What the shards are told by, and the member that names it, by the routine that answered. */
static const struct tell {
    const char *routine, *apply, *id;
} tells[] = {
    {"promotion_", "promotion_apply", "promotion_id"},
    {"shipping_method_", "shipping_method_apply", "shipping_method_id"},
    {"tax_rate_", "tax_rate_apply", "tax_rate_id"},
};

static const struct tell *tell_of(const char *routine)
{
    const struct tell *tell = tells;
    while (strncmp(routine, tell->routine, strlen(tell->routine)) != 0)
        tell++;
    return tell;
}

/* The routine has committed: tells every shard. */
static enum souk_err settle(struct request *request)
{
    const struct tell *tell = tell_of(request->route->routine);
    const int64_t soon_us = clock_us() + SETTLE_US_MAX;
    json_object *body = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    bool everywhere = false;
    if (!body)
        return SOUK_INTERNAL;
    enum souk_err err = broadcast_settle(request->context->store, request->arena, tell->apply,
                                         json_member_number(body, tell->id),
                                         soon_us < request->deadline_us ? soon_us : request->deadline_us, &everywhere);
    if (err == SOUK_OK && everywhere)
        return SOUK_OK;
    json_object_object_add(body, "propagating", json_object_new_boolean(true));
    return request_answer(request, 202, json_object_get(body));
}

static enum souk_err call_and_settle(struct request *request, const struct param *params, size_t params_n)
{
    const bool repeatable = request_value(request, "idempotency_key")->present;
    enum souk_err err = request_call(request, DB_GLOBAL, request->route->routine, params, params_n, repeatable,
                                     &request->answer);
    return err == SOUK_OK ? settle(request) : err;
}

/* The body as it came, every field of it validated; its routine puts it over what is usual or was there before. */
static const char *body_text(struct request *request)
{
    size_t len;
    const char *body = request_raw_body(request, &len);
    return len ? arena_printf(request->arena, "%.*s", (int)len, body) : "{}";
}

static enum souk_err create(struct request *request)
{
    const char *body = body_text(request);
    const struct param params[] = {
        request_param(request, tell_of(request->route->routine)->id), request_param(request, "account_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"),
        param_text(request->context->config->currency), param_text(body),
    };
    return body ? call_and_settle(request, params, sizeof params / sizeof params[0]) : SOUK_TOO_LARGE;
}

static enum souk_err change_to(struct request *request, const char *body)
{
    struct param params[7] = {
        request_param(request, tell_of(request->route->routine)->id), request_param(request, "account_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"),
        request_param(request, "if_match"),
    };
    size_t n = 5;
    if (strcmp(request->route->routine, "promotion_change") == 0)
        params[n++] = request_param(request, "transfer_id");
    params[n++] = param_text(body);
    return body ? call_and_settle(request, params, n) : SOUK_TOO_LARGE;
}

static enum souk_err change(struct request *request)
{
    return change_to(request, body_text(request));
}

static enum souk_err activate(struct request *request)
{
    return change_to(request, "{\"state\": \"active\"}");
}

static enum souk_err deactivate(struct request *request)
{
    return change_to(request, "{\"state\": \"inactive\"}");
}

static const char *const states[] = {"active", "inactive", NULL};
static const char *const kinds[] = {"fixed", "percent", "free_shipping", NULL};
static const char *const target_kinds[] = {"all", "category", "product", "sku", NULL};
static const struct field target_element[] = {
    {.name = "kind", .type = FIELD_ENUM, .one_of = target_kinds, .required = true},
    {.name = "id", .type = FIELD_ID},
};
static const struct field country_element[] = {{.name = "", .type = FIELD_LETTERS, .max = 2}};

#define BODY(name_, type_) .name = (name_), .from = FROM_BODY, .type = (type_)
#define FIELD_STATE {BODY("state", FIELD_ENUM), .one_of = states, .about = "active when absent"}
#define FIELD_CURRENCY {BODY("currency", FIELD_LETTERS), .max = 3, .about = "ISO 4217; the shop's when absent"}

#define FIELDS_PROMOTION(must) \
    {BODY("name", FIELD_STRING), .min = 1, .max = NAME_CHARS_MAX, .required = (must), .about = "For people, buyers too"}, \
    {BODY("code", FIELD_STRING), .min = 1, .max = CODE_CHARS_MAX, .nullable = !(must), \
     .about = "What a buyer types; without one it applies by itself"}, \
    {BODY("kind", FIELD_ENUM), .one_of = kinds, .required = (must), .about = "What it takes off"}, \
    {BODY("value", FIELD_INT), .max = MONEY_MAX, \
     .about = "fixed: minor units; percent: hundredths of a percent, 1000 is 10 %"}, \
    FIELD_CURRENCY, \
    {BODY("min_spend", FIELD_INT), .max = MONEY_MAX, .about = "Minor units that the lines it is for must come to"}, \
    {BODY("min_qty", FIELD_INT), .max = 1000000, .about = "Units that those lines must have"}, \
    {BODY("max_discount", FIELD_INT), .min = 1, .max = MONEY_MAX, .nullable = !(must), \
     .about = "It takes off no more; not with free shipping"}, \
    {BODY("targets", FIELD_ARRAY), .min = 1, .max = TARGETS_MAX, .of = target_element, .of_n = 2, \
     .about = "What it is for; everything when absent"}, \
    {BODY("exclusive", FIELD_BOOL), .about = "Never together with another one"}, \
    {BODY("priority", FIELD_INT), .min = -1000000, .max = 1000000, .about = "Higher ones come first"}, \
    {BODY("stack_group", FIELD_STRING), .min = 1, .max = CODE_CHARS_MAX, .nullable = !(must), \
     .about = "Of one group only the first applies"}, \
    {BODY("total_limit", FIELD_INT), .min = 1, .max = 1000000000, \
     .about = "Orders that may use the code; may only rise"}, \
    {BODY("account_limit", FIELD_INT), .min = 1, .max = 1000000, .nullable = !(must), \
     .about = "Orders of one account that may use it"}, \
    {BODY("starts_at", FIELD_STRING), .min = 20, .max = 24, .about = "UTC, 2026-01-31T09:00:00Z; now when absent"}, \
    {BODY("ends_at", FIELD_STRING), .min = 20, .max = 24, .nullable = !(must), .about = "UTC; never when absent"}, \
    FIELD_STATE

#define FIELDS_SHIPPING(must) \
    {BODY("name", FIELD_STRING), .min = 1, .max = NAME_CHARS_MAX, .required = (must), .about = "For people, buyers too"}, \
    FIELD_CURRENCY, \
    {BODY("price", FIELD_INT), .max = MONEY_MAX, .required = (must), .about = "Minor units for each order"}, \
    {BODY("price_per_kg", FIELD_INT), .max = 1000000000, .about = "Minor units for each kilogram begun"}, \
    {BODY("free_above", FIELD_INT), .max = MONEY_MAX, .nullable = !(must), \
     .about = "Goods after discounts from which it costs nothing, minor units"}, \
    {BODY("countries", FIELD_ARRAY), .max = COUNTRIES_MAX, .of = country_element, .of_n = 1, \
     .about = "ISO 3166-1 codes; everywhere when empty"}, \
    {BODY("position", FIELD_INT), .min = -1000000, .max = 1000000, .about = "The lowest one is the usual one"}, \
    {BODY("tax_class", FIELD_STRING), .min = 1, .max = 32, .about = "Which tax rate is on its price; standard when absent"}, \
    FIELD_STATE

#define FIELDS_TAX(must) \
    {BODY("name", FIELD_STRING), .min = 1, .max = NAME_CHARS_MAX, .required = (must), .about = "For people: VAT 19 %"}, \
    {BODY("country", FIELD_LETTERS), .max = 2, .required = (must), .about = "ISO 3166-1, two letters"}, \
    {BODY("region", FIELD_STRING), .max = 100, .about = "State or province; empty: where no other rate names it"}, \
    {BODY("tax_class", FIELD_STRING), .min = 1, .max = 32, .about = "What it is on; standard when absent"}, \
    {BODY("rate", FIELD_INT), .max = 100000, .required = (must), .about = "Hundredths of a percent: 1900 is 19 %"}, \
    {BODY("included", FIELD_BOOL), .about = "Prices contain it (as when absent), or it is added"}, \
    FIELD_STATE

#define FIELDS_CHANGE(id_) FIELDS_PATH_ID(id_, "Which"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH
#define FIELDS_CREATE(id_) FIELDS_NEW_ID(id_), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY

static const struct field list_fields[] = {FIELDS_PAGE};
static const struct field promotion_get_fields[] = {FIELDS_PATH_ID("promotion_id", "Which")};
static const struct field promotion_create_fields[] = {FIELDS_CREATE("promotion_id"), FIELDS_PROMOTION(true)};
static const struct field promotion_state_fields[] = {FIELDS_CHANGE("promotion_id"), FIELDS_NEW_ID("transfer_id")};
static const struct field promotion_change_fields[] = {FIELDS_CHANGE("promotion_id"), FIELDS_NEW_ID("transfer_id"),
                                                       FIELDS_PROMOTION(false)};
static const struct field shipping_get_fields[] = {FIELDS_PATH_ID("shipping_method_id", "Which")};
static const struct field shipping_create_fields[] = {FIELDS_CREATE("shipping_method_id"), FIELDS_SHIPPING(true)};
static const struct field shipping_change_fields[] = {FIELDS_CHANGE("shipping_method_id"), FIELDS_SHIPPING(false)};
static const struct field tax_get_fields[] = {FIELDS_PATH_ID("tax_rate_id", "Which")};
static const struct field tax_create_fields[] = {FIELDS_CREATE("tax_rate_id"), FIELDS_TAX(true)};
static const struct field tax_change_fields[] = {FIELDS_CHANGE("tax_rate_id"), FIELDS_TAX(false)};

#define STAFF_ROW(method_, path_, fields_, routine_, handle_, name_) \
    .method = (method_), .path = "/v1/admin/" path_, .who = ROLE_MERCHANT | ROLE_ADMIN, FIELDS(fields_), \
    .shard_by = SHARD_GLOBAL, .routine = (routine_), .handle = (handle_), .name = (name_)

static const struct route routes[] = {
    {STAFF_ROW(METHOD_POST, "promotions", promotion_create_fields, "promotion_create", create, "promotion_create"),
     .summary = "A new promotion; 202 while a shard has yet to hear of it",
     .flags = ROUTE_PROPAGATES, .status = 201, .answers = "Promotion"},
    {STAFF_ROW(METHOD_GET, "promotions", list_fields, "promotion_list", NULL, "promotion_list"),
     .summary = "Promotions, newest first", .answers = "PromotionList"},
    {STAFF_ROW(METHOD_GET, "promotions/{promotion_id}", promotion_get_fields, "promotion_get", NULL, "promotion_get"),
     .summary = "A promotion", .answers = "Promotion"},
    {STAFF_ROW(METHOD_PATCH, "promotions/{promotion_id}", promotion_change_fields, "promotion_change", change,
               "promotion_change"), .summary = "Change a promotion", .flags = ROUTE_PROPAGATES, .answers = "Promotion"},
    {STAFF_ROW(METHOD_POST, "promotions/{promotion_id}/activate", promotion_state_fields, "promotion_change", activate,
               "promotion_activate"), .summary = "Switch a promotion on", .flags = ROUTE_PROPAGATES, .answers = "Promotion"},
    {STAFF_ROW(METHOD_POST, "promotions/{promotion_id}/deactivate", promotion_state_fields, "promotion_change", deactivate,
               "promotion_deactivate"), .summary = "Switch a promotion off",
     .flags = ROUTE_PROPAGATES, .answers = "Promotion"},
    {STAFF_ROW(METHOD_POST, "shipping-methods", shipping_create_fields, "shipping_method_create", create,
               "shipping_method_create"), .summary = "A new way to ship",
     .flags = ROUTE_PROPAGATES, .status = 201, .answers = "ShippingMethod"},
    {STAFF_ROW(METHOD_GET, "shipping-methods", list_fields, "shipping_method_list", NULL, "shipping_method_list"),
     .summary = "Ways to ship, newest first", .answers = "ShippingMethodList"},
    {STAFF_ROW(METHOD_GET, "shipping-methods/{shipping_method_id}", shipping_get_fields, "shipping_method_get", NULL,
               "shipping_method_get"), .summary = "A way to ship", .answers = "ShippingMethod"},
    {STAFF_ROW(METHOD_PATCH, "shipping-methods/{shipping_method_id}", shipping_change_fields, "shipping_method_change",
               change, "shipping_method_change"), .summary = "Change a way to ship",
     .flags = ROUTE_PROPAGATES, .answers = "ShippingMethod"},
    {STAFF_ROW(METHOD_POST, "tax-rates", tax_create_fields, "tax_rate_create", create, "tax_rate_create"),
     .summary = "A new tax rate", .flags = ROUTE_PROPAGATES, .status = 201, .answers = "TaxRate"},
    {STAFF_ROW(METHOD_GET, "tax-rates", list_fields, "tax_rate_list", NULL, "tax_rate_list"),
     .summary = "Tax rates, newest first", .answers = "TaxRateList"},
    {STAFF_ROW(METHOD_GET, "tax-rates/{tax_rate_id}", tax_get_fields, "tax_rate_get", NULL, "tax_rate_get"),
     .summary = "A tax rate", .answers = "TaxRate"},
    {STAFF_ROW(METHOD_PATCH, "tax-rates/{tax_rate_id}", tax_change_fields, "tax_rate_change", change, "tax_rate_change"),
     .summary = "Change a tax rate", .flags = ROUTE_PROPAGATES, .answers = "TaxRate"},
};

const struct route_set promotion_routes = {"promotion", routes, sizeof routes / sizeof routes[0]};
