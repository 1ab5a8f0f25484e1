/* Flash sales as the staff schedules and watches them.
 *
 * A change commits on global with a higher version and is then applied on every shard, as with promotions (domain/promotion.c):
 * 200 (201) says that the next order knows it, 202 with "propagating" that a shard could not be reached and the worker will
 * finish. The gate has it within a second: the worker tells it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/domains.h"
#include "domain/flash_state.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/broadcast.h"

enum { SETTLE_US_MAX = 2000000, ASK_US_MIN = 200000, TITLE_CHARS_MAX = 190, UNITS_MAX = 10000000, BITS_MAX = 24 };
#define MONEY_MAX INT64_C(9007199254740991)

/* The routine has committed: tells every shard. */
static enum souk_err settle(struct request *request)
{
    const int64_t soon_us = clock_us() + SETTLE_US_MAX;
    json_object *body = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    bool everywhere = false;
    if (!body)
        return SOUK_INTERNAL;
    enum souk_err err = broadcast_settle(request->context->store, request->arena, "flash_apply",
                                         json_member_number(body, "sale_id"),
                                         soon_us < request->deadline_us ? soon_us : request->deadline_us, &everywhere);
    if (err == SOUK_OK && everywhere)
        return SOUK_OK;
    json_object_object_add(body, "propagating", json_object_new_boolean(true));
    return request_answer(request, 202, json_object_get(body));
}

/* The body as it came, every field of it validated; its routine puts it over what is usual or was there before. */
static enum souk_err change_by(struct request *request, const char *const names[], size_t n, bool with_body)
{
    struct param params[8];
    size_t len;
    const char *body = request_raw_body(request, &len);
    for (size_t i = 0; i < n; i++)
        params[i] = request_param(request, names[i]);
    if (with_body)
        params[n++] = param_text(len ? arena_printf(request->arena, "%.*s", (int)len, body) : "{}");
    const bool repeatable = request_value(request, "idempotency_key")->present;
    enum souk_err err =
        request_call(request, DB_GLOBAL, request->route->routine, params, n, repeatable, &request->answer);
    return err == SOUK_OK ? settle(request) : err;
}

static enum souk_err create(struct request *request)
{
    static const char *const names[] = {"sale_id", "account_id", "idempotency_key", "body_hash"};
    return change_by(request, names, 4, true);
}

static enum souk_err change(struct request *request)
{
    static const char *const names[] = {"sale_id", "account_id", "idempotency_key", "body_hash", "if_match"};
    return change_by(request, names, 5, true);
}

static enum souk_err cancel(struct request *request)
{
    static const char *const names[] = {"sale_id", "account_id", "idempotency_key", "body_hash", "if_match"};
    return change_by(request, names, 5, false);
}

/* The live view. */

/* Of the gate's hash, the counters whose names begin with x: are refusals. */
static json_object *gate_json(const redisReply *reply)
{
    static const char *const shown[] = {"units", "allotted", "epoch", "rate", "in", "done", "entries_per_s", "orders_per_s",
                                        "refusals_per_s"};
    json_object *gate = json_object_new_object(), *refusals = json_object_new_object();
    json_object_object_add(gate, "refusals", refusals);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        json_object_object_add(gate, shown[i], json_object_new_int(0));
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const char *name = reply->element[i]->str, *value = reply->element[i + 1]->str;
        if (strncmp(name, "x:", 2) == 0)
            json_object_object_add(refusals, name + 2, json_object_new_int64(strtoll(value, NULL, 10)));
        for (size_t k = 0; k < sizeof shown / sizeof shown[0]; k++)
            if (strcmp(name, shown[k]) == 0)
                json_object_object_add(gate, name, json_object_new_int64(strtoll(value, NULL, 10)));
    }
    return gate;
}

static json_object *count_json(const redisReply *reply)
{
    return json_object_new_int64(reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0);
}

