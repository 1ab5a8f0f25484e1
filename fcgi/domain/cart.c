/* Carts: lines in MySQL, ticks in Redis (store/cart.h). What they cost and what may be in them is said by the routines.
 *
 * Every change says what is to be, not by how much: repeating it changes nothing, and no Idempotency-Key is needed.
 */
#include "base/text.h"
#include "domain/domains.h"
#include "guard/guest.h"
#include "http/fields.h"
#include "http/request.h"

enum { CART_QTY_MAX = 999 };

#define FIELDS_ROLES {.name = "roles", .from = FROM_CLAIMS, .type = FIELD_INT}

/* The caller's cart. */
static enum souk_err open_cart(struct request *request, struct cart *cart)
{
    const struct context *context = request->context;
    if (!cart_of(context->store, context->redis, request->arena, request->claims.account_id, request->deadline_us, cart))
        return SOUK_TOO_LARGE;
    cart->refusal = &request->refusal;
    return SOUK_OK;
}

static const struct field get_fields[] = {FIELDS_ACCOUNT};

static enum souk_err cart_get(struct request *request)
{
    struct cart cart;
    enum souk_err err = open_cart(request, &cart);
    return err ? err : cart_show(&cart, &request->answer);
}

/* ---- lines ---- */

static const struct field put_fields[] = {
    FIELDS_ACCOUNT,
    FIELDS_ROLES,
    FIELDS_PATH_ID("sku_id", "What is wanted"),
    {.name = "qty", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = CART_QTY_MAX, .required = true,
     .about = "How many units are in the cart then"},
    FIELDS_IF_MATCH,
    FIELDS_CACHED,
};

static const struct field remove_fields[] = {FIELDS_ACCOUNT, FIELDS_ROLES,
                                             FIELDS_PATH_ID("sku_id", "What is wanted no more"), FIELDS_IF_MATCH,
                                             FIELDS_CACHED};

static const struct field clear_fields[] = {FIELDS_ACCOUNT, FIELDS_ROLES, FIELDS_IF_MATCH, FIELDS_CACHED};

/* The row's routine, while the cart is held. */
static enum souk_err cart_change(struct request *request)
{
    struct cart cart;
    enum souk_err err = open_cart(request, &cart);
    if (!err)
        err = cart_hold(&cart);
    if (err)
        return err;
    request_give(request, "cached", cart.cached);
    err = request_invoke(request);
    cart_release(&cart, err);
    return err;
}

/* ---- ticks ---- */

static const struct field sku_id_field[] = {{.name = "", .type = FIELD_ID}};

static const struct field select_fields[] = {
    FIELDS_ACCOUNT,
    FIELDS_ROLES,
    {.name = "sku_ids", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = CART_LINES_MAX, .of = sku_id_field,
     .of_n = 1, .about = "These lines"},
    {.name = "all", .from = FROM_BODY, .type = FIELD_BOOL, .about = "true: every line"},
    {.name = "ticked", .from = FROM_BODY, .type = FIELD_BOOL, .required = true,
     .about = "true: an order from the cart takes them; false: it leaves them"},
    FIELDS_IF_MATCH,
    FIELDS_CACHED,
};

/* sku_ids or all, and not both. */
static enum souk_err read_tick(struct request *request, int64_t sku_ids[CART_LINES_MAX], struct cart_tick *out)
{
    const struct value *list = request_value(request, "sku_ids"), *all = request_value(request, "all");
    const struct value *if_match = request_value(request, "if_match");
    const bool every = all->present && all->number;
    if (list->present == every)
        return request_fail_field(request, list->present ? "all" : "sku_ids", list->present ? "unknown" : "required",
                                  "either sku_ids or all: true");
    *out = (struct cart_tick){.sku_ids = sku_ids,
                              .n = list->present ? json_object_array_length(list->json) : 0,
                              .ticked = request_value(request, "ticked")->number != 0,
                              .if_match = if_match->present ? &if_match->number : NULL};
    for (size_t i = 0; i < out->n; i++) {
        json_object *id = json_object_array_get_idx(list->json, i);
        if (!text_int64(json_object_get_string(id), (size_t)json_object_get_string_len(id), &sku_ids[i]))
            return SOUK_INTERNAL;
    }
    return SOUK_OK;
}

