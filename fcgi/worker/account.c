/* Finishes changes of address and deletions that a crash cut in half, and erases what is personal in orders of deleted
 * accounts once they have ended. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/claim_move.h"
#include "worker/jobs.h"

enum { MOVES_EVERY_MS = 1000, MOVES_IDLE_MS = 4000, MOVES_BATCH = 20, MOVE_AGE_S = 3, ERASE_EVERY_MS = 30000, ERASE_BATCH = 20 };

static enum souk_err run_moves(struct job_run *run, bool *found)
{
    static int64_t skips[CONFIG_SHARDS_MAX]; /* one thread for each shard */
    json_object *body;
    const struct param params[] = {param_int(MOVE_AGE_S), param_int(MOVES_BATCH), param_int(skips[run->shard])};
    enum souk_err err = job_call(run, run->shard, "claim_move_page", params, 3, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    const size_t n = items ? json_object_array_length(items) : 0;
    size_t i = 0, failed = 0;
    run->worked = n > 0;
    for (; i < n && !atomic_load(run->stopping) && clock_us() < run->deadline_us; i++) {
        const int64_t account_id = json_object_get_int64(json_object_array_get_idx(items, i));
        enum souk_err one =
            claim_move_finish(run->context->store, run->context->ids, run->arena, account_id, job_item_deadline(run));
        if (one != SOUK_OK && one != SOUK_ACCOUNT_EMAIL_TAKEN) {
            if (failed++ == 0 && skips[run->shard] == 0) /* once in a pass */
                log_warn("the address of account %" PRId64 " could not be changed yet: %s", account_id, error_row(one)->code);
            err = one;
        }
    }
    *found = job_skip(run, &skips[run->shard], n < MOVES_BATCH && i == n, failed) && err == SOUK_OK;
    return err;
}

const struct job job_account_moves = {
    .name = "account_moves", .per_shard = true, .every_ms = MOVES_EVERY_MS, .idle_ms = MOVES_IDLE_MS, .run = run_moves};

static enum souk_err run_erase(struct job_run *run, bool *found)
{
    json_object *body;
    enum souk_err err = job_call(run, run->shard, "account_erase", (const struct param[]){param_int(ERASE_BATCH)}, 1, &body);
    *found = err == SOUK_OK && json_member_number(body, "looked_at") >= ERASE_BATCH;
    return err;
}

const struct job job_account_erase = {.name = "account_erase", .per_shard = true, .every_ms = ERASE_EVERY_MS, .run = run_erase};
