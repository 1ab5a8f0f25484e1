/* Closes orders that were not paid in time, and those their buyers took back, in two phases.
 *
 * First the order becomes CLOSING: no attempt to pay it opens any more. Then every open attempt is closed at its
 * provider, whose word decides: CAPTURED makes the order PAID, anything else ends the attempt. Only with no attempt open
 * does it become CLOSED and give its units back. A provider that does not answer is asked again in 1, 2, 4 … 300 s; past
 * closing_max_s a person is called, and the order stays CLOSING: never CLOSED with an attempt in doubt.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/channel.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "worker/outside.h"

enum { BEGIN_BATCH = 200, CLOSING_BATCH = 64, EVERY_MS = 1000, IDLE_MS = 2000, SETTLE_US = 2000000 };

static enum souk_err call_one(struct job_run *run, const char *routine, int64_t number, struct answer *answer)
{
    const struct param params[] = {param_int(number)};
    const struct call call = {routine, params, 1, clock_us() + SETTLE_US, .repeatable = true};
    return store_call(run->context->store, run->shard, &call, run->arena, answer, NULL);
}

/* Asks the provider to close one attempt and writes down what it says. */
static void close_payment(struct job_run *run, json_object *payment)
{
    const int64_t payment_id = json_member_number(payment, "payment_id");
    const char *name = json_member_text(payment, "channel");
    const struct config *config = run->context->config;
    const struct channel *channel = name ? channel_find(config, name) : NULL;
    if (channel == NULL) {
        log_error("payment %" PRId64 ": channel %s is not configured", payment_id, name ? name : "");
        return;
    }
    struct channel_event event = {.state = CHANNEL_CLOSED, .payment_id = payment_id};
    const struct channel_payment facts = channel_payment_read(run->arena, payment);
    struct answer answer;
    enum souk_err err = SOUK_OK;
    if (channel_was_asked(payment))
        err = channel->close(config, run->arena, &facts, clock_us() + OUTSIDE_US, &event);
    event.asked = true;
    if (err == SOUK_OK)
        err = channel_settle(run->context, run->arena, channel, &event, clock_us() + OUTSIDE_SETTLE_US, &answer, NULL);
    if (err != SOUK_OK)
        log_warn("payment %" PRId64 ": %s could not close it: %s", payment_id, name, error_row(err)->code);
}

static void close_order(struct job_run *run, json_object *order)
{
    const int64_t order_id = json_member_number(order, "order_id"), closing_s = json_member_number(order, "closing_s");
    json_object *payments = json_member_array(order, "payments");
    for (size_t i = 0; payments && i < json_object_array_length(payments); i++) {
        if (atomic_load(run->stopping))
            return;
        close_payment(run, json_object_array_get_idx(payments, i));
    }
    struct answer answer;
    enum souk_err err = call_one(run, "order_close_finish", order_id, &answer);
    if (err != SOUK_OK) {
        log_warn("order %" PRId64 " could not be closed: %s", order_id, error_row(err)->code);
        return;
    }
    json_object *body = arena_own(run->arena, json_tokener_parse(answer.body), json_release);
    const char *state = json_member_text(body, "state");
    if (state && strcmp(state, "CLOSING") == 0 && closing_s > run->context->config->closing_max_s) {
        metrics_add(METRIC_ORDERS_STUCK, 1);
        channel_call_person(run->context, run->arena,
                            &(struct channel_case){.kind = "order_stuck",
                                                   .reference = arena_printf(run->arena, "%" PRId64, order_id),
                                                   .channel = "",
                                                   .order_id = order_id,
                                                   .data = arena_printf(run->arena, "{\"closing_s\": %" PRId64 "}", closing_s)});
    }
}

static enum souk_err run_closer(struct job_run *run, bool *found)
{
    struct answer answer;
    enum souk_err err = call_one(run, "order_close_begin", BEGIN_BATCH, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *begun = arena_own(run->arena, json_tokener_parse(answer.body), json_release);
    const int64_t closing = json_member_number(begun, "closing");
    err = call_one(run, "order_closing_list", CLOSING_BATCH, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(run->arena, json_tokener_parse(answer.body), json_release);
    json_object *orders = json_member_array(body, "items");
    const size_t n = orders ? json_object_array_length(orders) : 0;
    outside_each(run, orders, close_order);
    run->worked = closing > 0 || n > 0;
    *found = closing >= BEGIN_BATCH || n >= CLOSING_BATCH;
    return SOUK_OK;
}

const struct job job_closer = {
    .name = "closer", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_closer};
