/* Cases: what about money a person has to look at, on all shards. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"

enum { CASE_NOTE_CHARS_MAX = 500 };

/* Newest first: ids of all shards are made by the same clock. */
static int newer_first(const void *a, const void *b)
{
    json_object *const *left = a, *const *right = b;
    const int64_t l = json_member_number(*left, "case_id"), r = json_member_number(*right, "case_id");
    return l < r ? 1 : l > r ? -1 : 0;
}

static enum souk_err add_shard(struct request *request, int shard, const struct param *params, size_t params_n,
                               json_object *found)
{
    struct answer answer;
    enum souk_err err = request_call(request, shard, "payment_case_list", params, params_n, true, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    json_object *items = json_member_array(body, "items");
    for (size_t i = 0; items && i < json_object_array_length(items); i++)
        json_object_array_add(found, json_object_get(json_object_array_get_idx(items, i)));
    return items ? SOUK_OK : SOUK_INTERNAL;
}

static const char *next_cursor(struct request *request, json_object *last)
{
    const char *id = json_member_text(last, "case_id");
    char *hex = arena_alloc(request->arena, 2 * strlen(id) + 1);
    if (hex != NULL)
        text_hex((const uint8_t *)id, strlen(id), hex);
    return hex;
}

/* One page of all shards: each is asked for as many as the page holds, and one more. */
static enum souk_err case_list(struct request *request)
{
    const struct value *cursor = request_value(request, "cursor");
    const int64_t limit = request_value(request, "limit")->number;
    const struct param params[] = {
        request_param(request, "state"), request_param(request, "kind"),
        cursor->present ? param_int(strtoll(cursor->text, NULL, 10)) : param_null(), param_int(limit + 1)};
    json_object *found = arena_own(request->arena, json_object_new_array(), json_release);
    enum souk_err err = found ? SOUK_OK : SOUK_TOO_LARGE;
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(request->context->store); shard++)
        err = add_shard(request, shard, params, sizeof params / sizeof params[0], found);
    if (err != SOUK_OK)
        return err;
    json_object_array_sort(found, newer_first);
    const size_t n = json_object_array_length(found), shown = n > (size_t)limit ? (size_t)limit : n;
    json_object *body = json_object_new_object(), *items = json_object_new_array();
    for (size_t i = 0; i < shown; i++)
        json_object_array_add(items, json_object_get(json_object_array_get_idx(found, i)));
    json_object_object_add(body, "items", items);
    const char *next = n > shown ? next_cursor(request, json_object_array_get_idx(found, shown - 1)) : NULL;
    json_object_object_add(body, "next_cursor", next ? json_object_new_string(next) : NULL);
    err = request_answer(request, 200, body);
    request->answer.next_cursor = next;
    return err;
}

static const char *const states[] = {"open", "closed", NULL};
static const char *const actions[] = {"refund", "refunded", NULL};

static const struct field list_fields[] = {
    {.name = "state", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = states, .about = "Only cases in this state"},
    {.name = "kind", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 24, .about = "Only cases of this kind"},
    FIELDS_PAGE,
};

static const struct field close_fields[] = {
    FIELDS_PATH_ID("case_id", "The case"),
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = CASE_NOTE_CHARS_MAX, .required = true,
     .about = "What was done"},
    {.name = "action", .from = FROM_BODY, .type = FIELD_ENUM, .one_of = actions, .nullable = true,
     .about = "refund, of a wrong_amount: what the provider, asked, says that it took (taken) is booked and goes back; "
              "refunded, of a refund_by_hand or refund_failed: its money is back with the buyer, past the provider"},
    FIELDS_ACCOUNT,
    FIELDS_NEW_ID("refund_id"),
    FIELDS_IDEMPOTENCY,
};

static const struct route rows[] = {
    {.method = METHOD_GET, .path = "/v1/admin/payment-cases", .who = ROLE_SUPPORT | ROLE_ADMIN | ROLE_OPS,
     FIELDS(list_fields), .handle = case_list, .name = "payment_case_list",
     .summary = "Money that needs a person, newest first", .answers = "PaymentCaseList"},
    {.method = METHOD_POST, .path = "/v1/admin/payment-cases/{case_id}/close", .who = ROLE_SUPPORT | ROLE_ADMIN,
     FIELDS(close_fields), .shard_by = SHARD_BY_ID, .shard_field = "case_id", .routine = "payment_case_close",
     .name = "payment_case_close", .summary = "Say how a case was dealt with", .answers = "PaymentCase"},
};

const struct route_set payment_case_routes = {
    .domain = "payment_case", .routes = rows, .routes_n = sizeof rows / sizeof rows[0]};
