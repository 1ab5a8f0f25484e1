/* Keeps the outbox, the inbox and the list of deliveries small, and publishes again what consumers have not done in OUTBOX_OVERDUE_S. */
#include "base/json.h"
#include "observe/log.h"
#include "worker/consumers.h"

enum { BATCH = 2000, EVERY_MS = 5000, DONE_KEPT_S = 300, TAKEN_KEPT_S = 7 * 24 * 3600, DELIVERIES_KEPT_S = 30 * 24 * 3600 };

/* Calls routine(age_s, BATCH); adds how many rows it touched to *touched and says whether there may be more. */
static enum souk_err sweep(struct job_run *run, const char *routine, int64_t age_s, const char *member, int64_t *touched,
                           bool *found)
{
    const struct param params[] = {param_int(age_s), param_int(BATCH)};
    json_object *body;
    enum souk_err err = job_call(run, run->shard, routine, params, 2, &body);
    if (err != SOUK_OK)
        return err;
    *touched = json_member_number(body, member);
    *found = *found || *touched >= BATCH;
    return SOUK_OK;
}

static enum souk_err run_outbox(struct job_run *run, bool *found)
{
    int64_t again, purged;
    enum souk_err err = sweep(run, "outbox_overdue", OUTBOX_OVERDUE_S, "again", &again, found);
    if (err == SOUK_OK && again > 0)
        log_warn("outbox of database %d: %lld events were not done for %d s and are published again", run->shard,
                 (long long)again, OUTBOX_OVERDUE_S);
    if (err == SOUK_OK)
        err = sweep(run, "outbox_purge", DONE_KEPT_S, "purged", &purged, found);
    if (err == SOUK_OK)
        err = sweep(run, "inbox_purge", TAKEN_KEPT_S, "purged", &purged, found);
    if (err == SOUK_OK && run->shard == DB_GLOBAL)
        err = sweep(run, "webhook_purge", DELIVERIES_KEPT_S, "purged", &purged, found);
    return err;
}

const struct job job_outbox = {
    .name = "outbox", .per_shard = true, .also_global = true, .every_ms = EVERY_MS, .run = run_outbox};
