/* The provider's pages for people, and its process. What the merchant's server asks is in sandbox_merchant.c. */
#include "domain/sandbox.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/domains.h"
#include "domain/sandbox_page.h"
#include "domain/sandbox_sender.h"
#include "domain/sandbox_visit.h"
#include "http/pool.h"
#include "http/request.h"

enum { SANDBOX_THREADS = 32, SANDBOX_LATE_S = 10 };

static const struct sandbox_notice notice_expired = {
    410, "The time to pay is over", "Nothing was paid. Go back to the shop to order again."};
static const struct sandbox_notice notice_choice = {400, "Nothing was chosen", "Go back and choose to pay or to decline."};

/* What a person is told about a payment that was decided, and which button that came of. */
static const struct ended {
    const char *state, *pressed;
    struct sandbox_notice notice;
} ended[] = {
    {"captured", "captured", {200, "This is paid", "The payment went through. There is nothing left to do here."}},
    {"authorised", "captured", {200, "You have agreed to pay", "The shop takes the money. There is nothing left to do here."}},
    {"declined", "declined", {200, "This was declined", "Nothing was paid. Go back to the shop to try again."}},
    {"closed", "", {410, "This payment is closed", "The shop takes no money for it any more. Nothing was paid."}},
};

/* What the buttons mean. */
static const struct decision {
    const char *name, *state;
    int64_t delay_s, copies;
} decisions[] = {
    {SANDBOX_DECISION_PAY, "captured", 0, 1},
    {SANDBOX_DECISION_DECLINE, "declined", 0, 1},
    {SANDBOX_DECISION_PAY_LATE, "captured", SANDBOX_LATE_S, 1},
    {SANDBOX_DECISION_PAY_TWICE, "captured", 0, 2},
};

static enum souk_err answer_html(struct request *request, int status, const char *html)
{
    const char *policy = arena_printf(request->arena,
                                      "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src data:; "
                                      "form-action 'self' %s; base-uri 'none'; frame-ancestors 'none'",
                                      request->context->config->public_url);
    if (html == NULL || policy == NULL)
        return SOUK_TOO_LARGE;
    request_add_header(request, policy);
    request_add_header(request, "X-Content-Type-Options: nosniff");
    request_add_header(request, "Referrer-Policy: no-referrer");
    request->content_type = "text/html; charset=utf-8";
    request->answer = (struct answer){.status = status, .body = html, .body_len = strlen(html)};
    return SOUK_OK;
}

static enum souk_err answer_notice(struct request *request, const struct sandbox_notice *notice,
                                   const char *return_url)
{
    return answer_html(request, notice->status,
                       sandbox_page_notice(request->arena, notice->title, notice->text, return_url));
}

/* Back to the shop; 303 turns the form's POST into a GET. */
static enum souk_err answer_return(struct request *request, const char *return_url)
{
    enum souk_err err = answer_html(request, 303, "");
    request->answer.location = return_url;
    return err;
}

static const struct ended *ended_of(const struct answer *answer)
{
    json_object *payment = json_tokener_parse(answer->body);
    const char *state = json_member_text(payment, "state");
    const struct ended *found = NULL;
    for (size_t i = 0; state != NULL && i < sizeof ended / sizeof ended[0]; i++)
        if (strcmp(state, ended[i].state) == 0)
            found = &ended[i];
    json_object_put(payment);
    return found;
}

/* How the payment was decided; *out is NULL while it can still be paid. */
static enum souk_err look_up(struct request *request, int64_t payment_id, const struct ended **out)
{
    const struct param params[] = {param_text(SANDBOX_MERCHANT), param_int(payment_id)};
    struct answer answer;
    enum souk_err err = request_call(request, DB_SANDBOX, "provider_get", params, 2, true, &answer);
    *out = NULL;
    if (err == SOUK_NOT_FOUND)
        return SOUK_OK;
    if (err == SOUK_OK)
        *out = ended_of(&answer);
    return err == SOUK_OK && *out == NULL ? SOUK_INTERNAL : err;
}

static bool is_over(const struct sandbox_visit *visit)
{
    return visit->expires_s <= clock_unix_ms() / 1000;
}

static enum souk_err pay_show(struct request *request)
{
    struct sandbox_visit visit;
    const struct ended *end;
    const struct sandbox_notice *notice = sandbox_visit_read(request, &visit);
    if (notice != NULL)
        return answer_notice(request, notice, NULL);
    const char *return_url = visit.page.value[SANDBOX_PAGE_RETURN_URL];
    enum souk_err err = look_up(request, visit.payment_id, &end);
    if (err != SOUK_OK)
        return err;
    if (end != NULL || is_over(&visit))
        return answer_notice(request, end != NULL ? &end->notice : &notice_expired, return_url);
    return answer_html(request, 200, sandbox_page_pay(request->arena, &visit.page, visit.signature, visit.amount,
                                                      visit.expires_s));
}

/* "<prefix><24 random hex digits>" */
static const char *fresh(struct arena *arena, const char *prefix)
{
    uint8_t random[12];
    char hex[2 * sizeof random + 1];
    randombytes_buf(random, sizeof random);
    text_hex(random, sizeof random, hex);
    return arena_printf(arena, "%s%s", prefix, hex);
}

