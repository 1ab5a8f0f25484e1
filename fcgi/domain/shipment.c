/* Shipments: parcels of an order, packed and followed by staff. Buyers read them with their orders. */
#include "domain/domains.h"
#include "http/fields.h"

enum { LINES_MAX = 100, LINE_UNITS_MAX = 9999, CARRIER_CHARS_MAX = 64, TRACKING_CHARS_MAX = 128 };

static const struct field item_fields[] = {
    {.name = "line", .type = FIELD_INT, .min = 1, .max = LINES_MAX, .required = true, .about = "Line of the order"},
    {.name = "qty", .type = FIELD_INT, .min = 1, .max = LINE_UNITS_MAX, .required = true, .about = "Units of it"},
};

#define FIELDS_CARRIER(clear) \
    {.name = "carrier", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = CARRIER_CHARS_MAX, .nullable = (clear), \
     .about = "Who carries it"}, \
    {.name = "tracking", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TRACKING_CHARS_MAX, \
     .nullable = (clear), .about = "The carrier's number"}

static const struct field create_fields[] = {
    FIELDS_NEW_ID("shipment_id"),
    FIELDS_ACCOUNT,
    FIELDS_PATH_ID("order_id", "The order; PAID or PARTIALLY_SHIPPED"),
    FIELDS_IDEMPOTENCY,
    FIELDS_IF_MATCH,
    {.name = "items", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = LINES_MAX, .of = item_fields,
     .of_n = sizeof item_fields / sizeof item_fields[0], .about = "What is in it; all that is in no parcel yet when absent"},
    FIELDS_CARRIER(true),
    {.name = "shipped", .from = FROM_BODY, .type = FIELD_BOOL, .about = "true: it has left already"},
};

static const char *const states[] = {"SHIPPED", "DELIVERED", "CANCELLED", NULL};

static const struct field change_fields[] = {
    FIELDS_PATH_ID("shipment_id", "The shipment"),
    FIELDS_ACCOUNT,
    FIELDS_IDEMPOTENCY,
    FIELDS_IF_MATCH,
    {.name = "state", .from = FROM_BODY, .type = FIELD_ENUM, .one_of = states,
     .about = "It left, it arrived, or it was unpacked before it left"},
    FIELDS_CARRIER(true),
};

static const struct field get_fields[] = {FIELDS_PATH_ID("shipment_id", "The shipment")};

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/admin/orders/{order_id}/shipments", .who = ROLE_MERCHANT | ROLE_ADMIN,
     FIELDS(create_fields), .shard_by = SHARD_BY_ID, .shard_field = "order_id", .routine = "shipment_create",
     .name = "shipment_create", .summary = "Pack a parcel of a paid order", .status = 201, .answers = "Shipment"},
    {.method = METHOD_GET, .path = "/v1/admin/shipments/{shipment_id}", .who = ROLE_MERCHANT | ROLE_SUPPORT | ROLE_ADMIN,
     FIELDS(get_fields), .shard_by = SHARD_BY_ID, .shard_field = "shipment_id", .routine = "shipment_get",
     .name = "shipment_get", .summary = "One parcel", .answers = "Shipment"},
    {.method = METHOD_PATCH, .path = "/v1/admin/shipments/{shipment_id}", .who = ROLE_MERCHANT | ROLE_ADMIN,
     FIELDS(change_fields), .shard_by = SHARD_BY_ID, .shard_field = "shipment_id", .routine = "shipment_change",
     .name = "shipment_change", .summary = "Say how a parcel fares, who carries it and under which number",
     .answers = "Shipment"},
};

const struct route_set shipment_routes = {"shipment", routes, sizeof routes / sizeof routes[0]};
