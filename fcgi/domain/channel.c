/* The channels, and the one way in which what they say is written. */
#include "domain/channel.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/combine.h"

#define X(name) extern const struct channel channel_##name;
CHANNELS(X)
#undef X

static const struct channel *const channels[] = {
#define X(name) &channel_##name,
    CHANNELS(X)
#undef X
};

enum { CHANNELS_N = sizeof channels / sizeof channels[0] };

const struct channel *channel_find(const struct config *config, const char *name)
{
    for (size_t i = 0; i < CHANNELS_N; i++)
        if (strcmp(name, channels[i]->name) == 0)
            return channels[i]->configured(config) ? channels[i] : NULL;
    return NULL;
}

const struct channel *channel_at(const struct config *config, size_t n)
{
    for (size_t i = 0; i < CHANNELS_N; i++)
        if (channels[i]->configured(config) && n-- == 0)
            return channels[i];
    return NULL;
}

bool channels_usable(const struct config *config)
{
    const struct channel *channel;
    bool usable = true;
    for (size_t n = 0; (channel = channel_at(config, n)) != NULL; n++)
        usable = (channel->usable == NULL || channel->usable(config)) && usable;
    return usable;
}

struct channel_payment channel_payment_read(struct arena *arena, json_object *payment)
{
    const char *description = arena_printf(arena, "Order %" PRId64, json_member_number(payment, "order_id"));
    return (struct channel_payment){
        .payment_id = json_member_number(payment, "payment_id"),
        .order_id = json_member_number(payment, "order_id"),
        .amount = json_member_number(payment, "amount"),
        .currency = json_member_text(payment, "currency"),
        .description = description ? description : "Order",
        .expires_s = json_member_number(payment, "expires_s"),
        .handle = json_member_text(payment, "handle"),
    };
}

bool channel_was_asked(json_object *payment)
{
    const char *state = json_member_text(payment, "state");
    return state == NULL || strcmp(state, "CREATED") != 0 || json_member_number(payment, "tries") > 0;
}

/* One settling under way. */
struct settling {
    const struct context *context;
    struct arena *arena;
    const struct channel *channel;
    const struct channel_event *event;
    int64_t deadline_us;
    struct answer *answer;
    struct refusal *refusal;
};

static enum souk_err call(const struct settling *settling, int64_t id, const char *routine, const struct param *params,
                          size_t params_n)
{
    struct store *store = settling->context->store;
    const struct call call = {.routine = routine,
                              .params = params,
                              .params_n = params_n,
                              .deadline_us = settling->deadline_us,
                              .repeatable = true};
    return store_call(store, store_shard_of(store, id), &call, settling->arena, settling->answer, settling->refusal);
}

static enum souk_err new_id(const struct settling *settling, int64_t *id)
{
    const struct channel_event *event = settling->event;
    return id_make(settling->context->ids, id_slot(event->payment_id ? event->payment_id : event->refund_id), id);
}

/* Captures that arrive together are one call. */
static enum souk_err settle_capture(const struct settling *settling)
{
    const struct channel_event *event = settling->event;
    struct store *store = settling->context->store;
    struct buffer members = buffer_in(settling->arena, 512);
    int64_t refund_id;
    enum souk_err err = new_id(settling, &refund_id);
    if (err != SOUK_OK)
        return err;
    buffer_printf(&members, "\"payment_id\":\"%" PRId64 "\",\"channel\":", event->payment_id);
    buffer_json_string(&members, settling->channel->name);
    if (event->order_id != 0)
        buffer_printf(&members, ",\"order_id\":\"%" PRId64 "\"", event->order_id);
    buffer_printf(&members, ",\"amount\":%" PRId64 ",\"refund_id\":\"%" PRId64 "\",\"currency\":", event->amount, refund_id);
    buffer_json_string(&members, event->currency);
    buffer_puts(&members, ",\"event_id\":");
    buffer_json_string(&members, event->event_id);
    buffer_puts(&members, ",\"provider_ref\":");
    buffer_json_string(&members, event->provider_ref);
    if (members.failed)
        return SOUK_TOO_LARGE;
    const struct combine_request request = {.routine = "payment_capture",
                                            .fields = members.data,
                                            .fields_len = members.len,
                                            .deadline_us = settling->deadline_us,
                                            .repeatable = true};
    return combine_call(store, store_shard_of(store, event->payment_id), &request, settling->arena, settling->answer,
                        settling->refusal);
}

