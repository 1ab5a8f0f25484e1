/* The channel `stripe`: a Checkout Session that the worker creates; its page is Stripe's. The session's number is the
 * payment's handle; metadata carries our payment_id, order_id and refund_id; Idempotency-Keys are made of them. Documents:
 * https://docs.stripe.com/api/checkout/sessions, https://docs.stripe.com/api/refunds and docs/channels.md. */
#include "domain/channel_stripe.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "domain/channel_form.h"
#include "domain/channel_stripe_amount.h"
#include "domain/channel_stripe_sign.h"
#include "http/client.h"
#include "observe/log.h"

extern const struct channel channel_stripe;

enum { OBJECT_BYTES_MAX = 48 * 1024, REFUNDS_BYTES_MAX = 256 * 1024, HANDLE_BYTES_MAX = 128, METHODS_MAX = 8 };

static bool stripe_configured(const struct config *config)
{
    return config->stripe_secret_key[0] != '\0';
}

enum souk_err stripe_send(const struct config *config, struct arena *arena, const struct stripe_call *call,
                          struct stripe_answer *answer)
{
    struct client_answer came;
    struct client_call out = {.body = call->form,
                              .body_len = call->form == NULL ? 0 : strlen(call->form),
                              .ca_file = config->stripe_ca_file,
                              .answer_bytes_max = call->answer_bytes_max == 0 ? OBJECT_BYTES_MAX : call->answer_bytes_max,
                              .deadline_us = call->deadline_us};
    enum souk_err err;
    size_t n = 0;

    if (call->path == NULL)
        return SOUK_TOO_LARGE;
    out.url = arena_printf(arena, "%s%s", config->stripe_url, call->path);
    out.headers[n++] = arena_printf(arena, "Authorization: Bearer %s", config->stripe_secret_key);
    out.headers[n++] = "Stripe-Version: 2024-06-20";
    if (call->key != NULL)
        out.headers[n++] = arena_printf(arena, "Idempotency-Key: %s", call->key);
    if (out.url == NULL || out.headers[0] == NULL || out.headers[n - 1] == NULL)
        return SOUK_TOO_LARGE;
    err = client_send(&out, arena, &came);
    if (err != SOUK_OK)
        return err;
    *answer = (struct stripe_answer){.status = came.status, .code = ""};
    answer->fields = provider_object(arena, came.body, came.body_len);
    if (answer->fields != NULL && came.status == 200)
        return SOUK_OK;
    json_object *error = provider_member(answer->fields, "error");
    if (provider_text(error, "code", 64) != NULL)
        answer->code = provider_text(error, "code", 64);
    log_warn("stripe: %.64s: %d %s: %.200s", call->path, came.status, answer->code,
             provider_text(error, "message", 1000) == NULL ? "odd" : provider_text(error, "message", 1000));
    return error != NULL && (came.status == 400 || came.status == 402 || came.status == 404) &&
                   !provider_text_is(error, "type", "idempotency_error")
               ? SOUK_OK
               : SOUK_UNAVAILABLE;
}

static void add_int(struct buffer *form, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, value);
    form_add(form, name, text);
}

/* The methods of payment that the configuration names, comma between them. */
static void add_methods(struct buffer *form, struct arena *arena, const char *methods)
{
    for (int n = 0; *methods != '\0' && n < METHODS_MAX; n++) {
        const size_t len = strcspn(methods, ",");
        const char *name = arena_printf(arena, "payment_method_types[%d]", n);
        const char *method = arena_copy(arena, methods, len);
        form_add(form, name == NULL ? "" : name, method);
        methods += len + (methods[len] == ',');
    }
}

static const char *session_form(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                int64_t units)
{
    struct buffer form = buffer_in(arena, 2048);
    char currency[4] = "";

    for (size_t i = 0; i < 3 && payment->currency[i] != '\0'; i++)
        currency[i] = (char)tolower((unsigned char)payment->currency[i]);
    form_add(&form, "mode", "payment");
    add_methods(&form, arena, config->stripe_payment_methods);
    add_int(&form, "client_reference_id", payment->payment_id);
    add_int(&form, "metadata[payment_id]", payment->payment_id);
    add_int(&form, "metadata[order_id]", payment->order_id);
    add_int(&form, "payment_intent_data[metadata][payment_id]", payment->payment_id);
    add_int(&form, "payment_intent_data[metadata][order_id]", payment->order_id);
    form_add(&form, "line_items[0][price_data][currency]", currency);
    add_int(&form, "line_items[0][price_data][unit_amount]", units);
    form_add(&form, "line_items[0][price_data][product_data][name]", payment->description);
    form_add(&form, "line_items[0][quantity]", "1");
    form_add(&form, "success_url", arena_printf(arena, "%s/#/orders/%" PRId64, config->public_url, payment->order_id));
    form_add(&form, "cancel_url", arena_printf(arena, "%s/#/orders/%" PRId64, config->public_url, payment->order_id));
    return form.failed ? NULL : form.data;
}

