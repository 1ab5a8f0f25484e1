/* What an order would cost, and why: the same routine prices an order when it is placed. */
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/cart.h"

enum { QUOTE_LINES_MAX = 100, QUOTE_LINE_UNITS_MAX = 9999, COUPONS_MAX = 10, CODE_CHARS_MAX = 64 };

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
};

/* What is ticked in the cart is in MySQL before the routine looks. */
static enum souk_err order_quote(struct request *request)
{
    const struct context *context = request->context;
    struct cart cart;
    if (request_value(request, "items")->present)
        return request_invoke(request);
    if (!cart_of(context->store, context->redis, request->arena, request->claims.account_id, request->deadline_us, &cart))
        return SOUK_TOO_LARGE;
    enum souk_err err = cart_hold(&cart);
    if (err)
        return err;
    cart_release(&cart, SOUK_OK);
    return request_invoke(request);
}

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/orders/quote", .who = ROLE_GUEST | ROLE_BUYER, FIELDS(quote_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "account_id", .routine = "order_quote", .handle = order_quote, .name = "order_quote",
     .summary = "What an order would cost, and why; holds nothing", .answers = "Quote"},
};

const struct route_set quote_routes = {"quote", routes, sizeof routes / sizeof routes[0]};
