/* The channel `wechat`: WeChat Pay's API v3, Native: the buyer scans a code whose content open() fetches. Our payment_id is
 * out_trade_no, our refund_id out_refund_no, attach carries the order. Who may be believed: channel_wechat_trust.c.
 * Documents: https://pay.weixin.qq.com/doc/v3/merchant/4012791832 and docs/channels.md. */
#include "domain/channel_wechat.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/channel_china.h"
#include "guard/seal.h"
#include "observe/log.h"

extern const struct channel channel_wechat;

enum { REASON_BYTES_MAX = 80 };

static bool wechat_configured(const struct config *config)
{
    return config->wechat_mchid[0] != '\0';
}

static bool wechat_usable(const struct config *config)
{
    const struct rsa_key *own = rsa_private_of_file(config->wechat_private_key_file);
    return (config->wechat_public_key_id[0] == '\0' || rsa_public_of_file(config->wechat_public_key_file) != NULL) &&
           own != NULL;
}

/* Codes after which a payment is never made, or a refund never. Others may pass: NOT_ENOUGH is a balance, SIGN_ERROR a
 * key that is being exchanged. */
static bool wechat_final(const char *code)
{
    static const char *const final[] = {"PARAM_ERROR",       "INVALID_REQUEST", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS",
                                        "OUT_TRADE_NO_USED", "NO_AUTH",         "RULE_LIMIT",            "TRADE_ERROR",
                                        "RESOURCE_NOT_EXISTS", "USER_ACCOUNT_ABNORMAL", "ORDER_CLOSED"};

    for (size_t i = 0; i < sizeof final / sizeof final[0]; i++)
        if (strcmp(code, final[i]) == 0)
            return true;
    return false;
}

/* "2026-11-28 18:00:00" as "2026-11-28T18:00:00+08:00". */
static const char *wechat_time(struct arena *arena, int64_t unix_s)
{
    char text[BEIJING_BYTES];

    beijing_text(unix_s, text);
    return arena_printf(arena, "%.10sT%s+08:00", text, text + 11);
}

static enum souk_err wechat_open(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                 int64_t deadline_us, struct channel_opened *opened)
{
    struct wechat_answer answer;
    struct buffer body = buffer_in(arena, 1024);
    const char *until = wechat_time(arena, payment->expires_s), *code_url;
    const char *notify_url = arena_printf(arena, "%s/v1/payments/callbacks/wechat", config->public_url);
    enum souk_err err;

    if (until == NULL || notify_url == NULL)
        return SOUK_TOO_LARGE;

    buffer_puts(&body, "{\"appid\":");
    buffer_json_string(&body, config->wechat_appid);
    buffer_puts(&body, ",\"mchid\":");
    buffer_json_string(&body, config->wechat_mchid);
    buffer_puts(&body, ",\"description\":");
    buffer_json_string(&body, payment->description);
    buffer_printf(&body, ",\"out_trade_no\":\"%" PRId64 "\",\"time_expire\":\"%s\",\"attach\":\"%" PRId64 "\",\"notify_url\":",
                  payment->payment_id, until, payment->order_id);
    buffer_json_string(&body, notify_url);
    buffer_printf(&body, ",\"amount\":{\"total\":%" PRId64 ",\"currency\":\"CNY\"}}", payment->amount);
    if (body.failed)
        return SOUK_TOO_LARGE;
    err = wechat_send(config, arena, &(struct wechat_call){"POST", "/v3/pay/transactions/native", body.data, deadline_us},
                      &answer);
    if (err != SOUK_OK)
        return err;
    code_url = provider_text(answer.fields, "code_url", 512);
    if (answer.status == 200 && code_url != NULL) {
        *opened = (struct channel_opened){.code_url = code_url};
        return SOUK_OK;
    }
    log_warn("wechat: payment %" PRId64 " not opened: %d %s", payment->payment_id, answer.status, answer.code);
    return answer.status < 500 && wechat_final(answer.code) ? SOUK_PAYMENT_REFUSED : SOUK_UNAVAILABLE;
}

