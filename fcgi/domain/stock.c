/* Stock: goods received, corrections, and where every unit of a SKU is. */
#include "domain/domains.h"
#include "domain/stock_view.h"
#include "http/fields.h"
#include "store/correction.h"
#include "store/goods.h"

enum { RECEIPT_UNITS_MAX = 1000000000, REFERENCE_CHARS_MAX = 190 };

static enum souk_err stock_receipt(struct request *request)
{
    const struct goods goods = {
        .sku_id = request_value(request, "sku_id")->number,
        .qty = request_value(request, "qty")->number,
        .reference = request_value(request, "reference")->text,
    };
    const struct context *context = request->context;
    const char *parts;
    enum souk_err err = goods_deal(context->store, context->ids, request->arena, &goods, &parts);
    if (err)
        return err;
    request_give_text(request, "parts", parts);
    err = request_invoke(request);
    return err ? err : goods_place(context->store, request->arena, request->deadline_us, &request->answer);
}

static enum souk_err stock_correction(struct request *request)
{
    const struct correction correction = {
        .account_id = request_param(request, "account_id"),
        .idempotency_key = request_param(request, "idempotency_key"),
        .body_hash = request_param(request, "body_hash"),
        .sku_id = request_value(request, "sku_id")->number,
        .qty = request_value(request, "qty")->number,
        .reason = request_param(request, "reason"),
        .reference = request_param(request, "reference"),
    };
    if (correction.qty == 0)
        return request_fail_field(request, "qty", "range", "Must not be 0");
    enum souk_err err = correction_make(request->context->store, request->context->ids, request->arena, &correction,
                                        request->deadline_us, &request->answer, &request->refusal);
    return err == SOUK_STOCK_RESERVED ? request_fail(request, err, "%s", request->refusal.detail) : err;
}

static const struct field receipt_fields[] = {
    FIELDS_NEW_ID("receipt_id"),
    {.name = "sku_id", .from = FROM_BODY, .type = FIELD_ID, .required = true, .about = "What came"},
    {.name = "qty", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = RECEIPT_UNITS_MAX, .required = true,
     .about = "How many units came"},
    {.name = "reference", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REFERENCE_CHARS_MAX, .required = true,
     .about = "Your own number of the delivery; the same one again is received once"},
    {.name = "parts", .from = FROM_HANDLER, .type = FIELD_ARRAY},
};

static const struct field correction_fields[] = {
    FIELDS_ACCOUNT,
    FIELDS_IDEMPOTENCY,
    {.name = "sku_id", .from = FROM_BODY, .type = FIELD_ID, .required = true, .about = "What was counted"},
    {.name = "qty", .from = FROM_BODY, .type = FIELD_INT, .min = -RECEIPT_UNITS_MAX, .max = RECEIPT_UNITS_MAX,
     .required = true, .about = "Units more (positive) or fewer (negative) than the books say; not 0"},
    {.name = "reason", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REFERENCE_CHARS_MAX, .required = true,
     .about = "Why, for people"},
    {.name = "reference", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = REFERENCE_CHARS_MAX,
     .about = "Your own number of the count"},
};

static const struct field movements_fields[] = {
    FIELDS_PATH_ID("sku_id", "The SKU"),
    {.name = "pool", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 16, .about = "main when absent"},
    FIELDS_PAGE,
};

static const struct field show_fields[] = {FIELDS_PATH_ID("sku_id", "The SKU")};

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/admin/stock/receipts", .who = ROLE_MERCHANT | ROLE_ADMIN, FIELDS(receipt_fields),
     .shard_by = SHARD_GLOBAL, .shard_field = "sku_id", .routine = "goods_receive", .handle = stock_receipt,
     .flags = ROUTE_COMBINE | ROUTE_REPEATABLE | ROUTE_PROPAGATES, .name = "stock_receipt",
     .summary = "Receive goods; 202 while some units are on their way to a shard", .status = 201, .answers = "StockReceipt"},
    {.method = METHOD_GET, .path = "/v1/admin/stock/{sku_id}", .who = ROLE_MERCHANT | ROLE_ADMIN, FIELDS(show_fields),
     .shard_by = SHARD_NONE, .handle = stock_show, .name = "stock_show", .summary = "Where every unit of a SKU is",
     .answers = "Stock"},
    {.method = METHOD_POST, .path = "/v1/admin/stock/corrections", .who = ROLE_MERCHANT | ROLE_ADMIN,
     FIELDS(correction_fields), .shard_by = SHARD_NONE, .handle = stock_correction, .flags = ROUTE_KEY_REQUIRED,
     .name = "stock_correction", .summary = "Correct stock after a count; never below what orders hold",
     .status = 201, .answers = "StockCorrection"},
    {.method = METHOD_GET, .path = "/v1/admin/stock/{sku_id}/movements", .who = ROLE_MERCHANT | ROLE_ADMIN,
     FIELDS(movements_fields), .shard_by = SHARD_NONE, .handle = stock_movements, .name = "stock_movements",
     .summary = "Why units of a SKU changed, on all shards, newest order or transfer first",
     .answers = "StockMovementList"},
};

const struct route_set stock_routes = {"stock", routes, sizeof routes / sizeof routes[0]};
