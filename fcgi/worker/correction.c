/* Corrections of stock whose outcome is not written down: who made them was cut off, or their shard did not answer. */
#include "store/correction.h"

#include "base/clock.h"
#include "base/json.h"
#include "worker/jobs.h"

enum { EVERY_MS = 1000, IDLE_MS = 2000, BATCH = 100, AGE_S_MIN = 4 /* older than any request that may still be at it */ };

/* One page. What belongs to a shard that did not answer is not tried again in it. */
struct page {
    struct job_run *run;
    bool away[CONFIG_SHARDS_MAX];
    size_t failed;
    enum souk_err first; /* failure; SOUK_OK: none */
};

static void finish(struct page *page, json_object *item)
{
    struct job_run *run = page->run;
    const struct correction_step step = {
        .correction_id = json_member_number(item, "correction_id"),
        .shard = (int)json_member_number(item, "shard"),
        .sku_id = json_member_number(item, "sku_id"),
        .pool = json_member_text(item, "pool"),
        .qty = json_member_number(item, "qty"),
        .reference = json_member_text(item, "reference"),
    };
    const bool known = step.shard >= 0 && step.shard < CONFIG_SHARDS_MAX;
    struct answer answer;
    bool done;
    enum souk_err err = known && page->away[step.shard] ? SOUK_UNAVAILABLE
                                                        : correction_finish(run->context->store, run->arena, &step,
                                                                            job_item_deadline(run), &answer, &done);
    if (known && (err == SOUK_UNAVAILABLE || err == SOUK_TIMEOUT))
        page->away[step.shard] = true;
    page->failed += err != SOUK_OK;
    if (page->first == SOUK_OK)
        page->first = err;
}

static enum souk_err run_correction(struct job_run *run, bool *found)
{
    static int64_t skip;
    const struct param params[] = {param_int(BATCH), param_int(skip)};
    struct page page = {.run = run};
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "correction_page", params, 2, &body);
    if (err != SOUK_OK)
        return err;
    json_object *items = json_member_array(body, "items");
    size_t n = items ? json_object_array_length(items) : 0, i = 0;
    run->worked = n > 0;
    for (; i < n && !atomic_load(run->stopping) && clock_us() < run->deadline_us; i++) {
        json_object *item = json_object_array_get_idx(items, i);
        if (json_member_number(item, "age_s") < AGE_S_MIN)
            n = i; /* those behind it are younger still */
        else
            finish(&page, item);
    }
    *found = job_skip(run, &skip, n < BATCH && i >= n, page.failed) && page.failed == 0;
    return page.first;
}

const struct job job_correction = {
    .name = "correction", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_correction};
