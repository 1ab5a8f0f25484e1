/* Recommendations: the consumer notes paid orders, the job learns from them and from what visitors did, a bounded batch at a
 * time, and works out what is similar to what. */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "worker/consumers.h"

enum { EVERY_MS = 500, IDLE_MS = 2000, LEARN_BATCH = 200, REFRESH_BATCH = 50, PURGE_BATCH = 500, PURGE_EVERY_US = 60000000 };

static bool is_paid(const struct event *event, struct arena *arena)
{
    json_object *payload = arena_own(arena, json_tokener_parse(event->payload), json_release);
    const char *type = payload ? json_member_text(payload, "type") : NULL;
    return type && strcmp(type, "order.paid") == 0;
}

/* Deleted accounts are forgotten. */
static enum souk_err forget(struct job_run *run, const struct event *events, size_t n)
{
    struct buffer accounts = buffer_in(run->arena, 64);
    json_object *body;
    buffer_puts(&accounts, "[");
    for (size_t i = 0; i < n; i++)
        if (strcmp(events[i].topic, "account.deleted") == 0)
            buffer_printf(&accounts, "%s\"%" PRId64 "\"", accounts.len > 1 ? "," : "", events[i].aggregate_id);
    buffer_puts(&accounts, "]");
    if (accounts.failed)
        return SOUK_TOO_LARGE;
    return accounts.len <= 2 ? SOUK_OK
                             : job_call(run, DB_GLOBAL, "interest_forget",
                                        (const struct param[]){param_text(accounts.data)}, 1, &body);
}

static enum souk_err learn(struct job_run *run, const struct event *events, size_t n)
{
    struct buffer orders = buffer_in(run->arena, 64 + n * 24);
    json_object *body, *items;
    buffer_puts(&orders, "[");
    for (size_t i = 0; i < n; i++)
        if (is_paid(&events[i], run->arena))
            buffer_printf(&orders, "%s\"%" PRId64 "\"", orders.len > 1 ? "," : "", events[i].aggregate_id);
    buffer_puts(&orders, "]");
    if (orders.failed)
        return SOUK_TOO_LARGE;
    if (orders.len <= 2)
        return SOUK_OK;
    const struct param ids[] = {param_text(orders.data)};
    enum souk_err err = job_call(run, run->shard, "order_baskets", ids, 1, &body);
    if (err != SOUK_OK)
        return err;
    items = json_member_array(body, "items");
    const struct param baskets[] = {param_text(items ? json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN) : "[]")};
    return job_call(run, DB_GLOBAL, "behaviour_orders", baskets, 1, &body);
}

static enum souk_err handle(struct job_run *run, const struct event *events, size_t n)
{
    enum souk_err err = learn(run, events, n);
    return err == SOUK_OK ? forget(run, events, n) : err;
}

static const char *const topics[] = {"order.paid", "account.deleted", NULL};

const struct consumer consumer_recommend = {.name = "recommend", .topics = topics, .handle = handle};

static enum souk_err step(struct job_run *run, const char *routine, int64_t limit, const char *count, bool *found)
{
    const struct param params[] = {param_int(limit)};
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, routine, params, 1, &body);
    const int64_t done = err == SOUK_OK ? json_member_number(body, count) : 0;
    run->worked = run->worked || done > 0;
    *found = *found || done >= limit;
    return err;
}

static enum souk_err run_recommend(struct job_run *run, bool *found)
{
    static int64_t purged_us; /* one thread runs this job */
    enum souk_err err = step(run, "recommend_learn", LEARN_BATCH, "learnt", found);
    if (err == SOUK_OK)
        err = step(run, "recommend_refresh", REFRESH_BATCH, "refreshed", found);
    if (err == SOUK_OK && !*found && clock_us() - purged_us > PURGE_EVERY_US) {
        bool more = false;
        err = step(run, "recommend_purge", PURGE_BATCH, "purged", &more);
        if (!more)
            purged_us = clock_us();
    }
    return err;
}

const struct job job_recommend = {
    .name = "recommend", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_recommend};
