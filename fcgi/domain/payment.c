/* Payments: attempts to pay an order, and what providers say of them. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/channel.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"
#include "observe/log.h"

/* A payment that is open has a page where it can be paid. */
static enum souk_err pay_url_of(struct request *request, json_object *payment, const struct channel *channel,
                                struct channel_opened *opened)
{
    const char *expires_at = json_member_text(payment, "expires_at");
    struct tm until = {0};
    if (expires_at == NULL || strptime(expires_at, "%Y-%m-%dT%H:%M:%S", &until) == NULL)
        return SOUK_INTERNAL;
    const struct channel_payment facts = {
        .payment_id = json_member_number(payment, "payment_id"),
        .order_id = json_member_number(payment, "order_id"),
        .amount = json_member_number(payment, "amount"),
        .currency = json_member_text(payment, "currency"),
        .description = arena_printf(request->arena, "Order %s", json_member_text(payment, "order_id")),
        .expires_s = timegm(&until),
    };
    return facts.description == NULL ? SOUK_TOO_LARGE
                                     : channel->open(request->context->config, request->arena, &facts,
                                                     request->deadline_us, opened);
}

/* Adds the address, which only C can sign, to the payment the routine has answered with. */
static enum souk_err answer_with_pay_url(struct request *request)
{
    json_object *payment = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    const char *state = json_member_text(payment, "state"), *name = json_member_text(payment, "channel");
    const struct channel *channel = name == NULL ? NULL : channel_find(request->context->config, name);
    struct channel_opened opened = {.pay_url = NULL};
    if (state == NULL)
        return SOUK_INTERNAL;
    if (strcmp(state, "SUBMITTED") != 0 || channel == NULL || channel->opens_outside)
        return SOUK_OK;
    enum souk_err err = pay_url_of(request, payment, channel, &opened);
    if (err != SOUK_OK)
        return err;
    if (opened.pay_url != NULL)
        json_object_object_add(payment, "pay_url", json_object_new_string(opened.pay_url));
    if (opened.code_url != NULL)
        json_object_object_add(payment, "code_url", json_object_new_string(opened.code_url));
    return request_answer(request, request->answer.status, json_object_get(payment));
}

static enum souk_err payment_open(struct request *request)
{
    const struct channel *channel = channel_find(request->context->config, request_value(request, "channel")->text);
    if (channel == NULL)
        return request_fail(request, SOUK_PAYMENT_CHANNEL, "channel: %s", request_value(request, "channel")->text);
    const struct param params[] = {
        request_param(request, "order_id"),        request_param(request, "channel"),
        request_param(request, "account_id"),      request_param(request, "payment_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"),
        param_int(channel->opens_outside),         param_text(channel->currencies),
    };
    const int shard = store_shard_of(request->context->store, request_value(request, "order_id")->number);
    enum souk_err err = request_call(request, shard, "payment_open", params, sizeof params / sizeof params[0], true,
                                     &request->answer);
    return err == SOUK_OK ? answer_with_pay_url(request) : err;
}

static enum souk_err payment_get(struct request *request)
{
    const struct param params[] = {request_param(request, "payment_id"), request_param(request, "account_id")};
    const int shard = store_shard_of(request->context->store, request_value(request, "payment_id")->number);
    enum souk_err err = request_call(request, shard, "payment_get", params, 2, true, &request->answer);
    return err == SOUK_OK ? answer_with_pay_url(request) : err;
}

static const char *callback_header(const void *from, const char *name)
{
    return request_header(from, name);
}

/* The provider hears what it wants to hear; anything but a 2xx makes it call again. */
static void answer_accepted(struct request *request, const struct channel_accepted *accepted)
{
    if (accepted->status == 0)
        return;
    request->content_type = accepted->content_type;
    request->answer =
        (struct answer){.status = accepted->status, .body = accepted->body, .body_len = strlen(accepted->body)};
}

/* A provider's server says how a payment or refund went. */
static enum souk_err payment_callback(struct request *request)
{
    const struct channel *channel = channel_find(request->context->config, request_value(request, "channel")->text);
    struct channel_callback callback = {
        .now_s = clock_unix_ms() / 1000, .header = callback_header, .from = request};
    struct channel_event event = {0};
    callback.body = request_raw_body(request, &callback.body_len);
    if (channel == NULL)
        return SOUK_NOT_FOUND;
    enum souk_err err = SOUK_OK;
    if (channel->learn != NULL)
        err = channel->learn(request->context, request->arena, &callback, request->deadline_us);
    if (err == SOUK_OK)
        err = channel->verify_callback(request->context->config, request->arena, &callback, &event);
    if (err == SOUK_OK)
        err = channel_settle(request->context, request->arena, channel, &event, request->deadline_us, &request->answer,
                             &request->refusal);
    if (err == SOUK_OK)
        answer_accepted(request, &channel->accepted);
    else
        log_warn("callback of channel %s about payment %" PRId64 " refused: %s %s", channel->name, event.payment_id,
                 error_row(err)->code, request->refusal.detail);
    return err;
}

static const struct field open_fields[] = {
    FIELDS_PATH_ID("order_id", "The order to pay"),
    {.name = "channel", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 16, .required = true,
     .about = "Who takes the money: sandbox, or another channel that is configured"},
    FIELDS_ACCOUNT,
    FIELDS_NEW_ID("payment_id"),
    FIELDS_IDEMPOTENCY,
};

static const struct field get_fields[] = {FIELDS_PATH_ID("payment_id", "The payment"), FIELDS_ACCOUNT};

static const struct field callback_fields[] = {
    {.name = "channel", .from = FROM_PATH, .type = FIELD_STRING, .min = 1, .max = 16, .required = true,
     .about = "The channel whose provider is calling"},
};

static const struct route rows[] = {
    {.method = METHOD_POST, .path = "/v1/orders/{order_id}/payments", .who = ROLE_GUEST | ROLE_BUYER,
     FIELDS(open_fields), .shard_by = SHARD_BY_ID, .shard_field = "order_id", .routine = "payment_open",
     .handle = payment_open, .flags = ROUTE_KEY_REQUIRED, .name = "payment_open",
     .summary = "Open an attempt to pay an order; the buyer's browser goes to pay_url, once it is there",
     .status = 201, .answers = "Payment"},
    {.method = METHOD_GET, .path = "/v1/payments/{payment_id}", .who = ROLE_GUEST | ROLE_BUYER, FIELDS(get_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "payment_id", .routine = "payment_get", .handle = payment_get,
     .name = "payment_get", .summary = "One payment of the caller", .answers = "Payment"},
    {.method = METHOD_POST, .path = "/v1/payments/callbacks/{channel}", FIELDS(callback_fields),
     .handle = payment_callback, .flags = ROUTE_RAW_BODY, .name = "payment_callback",
     .summary = "A provider tells how a payment went, signed as its channel documents", .answers = "PaymentCallback"},
};

const struct route_set payment_routes = {
    .domain = "payment", .routes = rows, .routes_n = sizeof rows / sizeof rows[0]};
