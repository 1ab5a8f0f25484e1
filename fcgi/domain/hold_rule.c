/* Rules that hold orders: above which total, in each currency, an order that is paid waits until somebody has looked at it.
 *
 * A change commits on global and is then applied on every shard, as with promotions (domain/promotion.c): 200 says that the
 * next order that is paid meets it, 202 with "propagating" that a shard could not be reached and the worker will finish.
 */
#include "base/clock.h"
#include "base/json.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/broadcast.h"

enum { SETTLE_US_MAX = 2000000 };
#define MONEY_MAX INT64_C(9007199254740991)

/* A rule's number in broadcast, as hold_rule_put makes it; the routine has checked that there are three letters. */
static int64_t rule_number(const char *currency)
{
    return (int64_t)currency[0] << 16 | (int64_t)currency[1] << 8 | (int64_t)currency[2];
}

static enum souk_err put(struct request *request)
{
    const struct param params[] = {
        request_param(request, "currency"), request_param(request, "account_id"), request_param(request, "idempotency_key"),
        request_param(request, "body_hash"), request_param(request, "if_match"), request_param(request, "above"),
    };
    const bool repeatable = request_value(request, "idempotency_key")->present;
    enum souk_err err = request_call(request, DB_GLOBAL, request->route->routine, params, sizeof params / sizeof params[0],
                                     repeatable, &request->answer);
    if (err != SOUK_OK)
        return err;
    const int64_t soon_us = clock_us() + SETTLE_US_MAX;
    bool everywhere = false;
    err = broadcast_settle(request->context->store, request->arena, "hold_rule_apply",
                           rule_number(request_value(request, "currency")->text),
                           soon_us < request->deadline_us ? soon_us : request->deadline_us, &everywhere);
    if (err == SOUK_OK && everywhere)
        return SOUK_OK;
    json_object *body = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    if (!body)
        return SOUK_INTERNAL;
    json_object_object_add(body, "propagating", json_object_new_boolean(true));
    return request_answer(request, 202, json_object_get(body));
}

static const struct field put_fields[] = {
    {.name = "currency", .from = FROM_PATH, .type = FIELD_LETTERS, .max = 3, .required = true, .about = "ISO 4217"},
    FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH,
    {.name = "above", .from = FROM_BODY, .type = FIELD_INT, .min = 0, .max = MONEY_MAX, .required = true, .nullable = true,
     .about = "Minor units; an order whose total is more is held; null: none is"},
};

static const struct route rows[] = {
    {.method = METHOD_GET, .path = "/v1/admin/hold-rules", .who = ROLE_SUPPORT | ROLE_ADMIN, .shard_by = SHARD_GLOBAL,
     .routine = "hold_rule_list", .name = "hold_rule_list", .summary = "Above which totals orders are held when they are paid",
     .answers = "HoldRuleList"},
    {.method = METHOD_PUT, .path = "/v1/admin/hold-rules/{currency}", .who = ROLE_ADMIN, FIELDS(put_fields),
     .shard_by = SHARD_GLOBAL, .routine = "hold_rule_put", .handle = put, .name = "hold_rule_put",
     .summary = "Hold orders of a currency above a total when they are paid, or none; 202 while a shard has yet to hear of it",
     .flags = ROUTE_PROPAGATES, .answers = "HoldRule"},
};

const struct route_set hold_rule_routes = {"hold_rule", rows, sizeof rows / sizeof rows[0]};