/* The session of a payment, made or found again under the payment's Idempotency-Key. SOUK_PAYMENT_REFUSED: Stripe will not. */
static enum souk_err session_create(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                    int64_t deadline_us, json_object **session)
{
    struct stripe_answer answer;
    int64_t units;
    const enum stripe_amount why = stripe_units(payment->currency, payment->amount, &units);
    const struct stripe_call call = {.path = "/v1/checkout/sessions",
                                     .form = why == STRIPE_AMOUNT_OK ? session_form(config, arena, payment, units) : "",
                                     .key = arena_printf(arena, "payment-%" PRId64, payment->payment_id),
                                     .deadline_us = deadline_us};
    enum souk_err err;

    if (why != STRIPE_AMOUNT_OK) {
        log_warn("stripe: payment %" PRId64 " of %" PRId64 " %s refused: %s", payment->payment_id, payment->amount,
                 payment->currency, stripe_amount_why(why));
        return SOUK_PAYMENT_REFUSED;
    }
    if (call.form == NULL || call.key == NULL)
        return SOUK_TOO_LARGE;
    err = stripe_send(config, arena, &call, &answer);
    if (err != SOUK_OK)
        return err;
    *session = answer.fields;
    return answer.status == 200 ? SOUK_OK : SOUK_PAYMENT_REFUSED;
}

static enum souk_err stripe_odd(const char *what, int64_t id)
{
    log_warn("stripe: odd answer about %s %" PRId64, what, id);
    return SOUK_UNAVAILABLE;
}

static enum souk_err stripe_open(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                 int64_t deadline_us, struct channel_opened *opened)
{
    json_object *session;
    enum souk_err err = session_create(config, arena, payment, deadline_us, &session);

    if (err != SOUK_OK)
        return err;
    *opened = (struct channel_opened){.pay_url = provider_text(session, "url", 2048),
                                      .handle = provider_text(session, "id", HANDLE_BYTES_MAX)};
    return opened->pay_url == NULL || opened->handle == NULL ? stripe_odd("payment", payment->payment_id) : SOUK_OK;
}

/* The intent of a session: its number, or the object where it was asked for. */
static const char *intent_of(json_object *session)
{
    const char *number = provider_text(session, "payment_intent", 64);
    return number != NULL ? number : provider_text(provider_member(session, "payment_intent"), "id", 64);
}

/* Why the last try of an intent failed. NULL: it did not, or the intent is not there; events of sessions bring its number alone. */
static const char *decline_code_of(struct arena *arena, json_object *intent)
{
    json_object *failure = provider_member(intent, "last_payment_error");
    const char *code = provider_text(failure, "decline_code", 64);
    if (code == NULL)
        code = provider_text(failure, "code", 64);
    return code == NULL ? NULL : arena_copy(arena, code, strlen(code));
}