/* What a trade_state means; `transaction` is an answer or a callback's content. SOUK_PAYMENT_MISMATCH: another merchant's. */
static enum souk_err wechat_transaction_read(const struct config *config, struct arena *arena, json_object *transaction,
                                             struct channel_event *event)
{
    json_object *amount = provider_member(transaction, "amount");
    const char *state = provider_text(transaction, "trade_state", 32), *number, *currency;
    const char *attach = provider_text(transaction, "attach", 128);

    if (!provider_text_is(transaction, "mchid", config->wechat_mchid) ||
        (provider_text(transaction, "appid", 64) != NULL && !provider_text_is(transaction, "appid", config->wechat_appid)))
        return SOUK_PAYMENT_MISMATCH;
    if (state == NULL || !provider_id(transaction, "out_trade_no", &event->payment_id) ||
        (attach != NULL && !text_int64(attach, strlen(attach), &event->order_id)))
        return SOUK_BAD_REQUEST;
    event->state = CHANNEL_OPEN;
    if (strcmp(state, "NOTPAY") == 0 || strcmp(state, "USERPAYING") == 0 || strcmp(state, "ACCEPT") == 0)
        return SOUK_OK;
    event->state = CHANNEL_CLOSED;
    if (strcmp(state, "CLOSED") == 0 || strcmp(state, "REVOKED") == 0)
        return SOUK_OK;
    event->state = strcmp(state, "PAYERROR") == 0 ? CHANNEL_DECLINED : CHANNEL_CAPTURED;
    event->code = event->state == CHANNEL_DECLINED ? "PAYERROR" : NULL;
    number = provider_text(transaction, event->state == CHANNEL_CAPTURED ? "transaction_id" : "out_trade_no", 64);
    currency = provider_text(amount, "currency", 3);
    if ((event->state == CHANNEL_CAPTURED && strcmp(state, "SUCCESS") != 0 && strcmp(state, "REFUND") != 0) ||
        number == NULL || !provider_int(amount, "total", &event->amount) || event->amount <= 0)
        return SOUK_BAD_REQUEST;
    event->currency = currency == NULL ? "CNY" : arena_copy(arena, currency, strlen(currency));
    event->event_id = event->provider_ref = arena_copy(arena, number, strlen(number));
    return event->currency == NULL || event->event_id == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

static enum souk_err wechat_odd(const char *what, int64_t id, const struct wechat_answer *answer)
{
    log_warn("wechat: odd answer about %s %" PRId64 ": %d %s", what, id, answer->status, answer->code);
    return SOUK_UNAVAILABLE;
}

static enum souk_err wechat_query(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                  int64_t deadline_us, struct channel_event *event)
{
    struct wechat_answer answer;
    const char *path = arena_printf(arena, "/v3/pay/transactions/out-trade-no/%" PRId64 "?mchid=%s", payment->payment_id,
                                    config->wechat_mchid);
    enum souk_err err = wechat_send(config, arena, &(struct wechat_call){"GET", path, NULL, deadline_us}, &answer);

    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){.state = CHANNEL_OPEN, .payment_id = payment->payment_id};
    if (answer.status == 404 && strstr(answer.code, "NOT") != NULL) /* ORDER_NOT_EXIST; ORDERNOTEXIST before 2024 */
        return SOUK_OK;
    if (answer.status != 200)
        return wechat_odd("payment", payment->payment_id, &answer);
    err = wechat_transaction_read(config, arena, answer.fields, event);
    if (err == SOUK_TOO_LARGE)
        return err;
    return err == SOUK_OK && event->payment_id == payment->payment_id ? SOUK_OK
                                                                     : wechat_odd("payment", payment->payment_id, &answer);
}

static enum souk_err wechat_close(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                  int64_t deadline_us, struct channel_event *event)
{
    struct wechat_answer answer;
    const char *path = arena_printf(arena, "/v3/pay/transactions/out-trade-no/%" PRId64 "/close", payment->payment_id);
    const char *body = arena_printf(arena, "{\"mchid\":\"%s\"}", config->wechat_mchid);
    enum souk_err err = body == NULL ? SOUK_TOO_LARGE
                                     : wechat_send(config, arena, &(struct wechat_call){"POST", path, body, deadline_us}, &answer);

    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){.state = CHANNEL_CLOSED, .payment_id = payment->payment_id};
    if (answer.status == 204 || (answer.status == 404 && strstr(answer.code, "NOT") != NULL) ||
        strcmp(answer.code, "ORDER_CLOSED") == 0) /* never seen: nobody has its code */
        return SOUK_OK;
    err = wechat_query(config, arena, payment, deadline_us, event); /* it was paid before */
    return err == SOUK_OK && event->state == CHANNEL_OPEN ? SOUK_UNAVAILABLE : err;
}

