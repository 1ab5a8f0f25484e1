/* The provider's rows for the merchant's server: payments, refunds, statements, and for tests the switches of faults. Every
 * request is signed; what a test wants to go wrong with the answer goes wrong after the request has been served. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/fiber.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/domains.h"
#include "domain/sandbox_sender.h"
#include "domain/sandbox_sign.h"
#include "http/fields.h"
#include "http/request.h"

enum { SILENCE_MS_MAX = 60000, STATEMENT_LINES_MAX = 1000, FAULT_MAX = 1000000 };

/* Is the request signed as `line`? */
static bool is_signed(struct request *request, const char *line)
{
    size_t len;
    const char *body = request_raw_body(request, &len);
    return line != NULL && sandbox_message_valid(request->context->config->sandbox_secret, clock_unix_ms() / 1000,
                                                 request_header(request, SANDBOX_HEADER_TIMESTAMP),
                                                 request_header(request, SANDBOX_HEADER_SIGNATURE), line,
                                                 len == 0 ? "" : body, len);
}

/* The answer comes late or never, where a test asked for it. */
static enum souk_err spoil(struct request *request, int64_t payment_id)
{
    const struct param params[] = {param_int(payment_id)};
    struct answer answer;
    enum souk_err err = request_call(request, DB_SANDBOX, "fault_spend", params, 1, false, &answer);
    json_object *body = err == SOUK_OK ? arena_own(request->arena, json_tokener_parse(answer.body), json_release) : NULL;
    const int64_t silence_ms = json_member_number(body, "silence_ms");
    if (silence_ms > 0) {
        const int64_t ms = silence_ms < SILENCE_MS_MAX ? silence_ms : SILENCE_MS_MAX;
        fiber_pause(ms * 1000);
    }
    return json_member_number(body, "lost") ? SOUK_UNAVAILABLE : err;
}

/* Calls `routine` with the merchant and one id when the request is signed as "<method> <path>". */
static enum souk_err serve_id(struct request *request, const char *line, const char *id_name, const char *routine)
{
    const int64_t id = request_value(request, id_name)->number;
    const struct param params[] = {param_text(SANDBOX_MERCHANT), param_int(id)};
    if (!is_signed(request, line))
        return SOUK_PAYMENT_SIGNATURE;
    return request_call(request, DB_SANDBOX, routine, params, 2, true, &request->answer);
}

static enum souk_err serve_payment(struct request *request, const char *method, const char *suffix, const char *routine)
{
    const int64_t payment_id = request_value(request, "payment_id")->number;
    enum souk_err err = serve_id(request, arena_printf(request->arena, "%s /sandbox/v1/payments/%" PRId64 "%s", method,
                                                       payment_id, suffix),
                                 "payment_id", routine);
    return err == SOUK_OK ? spoil(request, payment_id) : err;
}

static enum souk_err payment_get(struct request *request)
{
    return serve_payment(request, "GET", "", "provider_get");
}

static enum souk_err payment_close(struct request *request)
{
    return serve_payment(request, "POST", "/close", "provider_close");
}

static const char *fresh(struct arena *arena, const char *prefix)
{
    uint8_t random[12];
    char hex[2 * sizeof random + 1];
    randombytes_buf(random, sizeof random);
    text_hex(random, sizeof random, hex);
    return arena_printf(arena, "%s%s", prefix, hex);
}

/* The merchant takes what its buyer has agreed to. */
static enum souk_err payment_take(struct request *request)
{
    const int64_t payment_id = request_value(request, "payment_id")->number;
    const char *line = arena_printf(request->arena, "POST /sandbox/v1/payments/%" PRId64 "/capture", payment_id);
    const char *event_id = fresh(request->arena, "evt_");
    const struct param params[] = {param_text(SANDBOX_MERCHANT), param_int(payment_id), param_text(event_id)};
    if (!is_signed(request, line))
        return SOUK_PAYMENT_SIGNATURE;
    if (event_id == NULL)
        return SOUK_TOO_LARGE;
    enum souk_err err = request_call(request, DB_SANDBOX, "provider_capture", params, 3, true, &request->answer);
    if (err != SOUK_OK)
        return err;
    sandbox_sender_wake();
    return spoil(request, payment_id);
}