static enum souk_err cart_selection(struct request *request)
{
    struct cart cart;
    struct cart_tick tick;
    int64_t sku_ids[CART_LINES_MAX];
    enum souk_err err = read_tick(request, sku_ids, &tick);
    if (!err)
        err = open_cart(request, &cart);
    if (!err)
        err = cart_tick(&cart, &tick, &request->answer);
    return err == SOUK_NOT_FOUND ? cart_change(request) : err;
}

/* ---- a guest's cart ---- */

static const struct field merge_fields[] = {
    FIELDS_ACCOUNT,
    {.name = "guest_token", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TOKEN_TEXT_MAX - 1,
     .required = true, .about = "Access token of the guest whose cart comes into yours"},
};

/* A token that will never open a guest's cart is refused: "kept" asks for another try. */
static enum souk_err check_guest(struct request *request, const char *token)
{
    int64_t guest_id;
    enum souk_err err = guest_read(request->context->keys, token, &guest_id);
    if (err == SOUK_OK)
        return err;
    return request_fail_field(request, "guest_token", "format", "%s",
                              err == SOUK_FORBIDDEN       ? "is an account's access token, not a guest's"
                              : err == SOUK_TOKEN_EXPIRED ? "has expired, and its cart is gone"
                                                          : "is not an access token of a guest");
}

static enum souk_err cart_merge_guest(struct request *request)
{
    const struct context *context = request->context;
    const char *token = request_value(request, "guest_token")->text, *what;
    enum souk_err err = check_guest(request, token);
    if (err != SOUK_OK)
        return err;
    guest_cart_take(context->keys, context->store, context->redis, context->ids, request->arena, token,
                    request->claims.account_id, request->deadline_us, &what);
    json_object *body = json_object_new_object();
    json_object_object_add(body, "guest_cart", json_object_new_string(what));
    return request_answer(request, 200, body);
}

#define CART_ROW(method_, path_, fields_, handle_) \
    .method = (method_), .path = (path_), .who = ROLE_GUEST | ROLE_BUYER, FIELDS(fields_), .handle = (handle_)

/* Changes of carts that arrive together are one call. */
#define CART_CHANGES(routine_) \
    .shard_by = SHARD_BY_ID, .shard_field = "account_id", .routine = (routine_), .flags = ROUTE_COMBINE | ROUTE_REPEATABLE

static const struct route routes[] = {
    {CART_ROW(METHOD_GET, "/v1/cart", get_fields, cart_get), .name = "cart_get",
     .summary = "Your cart, with the prices of now", .answers = "Cart"},
    {CART_ROW(METHOD_DELETE, "/v1/cart", clear_fields, cart_change), CART_CHANGES("cart_remove"), .name = "cart_clear",
     .summary = "Empty your cart", .answers = "CartState"},
    {CART_ROW(METHOD_PUT, "/v1/cart/items/{sku_id}", put_fields, cart_change), CART_CHANGES("cart_put"), .name = "cart_put",
     .summary = "Put a SKU into your cart, or change how many units of it are there", .answers = "CartLinePut"},
    {CART_ROW(METHOD_DELETE, "/v1/cart/items/{sku_id}", remove_fields, cart_change), CART_CHANGES("cart_remove"),
     .name = "cart_remove", .summary = "Take a SKU out of your cart", .answers = "CartState"},
    {CART_ROW(METHOD_POST, "/v1/cart/selection", select_fields, cart_selection), CART_CHANGES("cart_select"),
     .name = "cart_selection", .summary = "Tick lines of your cart, or take their ticks away", .answers = "CartTicked"},
    {.method = METHOD_POST, .path = "/v1/cart/merge", .who = ROLE_BUYER, FIELDS(merge_fields), .handle = cart_merge_guest,
     .name = "cart_merge", .summary = "Bring a guest's cart into yours", .answers = "CartMerge"},
};

const struct route_set cart_routes = {"cart", routes, sizeof routes / sizeof routes[0]};
