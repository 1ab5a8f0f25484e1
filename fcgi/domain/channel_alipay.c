/* The channel `alipay`: a signed address of alipay.trade.page.pay (or wap.pay), and the calls of the open platform's
 * gateway around it. Our payment_id is out_trade_no, our refund_id out_request_no. Everything is signed RSA2 in both
 * directions; see channel_alipay_sign.h. Documents: https://opendocs.alipay.com/open/270 and docs/channels.md. */
#include "domain/channel_alipay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/channel_alipay_sign.h"
#include "domain/channel_china.h"
#include "domain/channel_form.h"
#include "guard/rsa.h"
#include "http/client.h"
#include "http/uri.h"
#include "observe/log.h"

#define FEN_MAX INT64_C(10000000000) /* 100,000,000 yuan */

extern const struct channel channel_alipay;

enum { ANSWER_BYTES_MAX = 32 * 1024, WINDOW_S = 300, PARAMS_MAX = 12, PAY_URL_BYTES_MAX = 2048 };

static bool alipay_configured(const struct config *config)
{
    return config->alipay_app_id[0] != '\0';
}

static bool alipay_usable(const struct config *config)
{
    const struct rsa_key *own = rsa_private_of_file(config->alipay_private_key_file);
    return rsa_public_of_file(config->alipay_public_key_file) != NULL && own != NULL;
}

/* The form of a request, signed. */
static enum souk_err alipay_form(const struct config *config, struct arena *arena, struct alipay_param *params, size_t n,
                                 const char **form)
{
    const struct rsa_key *key = rsa_private_of_file(config->alipay_private_key_file);
    struct buffer out = buffer_in(arena, 2048);
    const char *text = alipay_request_text(arena, params, n), *signature;
    enum souk_err err;

    if (key == NULL)
        return SOUK_UNAVAILABLE;
    if (text == NULL)
        return SOUK_TOO_LARGE;
    err = rsa_sign(key, arena, text, strlen(text), &signature);
    if (err != SOUK_OK)
        return err;
    for (size_t i = 0; i < n; i++)
        form_add(&out, params[i].name, params[i].value);
    form_add(&out, "sign", signature);
    *form = out.data;
    return out.failed ? SOUK_TOO_LARGE : SOUK_OK;
}

/* The parameters that every request has. */
static size_t alipay_common(const struct config *config, const char *method, const char *now, const char *biz_content,
                            struct alipay_param params[PARAMS_MAX])
{
    const struct alipay_param common[] = {
        {"app_id", config->alipay_app_id}, {"method", method},   {"format", "JSON"},   {"charset", "utf-8"},
        {"sign_type", "RSA2"},             {"timestamp", now},   {"version", "1.0"},   {"biz_content", biz_content},
    };

    memcpy(params, common, sizeof common);
    return sizeof common / sizeof common[0];
}

/* Reads what came: the node that is named after the method, its signature over the very bytes, its codes. */
static enum souk_err alipay_read(const struct config *config, struct arena *arena, const char *method,
                                 const struct client_answer *came, struct alipay_answer *answer)
{
    const struct rsa_key *key = rsa_public_of_file(config->alipay_public_key_file);
    char *node = arena_printf(arena, "%s_response", method);
    const char *text, *signature;
    size_t len;
    json_object *all = provider_object(arena, came->body, came->body_len);

    if (key == NULL || node == NULL)
        return SOUK_UNAVAILABLE;
    for (char *c = node; *c != '\0'; c++)
        *c = *c == '.' ? '_' : *c;
    signature = provider_text(all, "sign", 1024);
    if (came->status != 200 || all == NULL || !alipay_answer_text(came->body, came->body_len, node, &text, &len) ||
        !rsa_signature_valid(key, text, len, signature))
        return SOUK_UNAVAILABLE;
    answer->fields = provider_object(arena, text, len);
    answer->done = provider_text_is(answer->fields, "code", "10000");
    answer->sub_code = provider_text(answer->fields, "sub_code", 64);
    if (answer->sub_code == NULL)
        answer->sub_code = "";
    if (!answer->done && (!provider_text_is(answer->fields, "code", "40004") || answer->sub_code[0] == '\0' ||
                          strstr(answer->sub_code, "SYSTEM_ERROR") != NULL))
        return SOUK_UNAVAILABLE;
    return SOUK_OK;
}

