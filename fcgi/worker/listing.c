/* Products below a category that moved: their lists are made anew, one small transaction each. */
#include "base/clock.h"
#include "base/json.h"
#include "worker/jobs.h"

enum { BATCH = 200, EVERY_MS = 1000, IDLE_MS = 2000 };

static enum souk_err run_listing(struct job_run *run, bool *found)
{
    const struct param limit[] = {param_int(BATCH)};
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "listing_pending_list", limit, 1, &body);
    if (err != SOUK_OK)
        return err;
    json_object *items = json_member_array(body, "items");
    const size_t n = items ? json_object_array_length(items) : 0;
    for (size_t i = 0; i < n && err == SOUK_OK && !atomic_load(run->stopping) && clock_us() < run->deadline_us; i++) {
        const struct param product[] = {param_int(json_object_get_int64(json_object_array_get_idx(items, i)))};
        err = job_call(run, DB_GLOBAL, "listing_settle", product, 1, &body);
    }
    *found = n > 0 && err == SOUK_OK;
    return err;
}

const struct job job_listing = {
    .name = "listing", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_listing};
