/* Keeps up what payment channels need beside payments, such as the certificates with which a provider signs. */
#include "base/clock.h"
#include "domain/channel.h"
#include "observe/log.h"
#include "worker/jobs.h"

enum { EVERY_MS = 2000, OUTSIDE_US = 10000000 };

static enum souk_err run_upkeep(struct job_run *run, bool *found)
{
    const struct channel *channel;

    *found = false;
    for (size_t n = 0; (channel = channel_at(run->context->config, n)) != NULL && !atomic_load(run->stopping); n++) {
        if (channel->upkeep == NULL)
            continue;
        const enum souk_err err = channel->upkeep(run->context, run->arena, clock_us() + OUTSIDE_US);
        if (err != SOUK_OK)
            log_warn("channel %s: upkeep: %s", channel->name, error_row(err)->code);
    }
    return SOUK_OK;
}

const struct job job_upkeep = {.name = "upkeep", .per_shard = false, .every_ms = EVERY_MS, .run = run_upkeep};
