/* The row's routine: parameters in field order, the shard by the row's shard field, and, where the row borrows, stock
 * brought from other shards until the routine has what it needs. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "http/engine.h"
#include "observe/metrics.h"
#include "store/combine.h"
#include "store/escrow.h"

enum { BORROW_ROUNDS_MAX = 102 };

static int choose_db(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct store *store = request->context->store;
    switch (request->route->shard_by) {
    case SHARD_BY_ID:
        return store_shard_of(store, request->values[exchange->row->shard_field].number);
    case SHARD_BY_EMAIL:
        return store_shard_of(store, id_slot_of_email(request->values[exchange->row->shard_field].text));
    case SHARD_SANDBOX:
        return DB_SANDBOX;
    case SHARD_GLOBAL:
    case SHARD_ALL:
    case SHARD_NONE:
        break;
    }
    return DB_GLOBAL;
}

static bool is_nested(const struct field *field)
{
    return field->type == FIELD_OBJECT || field->type == FIELD_ARRAY;
}

static bool is_repeatable(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    int key = exchange->row->key_field, version = exchange->row->if_match_field;
    if (request->route->flags & ROUTE_REPEATABLE)
        return version < 0 || !request->values[version].present;
    return request->route->method == METHOD_GET || (key >= 0 && request->values[key].present);
}

/* The fields as the routine gets them: typed parameters, or members of an object for a routine that takes a batch. */
struct arguments {
    struct param params[CALL_PARAMS_MAX];
    struct buffer members;
};

/* One member: an id as text, a hash in hex, JSON as it is; null for what is absent, unless it is nested. */
static void put_member(struct buffer *out, const struct field *field, const struct param *param)
{
    if (param->type == PARAM_NULL && is_nested(field))
        return;
    buffer_puts(out, out->len ? ",\"" : "\"");
    buffer_puts(out, field->name);
    buffer_puts(out, "\":");
    const bool is_id = field->type == FIELD_ID || field->type == FIELD_NEW_ID;
    switch (param->type) {
    case PARAM_NULL:
        buffer_puts(out, "null");
        return;
    case PARAM_INT:
        buffer_printf(out, is_id ? "\"%" PRId64 "\"" : "%" PRId64, param->number);
        return;
    case PARAM_BYTES:
        buffer_puts(out, "\"");
        buffer_hex(out, param->text, param->len);
        buffer_puts(out, "\"");
        return;
    case PARAM_TEXT:
        if (is_nested(field))
            buffer_add(out, param->text, param->len);
        else
            buffer_json_string(out, param->text);
        return;
    }
}

/* How long a member usually is. */
static int length_class(const struct field *field)
{
    switch (field->type) {
    case FIELD_ID:
    case FIELD_NEW_ID:
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_SETTING:
        return 0;
    default:
        return is_nested(field) ? 2 : 1;
    }
}

/* Short members first, also those that are absent: a routine looks for each from the front of the request. */
static void put_members(struct arguments *arguments, const struct request *request)
{
    const struct route *route = request->route;
    arguments->members = buffer_in(request->arena, 1024);
    for (int length = 0; length <= 2; length++) {
        for (size_t i = 0; i < route->fields_n; i++) {
            if (length_class(&route->fields[i]) == length)
                put_member(&arguments->members, &route->fields[i], &arguments->params[i]);
        }
    }
}

static enum souk_err call_once(struct exchange *exchange, const struct arguments *arguments)
{
    struct request *request = &exchange->request;
    const struct route *route = request->route;
    if (!(route->flags & ROUTE_COMBINE))
        return request_call(request, choose_db(exchange), route->routine, arguments->params, route->fields_n,
                            is_repeatable(exchange), &request->answer);
    const struct combine_request combined = {.routine = route->routine,
                                             .fields = arguments->members.data,
                                             .fields_len = arguments->members.len,
                                             .deadline_us = request->deadline_us,
                                             .repeatable = is_repeatable(exchange)};
    return combine_call(request->context->store, choose_db(exchange), &combined, request->arena, &request->answer,
                        &request->refusal);
}

/* Calls once, and once more when the slot has just moved to another shard. */
static enum souk_err call_routine(struct exchange *exchange, const struct arguments *arguments)
{
    struct request *request = &exchange->request;
    enum souk_err err = SOUK_OK;
    for (int attempt = 0; attempt < 2; attempt++) {
        request->answer = (struct answer){.status = 0};
        request->refusal.detail[0] = '\0';
        err = call_once(exchange, arguments);
        if (err != SOUK_SLOT_MOVED)
            break;
        store_reload_slots(request->context->store);
    }
    return err;
}

/* How often it is worth borrowing: once for each line, and twice for what others took meanwhile. A row without a list has its
 * lines in the database. */
static size_t rounds_max(const struct request *request)
{
    size_t rounds = 2;
    bool listed = false;
    for (size_t i = 0; i < request->route->fields_n; i++) {
        const struct field *field = &request->route->fields[i];
        listed = listed || field->type == FIELD_ARRAY;
        if (field->type == FIELD_ARRAY) /* one that is absent may stand for lines elsewhere */
            rounds += request->values[i].json ? json_object_array_length(request->values[i].json) : (size_t)field->max;
    }
    return listed && rounds < BORROW_ROUNDS_MAX ? rounds : BORROW_ROUNDS_MAX;
}

/* One round: brings what the routine missed. */
static enum souk_err borrow(struct exchange *exchange, struct escrow_missing *missing)
{
    struct request *request = &exchange->request;
    if (!escrow_missing_read(request->refusal.detail, missing))
        return SOUK_INTERNAL;
    enum souk_err err = escrow_borrow_missing(request->context->store, request->context->ids, choose_db(exchange), missing,
                                              request->deadline_us, request->arena);
    request->refusal.detail[0] = '\0';
    if (err == SOUK_ORDER_OUT_OF_STOCK && strcmp(missing->pool, "coupon") == 0)
        return request_fail(request, SOUK_PROMOTION_EXHAUSTED, "%s", missing->code);
    if (err == SOUK_ORDER_OUT_OF_STOCK)
        return request_fail(request, err, "%" PRId64, missing->sku_id);
    return err;
}

enum souk_err routine_invoke(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    const struct route *route = request->route;
    struct arguments arguments;
    assert(route->fields_n <= CALL_PARAMS_MAX);
    if (route->shard_by == SHARD_ALL)
        return gather_invoke(exchange);
    for (size_t i = 0; i < route->fields_n; i++)
        arguments.params[i] = param_of(&route->fields[i], &request->values[i]);
    if (route->flags & ROUTE_COMBINE)
        put_members(&arguments, request);
    if (route->flags & ROUTE_COMBINE && arguments.members.failed)
        return SOUK_TOO_LARGE;
    enum souk_err err = call_routine(exchange, &arguments);
    if (!(route->flags & ROUTE_BORROWS))
        return err;
    size_t rounds = rounds_max(request);
    struct escrow_missing missing = {0};
    for (size_t round = 0; err == SOUK_STOCK_SHORT && round < rounds && clock_us() < request->deadline_us; round++) {
        err = borrow(exchange, &missing);
        if (err == SOUK_OK)
            err = call_routine(exchange, &arguments);
    }
    /* Others keep taking what was brought here: that is not "none is left". */
    return err == SOUK_STOCK_SHORT ? SOUK_UNAVAILABLE : err;
}
