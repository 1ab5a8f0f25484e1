/* Field rows that many routes share, as macros, so that a name, its bounds and its description are said once.
 *
 *     static const struct field order_get_fields[] = {FIELDS_ACCOUNT, FIELDS_PATH_ID("order_id", "The order")};
 *
 * Each macro stands for the whole rows, in the order in which the routine takes its parameters.
 */
#ifndef SOUK_HTTP_FIELDS_H
#define SOUK_HTTP_FIELDS_H

#include "http/route.h"

/* in_account_id BIGINT: who is calling. */
#define FIELDS_ACCOUNT {.name = "account_id", .from = FROM_CLAIMS, .type = FIELD_ID}

/* in_<name> BIGINT from the path. */
#define FIELDS_PATH_ID(name_, about_) \
    {.name = (name_), .from = FROM_PATH, .type = FIELD_ID, .required = true, .about = (about_)}

/* in_<name> BIGINT: a fresh id in the slot of the row's shard field. */
#define FIELDS_NEW_ID(name_) {.name = (name_), .from = FROM_ENGINE, .type = FIELD_NEW_ID}

/* in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32). */
#define FIELDS_IDEMPOTENCY \
    {.name = "idempotency_key", .from = FROM_ENGINE, .type = FIELD_IDEMPOTENCY_KEY}, \
    {.name = "body_hash", .from = FROM_ENGINE, .type = FIELD_BODY_HASH}

/* in_if_match BIGINT, NULL when the client does not ask. */
#define FIELDS_IF_MATCH {.name = "if_match", .from = FROM_ENGINE, .type = FIELD_IF_MATCH}

/* in_cached TINYINT, which the handler gives while it holds the cart: 1: its copy in Redis is dropped, 0: the worker shall do so. */
#define FIELDS_CACHED {.name = "cached", .from = FROM_HANDLER, .type = FIELD_BOOL}

/* in_client_ip VARCHAR(45). */
#define FIELDS_CLIENT_IP {.name = "client_ip", .from = FROM_ENGINE, .type = FIELD_CLIENT_IP}

/* in_<name> BIGINT from the configuration: member `member_` of struct config, an int64_t (include base/config.h). */
#define FIELDS_SETTING(name_, member_) \
    {.name = (name_), .from = FROM_ENGINE, .type = FIELD_SETTING, .setting = offsetof(struct config, member_)}

/* in_cursor VARCHAR(255), in_limit BIGINT: one page of a list. */
#define FIELDS_PAGE \
    {.name = "cursor", .from = FROM_QUERY, .type = FIELD_CURSOR, .about = "next_cursor of the page before"}, \
    {.name = "limit", .from = FROM_QUERY, .type = FIELD_INT, .min = 1, .max = 100, .fallback = 20, \
     .about = "Items a page holds at most"}

/* An address: where an order goes, or an entry of the address book. `must` where it is a new one, `clear` where a change
 * may take a part away. */
#define FIELDS_ADDRESS(must, clear) \
    {.name = "name", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 100, .required = (must), \
     .about = "Who receives"}, \
    {.name = "phone", .from = FROM_BODY, .type = FIELD_STRING, .max = 40, .nullable = (clear), \
     .about = "Where the carrier can call"}, \
    {.name = "country", .from = FROM_BODY, .type = FIELD_LETTERS, .max = 2, .required = (must), \
     .about = "ISO 3166-1, two letters"}, \
    {.name = "region", .from = FROM_BODY, .type = FIELD_STRING, .max = 100, .nullable = (clear), \
     .about = "State or province"}, \
    {.name = "city", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 100, .required = (must), \
     .about = "Town"}, \
    {.name = "line1", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 200, .required = (must), \
     .about = "Street and number"}, \
    {.name = "line2", .from = FROM_BODY, .type = FIELD_STRING, .max = 200, .nullable = (clear), \
     .about = "Floor, flat, company"}, \
    {.name = "postal_code", .from = FROM_BODY, .type = FIELD_STRING, .max = 20, .nullable = (clear), \
     .about = "Postal code"}

#endif
