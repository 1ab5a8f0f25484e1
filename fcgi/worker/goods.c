/* Goods that came from outside and have not reached their shard. */
#include "worker/transfer.h"

enum { EVERY_MS = 1000, IDLE_MS = 2000, FROM_OUTSIDE = -1 };

static enum souk_err run_goods(struct job_run *run, bool *found)
{
    return transfer_sweep(run, "goods_under_way", FROM_OUTSIDE, found);
}

const struct job job_goods = {
    .name = "goods", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_goods};
