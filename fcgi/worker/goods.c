/* What came from outside and was cut off on its way: goods that have not reached their shard, corrections whose outcome
 * is not written down. */
#include "base/json.h"
#include "store/correction.h"
#include "worker/transfer.h"

enum { EVERY_MS = 1000, IDLE_MS = 2000, FROM_OUTSIDE = -1, BATCH = 100, AGE_S_MIN = 4 };

/* Older than any request that may still be at it. */
static enum souk_err finish_corrections(struct job_run *run)
{
    static int64_t skip;
    const struct param params[] = {param_int(BATCH), param_int(skip)};
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "correction_page", params, 2, &body), first = SOUK_OK;
    if (err != SOUK_OK)
        return err;
    json_object *items = json_member_array(body, "items");
    size_t n = items ? json_object_array_length(items) : 0, failed = 0;
    run->worked = run->worked || n > 0;
    for (size_t i = 0; i < n && !atomic_load(run->stopping); i++) {
        json_object *item = json_object_array_get_idx(items, i);
        const struct correction_step step = {
            .correction_id = json_member_number(item, "correction_id"),
            .shard = (int)json_member_number(item, "shard"),
            .sku_id = json_member_number(item, "sku_id"),
            .pool = json_member_text(item, "pool"),
            .qty = json_member_number(item, "qty"),
            .reference = json_member_text(item, "reference"),
        };
        struct answer answer;
        bool done;
        if (json_member_number(item, "age_s") < AGE_S_MIN) {
            n = i; /* those behind it are younger still */
            break;
        }
        err = correction_finish(run->context->store, run->arena, &step, run->deadline_us, &answer, &done);
        failed += err != SOUK_OK;
        first = first == SOUK_OK ? err : first;
    }
    (void)job_skip(run, &skip, n, BATCH, failed);
    return first;
}

static enum souk_err run_goods(struct job_run *run, bool *found)
{
    enum souk_err err = transfer_sweep(run, "goods_under_way", FROM_OUTSIDE, found);
    enum souk_err other = finish_corrections(run);
    return err == SOUK_OK ? other : err;
}

const struct job job_goods = {
    .name = "goods", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_goods};
