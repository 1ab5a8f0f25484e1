/* The channel `sandbox`: the merchant's side of the protocol in docs/sandbox.md. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/channel.h"
#include "domain/sandbox_sign.h"
#include "http/client.h"
#include "observe/log.h"

extern const struct channel channel_sandbox;

enum { SANDBOX_ANSWER_BYTES_MAX = 256 * 1024, SANDBOX_JSON_DEPTH_MAX = 4, SANDBOX_STATEMENT_LINES = 1000 };

/* Percent-encodes all but RFC 3986 unreserved characters. */
static const char *sandbox_escape(struct arena *arena, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, 3 * strlen(text) + 1), *at = out;

    if (out == NULL)
        return NULL;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if ((*c | 32) >= 'a' && (*c | 32) <= 'z' && *c < 128)
            *at++ = (char)*c;
        else if ((*c >= '0' && *c <= '9') || strchr("-._~", *c) != NULL)
            *at++ = (char)*c;
        else {
            *at++ = '%';
            *at++ = digits[*c >> 4];
            *at++ = digits[*c & 15];
        }
    }
    return out;
}

static enum souk_err sandbox_url_build(const struct config *config, struct arena *arena,
                                       const struct sandbox_page *page, const char **pay_url)
{
    char signature[SANDBOX_SIGNATURE_BYTES];
    const char *url = arena_printf(arena, "%s/sandbox/pay?", config->sandbox_url);

    for (size_t i = 0; i < SANDBOX_PAGE_FIELDS_N; i++) {
        const char *value = sandbox_escape(arena, page->value[i]);
        if (url == NULL || value == NULL)
            return SOUK_TOO_LARGE;
        url = arena_printf(arena, "%s%s=%s&", url, sandbox_page_names[i], value);
    }
    sandbox_sign_page(config->sandbox_secret, page, signature);
    if (url != NULL)
        *pay_url = arena_printf(arena, "%ssig=%s", url, signature);
    return url != NULL && *pay_url != NULL ? SOUK_OK : SOUK_TOO_LARGE;
}

static bool sandbox_configured(const struct config *config)
{
    return config->sandbox_url[0] != '\0';
}

static enum souk_err sandbox_open(const struct config *config, struct arena *arena,
                                  const struct channel_payment *payment, int64_t deadline_us,
                                  struct channel_opened *opened)
{
    (void)deadline_us;
    struct sandbox_page page = {
        .value = {
            [SANDBOX_PAGE_MERCHANT] = SANDBOX_MERCHANT,
            [SANDBOX_PAGE_PAYMENT_ID] = arena_printf(arena, "%" PRId64, payment->payment_id),
            [SANDBOX_PAGE_ORDER_ID] = arena_printf(arena, "%" PRId64, payment->order_id),
            [SANDBOX_PAGE_AMOUNT] = arena_printf(arena, "%" PRId64, payment->amount),
            [SANDBOX_PAGE_CURRENCY] = payment->currency,
            [SANDBOX_PAGE_DESCRIPTION] = payment->description,
            [SANDBOX_PAGE_NOTIFY_URL] = arena_printf(arena, "%s/v1/payments/callbacks/sandbox", config->public_url),
            [SANDBOX_PAGE_RETURN_URL] =
                arena_printf(arena, "%s/#/orders/%" PRId64, config->public_url, payment->order_id),
            [SANDBOX_PAGE_EXPIRES] = arena_printf(arena, "%" PRId64, payment->expires_s),
        }};

    for (size_t i = 0; i < SANDBOX_PAGE_FIELDS_N; i++)
        if (page.value[i] == NULL)
            return SOUK_TOO_LARGE;
    *opened = (struct channel_opened){.pay_url = NULL};
    return sandbox_url_build(config, arena, &page, &opened->pay_url);
}

/* The text member `name` of 1…max bytes, copied into the arena; NULL when it is something else. */
static const char *sandbox_member_text(struct arena *arena, json_object *object, const char *name, int max)
{
    json_object *member;

    if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_string))
        return NULL;
    int len = json_object_get_string_len(member);
    if (len < 1 || len > max)
        return NULL;
    return arena_copy(arena, json_object_get_string(member), (size_t)len);
}

static bool sandbox_member_id(struct arena *arena, json_object *object, const char *name, int64_t *out)
{
    const char *text = sandbox_member_text(arena, object, name, 19);
    return text != NULL && text_int64(text, strlen(text), out) && *out > 0;
}

static bool sandbox_member_amount(json_object *object, int64_t *out)
{
    json_object *member;

    if (!json_object_object_get_ex(object, "amount", &member) || !json_object_is_type(member, json_type_int))
        return false;
    *out = json_object_get_int64(member);
    return *out > 0;
}

