/* Removes what has served its time: stored answers older than a day, session families that have
 * ended, carts of guests whose tokens have, mail that was sent long ago. */
#include "base/json.h"
#include "worker/jobs.h"

enum { BATCH = 500, EVERY_MS = 60000 };

static enum souk_err purge(struct job_run *run, const char *routine, bool *found)
{
    const struct param params[] = {param_int(BATCH)};
    const struct call call = {routine, params, 1, run->deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(run->context->store, run->shard, &call, run->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(run->arena, json_tokener_parse(answer.body), json_release);
    *found = *found || json_member_number(body, "purged") >= BATCH;
    return SOUK_OK;
}

static enum souk_err run_purge(struct job_run *run, bool *found)
{
    enum souk_err err = purge(run, "idempotency_purge", found);
    if (err == SOUK_OK)
        err = purge(run, "session_purge", found);
    if (err == SOUK_OK)
        err = purge(run, "cart_purge", found);
    return err == SOUK_OK ? purge(run, "mail_purge", found) : err;
}

const struct job job_purge = {.name = "purge", .per_shard = true, .every_ms = EVERY_MS, .run = run_purge};

/* The answers that changes of the catalogue and of promotions left on global. */
static enum souk_err run_purge_global(struct job_run *run, bool *found)
{
    return purge(run, "idempotency_purge", found);
}

const struct job job_purge_global = {
    .name = "purge_global", .per_shard = false, .every_ms = EVERY_MS, .run = run_purge_global};
