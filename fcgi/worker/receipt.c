/* Ends orders of which nobody says a word: SHIPPED for delivered_after_s is DELIVERED, DELIVERED for completed_after_s is
 * COMPLETED. Both by an index, oldest first. */
#include "base/json.h"
#include "worker/jobs.h"

enum { BATCH = 200, EVERY_MS = 1000, IDLE_MS = 4000 };

static enum souk_err end_due(struct job_run *run, const char *routine, int64_t after_s, bool *found)
{
    const struct param params[] = {param_int(BATCH), param_int(after_s)};
    json_object *body;
    enum souk_err err = job_call(run, run->shard, routine, params, 2, &body);
    const int64_t orders = err == SOUK_OK ? json_member_number(body, "orders") : 0;
    *found = *found || orders >= BATCH;
    run->worked = run->worked || orders > 0;
    return err;
}

static enum souk_err run_receipt(struct job_run *run, bool *found)
{
    const struct config *config = run->context->config;
    enum souk_err err = end_due(run, "order_deliver_due", config->delivered_after_s, found);
    return err == SOUK_OK ? end_due(run, "order_complete_due", config->completed_after_s, found) : err;
}

const struct job job_receipt = {
    .name = "receipt", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_receipt};
