/* Reconciles with every channel the days that staff asks for, yesterday, until it has come to its end once, and the days before it
 * that were missed. A statement that is not there yet is asked for again after a while. */
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/reconcile.h"
#include "observe/log.h"
#include "worker/jobs.h"

enum { EVERY_MS = 3000, STATEMENT_US = 600000000 };

static void yesterday(char out[11])
{
    const time_t then = (time_t)(clock_unix_ms() / 1000) - 86400;
    struct tm day;
    gmtime_r(&then, &day);
    strftime(out, 11, "%Y-%m-%d", &day);
}

static enum souk_err run_reconcile(struct job_run *run, bool *found)
{
    const struct channel *channel;
    char last_day[11];
    yesterday(last_day);
    *found = false;
    for (size_t n = 0; (channel = channel_at(run->context->config, n)) != NULL && !atomic_load(run->stopping); n++) {
        const struct param params[] = {param_text(channel->name), param_text(last_day)};
        json_object *body;
        const char *report, *day;
        if (channel->statement == NULL)
            continue;
        enum souk_err err = job_call(run, DB_GLOBAL, "reconciliation_due", params, 2, &body);
        if (err != SOUK_OK)
            return err;
        day = json_member_text(body, "day");
        if (day == NULL)
            continue;
        err = reconcile_day(run->context, run->arena, channel, day, clock_us() + STATEMENT_US, run->stopping, &report);
        if (err != SOUK_OK && err != SOUK_NOT_FOUND && !atomic_load(run->stopping))
            log_warn("reconciliation of %s, %s: %s", channel->name, day, error_row(err)->code);
        *found = *found || err == SOUK_OK;
    }
    return SOUK_OK;
}

const struct job job_reconcile = {.name = "reconcile", .per_shard = false, .every_ms = EVERY_MS, .run = run_reconcile};