/* What Redis knows; null when it does not answer, or has no gate that lets anybody in. */
static enum souk_err add_gate(struct request *request, json_object *view)
{
    const char *gate = arena_printf(request->arena, "souk:flash:%" PRId64, request_value(request, "sale_id")->number);
    const char *w = arena_printf(request->arena, "%s:w", gate), *a = arena_printf(request->arena, "%s:a", gate);
    const char *all[] = {"HGETALL", gate}, *waiting[] = {"ZCARD", w}, *admitted[] = {"ZCARD", a}, *run[] = {"HMGET", gate, "run"};
    const struct redis_line lines[] = {{2, all, NULL}, {2, waiting, NULL}, {2, admitted, NULL}, {3, run, NULL}};
    redisReply *replies[4];
    char run_id[GATE_RUN_BYTES];
    if (!gate || !w || !a)
        return SOUK_TOO_LARGE;
    json_object_object_add(view, "gate", NULL);
    if (gate_life(request->context->gate, request->arena, request->deadline_us, run_id) != SOUK_OK ||
        redis_pipeline(request->context->redis, request->arena, lines, 4, replies) != SOUK_OK ||
        !flash_gate_lives(replies[3], run_id) || replies[0]->type != REDIS_REPLY_ARRAY)
        return SOUK_OK;
    json_object *shown = gate_json(replies[0]);
    json_object_object_add(shown, "waiting", count_json(replies[1]));
    json_object_object_add(shown, "admitted", count_json(replies[2]));
    json_object_object_add(view, "gate", shown);
    return SOUK_OK;
}

/* Each shard's part; one that does not answer within its share of the time is null. */
static void add_shards(struct request *request, json_object *view)
{
    const int shards_n = store_shards_n(request->context->store);
    const struct param params[] = {request_param(request, "sale_id")};
    json_object *list = json_object_new_array();
    int64_t left = 0, orders = 0;
    for (int shard = 0; shard < shards_n; shard++) {
        const int64_t now_us = clock_us(), share_us = (request->deadline_us - now_us) / (shards_n - shard + 1);
        const struct call call = {"flash_shard", params, 1, now_us + (share_us > ASK_US_MIN ? share_us : ASK_US_MIN), .repeatable = true};
        struct answer answer;
        json_object *part = NULL;
        if (store_call(request->context->store, shard, &call, request->arena, &answer, NULL) == SOUK_OK)
            part = json_tokener_parse(answer.body);
        if (part) {
            json_object_object_add(part, "shard", json_object_new_int(shard));
            left += json_member_number(part, "left");
            orders += json_member_number(part, "orders");
        }
        json_object_array_add(list, part);
    }
    json_object_object_add(view, "shards", list);
    json_object_object_add(view, "left", json_object_new_int64(left));
    json_object_object_add(view, "orders", json_object_new_int64(orders));
}

static enum souk_err live(struct request *request)
{
    enum souk_err err = request_invoke(request);
    if (err != SOUK_OK)
        return err;
    json_object *view = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    if (view == NULL)
        return SOUK_INTERNAL;
    err = add_gate(request, view);
    add_shards(request, view);
    request->answer.etag = NULL;
    return err ? err : request_answer(request, 200, json_object_get(view));
}

