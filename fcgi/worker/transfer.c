/* Transfers between shards that stopped half way. See transfer.h. */
#include "worker/transfer.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/goods.h"

enum {
    BATCH = 100,
    BATCHES_MAX = 50, /* in one pass */
    AGE_S_MIN = 2,
    EVERY_MS = 1000,
    IDLE_MS = 2000
};

/* One pass. It goes by id past what cannot be finished, and past all that is on its way to a shard that did not answer. */
struct sweep {
    struct job_run *run;
    const char *routine;
    int from;
    int64_t after; /* id of the last one seen */
    bool away[CONFIG_SHARDS_MAX];
    size_t finished;
    enum souk_err first; /* failure; SOUK_OK: none */
};

static bool may_go_on(const struct sweep *sweep)
{
    return !atomic_load(sweep->run->stopping) && clock_us() < sweep->run->deadline_us;
}

/* The next ones. NULL with SOUK_OK: none. */
static enum souk_err list(struct sweep *sweep, json_object **items)
{
    struct job_run *run = sweep->run;
    struct buffer away = buffer_in(run->arena, 64);
    for (int shard = 0; shard < CONFIG_SHARDS_MAX; shard++)
        if (sweep->away[shard])
            buffer_printf(&away, "%s%d", away.len ? "," : "[", shard);
    buffer_puts(&away, away.len ? "]" : "[]");
    if (away.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_int(sweep->after), param_int(BATCH), param_text(away.data)};
    json_object *body;
    enum souk_err err = job_call(run, run->shard, sweep->routine, params, 3, &body);
    *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    return err;
}

static void finish(struct sweep *sweep, json_object *item)
{
    struct job_run *run = sweep->run;
    const struct transfer transfer = {
        .transfer_id = json_member_number(item, "transfer_id"),
        .from = sweep->from,
        .to = (int)json_member_number(item, "to"),
        .sku_id = json_member_number(item, "sku_id"),
        .pool = json_member_text(item, "pool"),
        .qty = json_member_number(item, "qty"),
        .reference = json_member_text(item, "reference"),
    };
    const bool known = transfer.to >= 0 && transfer.to < CONFIG_SHARDS_MAX;
    sweep->after = transfer.transfer_id;
    if (json_member_number(item, "age_s") < AGE_S_MIN || (known && sweep->away[transfer.to]))
        return;
    enum souk_err err = transfer_finish(run->context->store, run->arena, &transfer, job_item_deadline(run));
    sweep->finished += err == SOUK_OK;
    if (known && (err == SOUK_UNAVAILABLE || err == SOUK_TIMEOUT))
        sweep->away[transfer.to] = true;
    if (sweep->first == SOUK_OK)
        sweep->first = err;
}

enum souk_err transfer_sweep(struct job_run *run, const char *routine, int from, bool *found)
{
    struct sweep sweep = {.run = run, .routine = routine, .from = from};
    enum souk_err err = SOUK_OK;
    size_t n = BATCH;
    for (int i = 0; err == SOUK_OK && n == BATCH && i < BATCHES_MAX && may_go_on(&sweep); i++) {
        json_object *items;
        err = list(&sweep, &items);
        n = err == SOUK_OK && items ? json_object_array_length(items) : 0;
        run->worked = run->worked || n > 0;
        for (size_t j = 0; j < n && may_go_on(&sweep); j++)
            finish(&sweep, json_object_array_get_idx(items, j));
    }
    if (sweep.finished > 0)
        log_info("%zu transfers finished that had stopped half way (%s)", sweep.finished, routine);
    *found = n == BATCH && sweep.finished > 0;
    return err == SOUK_OK ? sweep.first : err;
}

static enum souk_err run_transfer(struct job_run *run, bool *found)
{
    return transfer_sweep(run, "stock_under_way", run->shard, found);
}

const struct job job_transfer = {
    .name = "transfer", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_transfer};