enum souk_err alipay_call(const struct config *config, struct arena *arena, const char *method, const char *biz_content,
                          int64_t deadline_us, struct alipay_answer *answer)
{
    char now[BEIJING_BYTES];
    struct alipay_param params[PARAMS_MAX];
    struct client_answer came;
    struct client_call call = {.url = config->alipay_gateway,
                               .headers = {"Content-Type: application/x-www-form-urlencoded;charset=utf-8"},
                               .ca_file = config->alipay_ca_file,
                               .answer_bytes_max = ANSWER_BYTES_MAX,
                               .deadline_us = deadline_us};
    enum souk_err err;

    if (biz_content == NULL)
        return SOUK_TOO_LARGE;
    beijing_text(clock_unix_ms() / 1000, now);
    err = alipay_form(config, arena, params, alipay_common(config, method, now, biz_content, params), &call.body);
    if (err != SOUK_OK)
        return err;
    call.body_len = strlen(call.body);
    err = client_send(&call, arena, &came);
    if (err != SOUK_OK)
        return err;
    err = alipay_read(config, arena, method, &came, answer);
    if (err == SOUK_UNAVAILABLE)
        log_warn("alipay: %s: status %d, unsigned or odd: %.200s", method, came.status, came.body);
    return err;
}

static enum souk_err alipay_open(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                 int64_t deadline_us, struct channel_opened *opened)
{
    const bool wap = strcmp(config->alipay_product, "wap") == 0;
    char now[BEIJING_BYTES], until[BEIJING_BYTES], amount[YUAN_BYTES];
    struct alipay_param params[PARAMS_MAX];
    struct buffer biz = buffer_in(arena, 512);
    const char *form;
    size_t n;
    (void)deadline_us;

    if (payment->amount > FEN_MAX)
        return SOUK_PAYMENT_REFUSED;
    beijing_text(clock_unix_ms() / 1000, now);
    beijing_text(payment->expires_s, until);
    yuan_text(payment->amount, amount);
    buffer_printf(&biz, "{\"out_trade_no\":\"%" PRId64 "\",\"product_code\":\"%s\",\"total_amount\":\"%s\",\"subject\":",
                  payment->payment_id, wap ? "QUICK_WAP_WAY" : "FAST_INSTANT_TRADE_PAY", amount);
    buffer_json_string(&biz, payment->description);
    buffer_printf(&biz, ",\"time_expire\":\"%s\",\"passback_params\":\"%" PRId64 "\"}", until, payment->order_id);
    if (biz.failed)
        return SOUK_TOO_LARGE;
    n = alipay_common(config, wap ? "alipay.trade.wap.pay" : "alipay.trade.page.pay", now, biz.data, params);
    params[n++] = (struct alipay_param){
        "notify_url", arena_printf(arena, "%s/v1/payments/callbacks/alipay", config->public_url)};
    params[n++] = (struct alipay_param){
        "return_url", arena_printf(arena, "%s/#/orders/%" PRId64, config->public_url, payment->order_id)};
    const enum souk_err err = alipay_form(config, arena, params, n, &form);
    if (err != SOUK_OK)
        return err;
    *opened = (struct channel_opened){.pay_url = arena_printf(arena, "%s?%s", config->alipay_gateway, form)};
    return opened->pay_url != NULL && strlen(opened->pay_url) <= PAY_URL_BYTES_MAX ? SOUK_OK : SOUK_TOO_LARGE;
}

