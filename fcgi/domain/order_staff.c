/* Orders as staff see them: looking for them on all shards, holding them back, letting them go, paid past the providers. */
#include "base/clock.h"
#include "base/json.h"
#include "domain/domains.h"
#include "domain/order_state.h"
#include "http/fields.h"
#include "http/request.h"

enum {
    REASON_CHARS_MAX = 500,
    REFERENCE_CHARS_MAX = 64,
    UNCLAIM_US = 250000 /* beyond the deadline: nginx waits for half a second longer */
};

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
    {.name = "reference_again", .from = FROM_BODY, .type = FIELD_BOOL,
     .about = "true: this money pays other orders, too, which were marked under the same reference"},
    {.name = "used_by", .from = FROM_HANDLER, .type = FIELD_ID},
};

/* An order on this shard that the money was booked for, 0 when there is none. */
static enum souk_err used_on(struct request *request, int shard, int64_t *order_id)
{
    const struct param params[] = {request_param(request, "reference"), request_param(request, "order_id")};
    struct answer answer;
    enum souk_err err = request_call(request, shard, "payment_reference_find", params, 2, true, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    *order_id = json_member_number(body, "order_id");
    return SOUK_OK;
}

/* Writes down on the order's shard that this request claims the reference for it, or no longer does. */
static enum souk_err claim(struct request *request, const char *routine, int64_t deadline_us)
{
    const struct param params[] = {request_param(request, "reference"), request_param(request, "order_id"),
                                   request_param(request, "payment_id")};
    const struct call call = {routine, params, 3, deadline_us, .repeatable = true};
    struct answer answer;
    return store_call_home(request->context->store, request_value(request, "order_id")->number, &call, request->arena,
                           &answer, NULL);
}

/* A reference names one payment: unless it is said to be for several orders, it is looked for on every shard. The order
 * claims it first, so that of several that are marked at once none is overlooked. */
static enum souk_err mark_paid(struct request *request)
{
    if (request_value(request, "reference_again")->number)
        return request_invoke(request);
    const int shards_n = store_shards_n(request->context->store);
    int64_t used_by = 0;
    enum souk_err err = claim(request, "payment_claim_make", request->deadline_us);
    for (int shard = 0; err == SOUK_OK && used_by == 0 && shard < shards_n; shard++)
        err = used_on(request, shard, &used_by);
    if (used_by != 0)
        request_give(request, "used_by", used_by);
    const bool looked = err == SOUK_OK;
    if (looked)
        err = request_invoke(request);
    /* what became of a call without an answer is not known: its claim stands for as long as the order waits */
    if (err != SOUK_OK && !(looked && err == SOUK_TIMEOUT))
        (void)!claim(request, "payment_claim_drop", clock_us() + UNCLAIM_US);
    return err;
}

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
     .flags = ROUTE_KEY_REQUIRED, .handle = mark_paid, .summary = "All that an order asks for came past the providers: by bank transfer, in cash",
     .answers = "StaffOrder"},
};

const struct route_set order_staff_routes = {"order", routes, sizeof routes / sizeof routes[0]};
