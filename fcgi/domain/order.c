/* Orders: placing, reading, cancelling. Everything an order costs or may do is said by its routines. */
#include "base/config.h"
#include "domain/domains.h"
#include "domain/order_state.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/cart.h"

enum {
    ORDER_LINES_MAX = 100,
    ORDER_LINE_UNITS_MAX = 9999,
    ORDER_NOTE_CHARS_MAX = 500,
    ORDER_COUPONS_MAX = 10,
    COUPON_CHARS_MAX = 64
};

static const struct field line_fields[] = {
    {.name = "sku_id", .type = FIELD_ID, .required = true, .about = "What is bought; once in an order"},
    {.name = "qty", .type = FIELD_INT, .min = 1, .max = ORDER_LINE_UNITS_MAX, .required = true, .about = "How many units"},
};

static const struct field address_fields[] = {FIELDS_ADDRESS(true, true)};

static const struct field coupon_element[] = {{.name = "", .type = FIELD_STRING, .min = 1, .max = COUPON_CHARS_MAX}};

static const struct field place_fields[] = {
    FIELDS_NEW_ID("order_id"),
    FIELDS_ACCOUNT,
    {.name = "roles", .from = FROM_CLAIMS, .type = FIELD_INT},
    FIELDS_IDEMPOTENCY,
    {.name = "items", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = ORDER_LINES_MAX,
     .of = line_fields, .of_n = sizeof line_fields / sizeof line_fields[0], .about = "What is bought, or from_cart"},
    {.name = "from_cart", .from = FROM_BODY, .type = FIELD_BOOL,
     .about = "true: the ticked lines of your cart, which they leave with the order"},
    {.name = "cart_version", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = 9007199254740991,
     .about = "With from_cart: the version that was shown; another one is refused"},
    FIELDS_CACHED,
    {.name = "address", .from = FROM_BODY, .type = FIELD_OBJECT, .required = true, .of = address_fields,
     .of_n = sizeof address_fields / sizeof address_fields[0], .about = "Where it goes"},
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .max = ORDER_NOTE_CHARS_MAX, .nullable = true,
     .about = "What the buyer wants to say"},
    {.name = "email", .from = FROM_BODY, .type = FIELD_EMAIL, .nullable = true,
     .about = "Where to write to; a guest must give one"},
    {.name = "expected_total", .from = FROM_BODY, .type = FIELD_INT, .min = 0, .max = 9007199254740991,
     .nullable = true, .about = "The total the buyer was shown, minor units; another one is refused"},
    {.name = "shipping_method", .from = FROM_BODY, .type = FIELD_ID, .nullable = true, .about = "The usual one when absent"},
    {.name = "coupons", .from = FROM_BODY, .type = FIELD_ARRAY, .max = ORDER_COUPONS_MAX, .of = coupon_element, .of_n = 1,
     .about = "Codes; an order whose coupon does not apply is refused"},
    FIELDS_SETTING("payment_window_s", payment_window_s),
};

/* Items, or the cart as it was shown. */
static enum souk_err check_source(struct request *request, bool *from_cart)
{
    const struct value *flag = request_value(request, "from_cart");
    const bool items = request_value(request, "items")->present, version = request_value(request, "cart_version")->present;
    *from_cart = flag->present && flag->number;
    if (items == *from_cart)
        return request_fail_field(request, "items", items ? "unknown" : "required", "either items or from_cart: true");
    if (version != *from_cart)
        return request_fail_field(request, "cart_version", version ? "unknown" : "required", "goes with from_cart: true");
    return SOUK_OK;
}

/* While an order is made of a cart nobody ticks there, and what was ticked is in MySQL. */
static enum souk_err order_place(struct request *request)
{
    const struct context *context = request->context;
    struct cart cart;
    bool from_cart;
    enum souk_err err = check_source(request, &from_cart);
    if (err || !from_cart)
        return err ? err : request_invoke(request);
    if (!cart_of(context->store, context->redis, request->arena, request->claims.account_id, request->deadline_us, &cart))
        return SOUK_TOO_LARGE;
    err = cart_hold(&cart);
    if (err)
        return err;
    request_give(request, "cached", cart.cached);
    err = request_invoke(request);
    cart_release(&cart, err);
    return err;
}