/* A paid trade, from an answer or a notification. */
static enum souk_err alipay_captured(struct arena *arena, const char *trade_no, const char *total_amount,
                                     struct channel_event *event)
{
    if (trade_no == NULL || total_amount == NULL || !yuan_read(total_amount, &event->amount) || event->amount <= 0)
        return SOUK_BAD_REQUEST;
    event->state = CHANNEL_CAPTURED;
    event->currency = "CNY";
    event->event_id = event->provider_ref = arena_copy(arena, trade_no, strlen(trade_no));
    return event->event_id == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

/* What a trade's status means. TRADE_CLOSED is said of what nobody paid and of what was paid and given back whole. */
static enum souk_err alipay_trade_read(struct arena *arena, const char *status, bool paid_once, const char *trade_no,
                                       const char *total_amount, struct channel_event *event)
{
    if (status == NULL)
        return SOUK_BAD_REQUEST;
    if (strcmp(status, "TRADE_SUCCESS") == 0 || strcmp(status, "TRADE_FINISHED") == 0 ||
        (strcmp(status, "TRADE_CLOSED") == 0 && paid_once))
        return alipay_captured(arena, trade_no, total_amount, event);
    if (strcmp(status, "TRADE_CLOSED") == 0)
        event->state = CHANNEL_CLOSED;
    else if (strcmp(status, "WAIT_BUYER_PAY") == 0)
        event->state = CHANNEL_OPEN;
    else
        return SOUK_BAD_REQUEST;
    return SOUK_OK;
}

static enum souk_err alipay_odd(const char *what, int64_t id)
{
    log_warn("alipay: odd answer about %s %" PRId64, what, id);
    return SOUK_UNAVAILABLE;
}

static enum souk_err alipay_query(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                  int64_t deadline_us, struct channel_event *event)
{
    struct alipay_answer answer;
    int64_t about;
    const char *biz = arena_printf(arena, "{\"out_trade_no\":\"%" PRId64 "\"}", payment->payment_id);
    enum souk_err err = alipay_call(config, arena, "alipay.trade.query", biz, deadline_us, &answer);

    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){.state = CHANNEL_OPEN, .payment_id = payment->payment_id};
    if (!answer.done)
        return strcmp(answer.sub_code, "ACQ.TRADE_NOT_EXIST") == 0 ? SOUK_OK : alipay_odd("payment", payment->payment_id);
    if (!provider_id(answer.fields, "out_trade_no", &about) || about != payment->payment_id)
        return alipay_odd("payment", payment->payment_id);
    err = alipay_trade_read(arena, provider_text(answer.fields, "trade_status", 32),
                            provider_text(answer.fields, "send_pay_date", 32) != NULL,
                            provider_text(answer.fields, "trade_no", 64), provider_text(answer.fields, "total_amount", 16),
                            event);
    return err == SOUK_BAD_REQUEST ? alipay_odd("payment", payment->payment_id) : err;
}

/* A trade exists from when the buyer signs in on the page. Until then there is nothing to close, and the address stays
 * good for as long as it was signed for. */
static enum souk_err alipay_close(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                                  int64_t deadline_us, struct channel_event *event)
{
    struct alipay_answer answer;
    const char *biz = arena_printf(arena, "{\"out_trade_no\":\"%" PRId64 "\"}", payment->payment_id);
    enum souk_err err = alipay_call(config, arena, "alipay.trade.close", biz, deadline_us, &answer);

    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){.state = CHANNEL_CLOSED, .payment_id = payment->payment_id};
    if (answer.done)
        return SOUK_OK;
    if (strcmp(answer.sub_code, "ACQ.TRADE_NOT_EXIST") == 0)
        return clock_unix_ms() / 1000 > payment->expires_s ? SOUK_OK : SOUK_UNAVAILABLE;
    err = alipay_query(config, arena, payment, deadline_us, event); /* it was paid or closed before */
    return err == SOUK_OK && event->state == CHANNEL_OPEN ? SOUK_UNAVAILABLE : err;
}

