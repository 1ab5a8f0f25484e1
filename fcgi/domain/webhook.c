/* Webhooks: endpoints that are told of events, and what became of each delivery. worker/webhook.c stores deliveries and
 * worker/delivery.c sends them. */
#include <sodium.h>
#include <string.h>

#include "base/buffer.h"
#include "base/event_kind.h"
#include "domain/domains.h"
#include "guard/egress.h"
#include "http/fields.h"
#include "http/request.h"

enum { URL_CHARS_MAX = 500, EVENTS_MAX = 50, SECRET_BYTES = 32, OVERLAP_S = 86400, OVERLAP_S_MAX = 604800 };

/* whsec_ and the base64 of 32 random bytes. NULL: arena full. */
static const char *new_secret(struct arena *arena)
{
    uint8_t random[SECRET_BYTES];
    char text[sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(text, sizeof text, random, sizeof random, sodium_base64_VARIANT_ORIGINAL);
    const char *secret = arena_printf(arena, "whsec_%s", text);
    sodium_memzero(random, sizeof random);
    sodium_memzero(text, sizeof text);
    return secret;
}

static enum souk_err check_url(struct request *request)
{
    const char *url = request_value(request, "url")->text;
    const char *why = url ? egress_url_refused(url, request->context->config->webhook_loopback) : NULL;
    return why ? request_fail_field(request, "url", "format", "%s", why) : SOUK_OK;
}

/* Names separated by commas; "" when the arena is full. */
static const char *listed(struct request *request, const char *const *names)
{
    struct buffer out = buffer_in(request->arena, 256);
    for (const char *const *name = names; *name; name++)
        buffer_printf(&out, name == names ? "%s" : ", %s", *name);
    return out.failed ? "" : out.data;
}

/* What no event falls under would wait for ever. */
static enum souk_err check_events(struct request *request)
{
    json_object *events = request_value(request, "events")->json;
    enum souk_err err = SOUK_OK;
    for (size_t i = 0; events && i < json_object_array_length(events); i++) {
        const struct event_kind *kind;
        if (event_pattern_known(json_object_get_string(json_object_array_get_idx(events, i)), &kind))
            continue;
        const char *path = arena_printf(request->arena, "events[%zu]", i);
        err = kind ? request_fail_field(request, path ? path : "events", "unknown", "is no event; %s. goes on with %s, or *",
                                        kind->name, listed(request, kind->types))
                   : request_fail_field(request, path ? path : "events", "unknown", "is no event; they begin with %s, or are *",
                                        listed(request, event_kind_names));
    }
    return err;
}

static enum souk_err check_endpoint(struct request *request)
{
    enum souk_err url = check_url(request), events = check_events(request);
    return url != SOUK_OK ? url : events;
}

/* The row's routine with a secret for it. Repeated under its key it shows the one of the first time. */
static enum souk_err call_with_secret(struct request *request)
{
    const char *secret = new_secret(request->arena);
    if (!secret)
        return SOUK_TOO_LARGE;
    request_give_text(request, "secret", secret);
    return request_invoke(request);
}

static enum souk_err webhook_create(struct request *request)
{
    enum souk_err err = check_endpoint(request);
    return err == SOUK_OK ? call_with_secret(request) : err;
}

static enum souk_err webhook_change(struct request *request)
{
    enum souk_err err = check_endpoint(request);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {request_param(request, "endpoint_id"), request_param(request, "url"),
                                   request_param(request, "events"), request_param(request, "description"),
                                   request_param(request, "state"), request_param(request, "if_match")};
    return request_call(request, DB_GLOBAL, "webhook_change", params, 6, false, &request->answer);
}

static const struct field pattern[] = {
    {.name = "", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 64, .about = "order.paid, order.* or *"},
};

static const char *const endpoint_states[] = {"enabled", "disabled", NULL};
static const char *const delivery_states[] = {"pending", "delivered", "failed", NULL};

#define FIELDS_ENDPOINT(must) \
    {.name = "url", .from = FROM_BODY, .type = FIELD_STRING, .min = 8, .max = URL_CHARS_MAX, .required = (must), \
     .about = "Where to POST: https, a public address"}, \
    {.name = "events", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = EVENTS_MAX, .of = pattern, .of_n = 1, \
     .required = (must), .about = "What to tell of"}, \
    {.name = "description", .from = FROM_BODY, .type = FIELD_STRING, .max = 200, .nullable = true, .about = "Your own words"}

#define FIELDS_SECRET {.name = "secret", .from = FROM_HANDLER, .type = FIELD_STRING}

static const struct field create_fields[] = {FIELDS_NEW_ID("endpoint_id"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY,
                                             FIELDS_ENDPOINT(true), FIELDS_SECRET};
static const struct field endpoint_fields[] = {FIELDS_PATH_ID("endpoint_id", "The endpoint")};
static const struct field change_fields[] = {
    FIELDS_PATH_ID("endpoint_id", "The endpoint"),
    FIELDS_ENDPOINT(false),
    {.name = "state", .from = FROM_BODY, .type = FIELD_ENUM, .one_of = endpoint_states,
     .about = "disabled: it is told of nothing, and what waits for it has failed"},
    FIELDS_IF_MATCH,
};
static const struct field delete_fields[] = {FIELDS_PATH_ID("endpoint_id", "The endpoint"), FIELDS_IF_MATCH};
static const struct field rotate_fields[] = {
    FIELDS_PATH_ID("endpoint_id", "The endpoint"),
    FIELDS_ACCOUNT,
    FIELDS_IDEMPOTENCY,
    {.name = "overlap_s", .from = FROM_BODY, .type = FIELD_INT, .min = 0, .max = OVERLAP_S_MAX, .fallback = OVERLAP_S,
     .about = "Seconds for which the old secret signs too"},
    FIELDS_SECRET,
};
static const struct field deliveries_fields[] = {
    FIELDS_PATH_ID("endpoint_id", "The endpoint"),
    {.name = "state", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = delivery_states, .about = "Only these"},
    FIELDS_PAGE,
};
static const struct field redeliver_fields[] = {FIELDS_PATH_ID("delivery_id", "The delivery")};

#define STAFF .who = ROLE_ADMIN | ROLE_OPS
#define ENDPOINT "/v1/admin/webhooks/{endpoint_id}"

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/admin/webhooks", STAFF, FIELDS(create_fields), .shard_by = SHARD_GLOBAL,
     .routine = "webhook_make", .handle = webhook_create, .name = "webhook_create",
     .summary = "A new endpoint; its secret is shown this once", .status = 201, .answers = "WebhookSecret"},
    {.method = METHOD_GET, .path = "/v1/admin/webhooks", STAFF, .shard_by = SHARD_GLOBAL, .routine = "webhook_list",
     .name = "webhook_list", .summary = "All endpoints", .answers = "WebhookList"},
    {.method = METHOD_GET, .path = ENDPOINT, STAFF, FIELDS(endpoint_fields), .shard_by = SHARD_GLOBAL,
     .routine = "webhook_get", .name = "webhook_get", .summary = "One endpoint", .answers = "Webhook"},
    {.method = METHOD_PATCH, .path = ENDPOINT, STAFF, FIELDS(change_fields), .handle = webhook_change,
     .name = "webhook_change", .summary = "Change an endpoint, stop it, or let it go on", .answers = "Webhook"},
    {.method = METHOD_DELETE, .path = ENDPOINT, STAFF, FIELDS(delete_fields), .shard_by = SHARD_GLOBAL,
     .routine = "webhook_delete", .name = "webhook_delete", .summary = "Remove an endpoint and its deliveries"},
    {.method = METHOD_POST, .path = ENDPOINT "/rotate", STAFF, FIELDS(rotate_fields), .shard_by = SHARD_GLOBAL,
     .routine = "webhook_rekey", .handle = call_with_secret, .name = "webhook_rotate",
     .summary = "A new secret, shown this once; the old one signs too for a while",
     .answers = "WebhookSecret"},
    {.method = METHOD_GET, .path = ENDPOINT "/deliveries", STAFF, FIELDS(deliveries_fields), .shard_by = SHARD_GLOBAL,
     .routine = "webhook_deliveries", .name = "webhook_deliveries", .summary = "What an endpoint was told of, newest first",
     .answers = "WebhookDeliveryList"},
    {.method = METHOD_POST, .path = "/v1/admin/webhooks/deliveries/{delivery_id}/redeliver", STAFF, FIELDS(redeliver_fields),
     .shard_by = SHARD_GLOBAL, .routine = "webhook_redeliver", .name = "webhook_redeliver",
     .summary = "Deliver once more: same webhook-id, same body", .status = 202, .answers = "WebhookDelivery"},
};

const struct route_set webhook_routes = {"webhook", routes, sizeof routes / sizeof routes[0]};