/* How a refund stands; `status` is "status" in an answer, "refund_status" in a callback. */
static enum souk_err wechat_refund_read(struct arena *arena, json_object *refund, const char *status,
                                        struct channel_event *event)
{
    json_object *amount = provider_member(refund, "amount");
    const char *state = provider_text(refund, status, 32), *number = provider_text(refund, "refund_id", 64);

    if (state == NULL || number == NULL || !provider_id(refund, "out_refund_no", &event->refund_id) ||
        !provider_int(amount, "refund", &event->amount) || event->amount <= 0)
        return SOUK_BAD_REQUEST;
    event->currency = "CNY";
    event->event_id = event->provider_ref = arena_copy(arena, number, strlen(number));
    event->state = CHANNEL_REFUND_PENDING;
    if (strcmp(state, "SUCCESS") == 0) {
        event->state = CHANNEL_REFUNDED;
    } else if (strcmp(state, "CLOSED") == 0) {
        event->state = CHANNEL_REFUND_FAILED;
        event->reason = "the provider has closed the refund";
    } else if (strcmp(state, "ABNORMAL") == 0) { /* the buyer's account is gone; the merchant's console goes on with it */
        log_error("wechat: refund %" PRId64 " is ABNORMAL: needs a person at WeChat Pay's merchant console", event->refund_id);
    } else if (strcmp(state, "PROCESSING") != 0) {
        return SOUK_BAD_REQUEST;
    }
    return event->event_id == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

/* What an answer about our refund says. */
static enum souk_err wechat_refund_answer(struct arena *arena, const struct channel_refund *refund,
                                          const struct wechat_answer *answer, struct channel_event *event)
{
    enum souk_err err = answer->status == 200 ? wechat_refund_read(arena, answer->fields, "status", event) : SOUK_BAD_REQUEST;

    if (err == SOUK_TOO_LARGE)
        return err;
    return err == SOUK_OK && event->refund_id == refund->refund_id ? SOUK_OK
                                                                  : wechat_odd("refund", refund->refund_id, answer);
}

/* The beginning of a UTF-8 text, of `max` bytes at most, ending between characters. */
static const char *head_of(struct arena *arena, const char *text, size_t max)
{
    size_t len = strnlen(text, max + 1);

    if (len > max)
        for (len = max; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80; len--)
            continue;
    return arena_copy(arena, text, len);
}

static enum souk_err wechat_refund(const struct config *config, struct arena *arena, const struct channel_refund *refund,
                                   int64_t deadline_us, struct channel_event *event)
{
    struct wechat_answer answer;
    struct buffer body = buffer_in(arena, 1024);
    const char *notify_url = arena_printf(arena, "%s/v1/payments/callbacks/wechat", config->public_url);
    const char *reason = head_of(arena, refund->reason, REASON_BYTES_MAX);
    enum souk_err err;

    if (notify_url == NULL || reason == NULL)
        return SOUK_TOO_LARGE;
    buffer_printf(&body, "{\"out_trade_no\":\"%" PRId64 "\",\"out_refund_no\":\"%" PRId64 "\",", refund->payment_id,
                  refund->refund_id);
    if (reason[0] != '\0') {
        buffer_puts(&body, "\"reason\":");
        buffer_json_string(&body, reason);
        buffer_puts(&body, ",");
    }
    buffer_puts(&body, "\"notify_url\":");
    buffer_json_string(&body, notify_url);
    buffer_printf(&body, ",\"amount\":{\"refund\":%" PRId64 ",\"total\":%" PRId64 ",\"currency\":\"CNY\"}}", refund->amount,
                  refund->captured);
    if (body.failed)
        return SOUK_TOO_LARGE;
    err = wechat_send(config, arena, &(struct wechat_call){"POST", "/v3/refund/domestic/refunds", body.data, deadline_us},
                      &answer);
    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){.payment_id = refund->payment_id, .refund_id = refund->refund_id};
    if (answer.status == 200 || !wechat_final(answer.code))
        return wechat_refund_answer(arena, refund, &answer, event);
    event->state = CHANNEL_REFUND_FAILED;
    event->reason = arena_copy(arena, answer.code, strlen(answer.code));
    return event->reason == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

static enum souk_err wechat_refund_query(const struct config *config, struct arena *arena,
                                         const struct channel_refund *refund, int64_t deadline_us,
                                         struct channel_event *event)
{
    struct wechat_answer answer;
    const char *path = arena_printf(arena, "/v3/refund/domestic/refunds/%" PRId64, refund->refund_id);
    enum souk_err err = wechat_send(config, arena, &(struct wechat_call){"GET", path, NULL, deadline_us}, &answer);

    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){
        .state = CHANNEL_REFUND_UNKNOWN, .payment_id = refund->payment_id, .refund_id = refund->refund_id};
    if (answer.status == 404 && strcmp(answer.code, "RESOURCE_NOT_EXISTS") == 0)
        return SOUK_OK;
    return wechat_refund_answer(arena, refund, &answer, event);
}