static enum souk_err decide(struct request *request, const struct sandbox_visit *visit,
                            const struct decision *decision, const struct ended **end)
{
    const char *event_id = fresh(request->arena, "evt_"), *provider_ref = fresh(request->arena, "sbx_");
    const struct param params[] = {
        param_text(SANDBOX_MERCHANT),
        param_int(visit->payment_id),
        param_int(visit->order_id),
        param_int(visit->amount),
        param_text(visit->page.value[SANDBOX_PAGE_CURRENCY]),
        param_text(visit->page.value[SANDBOX_PAGE_NOTIFY_URL]),
        param_text(decision->state),
        param_text(event_id),
        param_text(provider_ref),
        param_int(decision->delay_s),
        param_int(decision->copies),
    };
    struct answer answer;
    if (event_id == NULL || provider_ref == NULL)
        return SOUK_TOO_LARGE;
    enum souk_err err = request_call(request, DB_SANDBOX, "provider_decide", params, sizeof params / sizeof params[0],
                                     true, &answer);
    *end = err == SOUK_OK ? ended_of(&answer) : NULL;
    return err == SOUK_OK && *end == NULL ? SOUK_INTERNAL : err;
}

static const struct decision *decision_of(const struct request *request)
{
    const char *name = request_value(request, "decision")->text;
    for (size_t i = 0; name != NULL && i < sizeof decisions / sizeof decisions[0]; i++)
        if (strcmp(decisions[i].name, name) == 0)
            return &decisions[i];
    return NULL;
}

static enum souk_err pay_decide(struct request *request)
{
    struct sandbox_visit visit;
    const struct ended *end;
    const struct decision *decision = decision_of(request);
    const struct sandbox_notice *notice = sandbox_visit_read(request, &visit);
    if (notice != NULL)
        return answer_notice(request, notice, NULL);
    const char *return_url = visit.page.value[SANDBOX_PAGE_RETURN_URL];
    if (decision == NULL)
        return answer_notice(request, &notice_choice, return_url);
    enum souk_err err = look_up(request, visit.payment_id, &end);
    if (err == SOUK_OK && end == NULL) {
        if (is_over(&visit))
            return answer_notice(request, &notice_expired, return_url);
        err = decide(request, &visit, decision, &end);
        sandbox_sender_wake();
    }
    if (err != SOUK_OK)
        return err;
    /* A second press of the same button ends as the first; anything else has to be read. */
    return strcmp(end->pressed, decision->state) == 0 ? answer_return(request, return_url)
                                                    : answer_notice(request, &end->notice, return_url);
}

static enum souk_err pay_style(struct request *request)
{
    request->content_type = "text/css; charset=utf-8";
    request->answer =
        (struct answer){.status = 200, .body = sandbox_page_style, .body_len = strlen(sandbox_page_style)};
    return SOUK_OK;
}

/* Wide enough that a long link gets a page that says so, not a problem document. */
#define X(symbol, name_, max_) {.name = name_, .from = FROM_QUERY, .type = FIELD_STRING, .max = 4096},
static const struct field show_fields[] = {
    SANDBOX_PAGE_FIELDS(X){.name = "sig", .from = FROM_QUERY, .type = FIELD_STRING, .max = 4096}};
#undef X

#define X(symbol, name_, max_) \
    {.name = name_, \
     .from = symbol == SANDBOX_PAGE_PAYMENT_ID ? FROM_PATH : FROM_BODY, \
     .type = FIELD_STRING, \
     .max = 4096},
static const struct field decide_fields[] = {
    SANDBOX_PAGE_FIELDS(X){.name = "sig", .from = FROM_BODY, .type = FIELD_STRING, .max = 4096},
    {.name = "decision", .from = FROM_BODY, .type = FIELD_STRING, .max = 32},
};
#undef X

static const struct route rows[] = {
    {.method = METHOD_GET, .path = "/sandbox/pay", FIELDS(show_fields), .shard_by = SHARD_SANDBOX, .handle = pay_show,
     .flags = ROUTE_HIDDEN, .name = "sandbox_pay_show", .summary = "The pay page"},
    {.method = METHOD_POST, .path = "/sandbox/pay/{payment_id}", FIELDS(decide_fields), .shard_by = SHARD_SANDBOX,
     .handle = pay_decide, .flags = ROUTE_HIDDEN | ROUTE_FORM_BODY, .name = "sandbox_pay_decide",
     .summary = "A decision on the pay page"},
    {.method = METHOD_GET, .path = "/sandbox/pay.css", .handle = pay_style, .flags = ROUTE_HIDDEN,
     .name = "sandbox_pay_style", .summary = "The pay page's stylesheet"},
};

const struct route_set sandbox_routes = {
    .domain = "sandbox", .routes = rows, .routes_n = sizeof rows / sizeof rows[0]};

int sandbox_run(const struct config *config)
{
    static const struct route_set *const sets[] = {&sandbox_routes, &sandbox_merchant_routes};
    const struct pool pool = {
        .role = "sandbox",
        .config = config,
        .socket = config->sandbox_socket,
        .pid_file = config->sandbox_pid_file,
        .processes = 1,
        .threads = SANDBOX_THREADS,
        .sets = sets,
        .sets_n = 2,
        .child_start = sandbox_sender_start,
        .child_stop = sandbox_sender_stop,
    };
    return pool_run(&pool);
}
