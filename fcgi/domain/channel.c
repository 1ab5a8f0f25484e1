/* The channels, and the one way in which what they say is written. */
#include "domain/channel.h"

#include <string.h>

extern const struct channel channel_sandbox;

const struct channel *channel_find(const struct config *config, const char *name)
{
    if (strcmp(name, channel_sandbox.name) == 0 && config->sandbox_url[0] != '\0')
        return &channel_sandbox;
    return NULL;
}

/* payment_capture and payment_decline take the same parameters. */
static enum souk_err channel_tell(struct store *store, struct arena *arena, const char *routine,
                                  const struct channel *channel, const struct channel_event *event, int64_t deadline_us,
                                  struct answer *answer, struct refusal *refusal)
{
    const struct param params[] = {
        param_int(event->payment_id),    param_text(channel->name),   param_int(event->order_id),
        param_int(event->amount),        param_text(event->currency), param_text(event->event_id),
        param_text(event->provider_ref),
    };
    const struct call call = {.routine = routine,
                              .params = params,
                              .params_n = sizeof params / sizeof params[0],
                              .deadline_us = deadline_us,
                              .repeatable = true};
    return store_call(store, store_shard_of(store, event->payment_id), &call, arena, answer, refusal);
}

static enum souk_err channel_tell_closed(struct store *store, struct arena *arena, int64_t payment_id,
                                         int64_t deadline_us, struct answer *answer, struct refusal *refusal)
{
    const struct param params[] = {param_int(payment_id), param_text("closed")};
    const struct call call = {
        .routine = "payment_closed", .params = params, .params_n = 2, .deadline_us = deadline_us, .repeatable = true};
    return store_call(store, store_shard_of(store, payment_id), &call, arena, answer, refusal);
}

enum souk_err channel_settle(struct store *store, struct arena *arena, const struct channel *channel,
                             const struct channel_event *event, int64_t deadline_us, struct answer *answer,
                             struct refusal *refusal)
{
    switch (event->state) {
    case CHANNEL_CAPTURED:
        return channel_tell(store, arena, "payment_capture", channel, event, deadline_us, answer, refusal);
    case CHANNEL_DECLINED:
        return channel_tell(store, arena, "payment_decline", channel, event, deadline_us, answer, refusal);
    case CHANNEL_CLOSED:
        return channel_tell_closed(store, arena, event->payment_id, deadline_us, answer, refusal);
    case CHANNEL_OPEN:
        break;
    }
    return SOUK_OK;
}