static const char *refund_line(struct request *request, const char *method)
{
    return arena_printf(request->arena, "%s /sandbox/v1/refunds/%" PRId64, method,
                        request_value(request, "refund_id")->number);
}

static enum souk_err refund_get(struct request *request)
{
    enum souk_err err = serve_id(request, refund_line(request, "GET"), "refund_id", "provider_refund_get");
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    return spoil(request, json_member_number(body, "payment_id"));
}

static enum souk_err refund_put(struct request *request)
{
    const char *event_id = fresh(request->arena, "evt_"), *provider_ref = fresh(request->arena, "sbr_");
    const struct param params[] = {
        param_text(SANDBOX_MERCHANT),         request_param(request, "refund_id"), request_param(request, "payment_id"),
        request_param(request, "amount"),     request_param(request, "currency"),  param_text(event_id),
        param_text(provider_ref),
    };
    if (!is_signed(request, refund_line(request, "POST")))
        return SOUK_PAYMENT_SIGNATURE;
    if (event_id == NULL || provider_ref == NULL)
        return SOUK_TOO_LARGE;
    enum souk_err err = request_call(request, DB_SANDBOX, "provider_refund", params, sizeof params / sizeof params[0], true,
                                     &request->answer);
    if (err != SOUK_OK)
        return err;
    sandbox_sender_wake();
    return spoil(request, request_value(request, "payment_id")->number);
}

static enum souk_err statement_get(struct request *request)
{
    const char *line =
        arena_printf(request->arena, "GET /sandbox/v1/statements/%s", request_value(request, "day")->text);
    const struct param params[] = {
        param_text(SANDBOX_MERCHANT),            request_param(request, "day"),      request_param(request, "after_kind"),
        request_param(request, "after_at"),      request_param(request, "after_id"), request_param(request, "limit"),
    };
    if (!is_signed(request, line))
        return SOUK_PAYMENT_SIGNATURE;
    request->content_type = "text/csv; charset=utf-8";
    return request_call(request, DB_SANDBOX, "provider_statement", params, sizeof params / sizeof params[0], true,
                        &request->answer);
}

/* The switches: name, what goes wrong. */
#define FAULTS(X) \
    X("declines", "1: pressing Pay, or taking what was authorised, declines") \
    X("authorises", "1: pressing Pay only authorises; the merchant has to ask for the money") \
    X("capture_amount_off", "So many minor units more (or less) are taken than was asked") \
    X("callback_amount_off", "So many more (or less) are said in the callback than were taken") \
    X("callback_lost", "1: no callback is sent") \
    X("callback_copies", "Each callback is sent so often, up to 20 times") \
    X("callback_delay_ms", "Callbacks come so much later") \
    X("callback_spread_ms", "Each copy comes up to so much later still, at random: in any order") \
    X("replies_lost", "So many answers to the merchant are 503, though the request was served") \
    X("silence_ms", "The next answer to the merchant comes so late, up to a minute") \
    X("refund_fails", "So many refunds fail") \
    X("refund_pending_ms", "Refunds are pending for so long") \
    X("statement_lost", "1: the payment is left out of statements") \
    X("statement_amount_off", "So many more (or less) are written in statements")

static const char *const fault_names[] = {
#define X(name, about) name,
    FAULTS(X)
#undef X
};

static enum souk_err faults_put(struct request *request)
{
    const struct value *payment = request_value(request, "payment_id");
    json_object *faults = arena_own(request->arena, json_object_new_object(), json_release);
    if (!is_signed(request, "PUT /sandbox/v1/faults"))
        return SOUK_PAYMENT_SIGNATURE;
    for (size_t i = 0; i < sizeof fault_names / sizeof fault_names[0]; i++) {
        const struct value *value = request_value(request, fault_names[i]);
        if (value->present)
            json_object_object_add(faults, fault_names[i], json_object_new_int64(value->number));
    }
    const struct param params[] = {param_int(payment->present ? payment->number : 0),
                                   param_text(json_object_to_json_string_ext(faults, JSON_C_TO_STRING_PLAIN))};
    return request_call(request, DB_SANDBOX, "fault_set", params, 2, true, &request->answer);
}

static const struct field payment_fields[] = {FIELDS_PATH_ID("payment_id", "The merchant's number")};

