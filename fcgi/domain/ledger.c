/* The ledger as staff reads it: the money that moved on a day of a channel. */
#include "domain/domains.h"
#include "http/fields.h"

static const struct field search_fields[] = {
    {.name = "channel", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 16, .required = true,
     .about = "The payment channel"},
    {.name = "day", .from = FROM_QUERY, .type = FIELD_STRING, .min = 10, .max = 10, .required = true,
     .about = "Day in UTC, 2026-11-28"},
    FIELDS_PAGE,
};

static const struct route rows[] = {
    {.method = METHOD_GET, .path = "/v1/admin/ledger", .who = ROLE_SUPPORT | ROLE_ADMIN | ROLE_OPS, FIELDS(search_fields),
     .shard_by = SHARD_ALL, .shard_field = "transfer_id", .routine = "ledger_search", .name = "ledger_search",
     .summary = "Captures and refunds of a day, those begun last first; shards that did not answer stand in `away`",
     .answers = "TransferList"},
};

const struct route_set ledger_routes = {.domain = "ledger", .routes = rows, .routes_n = sizeof rows / sizeof rows[0]};
