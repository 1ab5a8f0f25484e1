/* The consumer `webhook`: each event becomes one delivery for every endpoint that asked for it. Sending them is
 * worker/delivery.c's. */
#include "base/buffer.h"
#include "base/event_kind.h"
#include "base/json.h"
#include "worker/consumers.h"

static enum souk_err wanted(struct job_run *run, bool *yes)
{
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "webhook_wanted", NULL, 0, &body);
    if (err == SOUK_OK)
        *yes = json_member_number(body, "endpoints") > 0;
    return err;
}

static enum souk_err handle(struct job_run *run, const struct event *events, size_t n)
{
    struct buffer list = buffer_in(run->arena, 64 + n * 512);
    json_object *body;
    buffer_puts(&list, "[");
    for (size_t i = 0; i < n; i++) {
        buffer_puts(&list, i ? ",{\"id\":" : "{\"id\":");
        buffer_json_string(&list, events[i].id);
        buffer_puts(&list, ",\"topic\":");
        buffer_json_string(&list, events[i].topic);
        buffer_puts(&list, ",\"at\":");
        buffer_json_string(&list, events[i].at);
        buffer_puts(&list, ",\"payload\":");
        buffer_json_string(&list, events[i].payload);
        buffer_puts(&list, "}");
    }
    buffer_puts(&list, "]");
    if (list.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(list.data)};
    return job_call(run, DB_GLOBAL, "webhook_enqueue", params, 1, &body);
}

/* Nothing of people's accounts, and no sessions: endpoints are told of trade. */
const struct consumer consumer_webhook = {.name = "webhook", .topics = event_kind_names, .wanted = wanted, .handle = handle};
