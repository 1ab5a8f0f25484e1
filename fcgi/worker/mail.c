/* The consumer `mail`: what happens to orders becomes mail to their buyers, where there is a template for it
 * (worker/mail_text.c). Sending it is worker/post.c's. */
#include <inttypes.h>

#include "base/buffer.h"
#include "base/json.h"
#include "worker/consumers.h"
#include "worker/mail_text.h"

static enum souk_err wanted(struct job_run *run, bool *yes)
{
    const struct config *config = run->context->config;
    *yes = config->smtp_url[0] != '\0' || config->smtp_socket[0] != '\0';
    return SOUK_OK;
}

/* Appends what mail_notices takes of one event; nothing when it is none that mail is sent for. */
static enum souk_err add_notice(struct job_run *run, const struct event *event, struct buffer *list)
{
    json_object *payload = json_tokener_parse(event->payload);
    if (!payload || !arena_own(run->arena, payload, json_release))
        return payload ? SOUK_TOO_LARGE : SOUK_OK;
    const char *type = json_member_text(payload, "type");
    const int64_t order_id = json_member_number(payload, "order_id");
    int64_t mail_id;
    if (!type)
        type = event->topic;
    if (!mail_is_notice(type) || order_id == 0)
        return SOUK_OK;
    enum souk_err err = id_make(run->context->ids, id_slot(order_id), &mail_id);
    if (err != SOUK_OK)
        return err;
    buffer_printf(list, "%s{\"mail_id\":\"%" PRId64 "\",\"order_id\":\"%" PRId64 "\",\"kind\":\"%s\",\"event_id\":",
                  list->len > 1 ? "," : "", mail_id, order_id, type);
    buffer_json_string(list, event->id);
    buffer_puts(list, ",\"data\":");
    buffer_json_string(list, event->payload);
    buffer_puts(list, "}");
    return SOUK_OK;
}

static enum souk_err handle(struct job_run *run, const struct event *events, size_t n)
{
    struct buffer list = buffer_in(run->arena, 64 + n * 256);
    json_object *body;
    buffer_puts(&list, "[");
    for (size_t i = 0; i < n; i++) {
        enum souk_err err = add_notice(run, &events[i], &list);
        if (err != SOUK_OK)
            return err;
    }
    if (list.len == 1)
        return SOUK_OK;
    buffer_puts(&list, "]");
    if (list.failed)
        return SOUK_TOO_LARGE;
    return job_call(run, run->shard, "mail_notices", (const struct param[]){param_text(list.data)}, 1, &body);
}

static const char *const topics[] = {"order", "refund", "shipment", "return", NULL};

const struct consumer consumer_mail = {.name = "mail", .topics = topics, .wanted = wanted, .handle = handle};
