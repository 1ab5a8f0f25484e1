/* Sees refunds through: asks the provider under our refund_id until it says that the money is back or never will be.
 *
 * The first time it is told (refund), later asked (refund_query); one it has never heard of it is told again. What cannot be
 * found out for STUCK_TRIES is put down for a person, as what failed is by refund_done. Money that came past the providers
 * goes back past them: a person is called at once, whose word (payment_case_close) ends the refund.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/channel.h"
#include "observe/log.h"
#include "worker/outside.h"

enum { EVERY_MS = 500, IDLE_MS = 1000, STUCK_TRIES = 9 };

static struct channel_refund refund_read(json_object *item)
{
    const char *reason = json_member_text(item, "reason");
    return (struct channel_refund){
        .refund_id = json_member_number(item, "refund_id"),
        .payment_id = json_member_number(item, "payment_id"),
        .order_id = json_member_number(item, "order_id"),
        .amount = json_member_number(item, "amount"),
        .captured = json_member_number(item, "captured"),
        .currency = json_member_text(item, "currency"),
        .reason = reason ? reason : "",
        .provider_ref = json_member_text(item, "provider_ref"),
        .handle = json_member_text(item, "handle"),
    };
}

/* `why`: NULL when the money came past the providers. */
static void call_person(struct job_run *run, const char *channel, const struct channel_refund *refund, const char *why)
{
    json_object *data = arena_own(run->arena, json_object_new_object(), json_release);
    if (why)
        json_object_object_add(data, "why", json_object_new_string(why));
    json_object_object_add(data, "amount", json_object_new_int64(refund->amount));
    channel_call_person(run->context, run->arena,
                        &(struct channel_case){.kind = why ? "refund_stuck" : "refund_by_hand",
                                               .reference = arena_printf(run->arena, "%" PRId64, refund->refund_id),
                                               .channel = channel,
                                               .order_id = refund->order_id,
                                               .payment_id = refund->payment_id,
                                               .refund_id = refund->refund_id,
                                               .data = json_object_to_json_string_ext(data, JSON_C_TO_STRING_PLAIN)});
}

static enum souk_err ask(struct job_run *run, const struct channel *channel, bool tell,
                         const struct channel_refund *refund, struct channel_event *event)
{
    const struct config *config = run->context->config;
    enum souk_err err = SOUK_OK;
    if (!tell)
        err = channel->refund_query(config, run->arena, refund, clock_us() + OUTSIDE_US, event);
    if (tell || (err == SOUK_OK && event->state == CHANNEL_REFUND_UNKNOWN))
        err = channel->refund(config, run->arena, refund, clock_us() + OUTSIDE_US, event);
    if (err == SOUK_PAYMENT_REFUSED) {
        *event = (struct channel_event){
            .state = CHANNEL_REFUND_FAILED, .refund_id = refund->refund_id, .reason = "the provider refuses it"};
        err = SOUK_OK;
    }
    event->refund_id = refund->refund_id;
    return err;
}

static void step(struct job_run *run, json_object *item)
{
    const char *name = json_member_text(item, "channel"), *action = json_member_text(item, "action");
    const struct channel *channel = name ? channel_find(run->context->config, name) : NULL;
    const struct channel_refund refund = refund_read(item);
    if (name && strcmp(name, CHANNEL_MANUAL) == 0) {
        call_person(run, name, &refund, NULL);
        return;
    }
    struct channel_event event = {.state = CHANNEL_REFUND_PENDING};
    struct answer answer;
    enum souk_err err = SOUK_PAYMENT_CHANNEL;
    if (channel && action)
        err = ask(run, channel, strcmp(action, "refund") == 0, &refund, &event);
    if (err == SOUK_OK)
        err = channel_settle(run->context, run->arena, channel, &event, clock_us() + OUTSIDE_SETTLE_US, &answer, NULL);
    if (err != SOUK_OK)
        log_warn("refund %" PRId64 ": %s: %s", refund.refund_id, name ? name : "", error_row(err)->code);
    if ((err != SOUK_OK || event.state == CHANNEL_REFUND_PENDING) && json_member_number(item, "tries") >= STUCK_TRIES)
        call_person(run, name, &refund, err == SOUK_OK ? "pending" : error_row(err)->code);
}

static enum souk_err run_refund(struct job_run *run, bool *found)
{
    static const struct outside_work work = {.routine = "refund_take_each", .id_name = "refund_id", .step = step};
    *found = false;
    return outside_take(run, &work);
}

const struct job job_refund = {
    .name = "refund", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_refund};