/* What Alipay documents as final; anything else may pass, such as a balance that is too low today. */
static bool alipay_refund_refused(const char *sub_code)
{
    static const char *const final[] = {
        "ACQ.INVALID_PARAMETER",     "ACQ.TRADE_NOT_EXIST",         "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_STATUS_ERROR",    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.TRADE_NOT_ALLOW_REFUND", "ACQ.DISCORDANT_REPEAT_REQUEST", "ACQ.REASON_TRADE_STATUS_INVALID"};

    for (size_t i = 0; i < sizeof final / sizeof final[0]; i++)
        if (strcmp(sub_code, final[i]) == 0)
            return true;
    return false;
}

static enum souk_err alipay_refund_query(const struct config *config, struct arena *arena,
                                         const struct channel_refund *refund, int64_t deadline_us,
                                         struct channel_event *event)
{
    struct alipay_answer answer;
    int64_t about;
    const char *amount;
    const char *biz = arena_printf(arena, "{\"out_trade_no\":\"%" PRId64 "\",\"out_request_no\":\"%" PRId64 "\"}",
                                   refund->payment_id, refund->refund_id);
    enum souk_err err = alipay_call(config, arena, "alipay.trade.fastpay.refund.query", biz, deadline_us, &answer);

    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){
        .state = CHANNEL_REFUND_UNKNOWN, .payment_id = refund->payment_id, .refund_id = refund->refund_id};
    amount = provider_text(answer.fields, "refund_amount", 16);
    if (!answer.done || amount == NULL || !provider_text_is(answer.fields, "refund_status", "REFUND_SUCCESS"))
        return SOUK_OK; /* documented: not come in, or failed; the same request is made again */
    if (!provider_id(answer.fields, "out_request_no", &about) || about != refund->refund_id ||
        !yuan_read(amount, &event->amount))
        return alipay_odd("refund", refund->refund_id);
    event->state = CHANNEL_REFUNDED;
    event->currency = "CNY";
    event->provider_ref = event->event_id = arena_printf(arena, "%" PRId64, refund->refund_id);
    return event->event_id == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

static enum souk_err alipay_refund(const struct config *config, struct arena *arena, const struct channel_refund *refund,
                                   int64_t deadline_us, struct channel_event *event)
{
    struct alipay_answer answer;
    char amount[YUAN_BYTES];
    struct buffer biz = buffer_in(arena, 512);
    enum souk_err err;

    yuan_text(refund->amount, amount);
    buffer_printf(&biz, "{\"out_trade_no\":\"%" PRId64 "\",\"out_request_no\":\"%" PRId64 "\",\"refund_amount\":\"%s\"",
                  refund->payment_id, refund->refund_id, amount);
    if (refund->reason[0] != '\0') {
        buffer_puts(&biz, ",\"refund_reason\":");
        buffer_json_string(&biz, refund->reason);
    }
    buffer_puts(&biz, "}");
    err = alipay_call(config, arena, "alipay.trade.refund", biz.failed ? NULL : biz.data, deadline_us, &answer);
    if (err != SOUK_OK)
        return err;
    *event = (struct channel_event){
        .state = CHANNEL_REFUND_PENDING, .payment_id = refund->payment_id, .refund_id = refund->refund_id};
    if (!answer.done && !alipay_refund_refused(answer.sub_code)) {
        log_warn("alipay: refund %" PRId64 ": %s", refund->refund_id, answer.sub_code);
        return SOUK_UNAVAILABLE;
    }
    if (!answer.done) {
        event->state = CHANNEL_REFUND_FAILED;
        event->reason = answer.sub_code;
        return SOUK_OK;
    }
    if (!provider_text_is(answer.fields, "fund_change", "Y"))
        return SOUK_OK; /* asked before: the query tells */
    event->state = CHANNEL_REFUNDED;
    event->amount = refund->amount; /* refund_fee is the sum of all refunds of the trade */
    event->currency = "CNY";
    event->provider_ref = event->event_id = arena_printf(arena, "%" PRId64, refund->refund_id);
    return event->event_id == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

/* A parameter of a notification; NULL: it is not there. */
static const char *alipay_field(const struct pair *pairs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].name, name) == 0 && pairs[i].text[0] != '\0')
            return pairs[i].text;
    return NULL;
}

