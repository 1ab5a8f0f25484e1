/* Does with attempts to pay what only calls outside can do.
 *
 * CREATED: makes it known to its provider, under our payment_id, until it is known what became of it. SUBMITTED: asks how it
 * stands, should its callback be lost. AUTHORISED: has the money taken. Open while its order is paid already, or CLOSING:
 * closes it. The provider's word decides: CAPTURED makes an order PAID that is CLOSING, anything else ends the attempt; with the
 * last of them the closer ends the order.
 * payment_take_each says what is due and when it is due again; what cannot be found out for STUCK_TRIES, when the pauses have
 * come to five minutes, is put down for a person, and asking goes on. For an order that is CLOSING the closer calls one.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/channel.h"
#include "observe/log.h"
#include "worker/outside.h"

enum { EVERY_MS = 300, IDLE_MS = 600, STUCK_TRIES = 9 };

/* Writes down what open() found out, or that the provider refuses. */
static enum souk_err write_opened(struct job_run *run, int64_t payment_id, const struct channel_opened *opened)
{
    const struct param params[] = {param_int(payment_id), param_text(opened ? opened->handle : NULL),
                                   param_text(opened ? opened->pay_url : NULL),
                                   param_text(opened ? opened->code_url : NULL)};
    const struct call call = {.routine = opened ? "payment_submitted" : "payment_refused",
                              .params = params,
                              .params_n = opened ? 4 : 1,
                              .deadline_us = clock_us() + OUTSIDE_SETTLE_US,
                              .repeatable = true};
    struct answer answer;
    return store_call(run->context->store, run->shard, &call, run->arena, &answer, NULL);
}

static enum souk_err open_payment(struct job_run *run, const struct channel *channel, const struct channel_payment *facts)
{
    struct channel_opened opened = {.pay_url = NULL};
    enum souk_err err = channel->open(run->context->config, run->arena, facts, clock_us() + OUTSIDE_US, &opened);
    if (err == SOUK_PAYMENT_REFUSED)
        return write_opened(run, facts->payment_id, NULL);
    return err == SOUK_OK ? write_opened(run, facts->payment_id, &opened) : err;
}

/* Asks the provider, as `action` says, and writes down what it answers. */
static enum souk_err ask(struct job_run *run, const struct channel *channel, const char *action, json_object *item,
                         const struct channel_payment *facts)
{
    const struct config *config = run->context->config;
    struct channel_event event = {.state = CHANNEL_CLOSED, .payment_id = facts->payment_id};
    struct answer answer;
    enum souk_err err = SOUK_OK;
    if (strcmp(action, "close") == 0)
        err = channel_was_asked(item) ? channel->close(config, run->arena, facts, clock_us() + OUTSIDE_US, &event) : SOUK_OK;
    else if (strcmp(action, "capture") == 0 && channel->capture)
        err = channel->capture(config, run->arena, facts, clock_us() + OUTSIDE_US, &event);
    else
        err = channel->query(config, run->arena, facts, clock_us() + OUTSIDE_US, &event);
    event.asked = true;
    return err != SOUK_OK ? err
                          : channel_settle(run->context, run->arena, channel, &event, clock_us() + OUTSIDE_SETTLE_US,
                                           &answer, NULL);
}

static void step(struct job_run *run, json_object *item)
{
    const char *name = json_member_text(item, "channel"), *action = json_member_text(item, "action");
    const char *order_state = json_member_text(item, "order_state");
    const struct channel *channel = name ? channel_find(run->context->config, name) : NULL;
    const struct channel_payment facts = channel_payment_read(run->arena, item);
    enum souk_err err = SOUK_PAYMENT_CHANNEL;
    if (channel && action)
        err = strcmp(action, "open") == 0 ? open_payment(run, channel, &facts) : ask(run, channel, action, item, &facts);
    if (err == SOUK_OK)
        return;
    log_warn("payment %" PRId64 ": %s at %s: %s", facts.payment_id, action ? action : "", name ? name : "",
             error_row(err)->code);
    const bool closing = order_state && strcmp(order_state, "CLOSING") == 0;
    if (json_member_number(item, "tries") >= STUCK_TRIES && strcmp(action ? action : "", "query") != 0 && !closing)
        channel_call_person(run->context, run->arena,
                            &(struct channel_case){.kind = "payment_stuck",
                                                   .reference = arena_printf(run->arena, "%" PRId64, facts.payment_id),
                                                   .channel = name,
                                                   .payment_id = facts.payment_id,
                                                   .order_id = facts.order_id,
                                                   .data = arena_printf(run->arena, "{\"action\": \"%s\", \"error\": \"%s\"}",
                                                                        action, error_row(err)->code)});
}

static enum souk_err run_payment(struct job_run *run, bool *found)
{
    static const struct outside_work work = {.routine = "payment_take_each", .id_name = "payment_id", .step = step};
    *found = false;
    return outside_take(run, &work);
}

const struct job job_payment = {
    .name = "payment", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_payment};
