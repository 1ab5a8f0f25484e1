/* Goods received and transfers finished. See goods.h. */
#include "store/goods.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/combine.h"
#include "store/soldout.h"

enum {
    FROM_OUTSIDE = -1,
    PARTS_SMALL = 4,
    ANSWER_US = 300000 /* of the caller's time, kept for saying what became of the receipt */
};

static enum souk_err finish_at(struct store *store, struct arena *arena, const struct transfer *transfer,
                               const char *routine, int64_t deadline_us)
{
    const struct param params[] = {param_int(transfer->transfer_id)};
    const struct call call = {routine, params, 1, deadline_us, .repeatable = true};
    struct answer answer;
    const int db = transfer->from == FROM_OUTSIDE ? DB_GLOBAL : transfer->from;
    return store_call(store, db, &call, arena, &answer, NULL);
}

enum souk_err transfer_finish(struct store *store, struct arena *arena, const struct transfer *transfer,
                              int64_t deadline_us)
{
    const struct param params[] = {
        param_int(transfer->transfer_id), param_int(transfer->from), param_int(transfer->sku_id),
        param_text(transfer->pool),       param_int(transfer->qty),  param_text(transfer->reference),
    };
    const struct call call = {"stock_receive", params, sizeof params / sizeof params[0], deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(store, transfer->to, &call, arena, &answer, NULL);
    if (err == SOUK_STOCK_REFUSED && transfer->from != FROM_OUTSIDE)
        return finish_at(store, arena, transfer, "stock_return", deadline_us);
    if (err != SOUK_OK)
        return err;
    if (transfer->from != FROM_OUTSIDE)
        return finish_at(store, arena, transfer, "stock_settle", deadline_us);
    soldout_clear(store_soldout(store), arena, transfer->sku_id, transfer->pool);
    return finish_at(store, arena, transfer, "goods_settle", deadline_us);
}

static enum souk_err add_part(struct id_maker *ids, json_object *parts, int64_t sku_id, int shard, int64_t qty)
{
    int64_t transfer_id;
    enum souk_err err = id_make(ids, id_slot(sku_id), &transfer_id);
    if (err != SOUK_OK)
        return err;
    json_object *part = json_object_new_object();
    json_object_object_add(part, "transfer_id", json_object_new_int64(transfer_id));
    json_object_object_add(part, "shard", json_object_new_int(shard));
    json_object_object_add(part, "qty", json_object_new_int64(qty));
    json_object_array_add(parts, part);
    return SOUK_OK;
}

enum souk_err goods_deal(struct store *store, struct id_maker *ids, struct arena *arena, const struct goods *goods,
                         const char **parts)
{
    const int shards_n = store_shards_n(store), home = store_shard_of(store, goods->sku_id);
    const int64_t each = goods->qty < PARTS_SMALL * (int64_t)shards_n ? 0 : goods->qty / shards_n;
    json_object *list = arena_own(arena, json_object_new_array(), json_release);
    if (list == NULL)
        return SOUK_TOO_LARGE;
    enum souk_err err = SOUK_OK;
    for (int shard = 0; err == SOUK_OK && shard < shards_n; shard++) {
        const int64_t qty = each + (shard == home ? goods->qty - each * shards_n : 0);
        if (qty > 0)
            err = add_part(ids, list, goods->sku_id, shard, qty);
    }
    *parts = json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN);
    return err;
}

/* The receipt and its parts. */
static enum souk_err record(struct store *store, struct id_maker *ids, struct arena *arena, const struct goods *goods,
                            int64_t deadline_us, struct answer *answer)
{
    int64_t receipt_id;
    const char *parts;
    enum souk_err err = id_make(ids, id_slot(goods->sku_id), &receipt_id);
    if (err == SOUK_OK)
        err = goods_deal(store, ids, arena, goods, &parts);
    if (err != SOUK_OK)
        return err;
    struct buffer fields = buffer_in(arena, 512);
    buffer_printf(&fields, "\"receipt_id\":\"%" PRId64 "\",\"reference\":", receipt_id);
    buffer_json_string(&fields, goods->reference);
    buffer_printf(&fields, ",\"sku_id\":\"%" PRId64 "\",\"qty\":%" PRId64 ",\"parts\":", goods->sku_id, goods->qty);
    buffer_puts(&fields, parts);
    const struct combine_request request = {.routine = "goods_receive", .fields = fields.data, .fields_len = fields.len,
                                            .deadline_us = deadline_us, .repeatable = true};
    return fields.failed ? SOUK_TOO_LARGE : combine_call(store, DB_GLOBAL, &request, arena, answer, NULL);
}

/* Brings what is in flight to its shards. A shard that cannot be reached in time gets its part from the worker. */
static void bring(struct store *store, struct arena *arena, json_object *receipt, int64_t deadline_us)
{
    json_object *transfers = json_member_array(receipt, "transfers");
    for (size_t i = 0; transfers && i < json_object_array_length(transfers); i++) {
        json_object *part = json_object_array_get_idx(transfers, i);
        const char *state = json_member_text(part, "state");
        if (state == NULL || strcmp(state, "in_flight") != 0)
            continue;
        const struct transfer transfer = {
            .transfer_id = json_member_number(part, "transfer_id"),
            .from = FROM_OUTSIDE,
            .to = (int)json_member_number(part, "shard"),
            .sku_id = json_member_number(receipt, "sku_id"),
            .pool = "main",
            .qty = json_member_number(part, "qty"),
            .reference = json_member_text(receipt, "reference"),
        };
        enum souk_err err = transfer_finish(store, arena, &transfer, deadline_us);
        if (err != SOUK_OK)
            log_warn("goods transfer %" PRId64 " to shard %d waits for the worker: %s", transfer.transfer_id, transfer.to,
                     error_row(err)->code);
    }
}

enum souk_err goods_place(struct store *store, struct arena *arena, int64_t deadline_us, struct answer *answer)
{
    json_object *receipt = arena_own(arena, json_tokener_parse(answer->body), json_release);
    if (receipt == NULL)
        return SOUK_INTERNAL;
    bring(store, arena, receipt, deadline_us - ANSWER_US);

    const struct param params[] = {param_int(json_member_number(receipt, "receipt_id"))};
    const struct call call = {"goods_get", params, 1, deadline_us, .repeatable = true};
    return store_call(store, DB_GLOBAL, &call, arena, answer, NULL);
}

enum souk_err stock_distribute(struct store *store, struct id_maker *ids, struct arena *arena, int64_t sku_id, int64_t qty,
                               const char *reference, int64_t deadline_us)
{
    const struct goods goods = {sku_id, qty, reference};
    struct answer answer;
    enum souk_err err = record(store, ids, arena, &goods, deadline_us, &answer);
    return err ? err : goods_place(store, arena, deadline_us, &answer);
}