static bool alipay_signed(const struct config *config, struct arena *arena, const struct pair *pairs, size_t n, int64_t now_s)
{
    const struct rsa_key *key = rsa_public_of_file(config->alipay_public_key_file);
    const char *text = alipay_notification_text(arena, pairs, n), *sent = alipay_field(pairs, n, "notify_time");
    const char *sign_type = alipay_field(pairs, n, "sign_type");
    int64_t sent_s;

    return text != NULL && sign_type != NULL && strcmp(sign_type, "RSA2") == 0 &&
           rsa_signature_valid(key, text, strlen(text), alipay_field(pairs, n, "sign")) && sent != NULL &&
           beijing_read(sent, &sent_s) && sent_s >= now_s - WINDOW_S && sent_s <= now_s + WINDOW_S;
}

static bool alipay_is(const struct pair *pairs, size_t n, const char *name, const char *expected)
{
    const char *value = alipay_field(pairs, n, name);
    return value != NULL && strcmp(value, expected) == 0;
}

static enum souk_err alipay_verify_callback(const struct config *config, struct arena *arena,
                                            const struct channel_callback *callback, struct channel_event *event)
{
    struct pair pairs[QUERY_PAIRS_MAX];
    size_t n = 0;
    const char *out_trade_no, *order;
    enum souk_err err = uri_pairs(arena, callback->body, callback->body_len, pairs, &n);

    if (err == SOUK_TOO_LARGE)
        return err;
    if (err != SOUK_OK || !alipay_signed(config, arena, pairs, n, callback->now_s))
        return SOUK_PAYMENT_SIGNATURE;
    if (!alipay_is(pairs, n, "app_id", config->alipay_app_id) ||
        (config->alipay_seller_id[0] != '\0' && !alipay_is(pairs, n, "seller_id", config->alipay_seller_id)))
        return SOUK_PAYMENT_MISMATCH;
    *event = (struct channel_event){.state = CHANNEL_IGNORED};
    if (!alipay_is(pairs, n, "notify_type", "trade_status_sync"))
        return SOUK_OK;
    out_trade_no = alipay_field(pairs, n, "out_trade_no");
    order = alipay_field(pairs, n, "passback_params");
    if (out_trade_no == NULL || !text_int64(out_trade_no, strlen(out_trade_no), &event->payment_id) ||
        event->payment_id <= 0 || (order != NULL && !text_int64(order, strlen(order), &event->order_id)))
        return SOUK_BAD_REQUEST;
    err = alipay_trade_read(arena, alipay_field(pairs, n, "trade_status"), alipay_field(pairs, n, "gmt_payment") != NULL,
                            alipay_field(pairs, n, "trade_no"), alipay_field(pairs, n, "total_amount"), event);
    if (err == SOUK_OK && event->state == CHANNEL_OPEN)
        event->state = CHANNEL_IGNORED;
    return err;
}

const struct channel channel_alipay = {
    .name = "alipay",
    .currencies = "CNY",
    .accepted = {.status = 200, .content_type = "text/plain", .body = "success"},
    .configured = alipay_configured,
    .usable = alipay_usable,
    .open = alipay_open,
    .query = alipay_query,
    .close = alipay_close,
    .refund = alipay_refund,
    .refund_query = alipay_refund_query,
    .verify_callback = alipay_verify_callback,
    .statement = alipay_statement,
};