#define BODY(name_, type_) .name = (name_), .from = FROM_BODY, .type = (type_)
#define FIELDS_SALE(must) \
    {BODY("title", FIELD_STRING), .min = 1, .max = TITLE_CHARS_MAX, .required = (must), .about = "For people, buyers too"}, \
    {BODY("price", FIELD_INT), .max = MONEY_MAX, .required = (must), .about = "Of one unit, minor units of the SKU's currency"}, \
    {BODY("units", FIELD_INT), .min = 1, .max = UNITS_MAX, .required = (must), .about = "To be sold; may only rise once it is open"}, \
    {BODY("per_account", FIELD_INT), .min = 1, .max = 1000, .about = "Units one buyer may have; 1 when absent"}, \
    {BODY("starts_at", FIELD_STRING), .min = 20, .max = 24, .required = (must), .about = "UTC, 2026-01-31T09:00:00Z"}, \
    {BODY("ends_at", FIELD_STRING), .min = 20, .max = 24, .required = (must), .about = "UTC"}, \
    {BODY("queue_opens_at", FIELD_STRING), .min = 20, .max = 24, \
     .about = "UTC: units leave the stock, the waiting room opens; ten minutes before the start when absent"}, \
    {BODY("waiting_room", FIELD_BOOL), .about = "Buyers are let in one after the other, as when absent"}, \
    {BODY("challenge_bits", FIELD_INT), .max = BITS_MAX, \
     .about = "Zero bits of a hash that joining the queue costs; 0, as when absent: no challenge"}, \
    {BODY("admit_per_s", FIELD_INT), .min = 1, .max = 100000, .about = "Buyers let in each second at most"}, \
    {BODY("attempts_per_min", FIELD_INT), .min = 6, .max = 100000, .about = "What one account may ask of the gate"}, \
    {BODY("requests_per_s", FIELD_INT), .min = 1, .max = 10000000, .about = "What all together may ask of the gate"}, \
    {BODY("orders_per_s", FIELD_INT), .min = 1, .max = 100000, .about = "Orders given to each shard at most"}

static const struct field list_fields[] = {FIELDS_PAGE};
static const struct field get_fields[] = {FIELDS_PATH_ID("sale_id", "Which")};
static const struct field create_fields[] = {
    FIELDS_NEW_ID("sale_id"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_SALE(true),
    {BODY("sku_id", FIELD_ID), .required = true, .about = "What is sold"},
};
static const struct field change_fields[] = {FIELDS_PATH_ID("sale_id", "Which"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY,
                                             FIELDS_IF_MATCH, FIELDS_SALE(false)};
static const struct field cancel_fields[] = {FIELDS_PATH_ID("sale_id", "Which"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY,
                                             FIELDS_IF_MATCH};

#define STAFF_ROW(method_, path_, fields_, routine_, handle_, name_) \
    .method = (method_), .path = "/v1/admin/flash" path_, .who = ROLE_MERCHANT | ROLE_ADMIN, FIELDS(fields_), \
    .shard_by = SHARD_GLOBAL, .routine = (routine_), .handle = (handle_), .name = (name_)

static const struct route routes[] = {
    {STAFF_ROW(METHOD_POST, "", create_fields, "flash_create", create, "flash_create"), .shard_field = "sku_id",
     .summary = "Schedule a flash sale; 202 while a shard has yet to hear of it",
     .flags = ROUTE_PROPAGATES, .status = 201, .answers = "FlashSale"},
    {STAFF_ROW(METHOD_GET, "", list_fields, "flash_list", NULL, "flash_list"), .summary = "Flash sales, newest first",
     .answers = "FlashSaleList"},
    {STAFF_ROW(METHOD_GET, "/{sale_id}", get_fields, "flash_get", NULL, "flash_get"), .summary = "A flash sale",
     .answers = "FlashSale"},
    {STAFF_ROW(METHOD_PATCH, "/{sale_id}", change_fields, "flash_change", change, "flash_change"),
     .summary = "Change a flash sale; its limits also while it is open", .flags = ROUTE_PROPAGATES, .answers = "FlashSale"},
    {STAFF_ROW(METHOD_POST, "/{sale_id}/cancel", cancel_fields, "flash_cancel", cancel, "flash_cancel"),
     .summary = "Call a flash sale off; orders it has already stay", .flags = ROUTE_PROPAGATES, .answers = "FlashSale"},
    {STAFF_ROW(METHOD_GET, "/{sale_id}/live", get_fields, "flash_get", live, "flash_live"),
     .summary = "A flash sale as it runs: its gate and every shard's part", .answers = "FlashLive"},
};

const struct route_set flash_admin_routes = {"flash_admin", routes, sizeof routes / sizeof routes[0]};
