/* Reconciliation as staff see it: what came of comparing a provider's statement with our books. */
#include "domain/channel.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"

enum { NOTE_CHARS_MAX = 500 };

static const char *const states[] = {"open", "closed", NULL};

static const struct field get_fields[] = {
    {.name = "channel", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 16, .required = true,
     .about = "The payment channel"},
    {.name = "day", .from = FROM_QUERY, .type = FIELD_STRING, .min = 10, .max = 10, .required = true,
     .about = "Day of the provider, 2026-11-28"},
    {.name = "state", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = states, .about = "Only differences in this state"},
    FIELDS_PAGE,
};

static const struct field close_fields[] = {
    {.name = "channel", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 16, .required = true,
     .about = "The payment channel"},
    {.name = "day", .from = FROM_BODY, .type = FIELD_STRING, .min = 10, .max = 10, .required = true,
     .about = "Day of the provider, 2026-11-28"},
    {.name = "class", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 24, .required = true,
     .about = "What differs, as it was listed"},
    {.name = "reference", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 80, .required = true,
     .about = "Of which transaction, as it was listed"},
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = NOTE_CHARS_MAX, .required = true,
     .about = "How it was settled"},
    FIELDS_ACCOUNT,
    FIELDS_IDEMPOTENCY,
};

static const struct field ask_fields[] = {
    {.name = "channel", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 16, .required = true,
     .about = "The payment channel"},
    {.name = "day", .from = FROM_BODY, .type = FIELD_STRING, .min = 10, .max = 10, .required = true,
     .about = "Day of the provider, 2026-11-28"},
    FIELDS_ACCOUNT,
    FIELDS_IDEMPOTENCY,
};

/* Only a channel that is on has statements. */
static enum souk_err reconciliation_ask(struct request *request)
{
    const struct channel *channel = channel_find(request->context->config, request_value(request, "channel")->text);
    return channel == NULL || channel->statement == NULL ? SOUK_PAYMENT_CHANNEL : request_invoke(request);
}

static const struct route rows[] = {
    {.method = METHOD_GET, .path = "/v1/admin/reconciliation", .who = ROLE_SUPPORT | ROLE_ADMIN | ROLE_OPS,
     FIELDS(get_fields), .shard_by = SHARD_GLOBAL, .routine = "reconciliation_get", .name = "reconciliation_get",
     .summary = "Where a provider's statement and our books differ", .answers = "Reconciliation"},
    {.method = METHOD_POST, .path = "/v1/admin/reconciliation", .who = ROLE_SUPPORT | ROLE_ADMIN | ROLE_OPS, FIELDS(ask_fields),
     .shard_by = SHARD_GLOBAL, .routine = "reconciliation_ask", .handle = reconciliation_ask, .name = "reconciliation_ask",
     .summary = "Have a provider's statement of a day compared with our books, now or again",
     .status = 202, .answers = "ReconciliationCounts"},
    {.method = METHOD_POST, .path = "/v1/admin/reconciliation/close", .who = ROLE_SUPPORT | ROLE_ADMIN, FIELDS(close_fields),
     .shard_by = SHARD_GLOBAL, .routine = "reconciliation_close", .name = "reconciliation_close",
     .summary = "Say how a difference was settled; books nothing", .answers = "ReconciliationDifference"},
};

const struct route_set reconciliation_routes = {
    .domain = "reconciliation", .routes = rows, .routes_n = sizeof rows / sizeof rows[0]};