/* The content of a callback, opened; NULL: it is not sealed under our key as documented. */
static json_object *wechat_content(const struct config *config, struct arena *arena, json_object *notification)
{
    json_object *resource = provider_member(notification, "resource");
    const char *nonce = provider_text(resource, "nonce", 32), *sealed = provider_text(resource, "ciphertext", 1 << 20);
    const char *associated = provider_text(resource, "associated_data", 32), *text;
    size_t len;

    if (nonce == NULL || sealed == NULL || !provider_text_is(resource, "algorithm", "AEAD_AES_256_GCM"))
        return NULL;
    text = seal_open(arena, config->wechat_api_v3_key, nonce, associated == NULL ? "" : associated, sealed, &len);
    return text == NULL ? NULL : provider_object(arena, text, len);
}

static enum souk_err wechat_verify_callback(const struct config *config, struct arena *arena,
                                            const struct channel_callback *callback, struct channel_event *event)
{
    const struct wechat_message message = {.serial = callback->header(callback->from, "Wechatpay-Serial"),
                                           .timestamp = callback->header(callback->from, "Wechatpay-Timestamp"),
                                           .nonce = callback->header(callback->from, "Wechatpay-Nonce"),
                                           .signature = callback->header(callback->from, "Wechatpay-Signature"),
                                           .body = callback->body,
                                           .body_len = callback->body_len};
    json_object *notification, *content;
    const char *type;

    if (!wechat_believed(config, arena, &message, callback->now_s))
        return SOUK_PAYMENT_SIGNATURE;
    notification = provider_object(arena, callback->body, callback->body_len);
    type = provider_text(notification, "event_type", 64);
    if (type == NULL)
        return SOUK_BAD_REQUEST;
    *event = (struct channel_event){.state = CHANNEL_IGNORED};
    const bool refund = strncmp(type, "REFUND.", 7) == 0;
    if (!refund && strncmp(type, "TRANSACTION.", 12) != 0)
        return SOUK_OK;
    content = wechat_content(config, arena, notification);
    if (content == NULL)
        return SOUK_BAD_REQUEST;
    if (!refund)
        return wechat_transaction_read(config, arena, content, event);
    if (!provider_text_is(content, "mchid", config->wechat_mchid))
        return SOUK_PAYMENT_MISMATCH;
    return provider_id(content, "out_trade_no", &event->payment_id)
               ? wechat_refund_read(arena, content, "refund_status", event)
               : SOUK_BAD_REQUEST;
}

const struct channel channel_wechat = {
    .name = "wechat",
    .currencies = "CNY",
    .opens_outside = true,
    .configured = wechat_configured,
    .usable = wechat_usable,
    .open = wechat_open,
    .query = wechat_query,
    .close = wechat_close,
    .refund = wechat_refund,
    .refund_query = wechat_refund_query,
    .verify_callback = wechat_verify_callback,
    .statement = wechat_statement,
    .learn = wechat_learn,
    .upkeep = wechat_upkeep,
};