/* What declines takes one parameter more than payment_authorise. */
static enum souk_err settle_told(const struct settling *settling, const char *routine)
{
    const struct channel_event *event = settling->event;
    const struct param params[] = {
        param_int(event->payment_id),
        param_text(settling->channel->name),
        event->order_id ? param_int(event->order_id) : param_null(),
        param_int(event->amount),
        param_text(event->currency),
        param_text(event->event_id),
        param_text(event->provider_ref),
        param_text(event->code),
    };
    const size_t params_n = sizeof params / sizeof params[0];
    return call(settling, event->payment_id, routine, params, event->state == CHANNEL_AUTHORISED ? params_n - 1 : params_n);
}

static enum souk_err settle_closed(const struct settling *settling)
{
    const struct param params[] = {param_int(settling->event->payment_id), param_text("closed")};
    return call(settling, settling->event->payment_id, "payment_closed", params, 2);
}

static enum souk_err settle_refund(const struct settling *settling, bool succeeded)
{
    const struct channel_event *event = settling->event;
    int64_t case_id;
    enum souk_err err = new_id(settling, &case_id);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {
        param_int(event->refund_id),
        param_text(settling->channel->name),
        param_text(succeeded ? "SUCCEEDED" : "FAILED"),
        succeeded ? param_int(event->amount) : param_null(),
        param_text(succeeded ? event->currency : NULL),
        param_text(event->event_id),
        param_text(event->provider_ref),
        param_text(event->reason),
        param_int(case_id),
    };
    return call(settling, event->refund_id, "refund_done", params, sizeof params / sizeof params[0]);
}

static enum souk_err settle(const struct settling *settling)
{
    switch (settling->event->state) {
    case CHANNEL_CAPTURED:
        return settle_capture(settling);
    case CHANNEL_AUTHORISED:
        return settle_told(settling, "payment_authorise");
    case CHANNEL_DECLINED:
        return settle_told(settling, "payment_decline");
    case CHANNEL_TRY_DECLINED:
        return settle_told(settling, "payment_try_declined");
    case CHANNEL_CLOSED:
        return settle_closed(settling);
    case CHANNEL_REFUNDED:
        return settle_refund(settling, true);
    case CHANNEL_REFUND_FAILED:
        return settle_refund(settling, false);
    case CHANNEL_OPEN:
    case CHANNEL_REFUND_PENDING:
    case CHANNEL_REFUND_UNKNOWN:
    case CHANNEL_IGNORED:
        break;
    }
    *settling->answer = (struct answer){.status = 200, .body = "{}", .body_len = 2};
    return SOUK_OK;
}

/* What the provider said, for a person to read. */
static const char *case_data(const struct settling *settling, const char *refusal)
{
    const struct channel_event *event = settling->event;
    struct buffer data = buffer_in(settling->arena, 512);
    buffer_printf(&data, "{\"amount\":%" PRId64 ",\"order_id\":\"%" PRId64 "\",\"currency\":", event->amount,
                  event->order_id);
    buffer_json_string(&data, event->currency ? event->currency : "");
    buffer_puts(&data, ",\"event_id\":");
    buffer_json_string(&data, event->event_id ? event->event_id : "");
    buffer_puts(&data, ",\"provider_ref\":");
    buffer_json_string(&data, event->provider_ref ? event->provider_ref : "");
    buffer_puts(&data, ",\"differs\":");
    buffer_json_string(&data, refusal);
    buffer_puts(&data, "}");
    return data.failed ? NULL : data.data;
}

