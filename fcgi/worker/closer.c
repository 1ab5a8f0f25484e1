/* Closes orders that were not paid in time, and those their buyers took back, in two phases.
 *
 * First the order becomes CLOSING: no attempt to pay it opens any more, and open ones are due to be closed at their provider,
 * which the job `payment` does: a provider that does not answer keeps nothing waiting here. Only with no attempt open does it
 * become CLOSED and give its units back, many orders at once. One that has an open attempt is looked at again when an attempt
 * has ended (payment_ended), and in 1, 2, 4 … 300 s; past closing_max_s a person is called, and the order stays CLOSING: never CLOSED with an attempt in doubt.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/channel.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/combine.h"
#include "worker/jobs.h"

enum { BATCH = COMBINE_MAX, EVERY_MS = 1000, IDLE_MS = 2000, CLOSE_US = 5000000 };

/* `fields` NULL: memory is out. */
static struct combine_request request_for(struct arena *arena, int64_t order_id)
{
    const char *fields = arena_printf(arena, "\"order_id\":\"%" PRId64 "\"", order_id);
    return (struct combine_request){.routine = "order_close_each",
                                    .fields = fields,
                                    .fields_len = fields ? strlen(fields) : 0,
                                    .deadline_us = clock_us() + CLOSE_US,
                                    .repeatable = true};
}

static void call_person(struct job_run *run, int64_t order_id, int64_t closing_s)
{
    metrics_add(METRIC_ORDERS_STUCK, 1);
    channel_call_person(run->context, run->arena,
                        &(struct channel_case){.kind = "order_stuck",
                                               .reference = arena_printf(run->arena, "%" PRId64, order_id),
                                               .channel = "",
                                               .order_id = order_id,
                                               .data = arena_printf(run->arena, "{\"closing_s\": %" PRId64 "}", closing_s)});
}

/* What became of one of them. */
static void look_at(struct job_run *run, json_object *order, const struct combine_outcome *outcome)
{
    const int64_t order_id = json_member_number(order, "order_id"), closing_s = json_member_number(order, "closing_s");
    if (outcome->err != SOUK_OK) {
        log_warn("order %" PRId64 " could not be closed: %s", order_id, error_row(outcome->err)->code);
        return;
    }
    json_object *body = arena_own(run->arena, json_tokener_parse(outcome->answer.body), json_release);
    const char *state = json_member_text(body, "state");
    if (state && strcmp(state, "CLOSING") == 0 && closing_s > run->context->config->closing_max_s)
        call_person(run, order_id, closing_s);
}

/* Ends those of them that have no open attempt, in one call; one that cannot be ended fails alone. */
static enum souk_err close_orders(struct job_run *run, json_object *orders, size_t n)
{
    struct combine_request requests[BATCH] = {{.routine = NULL}};
    struct combine_outcome outcomes[BATCH];
    for (size_t i = 0; i < n; i++) {
        requests[i] = request_for(run->arena, json_member_number(json_object_array_get_idx(orders, i), "order_id"));
        if (requests[i].fields == NULL)
            return SOUK_TOO_LARGE;
    }
    combine_send(run->context->store, run->shard, requests, n, run->arena, outcomes);
    for (size_t i = 0; i < n; i++)
        look_at(run, json_object_array_get_idx(orders, i), &outcomes[i]);
    return SOUK_OK;
}

static enum souk_err run_closer(struct job_run *run, bool *found)
{
    const struct param params[] = {param_int(BATCH)};
    json_object *begun, *taken;
    enum souk_err err = job_call(run, run->shard, "order_close_begin", params, 1, &begun);
    if (err == SOUK_OK)
        err = job_call(run, run->shard, "order_closing_take", params, 1, &taken);
    if (err != SOUK_OK)
        return err;
    const int64_t closing = json_member_number(begun, "closing");
    json_object *orders = json_member_array(taken, "items");
    size_t n = orders ? json_object_array_length(orders) : 0;
    n = n < BATCH ? n : BATCH;
    if (n > 0)
        err = close_orders(run, orders, n);
    run->worked = closing > 0 || n > 0;
    *found = closing >= BATCH || n >= BATCH;
    return err;
}

const struct job job_closer = {
    .name = "closer", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_closer};