static bool sandbox_state_read(const char *text, enum channel_state *out)
{
    static const struct {
        const char *name;
        enum channel_state state;
    } names[] = {
        {"authorised", CHANNEL_AUTHORISED}, {"captured", CHANNEL_CAPTURED}, {"declined", CHANNEL_DECLINED}, {"closed", CHANNEL_CLOSED},
        {"refunded", CHANNEL_REFUNDED}, {"refund_failed", CHANNEL_REFUND_FAILED}, {"refund_pending", CHANNEL_REFUND_PENDING},
    };

    for (size_t i = 0; text != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i].name) != 0)
            continue;
        *out = names[i].state;
        return true;
    }
    return false;
}

/* What a refund has beside the fields of every event. */
static enum souk_err sandbox_refund_fill(struct arena *arena, json_object *object, struct channel_event *event)
{
    if (!sandbox_member_id(arena, object, "refund_id", &event->refund_id))
        return SOUK_BAD_REQUEST;
    event->event_id = sandbox_member_text(arena, object, "event_id", 64);
    event->provider_ref = sandbox_member_text(arena, object, "provider_ref", 64);
    event->reason = sandbox_member_text(arena, object, "reason", 60);
    event->currency = sandbox_member_text(arena, object, "currency", 3);
    if (!sandbox_member_amount(object, &event->amount) || event->event_id == NULL || event->provider_ref == NULL ||
        event->currency == NULL)
        return SOUK_BAD_REQUEST;
    return SOUK_OK;
}

/* Reads a payment or refund as the provider writes it, in callbacks and answers alike. */
static enum souk_err sandbox_event_fill(struct arena *arena, json_object *object, struct channel_event *event)
{
    const char *merchant = sandbox_member_text(arena, object, "merchant", 32);

    if (merchant == NULL)
        return SOUK_BAD_REQUEST;
    if (strcmp(merchant, SANDBOX_MERCHANT) != 0)
        return SOUK_PAYMENT_MISMATCH;
    if (!sandbox_state_read(sandbox_member_text(arena, object, "state", 16), &event->state) ||
        !sandbox_member_id(arena, object, "payment_id", &event->payment_id))
        return SOUK_BAD_REQUEST;
    if (event->state == CHANNEL_CLOSED)
        return SOUK_OK;
    if (event->state != CHANNEL_AUTHORISED && event->state != CHANNEL_CAPTURED && event->state != CHANNEL_DECLINED)
        return sandbox_refund_fill(arena, object, event);

    event->currency = sandbox_member_text(arena, object, "currency", 3);
    event->event_id = sandbox_member_text(arena, object, "event_id", 64);
    event->provider_ref = sandbox_member_text(arena, object, "provider_ref", 64);
    event->code = sandbox_member_text(arena, object, "decline_code", 64);
    if (!sandbox_member_id(arena, object, "order_id", &event->order_id) ||
        !sandbox_member_amount(object, &event->amount) || event->currency == NULL || event->event_id == NULL ||
        event->provider_ref == NULL)
        return SOUK_BAD_REQUEST;
    return SOUK_OK;
}

static enum souk_err sandbox_event_read(struct arena *arena, const char *body, size_t len, struct channel_event *event)
{
    enum souk_err err = SOUK_BAD_REQUEST;
    struct json_tokener *tokener = json_tokener_new_ex(SANDBOX_JSON_DEPTH_MAX);
    json_object *object = NULL;

    *event = (struct channel_event){.state = CHANNEL_OPEN};
    if (tokener == NULL)
        return SOUK_TOO_LARGE;
    if (len == 0 || len > SANDBOX_ANSWER_BYTES_MAX)
        goto out;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    object = json_tokener_parse_ex(tokener, body, (int)len);
    if (json_tokener_get_error(tokener) != json_tokener_success || !json_object_is_type(object, json_type_object))
        goto out;
    err = sandbox_event_fill(arena, object, event);
out:
    json_object_put(object);
    json_tokener_free(tokener);
    return err;
}

