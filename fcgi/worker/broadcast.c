/* Changes that a shard could not be told when they were made: prices, states. */
#include "store/broadcast.h"

#include "observe/log.h"
#include "worker/jobs.h"

enum { BATCH = 20, AGE_S_MIN = 1, EVERY_MS = 1000, IDLE_MS = 2000 };

static enum souk_err run_broadcast(struct job_run *run, bool *found)
{
    static int64_t skip;
    int listed, waiting, settled;
    enum souk_err err = broadcast_sweep(run->context->store, run->arena, BATCH, skip, AGE_S_MIN, run->deadline_us, &listed,
                                        &waiting, &settled);
    if (settled > 0)
        log_info("%d changes brought to shards that had missed them", settled);
    run->worked = waiting > 0;
    *found = job_skip(run, &skip, listed < BATCH && waiting == listed, (size_t)(waiting - settled)) && settled > 0;
    return err;
}

const struct job job_broadcast = {
    .name = "broadcast", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_broadcast};
