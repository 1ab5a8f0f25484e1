/* Addresses of an account: up to 50, one of them the default as long as there is any. */
#include "domain/domains.h"
#include "http/fields.h"

/* The parts of an entry: `must` where a new one needs them, `clear` where a change may take them away. */
#define ADDRESS_PARTS(must, clear) \
    FIELDS_ADDRESS(must, clear), \
    {.name = "is_default", .from = FROM_BODY, .type = FIELD_BOOL, \
     .about = "Orders go here unless told otherwise; the first address is the default by itself"}

static const struct field list_fields[] = {FIELDS_ACCOUNT, FIELDS_PAGE};

static const struct field create_fields[] = {FIELDS_ACCOUNT, FIELDS_NEW_ID("address_id"), ADDRESS_PARTS(true, true),
                                             FIELDS_IDEMPOTENCY};

static const struct field get_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("address_id", "The address")};

static const struct field change_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("address_id", "The address"),
                                             ADDRESS_PARTS(false, true), FIELDS_IF_MATCH, FIELDS_IDEMPOTENCY};

static const struct field delete_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("address_id", "The address"),
                                             FIELDS_IF_MATCH, FIELDS_IDEMPOTENCY};

#define ADDRESS_ROW(method_, path_, fields_, routine_) \
    .method = (method_), .path = (path_), .who = ROLE_BUYER, FIELDS(fields_), .shard_by = SHARD_BY_ID, \
    .shard_field = "account_id", .routine = (routine_), .name = (routine_)

static const struct route routes[] = {
    {ADDRESS_ROW(METHOD_GET, "/v1/me/addresses", list_fields, "address_list"),
     .summary = "Your addresses, newest first", .answers = "AddressList"},
    {ADDRESS_ROW(METHOD_POST, "/v1/me/addresses", create_fields, "address_create"), .summary = "Add an address",
     .status = 201, .answers = "Address"},
    {ADDRESS_ROW(METHOD_GET, "/v1/me/addresses/{address_id}", get_fields, "address_get"),
     .summary = "One of your addresses", .answers = "Address"},
    {ADDRESS_ROW(METHOD_PATCH, "/v1/me/addresses/{address_id}", change_fields, "address_change"),
     .summary = "Change an address, or make it the default", .answers = "Address"},
    {ADDRESS_ROW(METHOD_DELETE, "/v1/me/addresses/{address_id}", delete_fields, "address_delete"),
     .summary = "Remove an address; the default passes to the newest of the others"},
};

const struct route_set address_routes = {"address", routes, sizeof routes / sizeof routes[0]};