/* Money that does not fit anything is put down for a person. */
static void put_down(const struct settling *settling, enum souk_err refused, const char *refusal)
{
    const struct channel_event *event = settling->event;
    const bool refund = event->state == CHANNEL_REFUNDED;
    const struct channel_case about = {
        .kind = refused == SOUK_PAYMENT_MISMATCH ? "wrong_amount" : refund ? "unknown_refund" : "unknown_payment",
        .reference = arena_printf(settling->arena, "%s:%s", settling->channel->name, event->event_id),
        .channel = settling->channel->name,
        .order_id = event->order_id,
        .payment_id = event->payment_id,
        .refund_id = event->refund_id,
        .data = case_data(settling, refusal)};
    channel_call_person(settling->context, settling->arena, &about);
}

/* What the provider itself says that it took. A failure is logged: it is asked again. */
static void note_taken(const struct settling *settling)
{
    const struct channel_event *event = settling->event;
    const struct param params[] = {param_int(event->payment_id), param_int(event->amount), param_text(event->currency),
                                   param_text(event->provider_ref)};
    enum souk_err err = call(settling, event->payment_id, "payment_taken", params, sizeof params / sizeof params[0]);
    if (err != SOUK_OK)
        log_warn("payment %" PRId64 ": what was taken could not be noted: %s", event->payment_id, error_row(err)->code);
}

/* Writes the case; `*known`: it, or one that a person has closed, stood there before. */
static enum souk_err open_case(const struct context *context, struct arena *arena, const struct channel_case *about,
                               int64_t case_id, bool *known)
{
    const struct param params[] = {
        param_int(case_id),
        param_text(about->kind),
        param_text(about->reference),
        param_text(about->channel),
        about->order_id ? param_int(about->order_id) : param_null(),
        about->payment_id ? param_int(about->payment_id) : param_null(),
        about->refund_id ? param_int(about->refund_id) : param_null(),
        param_text(about->data),
    };
    const struct call call = {.routine = "payment_case_open",
                              .params = params,
                              .params_n = sizeof params / sizeof params[0],
                              .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(context->store, store_shard_of(context->store, case_id), &call, arena, &answer, NULL);
    if (err == SOUK_OK)
        *known = json_member_number(arena_own(arena, json_tokener_parse(answer.body), json_release), "case_id") != case_id;
    return err;
}

void channel_call_person(const struct context *context, struct arena *arena, const struct channel_case *about)
{
    const int64_t id = about->payment_id ? about->payment_id : about->refund_id ? about->refund_id : about->order_id;
    int64_t case_id = 0;
    bool known = false;
    enum souk_err err = about->data && about->reference ? id_make(context->ids, id_slot(id), &case_id) : SOUK_TOO_LARGE;
    if (err == SOUK_OK)
        err = open_case(context, arena, about, case_id, &known);
    if (known)
        return;
    metrics_add(METRIC_PAYMENT_CASES, 1);
    log_error("%s %s of channel %s (payment %" PRId64 ", refund %" PRId64 ") needs a person%s%s", about->kind,
              about->reference ? about->reference : "", about->channel ? about->channel : "", about->payment_id,
              about->refund_id, err == SOUK_OK ? "" : "; it could not be put down: ", err == SOUK_OK ? "" : error_row(err)->code);
}

enum souk_err channel_settle(const struct context *context, struct arena *arena, const struct channel *channel,
                             const struct channel_event *event, int64_t deadline_us, struct answer *answer,
                             struct refusal *refusal)
{
    struct refusal own = {.detail = ""};
    const struct settling settling = {context, arena, channel, event, deadline_us, answer, refusal ? refusal : &own};
    const bool money = event->state == CHANNEL_CAPTURED || event->state == CHANNEL_REFUNDED;
    enum souk_err err = settle(&settling);
    if (err == SOUK_SLOT_MOVED)
        err = settle(&settling);
    if (money && (err == SOUK_PAYMENT_MISMATCH || err == SOUK_NOT_FOUND))
        put_down(&settling, err, settling.refusal->detail);
    if (err == SOUK_PAYMENT_MISMATCH && event->state == CHANNEL_CAPTURED && event->asked)
        note_taken(&settling);
    return err;
}
