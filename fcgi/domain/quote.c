/* What an order would cost, and why: the same routine prices an order when it is placed. */
#include "base/clock.h"
#include "base/json.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/cart.h"
#include "store/escrow.h"

enum {
    QUOTE_LINES_MAX = 100,
    QUOTE_LINE_UNITS_MAX = 9999,
    COUPONS_MAX = 10,
    CODE_CHARS_MAX = 64,
    LOOK_US = 500000 /* from when a quote asks no shard but its own */
};

static const struct field line_fields[] = {
    {.name = "sku_id", .type = FIELD_ID, .required = true, .about = "What is bought; once in an order"},
    {.name = "qty", .type = FIELD_INT, .min = 1, .max = QUOTE_LINE_UNITS_MAX, .required = true, .about = "How many units"},
};

static const struct field address_fields[] = {FIELDS_ADDRESS(false, true)};
static const struct field coupon_element[] = {{.name = "", .type = FIELD_STRING, .min = 1, .max = CODE_CHARS_MAX}};

static const struct field quote_fields[] = {
    FIELDS_ACCOUNT,
    {.name = "items", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = QUOTE_LINES_MAX, .of = line_fields,
     .of_n = sizeof line_fields / sizeof line_fields[0], .about = "What is bought; the ticked lines of the cart when absent"},
    {.name = "from_cart", .from = FROM_BODY, .type = FIELD_BOOL, .about = "The ticked lines of the cart"},
    {.name = "address", .from = FROM_BODY, .type = FIELD_OBJECT, .nullable = true, .of = address_fields,
     .of_n = sizeof address_fields / sizeof address_fields[0], .about = "Where it goes: country and region say the taxes"},
    {.name = "shipping_method", .from = FROM_BODY, .type = FIELD_ID, .nullable = true, .about = "The usual one when absent"},
    {.name = "coupons", .from = FROM_BODY, .type = FIELD_ARRAY, .max = COUPONS_MAX, .of = coupon_element, .of_n = 1,
     .about = "Codes"},
    {.name = "known", .from = FROM_HANDLER, .type = FIELD_ARRAY},
};

/* The routine misses a coupon on its shard: is there one on another? Noted as it wants to know it. */
static enum souk_err look_elsewhere(struct request *request, int64_t until_us, json_object *known)
{
    struct escrow_missing missing = {0};
    if (!escrow_missing_read(request->refusal.detail, &missing))
        return SOUK_INTERNAL;
    const bool gone = clock_us() < until_us && escrow_is_gone(request->context->store, missing.sku_id, missing.pool, until_us,
                                                              request->arena);
    json_object *coupon = json_object_new_object();
    json_object_object_add(coupon, "promotion_id", json_object_new_int64(missing.sku_id));
    json_object_object_add(coupon, "left", json_object_new_int(!gone));
    json_object_array_add(known, coupon);
    request->refusal.detail[0] = '\0';
    request_give_text(request, "known", json_object_to_json_string_ext(known, JSON_C_TO_STRING_PLAIN));
    return SOUK_OK;
}

/* A limited coupon applies while one is left somewhere. Each round finds out about one more. */
static enum souk_err price(struct request *request)
{
    json_object *known = arena_own(request->arena, json_object_new_array(), json_release);
    const int64_t until_us = clock_us() + LOOK_US;
    enum souk_err err = request_invoke(request);
    for (int round = 0; err == SOUK_STOCK_SHORT && round < COUPONS_MAX; round++) {
        err = look_elsewhere(request, until_us, known);
        if (err == SOUK_OK)
            err = request_invoke(request);
    }
    return err;
}

/* What is ticked in the cart is in MySQL before the routine looks. */
static enum souk_err order_quote(struct request *request)
{
    const struct context *context = request->context;
    struct cart cart;
    if (request_value(request, "items")->present)
        return price(request);
    if (!cart_of(context->store, context->redis, request->arena, request->claims.account_id, request->deadline_us, &cart))
        return SOUK_TOO_LARGE;
    enum souk_err err = cart_hold(&cart);
    if (err)
        return err;
    cart_release(&cart, SOUK_OK);
    return price(request);
}

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/orders/quote", .who = ROLE_GUEST | ROLE_BUYER, FIELDS(quote_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "account_id", .routine = "order_price", .handle = order_quote, .name = "order_quote",
     .summary = "What an order would cost, and why; holds nothing", .answers = "Quote"},
};

const struct route_set quote_routes = {"quote", routes, sizeof routes / sizeof routes[0]};
