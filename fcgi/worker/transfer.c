/* Transfers between shards that stopped half way. See transfer.h. */
#include "worker/transfer.h"

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/goods.h"

enum { BATCH = 100, AGE_S_MIN = 2, EVERY_MS = 1000, IDLE_MS = 2000 };

static enum souk_err finish(struct job_run *run, json_object *item, int from)
{
    const struct transfer transfer = {
        .transfer_id = json_member_number(item, "transfer_id"),
        .from = from,
        .to = (int)json_member_number(item, "to"),
        .sku_id = json_member_number(item, "sku_id"),
        .pool = json_member_text(item, "pool"),
        .qty = json_member_number(item, "qty"),
        .reference = json_member_text(item, "reference"),
    };
    return transfer_finish(run->context->store, run->arena, &transfer, run->deadline_us);
}

enum souk_err transfer_sweep(struct job_run *run, const char *routine, int from, bool *found)
{
    const struct param params[] = {param_int(BATCH)};
    const struct call call = {routine, params, 1, run->deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(run->context->store, run->shard, &call, run->arena, &answer, NULL), first = SOUK_OK;
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(run->arena, json_tokener_parse(answer.body), json_release);
    json_object *items = json_member_array(body, "items");
    const size_t n = items ? json_object_array_length(items) : 0;
    size_t finished = 0;
    run->worked = n > 0;
    for (size_t i = 0; i < n && !atomic_load(run->stopping) && clock_us() < run->deadline_us; i++) {
        json_object *item = json_object_array_get_idx(items, i);
        if (json_member_number(item, "age_s") < AGE_S_MIN)
            break;
        err = finish(run, item, from);
        if (err == SOUK_OK)
            finished++;
        else if (first == SOUK_OK)
            first = err;
    }
    if (finished > 0)
        log_info("%zu transfers finished that had stopped half way (%s)", finished, routine);
    *found = n == BATCH && finished > 0;
    return first;
}

static enum souk_err run_transfer(struct job_run *run, bool *found)
{
    return transfer_sweep(run, "stock_in_flight", run->shard, found);
}

const struct job job_transfer = {
    .name = "transfer", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_transfer};