static const struct field refund_get_fields[] = {FIELDS_PATH_ID("refund_id", "The merchant's number")};

static const struct field refund_fields[] = {
    FIELDS_PATH_ID("refund_id", "The merchant's number"),
    {.name = "payment_id", .from = FROM_BODY, .type = FIELD_ID, .required = true, .about = "The payment"},
    {.name = "amount", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = 9007199254740991, .required = true,
     .about = "Minor units"},
    {.name = "currency", .from = FROM_BODY, .type = FIELD_LETTERS, .max = 3, .required = true, .about = "ISO 4217"},
};

static const struct field statement_fields[] = {
    {.name = "day", .from = FROM_PATH, .type = FIELD_STRING, .min = 10, .max = 10, .required = true, .about = "2026-11-28"},
    {.name = "after_kind", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 8, .about = "Of the last line seen"},
    {.name = "after_at", .from = FROM_QUERY, .type = FIELD_STRING, .min = 24, .max = 24, .about = "Of the last line seen"},
    {.name = "after_id", .from = FROM_QUERY, .type = FIELD_ID, .about = "Of the last line seen"},
    {.name = "limit", .from = FROM_QUERY, .type = FIELD_INT, .min = 1, .max = STATEMENT_LINES_MAX,
     .fallback = STATEMENT_LINES_MAX, .about = "Lines at most"},
};

static const struct field fault_fields[] = {
    {.name = "payment_id", .from = FROM_BODY, .type = FIELD_ID, .about = "Whose; without it: everybody's"},
#define X(name_, about_) \
    {.name = name_, .from = FROM_BODY, .type = FIELD_INT, .min = -FAULT_MAX, .max = FAULT_MAX, .about = about_},
    FAULTS(X)
#undef X
};

#define MERCHANT_ROW(method_, path_, fields_, handle_, name_) \
    .method = (method_), .path = (path_), FIELDS(fields_), .shard_by = SHARD_SANDBOX, .handle = (handle_), .name = (name_)

static const struct route rows[] = {
    {MERCHANT_ROW(METHOD_GET, "/sandbox/v1/payments/{payment_id}", payment_fields, payment_get, "sandbox_payment_get"),
     .flags = ROUTE_HIDDEN, .routine = "provider_get", .summary = "A payment, for the merchant's server"},
    {MERCHANT_ROW(METHOD_POST, "/sandbox/v1/payments/{payment_id}/close", payment_fields, payment_close,
                  "sandbox_payment_close"),
     .flags = ROUTE_HIDDEN | ROUTE_RAW_BODY, .routine = "provider_close",
     .summary = "Take no money for a payment any more"},
    {MERCHANT_ROW(METHOD_POST, "/sandbox/v1/payments/{payment_id}/capture", payment_fields, payment_take,
                  "sandbox_payment_capture"),
     .flags = ROUTE_HIDDEN | ROUTE_RAW_BODY, .routine = "provider_capture", .summary = "Take what was authorised"},
    {MERCHANT_ROW(METHOD_GET, "/sandbox/v1/refunds/{refund_id}", refund_get_fields, refund_get, "sandbox_refund_get"),
     .flags = ROUTE_HIDDEN, .routine = "provider_refund_get", .summary = "A refund, for the merchant's server"},
    {MERCHANT_ROW(METHOD_POST, "/sandbox/v1/refunds/{refund_id}", refund_fields, refund_put, "sandbox_refund"),
     .flags = ROUTE_HIDDEN, .routine = "provider_refund", .summary = "Give money back"},
    {MERCHANT_ROW(METHOD_GET, "/sandbox/v1/statements/{day}", statement_fields, statement_get, "sandbox_statement"),
     .flags = ROUTE_HIDDEN, .routine = "provider_statement", .summary = "What was done on a day"},
    {MERCHANT_ROW(METHOD_PUT, "/sandbox/v1/faults", fault_fields, faults_put, "sandbox_faults"), .flags = ROUTE_HIDDEN,
     .routine = "fault_set", .summary = "What is to go wrong, for tests"},
};

const struct route_set sandbox_merchant_routes = {
    .domain = "sandbox", .routes = rows, .routes_n = sizeof rows / sizeof rows[0]};