static const char *upper(struct arena *arena, const char *currency)
{
    char *copy = arena_copy(arena, currency, strlen(currency));
    for (char *c = copy; c != NULL && *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

/* How a session stands. A session is complete when the buyer is done with it; with some methods the money comes, or does not,
 * days later. `failed`: an event said that it did not. */
static enum souk_err session_read(struct arena *arena, json_object *session, bool failed, struct channel_event *event)
{
    json_object *metadata = provider_member(session, "metadata");
    const char *currency = provider_text(session, "currency", 3), *intent = intent_of(session);
    int64_t units;

    if (!provider_id(session, "client_reference_id", &event->payment_id) || !provider_id(metadata, "order_id", &event->order_id))
        return SOUK_BAD_REQUEST;
    failed = failed || (provider_text_is(session, "status", "complete") &&
                        provider_text_is(provider_member(session, "payment_intent"), "status", "requires_payment_method"));
    event->state = CHANNEL_OPEN;
    if (provider_text_is(session, "payment_status", "paid"))
        event->state = CHANNEL_CAPTURED;
    else if (failed)
        event->state = CHANNEL_DECLINED;
    else if (provider_text_is(session, "status", "expired"))
        event->state = CHANNEL_CLOSED;
    if (event->state == CHANNEL_OPEN || event->state == CHANNEL_CLOSED)
        return SOUK_OK;
    if (currency == NULL || intent == NULL || !provider_int(session, "amount_total", &units) || units <= 0 ||
        !stripe_minor(currency, units, &event->amount))
        return SOUK_BAD_REQUEST;
    event->currency = upper(arena, currency);
    event->provider_ref = event->event_id = arena_copy(arena, intent, strlen(intent));
    if (event->state == CHANNEL_DECLINED)
        event->event_id = arena_printf(arena, "declined-%.54s", intent);
    if (event->state == CHANNEL_DECLINED)
        event->code = decline_code_of(arena, provider_member(session, "payment_intent"));
    return event->currency == NULL || event->event_id == NULL || event->provider_ref == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

/* The same about a session that was asked for. */
static enum souk_err session_answer(struct arena *arena, const struct channel_payment *payment, json_object *session,
                                    struct channel_event *event)
{
    enum souk_err err;

    *event = (struct channel_event){.state = CHANNEL_OPEN};
    err = session_read(arena, session, false, event);
    if (err == SOUK_TOO_LARGE)
        return err;
    return err == SOUK_OK && event->payment_id == payment->payment_id ? SOUK_OK : stripe_odd("payment", payment->payment_id);
}

/* The number of the payment's session. Where open() was never answered it is asked for again, under the same key. SOUK_NOT_FOUND:
 * there never was one, nor will be. */
static enum souk_err handle_of(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                               int64_t deadline_us, const char **handle)
{
    json_object *session;
    enum souk_err err;

    *handle = payment->handle;
    if (*handle != NULL)
        return SOUK_OK;
    err = session_create(config, arena, payment, deadline_us, &session);
    if (err == SOUK_PAYMENT_REFUSED)
        return SOUK_NOT_FOUND;
    if (err != SOUK_OK)
        return err;
    *handle = provider_text(session, "id", HANDLE_BYTES_MAX);
    return *handle == NULL ? stripe_odd("payment", payment->payment_id) : SOUK_OK;
}

static enum souk_err stripe_query(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                  int64_t deadline_us, struct channel_event *event)
{
    struct stripe_answer answer;
    const char *handle;
    enum souk_err err = handle_of(config, arena, payment, deadline_us, &handle);

    *event = (struct channel_event){.state = CHANNEL_OPEN, .payment_id = payment->payment_id};
    if (err != SOUK_OK)
        return err == SOUK_NOT_FOUND ? SOUK_OK : err;
    const struct stripe_call call = {
        .path = arena_printf(arena, "/v1/checkout/sessions/%s?expand[]=payment_intent", handle), .deadline_us = deadline_us};
    err = stripe_send(config, arena, &call, &answer);
    if (err != SOUK_OK)
        return err;
    return answer.status == 200 ? session_answer(arena, payment, answer.fields, event)
                                : stripe_odd("payment", payment->payment_id);
}

static enum souk_err stripe_close(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                  int64_t deadline_us, struct channel_event *event)
{
    struct stripe_answer answer;
    const char *handle;
    enum souk_err err = handle_of(config, arena, payment, deadline_us, &handle);

    *event = (struct channel_event){.state = CHANNEL_CLOSED, .payment_id = payment->payment_id};
    if (err != SOUK_OK)
        return err == SOUK_NOT_FOUND ? SOUK_OK : err;
    const struct stripe_call call = {.path = arena_printf(arena, "/v1/checkout/sessions/%s/expire", handle),
                                     .form = "",
                                     .deadline_us = deadline_us};
    err = stripe_send(config, arena, &call, &answer);
    if (err != SOUK_OK)
        return err;
    if (answer.status == 200)
        err = session_answer(arena, payment, answer.fields, event);
    else /* no longer open: the query tells why */
        err = stripe_query(config, arena, payment, deadline_us, event);
    return err == SOUK_OK && event->state == CHANNEL_OPEN ? SOUK_UNAVAILABLE : err;
}

/* How a refund stands; refund_id from its metadata. */
static enum souk_err refund_read(struct arena *arena, json_object *refund, struct channel_event *event)
{
    const char *status = provider_text(refund, "status", 32), *number = provider_text(refund, "id", 64);
    const char *currency = provider_text(refund, "currency", 3), *reason = provider_text(refund, "failure_reason", 190);
    int64_t units;

    if (status == NULL || number == NULL || currency == NULL || !provider_int(refund, "amount", &units) ||
        !stripe_minor(currency, units, &event->amount) || event->amount <= 0 ||
        !provider_id(provider_member(refund, "metadata"), "refund_id", &event->refund_id) ||
        !provider_id(provider_member(refund, "metadata"), "payment_id", &event->payment_id))
        return SOUK_BAD_REQUEST;
    event->state = CHANNEL_REFUND_PENDING; /* pending, requires_action */
    if (strcmp(status, "succeeded") == 0)
        event->state = CHANNEL_REFUNDED;
    if (strcmp(status, "failed") == 0 || strcmp(status, "canceled") == 0) {
        event->state = CHANNEL_REFUND_FAILED;
        event->reason = reason == NULL ? "the provider could not refund it" : arena_copy(arena, reason, strlen(reason));
    }
    event->currency = upper(arena, currency);
    event->provider_ref = arena_copy(arena, number, strlen(number));
    event->event_id = event->state == CHANNEL_REFUND_FAILED ? arena_printf(arena, "failed-%.56s", number) : event->provider_ref;
    return event->currency == NULL || event->provider_ref == NULL || event->event_id == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

static enum souk_err refund_answer(struct arena *arena, const struct channel_refund *refund, json_object *fields,
                                   struct channel_event *event)
{
    enum souk_err err;

    *event = (struct channel_event){.state = CHANNEL_REFUND_PENDING};
    err = refund_read(arena, fields, event);
    if (err == SOUK_TOO_LARGE)
        return err;
    return err == SOUK_OK && event->refund_id == refund->refund_id ? SOUK_OK : stripe_odd("refund", refund->refund_id);
}

/* Looks among the refunds of the intent: Stripe forgets Idempotency-Keys after a day, never metadata. */
static enum souk_err stripe_refund_query(const struct config *config, struct arena *arena,
                                         const struct channel_refund *refund, int64_t deadline_us,
                                         struct channel_event *event)
{
    struct stripe_answer answer;
    const struct stripe_call call = {
        .path = arena_printf(arena, "/v1/refunds?payment_intent=%s&limit=100", refund->provider_ref),
        .deadline_us = deadline_us,
        .answer_bytes_max = REFUNDS_BYTES_MAX};
    json_object *list;
    int64_t id;
    enum souk_err err = stripe_send(config, arena, &call, &answer);

    if (err != SOUK_OK)
        return err;
    if (answer.status != 200 || !json_object_object_get_ex(answer.fields, "data", &list) ||
        !json_object_is_type(list, json_type_array))
        return stripe_odd("refund", refund->refund_id);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *one = json_object_array_get_idx(list, i);
        if (json_object_is_type(one, json_type_object) &&
            provider_id(provider_member(one, "metadata"), "refund_id", &id) && id == refund->refund_id)
            return refund_answer(arena, refund, one, event);
    }
    *event = (struct channel_event){
        .state = CHANNEL_REFUND_UNKNOWN, .payment_id = refund->payment_id, .refund_id = refund->refund_id};
    return SOUK_OK;
}

static enum souk_err refund_failed(const struct channel_refund *refund, const char *reason, struct channel_event *event)
{
    *event = (struct channel_event){.state = CHANNEL_REFUND_FAILED,
                                    .payment_id = refund->payment_id,
                                    .refund_id = refund->refund_id,
                                    .reason = reason};
    return SOUK_OK;
}

static enum souk_err stripe_refund(const struct config *config, struct arena *arena, const struct channel_refund *refund,
                                   int64_t deadline_us, struct channel_event *event)
{
    struct stripe_answer answer;
    struct buffer form = buffer_in(arena, 512);
    int64_t units = 0;
    const enum stripe_amount why = stripe_units(refund->currency, refund->amount, &units);
    enum souk_err err = stripe_refund_query(config, arena, refund, deadline_us, event);

    if (err != SOUK_OK || event->state != CHANNEL_REFUND_UNKNOWN)
        return err;
    if (why != STRIPE_AMOUNT_OK && why != STRIPE_AMOUNT_SMALL) /* a refund has no minimum */
        return refund_failed(refund, stripe_amount_why(why), event);
    form_add(&form, "payment_intent", refund->provider_ref);
    add_int(&form, "amount", units);
    add_int(&form, "metadata[refund_id]", refund->refund_id);
    add_int(&form, "metadata[payment_id]", refund->payment_id);
    form_add(&form, "metadata[reason]", refund->reason);
    const struct stripe_call call = {.path = "/v1/refunds",
                                     .form = form.failed ? NULL : form.data,
                                     .key = arena_printf(arena, "refund-%" PRId64, refund->refund_id),
                                     .deadline_us = deadline_us};
    if (call.form == NULL || call.key == NULL)
        return SOUK_TOO_LARGE;
    err = stripe_send(config, arena, &call, &answer);
    if (err != SOUK_OK)
        return err;
    if (answer.status == 200)
        return refund_answer(arena, refund, answer.fields, event);
    return refund_failed(refund, answer.code[0] == '\0' ? "the provider has refused it" : answer.code, event);
}

/* A session's event. Sessions that others have made in the same account are none of ours. */
static enum souk_err session_event(struct arena *arena, const char *type, json_object *object, struct channel_event *event)
{
    int64_t payment_id;

    if (!provider_id(object, "client_reference_id", &payment_id) ||
        provider_text(provider_member(object, "metadata"), "payment_id", 19) == NULL)
        return SOUK_OK;
    const enum souk_err err =
        session_read(arena, object, strcmp(type, "checkout.session.async_payment_failed") == 0, event);
    if (err == SOUK_OK && event->state == CHANNEL_OPEN)
        event->state = CHANNEL_IGNORED;
    return err;
}

/* A try of the buyer's that was refused. The session goes on: the buyer may take another card, and where the money was to come
 * later the session's own event says that it does not. Events of one intent are several facts, so the event's number counts. */
static enum souk_err intent_failed(struct arena *arena, const char *number, json_object *intent, struct channel_event *event)
{
    json_object *metadata = provider_member(intent, "metadata");
    const char *currency = provider_text(intent, "currency", 3), *ref = provider_text(intent, "id", 64);
    int64_t units;

    if (provider_text(metadata, "payment_id", 19) == NULL) /* not one of souk's sessions */
        return SOUK_OK;
    if (number == NULL || currency == NULL || ref == NULL || !provider_id(metadata, "payment_id", &event->payment_id) ||
        !provider_id(metadata, "order_id", &event->order_id) || !provider_int(intent, "amount", &units) || units <= 0 ||
        !stripe_minor(currency, units, &event->amount))
        return SOUK_BAD_REQUEST;
    event->state = CHANNEL_TRY_DECLINED;
    event->code = decline_code_of(arena, intent);
    event->currency = upper(arena, currency);
    event->event_id = arena_copy(arena, number, strlen(number));
    event->provider_ref = arena_copy(arena, ref, strlen(ref));
    return event->currency == NULL || event->event_id == NULL || event->provider_ref == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

static enum souk_err stripe_verify_callback(const struct config *config, struct arena *arena,
                                            const struct channel_callback *callback, struct channel_event *event)
{
    const bool live = strncmp(config->stripe_secret_key, "sk_live_", 8) == 0 || strncmp(config->stripe_secret_key, "rk_live_", 8) == 0;
    json_object *body, *object, *livemode;
    const char *type;

    if (!stripe_signature_valid(config->stripe_webhook_secret, callback->header(callback->from, "Stripe-Signature"),
                                callback->body, callback->body_len, callback->now_s))
        return SOUK_PAYMENT_SIGNATURE;
    body = provider_object(arena, callback->body, callback->body_len);
    object = provider_member(provider_member(body, "data"), "object");
    type = provider_text(body, "type", 128);
    if (type == NULL || object == NULL)
        return SOUK_BAD_REQUEST;
    if (!json_object_object_get_ex(body, "livemode", &livemode) || json_object_get_boolean(livemode) != live ||
        provider_text(body, "account", 64) != NULL) /* of a connected account */
        return SOUK_PAYMENT_MISMATCH;
    *event = (struct channel_event){.state = CHANNEL_IGNORED};
    if (strncmp(type, "checkout.session.", 17) == 0)
        return session_event(arena, type, object, event);
    if (strcmp(type, "payment_intent.payment_failed") == 0)
        return intent_failed(arena, provider_text(body, "id", 64), object, event);
    if (strncmp(type, "refund.", 7) != 0 && strcmp(type, "charge.refund.updated") != 0)
        return SOUK_OK;
    return provider_text(provider_member(object, "metadata"), "refund_id", 19) == NULL ? SOUK_OK
                                                                                       : refund_read(arena, object, event);
}

const struct channel channel_stripe = {
    .name = "stripe",
    .opens_outside = true,
    .configured = stripe_configured,
    .open = stripe_open,
    .query = stripe_query,
    .close = stripe_close,
    .refund = stripe_refund,
    .refund_query = stripe_refund_query,
    .verify_callback = stripe_verify_callback,
    .statement = stripe_statement,
};
