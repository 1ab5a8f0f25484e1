/* Stock: goods received, and where every unit of a SKU is. */
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/goods.h"

enum { RECEIPT_UNITS_MAX = 1000000000, REFERENCE_CHARS_MAX = 190 };

static enum souk_err stock_receipt(struct request *request)
{
    const struct goods goods = {
        .sku_id = request_value(request, "sku_id")->number,
        .qty = request_value(request, "qty")->number,
        .reference = request_value(request, "reference")->text,
    };
    return goods_receive(request->context->store, request->context->ids, request->arena, &goods, request->deadline_us,
                         &request->answer, &request->refusal);
}

static void add_to(json_object *totals, const char *name, int64_t units)
{
    json_object_object_add(totals, name, json_object_new_int64(json_member_number(totals, name) + units));
}

/* Adds one shard's pools to the totals and the list. */
static enum souk_err add_shard(json_object *stock, json_object *shards, int shard, const char *body)
{
    static const char *const sums[] = {"on_hand", "reserved", "available", "in_flight"};
    json_object *answer = json_tokener_parse(body), *pools = json_member_array(answer, "pools");
    if (pools == NULL) {
        json_object_put(answer);
        return SOUK_INTERNAL;
    }
    for (size_t i = 0; i < json_object_array_length(pools); i++)
        for (size_t j = 0; j < sizeof sums / sizeof sums[0]; j++)
            add_to(stock, sums[j], json_member_number(json_object_array_get_idx(pools, i), sums[j]));
    json_object_object_add(answer, "shard", json_object_new_int(shard));
    json_object_array_add(shards, answer);
    return SOUK_OK;
}

/* What came from outside, and what of it no shard has yet. */
static enum souk_err add_goods(struct request *request, json_object *stock)
{
    const struct param params[] = {request_param(request, "sku_id")};
    struct answer answer;
    enum souk_err err = request_call(request, DB_GLOBAL, "goods_stock", params, 1, true, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *goods = json_tokener_parse(answer.body);
    add_to(stock, "received", json_member_number(goods, "received"));
    add_to(stock, "in_flight", json_member_number(goods, "in_flight"));
    json_object_put(goods);
    return SOUK_OK;
}

static enum souk_err stock_show(struct request *request)
{
    static const char *const names[] = {"received", "on_hand", "reserved", "available", "in_flight"};
    const struct param params[] = {request_param(request, "sku_id")};
    json_object *stock = json_object_new_object(), *shards = json_object_new_array();
    char sku_id[24];
    snprintf(sku_id, sizeof sku_id, "%" PRId64, params[0].number);
    json_object_object_add(stock, "sku_id", json_object_new_string(sku_id));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add_to(stock, names[i], 0);
    json_object_object_add(stock, "shards", shards);

    enum souk_err err = add_goods(request, stock);
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(request->context->store); shard++) {
        struct answer answer;
        err = request_call(request, shard, "stock_get", params, 1, true, &answer);
        if (err == SOUK_OK)
            err = add_shard(stock, shards, shard, answer.body);
    }
    if (err != SOUK_OK) {
        json_object_put(stock);
        return err;
    }
    return request_answer(request, 200, stock);
}

static const struct field receipt_fields[] = {
    {.name = "sku_id", .from = FROM_BODY, .type = FIELD_ID, .required = true, .about = "What came"},
    {.name = "qty", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = RECEIPT_UNITS_MAX, .required = true,
     .about = "How many units came"},
    {.name = "reference", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REFERENCE_CHARS_MAX, .required = true,
     .about = "Your own number of the delivery; the same one again is received once"},
};

static const struct field show_fields[] = {FIELDS_PATH_ID("sku_id", "The SKU")};

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/admin/stock/receipts", .who = ROLE_MERCHANT | ROLE_ADMIN, FIELDS(receipt_fields),
     .shard_by = SHARD_NONE, .handle = stock_receipt, .name = "stock_receipt",
     .summary = "Receive goods; 202 while some units are on their way to a shard", .answers = "StockReceipt"},
    {.method = METHOD_GET, .path = "/v1/admin/stock/{sku_id}", .who = ROLE_MERCHANT | ROLE_ADMIN, FIELDS(show_fields),
     .shard_by = SHARD_NONE, .handle = stock_show, .name = "stock_show", .summary = "Where every unit of a SKU is",
     .answers = "Stock"},
};

const struct route_set stock_routes = {"stock", routes, sizeof routes / sizeof routes[0]};