/* One signed request to the provider; `query` NULL: none; `body` NULL for a GET. */
static enum souk_err sandbox_request(const struct config *config, struct arena *arena, const char *path, const char *query,
                                     const char *body, int64_t deadline_us, struct client_answer *answer)
{
    char signature[SANDBOX_SIGNATURE_BYTES];
    const int64_t now_s = clock_unix_ms() / 1000;
    const char *line = arena_printf(arena, "%s %s", body == NULL ? "GET" : "POST", path);
    struct client_call call = {.url = arena_printf(arena, "%s%s%s", config->sandbox_url, path, query ? query : ""),
                               .body = body,
                               .body_len = body == NULL ? 0 : strlen(body),
                               .ca_file = config->sandbox_ca_file,
                               .answer_bytes_max = SANDBOX_ANSWER_BYTES_MAX,
                               .deadline_us = deadline_us};

    if (line == NULL || call.url == NULL)
        return SOUK_TOO_LARGE;
    sandbox_sign_message(config->sandbox_secret, now_s, line, body == NULL ? "" : body, call.body_len, signature);
    call.headers[0] = arena_printf(arena, SANDBOX_HEADER_TIMESTAMP ": %" PRId64, now_s);
    call.headers[1] = arena_printf(arena, SANDBOX_HEADER_SIGNATURE ": %s", signature);
    call.headers[2] = "Content-Type: application/json";
    if (call.headers[0] == NULL || call.headers[1] == NULL)
        return SOUK_TOO_LARGE;
    return client_send(&call, arena, answer);
}

/* What the provider answered about a payment or a refund; anything odd is no answer. */
static enum souk_err sandbox_answer_read(struct arena *arena, const struct client_answer *answer, int64_t payment_id,
                                         int64_t refund_id, struct channel_event *event)
{
    if (answer->status == 200 && sandbox_event_read(arena, answer->body, answer->body_len, event) == SOUK_OK &&
        event->payment_id == payment_id && event->refund_id == refund_id)
        return SOUK_OK;
    log_warn("sandbox: odd answer %d about payment %" PRId64 ", refund %" PRId64, answer->status, payment_id, refund_id);
    return SOUK_UNAVAILABLE;
}

static enum souk_err sandbox_query(const struct config *config, struct arena *arena,
                                   const struct channel_payment *payment, int64_t deadline_us,
                                   struct channel_event *event)
{
    struct client_answer answer;
    const int64_t payment_id = payment->payment_id;
    const char *path = arena_printf(arena, "/sandbox/v1/payments/%" PRId64, payment_id);
    enum souk_err err =
        path == NULL ? SOUK_TOO_LARGE : sandbox_request(config, arena, path, NULL, NULL, deadline_us, &answer);

    if (err != SOUK_OK)
        return err;
    if (answer.status == 404) { /* nobody has decided on its page */
        *event = (struct channel_event){.state = CHANNEL_OPEN, .payment_id = payment_id};
        return SOUK_OK;
    }
    return sandbox_answer_read(arena, &answer, payment_id, 0, event);
}

/* Has the provider do something with a payment: close or capture. */
static enum souk_err sandbox_do(const struct config *config, struct arena *arena, int64_t payment_id, const char *what,
                                int64_t deadline_us, struct channel_event *event)
{
    struct client_answer answer;
    const char *path = arena_printf(arena, "/sandbox/v1/payments/%" PRId64 "/%s", payment_id, what);
    enum souk_err err =
        path == NULL ? SOUK_TOO_LARGE : sandbox_request(config, arena, path, NULL, "{}", deadline_us, &answer);

    return err != SOUK_OK ? err : sandbox_answer_read(arena, &answer, payment_id, 0, event);
}

static enum souk_err sandbox_close(const struct config *config, struct arena *arena,
                                   const struct channel_payment *payment, int64_t deadline_us,
                                   struct channel_event *event)
{
    return sandbox_do(config, arena, payment->payment_id, "close", deadline_us, event);
}

static enum souk_err sandbox_capture(const struct config *config, struct arena *arena,
                                     const struct channel_payment *payment, int64_t deadline_us,
                                     struct channel_event *event)
{
    return sandbox_do(config, arena, payment->payment_id, "capture", deadline_us, event);
}

static enum souk_err sandbox_refund(const struct config *config, struct arena *arena, const struct channel_refund *refund,
                                    int64_t deadline_us, struct channel_event *event)
{
    struct client_answer answer;
    const char *path = arena_printf(arena, "/sandbox/v1/refunds/%" PRId64, refund->refund_id);
    const char *body = arena_printf(arena, "{\"payment_id\": \"%" PRId64 "\", \"amount\": %" PRId64 ", \"currency\": \"%s\"}",
                                    refund->payment_id, refund->amount, refund->currency);
    enum souk_err err = path == NULL || body == NULL
                            ? SOUK_TOO_LARGE
                            : sandbox_request(config, arena, path, NULL, body, deadline_us, &answer);

    return err != SOUK_OK ? err : sandbox_answer_read(arena, &answer, refund->payment_id, refund->refund_id, event);
}

static enum souk_err sandbox_refund_query(const struct config *config, struct arena *arena,
                                          const struct channel_refund *refund, int64_t deadline_us,
                                          struct channel_event *event)
{
    struct client_answer answer;
    const char *path = arena_printf(arena, "/sandbox/v1/refunds/%" PRId64, refund->refund_id);
    enum souk_err err =
        path == NULL ? SOUK_TOO_LARGE : sandbox_request(config, arena, path, NULL, NULL, deadline_us, &answer);

