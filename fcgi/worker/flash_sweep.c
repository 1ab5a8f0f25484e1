/* Flash sales that are over: what their pools have left goes back to be sold as usual. */
#include "base/json.h"
#include "worker/jobs.h"

enum { EVERY_MS = 1000, IDLE_MS = 4000 };

static enum souk_err run_sweep(struct job_run *run, bool *found)
{
    int64_t move_id;
    json_object *body;
    enum souk_err err = id_make(run->context->ids, (unsigned)run->shard, &move_id);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {param_int(move_id)};
    err = job_call(run, run->shard, "flash_sweep", params, 1, &body);
    *found = err == SOUK_OK && json_member_number(body, "moved") > 0;
    return err;
}

const struct job job_flash_sweep = {
    .name = "flash_sweep", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_sweep};