#define X(name) #name,
static const char *const order_states[] = {ORDER_STATES(X) NULL};
#undef X

static const struct field list_fields[] = {
    FIELDS_ACCOUNT,
    {.name = "state", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = order_states, .about = "Only orders in this state"},
    FIELDS_PAGE,
};

static const struct field get_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order")};

static const struct field cancel_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order"),
                                             FIELDS_NEW_ID("refund_id"), FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH};

static const struct field staff_cancel_fields[] = {
    FIELDS_PATH_ID("order_id", "The order"),
    {.name = "reason", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 255, .nullable = true,
     .about = "Why; the buyer reads it"},
    FIELDS_ACCOUNT,
    FIELDS_NEW_ID("refund_id"),
    FIELDS_IDEMPOTENCY,
    FIELDS_IF_MATCH,
};

static const struct field confirm_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order"),
                                              FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH};

#define ORDER_ROW(method_, path_, fields_, routine_) \
    .method = (method_), .path = (path_), .who = ROLE_GUEST | ROLE_BUYER, FIELDS(fields_), .shard_by = SHARD_BY_ID, \
    .routine = (routine_), .name = (routine_)

static const struct route routes[] = {
    {ORDER_ROW(METHOD_POST, "/v1/orders", place_fields, "order_place"), .handle = order_place, .shard_field = "account_id",
     .flags = ROUTE_KEY_REQUIRED | ROUTE_BORROWS | ROUTE_COMBINE,
     .summary = "Place an order; its units are held until it is paid or closed",
     .status = 201, .answers = "OrderPlaced"},
    {ORDER_ROW(METHOD_GET, "/v1/orders", list_fields, "order_list"), .shard_field = "account_id",
     .summary = "Your orders, newest first", .answers = "OrderList"},
    {ORDER_ROW(METHOD_GET, "/v1/orders/{order_id}", get_fields, "order_get"), .shard_field = "order_id",
     .summary = "One of your orders", .answers = "Order"},
    {ORDER_ROW(METHOD_GET, "/v1/orders/{order_id}/events", get_fields, "order_events"), .shard_field = "order_id",
     .summary = "What happened to one of your orders, oldest first", .answers = "OrderEventList"},
    {ORDER_ROW(METHOD_POST, "/v1/orders/{order_id}/cancel", cancel_fields, "order_cancel"), .shard_field = "order_id",
     .summary = "Take an order back that is not shipped; what was paid is refunded", .answers = "Order"},
    {ORDER_ROW(METHOD_POST, "/v1/orders/{order_id}/confirm-receipt", confirm_fields, "order_confirm_receipt"),
     .shard_field = "order_id", .summary = "You have received everything: the order is completed", .answers = "Order"},
    {ORDER_ROW(METHOD_GET, "/v1/orders/{order_id}/shipments", get_fields, "order_shipments"), .shard_field = "order_id",
     .summary = "The parcels of one of your orders", .answers = "ShipmentList"},
    {.method = METHOD_POST, .path = "/v1/admin/orders/{order_id}/cancel", .who = ROLE_SUPPORT | ROLE_ADMIN,
     FIELDS(staff_cancel_fields), .shard_by = SHARD_BY_ID, .shard_field = "order_id", .routine = "order_cancel_by_staff",
     .name = "order_cancel_by_staff", .summary = "Take a buyer's order back that is not shipped; what was paid is refunded",
     .answers = "Order"},
    {.method = METHOD_POST, .path = "/v1/admin/orders/{order_id}/cancel-rest", .who = ROLE_SUPPORT | ROLE_ADMIN,
     FIELDS(staff_cancel_fields), .shard_by = SHARD_BY_ID, .shard_field = "order_id", .routine = "order_cancel_rest",
     .name = "order_cancel_rest",
     .summary = "Give up what of an order was not shipped and never can be: its units are free, what they cost goes back",
     .answers = "StaffOrder"},
};

const struct route_set order_routes = {"order", routes, sizeof routes / sizeof routes[0]};