    if (err != SOUK_OK)
        return err;
    if (answer.status == 404) {
        *event = (struct channel_event){.state = CHANNEL_REFUND_UNKNOWN, .refund_id = refund->refund_id};
        return SOUK_OK;
    }
    return sandbox_answer_read(arena, &answer, refund->payment_id, refund->refund_id, event);
}

static enum souk_err sandbox_verify_callback(const struct config *config, struct arena *arena,
                                             const struct channel_callback *callback, struct channel_event *event)
{
    if (!sandbox_message_valid(
            config->sandbox_secret, callback->now_s, callback->header(callback->from, SANDBOX_HEADER_TIMESTAMP),
            callback->header(callback->from, SANDBOX_HEADER_SIGNATURE), NULL, callback->body, callback->body_len))
        return SOUK_PAYMENT_SIGNATURE;
    return sandbox_event_read(arena, callback->body, callback->body_len, event);
}

/* Splits one line of a statement at its commas; the texts stay where they are. */
static bool sandbox_line_read(char *text, struct channel_line *line, const char **at)
{
    char *fields[8];
    size_t n = 0;
    struct tm when = {0};

    for (char *field = text; field != NULL && n < 8; n++) {
        fields[n] = field;
        field = strchr(field, ',');
        if (field != NULL)
            *field++ = '\0';
    }
    if (n != 8 || strptime(fields[7], "%Y-%m-%dT%H:%M:%S", &when) == NULL)
        return false;
    *line = (struct channel_line){.kind = strcmp(fields[0], "refund") == 0 ? CHANNEL_LINE_REFUND : CHANNEL_LINE_CAPTURE,
                                  .provider_ref = fields[1],
                                  .currency = fields[6],
                                  .at_ms = (int64_t)timegm(&when) * 1000};
    *at = fields[7];
    return text_int64(fields[2], strlen(fields[2]), &line->payment_id) &&
           (fields[3][0] == '\0' || text_int64(fields[3], strlen(fields[3]), &line->refund_id)) &&
           text_int64(fields[4], strlen(fields[4]), &line->amount) && text_int64(fields[5], strlen(fields[5]), &line->fee);
}

/* Hands over the lines of one page. *n: how many; *next: the query of the next page. */
static enum souk_err sandbox_page_read(char *text, channel_take_line *take, void *to, size_t *n, char next[160])
{
    enum souk_err err = text == NULL ? SOUK_TOO_LARGE : SOUK_OK;

    for (char *line = text, *end; err == SOUK_OK && *line != '\0'; line = end + 1, ++*n) {
        struct channel_line facts;
        const char *at;
        end = strchr(line, '\n');
        if (end == NULL)
            return SOUK_UNAVAILABLE;
        *end = '\0';
        if (!sandbox_line_read(line, &facts, &at))
            return SOUK_UNAVAILABLE;
        snprintf(next, 160, "?after_kind=%s&after_at=%s&after_id=%" PRId64 "&limit=%d",
                 facts.kind == CHANNEL_LINE_REFUND ? "refund" : "capture", at,
                 facts.kind == CHANNEL_LINE_REFUND ? facts.refund_id : facts.payment_id, SANDBOX_STATEMENT_LINES);
        err = take(to, &facts);
    }
    return err;
}

static enum souk_err sandbox_statement(const struct config *config, struct arena *arena, const char *day,
                                       int64_t deadline_us, channel_take_line *take, void *to)
{
    char path[64], query[160] = "";
    size_t n = SANDBOX_STATEMENT_LINES;
    enum souk_err err = SOUK_OK;

    snprintf(path, sizeof path, "/sandbox/v1/statements/%.10s", day);
    while (err == SOUK_OK && n == SANDBOX_STATEMENT_LINES) {
        struct client_answer answer;
        arena_reset(arena);
        err = sandbox_request(config, arena, path, query, NULL, deadline_us, &answer);
        if (err == SOUK_OK && answer.status == 404)
            return SOUK_NOT_FOUND;
        if (err == SOUK_OK && answer.status != 200)
            return SOUK_UNAVAILABLE;
        n = 0;
        if (err == SOUK_OK)
            err = sandbox_page_read(arena_copy(arena, answer.body, answer.body_len), take, to, &n, query);
    }
    return err;
}

const struct channel channel_sandbox = {
    .name = "sandbox",
    .configured = sandbox_configured,
    .open = sandbox_open,
    .query = sandbox_query,
    .close = sandbox_close,
    .capture = sandbox_capture,
    .refund = sandbox_refund,
    .refund_query = sandbox_refund_query,
    .statement = sandbox_statement,
    .verify_callback = sandbox_verify_callback,
};
