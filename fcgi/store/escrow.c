/* Borrowing stock from other shards. See escrow.h. */
#include "store/escrow.h"

#include <json-c/json.h>

#include "observe/log.h"
#include "observe/metrics.h"

/* One borrowing under way. */
struct borrowing {
    struct store *store;
    struct id_maker *ids;
    struct arena *arena;
    int64_t deadline_us;
    int shard; /* the borrower */
    int64_t sku_id;
    const char *pool;
    int64_t missing; /* units still wanted */
    bool unsure;     /* a donor did not answer, or units are under way: "there are none" cannot be said */
};

static enum souk_err call_shard(struct borrowing *borrowing, int shard, const char *routine, const struct param *params,
                                size_t params_n, struct answer *answer)
{
    struct call call = {routine, params, params_n, borrowing->deadline_us, .repeatable = true}; /* by the transfer's id */
    return store_call(borrowing->store, shard, &call, borrowing->arena, answer, NULL);
}

static int64_t number_in(struct json_object *body, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(body, name, &value) ? json_object_get_int64(value) : 0;
}

/* Units leave the donor: *lent of them, 0 when it has none to spare. */
static enum souk_err lend(struct borrowing *borrowing, int donor, int64_t transfer_id, int64_t *lent)
{
    struct param params[] = {param_int(transfer_id), param_int(borrowing->shard), param_int(borrowing->sku_id),
                             param_text(borrowing->pool), param_int(borrowing->missing)};
    struct answer answer;
    *lent = 0;
    enum souk_err err = call_shard(borrowing, donor, "stock_lend", params, 5, &answer);
    if (err)
        return err;
    struct json_object *body = json_tokener_parse(answer.body);
    *lent = number_in(body, "lent");
    if (number_in(body, "in_flight") > 0)
        borrowing->unsure = true;
    json_object_put(body);
    return SOUK_OK;
}

/* They arrive here; then the donor may forget them. What fails after they left is finished by the worker. */
static enum souk_err receive(struct borrowing *borrowing, int donor, int64_t transfer_id, int64_t lent)
{
    struct param params[] = {param_int(transfer_id), param_int(donor),  param_int(borrowing->sku_id),
                             param_text(borrowing->pool), param_int(lent), param_null()};
    struct answer answer;
    enum souk_err err = call_shard(borrowing, borrowing->shard, "stock_receive", params, 6, &answer);
    if (err)
        return err;
    if (call_shard(borrowing, donor, "stock_settle", params, 1, &answer) != SOUK_OK)
        log_info("transfer %lld is not settled at shard %d yet", (long long)transfer_id, donor);
    return SOUK_OK;
}

static void borrow_from(struct borrowing *borrowing, int donor)
{
    int64_t transfer_id;
    int64_t lent = 0;
    enum souk_err err = id_make(borrowing->ids, id_slot(borrowing->sku_id), &transfer_id);
    if (err == SOUK_OK)
        err = lend(borrowing, donor, transfer_id, &lent);
    if (err == SOUK_OK && lent > 0)
        err = receive(borrowing, donor, transfer_id, lent);
    if (err == SOUK_OK)
        borrowing->missing -= lent;
    else
        borrowing->unsure = true;
}

enum souk_err escrow_borrow(struct store *store, struct id_maker *ids, int shard, int64_t sku_id, const char *pool,
                            int64_t units, int64_t deadline_us, struct arena *arena)
{
    struct borrowing borrowing = {
        .store = store,
        .ids = ids,
        .arena = arena,
        .deadline_us = deadline_us,
        .shard = shard,
        .sku_id = sku_id,
        .pool = pool,
        .missing = units,
    };
    metrics_add(METRIC_ESCROW_BORROWS, 1);
    int home = store_shard_of(store, sku_id);
    int shards_n = store_shards_n(store);
    for (int i = 0; i < shards_n && borrowing.missing > 0; i++) {
        int donor = (home + i) % shards_n;
        if (donor != shard)
            borrow_from(&borrowing, donor);
    }
    if (borrowing.missing <= 0)
        return SOUK_OK;
    return borrowing.unsure ? SOUK_UNAVAILABLE : SOUK_ORDER_OUT_OF_STOCK;
}
