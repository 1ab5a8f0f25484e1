/* Sends mail that is due, by SMTP: up to SENDINGS_N messages of a shard at once. The database says what is due, when it is tried
 * again and when to stop.
 *
 * What a mail says is made here, from the rows as they are now; so is the token in its link, of which the database gets the
 * hash before the mail leaves. A message has one Message-ID for all attempts: who is killed between the server's "250" and
 * writing it down sends it once more, and mail programs show it once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "guard/account_token.h"
#include "observe/log.h"
#include "worker/mail_text.h"
#include "worker/transfers.h"

enum { EVERY_MS = 250, IDLE_MS = 1000, SENDINGS_N = 4, CONNECT_MS = 5000, TOTAL_MS = 20000, LEASE_S = 60, SAY_US = 60000000 };

/* One message under way. */
struct sending {
    struct transfer transfer;
    curl_mime *mime;
    struct curl_slist *to;
    int64_t mail_id;
};

/* ---- the message ---- */

/* The whole link of a template: its page, with the token, whose hash is stored first. */
static enum souk_err make_link(struct job_run *run, const struct mail_template *template, json_object *item,
                               const char **link)
{
    char text[ACCOUNT_TOKEN_TEXT] = "";
    struct account_token token = {.account_id = json_member_number(item, "account_id"),
                                  .token_id = json_member_number(item, "mail_id")};
    const int page_len = template->page ? (int)strcspn(template->page, "{") : 0;
    json_object *body;
    *link = NULL;
    if (!template->page)
        return SOUK_OK;
    if (template->purpose) {
        account_token_make(run->context->keys, &token, text);
        const struct param params[] = {
            param_int(token.token_id), param_int(token.account_id), param_text(template->purpose),
            param_text(json_member_text(item, "email")),
            {.type = PARAM_BYTES, .text = (const char *)token.hash, .len = sizeof token.hash},
            param_int(template->token_life_s)};
        enum souk_err err = job_call(run, store_shard_of(run->context->store, token.account_id), "account_token_put",
                                     params, 6, &body);
        if (err != SOUK_OK)
            return err;
    }
    json_object *order = json_object_object_get(item, "order");
    const char *rest = template->purpose ? text : order ? json_member_text(order, "order_id") : "";
    *link = arena_printf(run->arena, "%s/#/%.*s%s", run->context->config->public_url, page_len, template->page,
                         template->page[page_len] ? rest : "");
    return *link ? SOUK_OK : SOUK_TOO_LARGE;
}

/* The host of public_url: "shop.example.com". */
static const char *host_of(struct arena *arena, const char *url)
{
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    return arena_copy(arena, at, strcspn(at, ":/"));
}

static const char *date_header(struct arena *arena)
{
    char text[64];
    struct tm now;
    time_t seconds = (time_t)(clock_unix_ms() / 1000);
    gmtime_r(&seconds, &now);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &now);
    return arena_printf(arena, "Date: %s", text);
}

static bool add_headers(struct sending *sending, const struct job_run *run, json_object *item, const char *subject)
{
    struct arena *arena = run->arena;
    const struct config *config = run->context->config;
    const char *coded = mail_header_text(arena, subject), *name = mail_header_text(arena, config->mail_from_name);
    const char *host = host_of(arena, config->public_url), *to = json_member_text(item, "email");
    struct curl_slist **headers = &sending->transfer.headers;
    return coded && name && host && transfers_add_line(headers, date_header(arena)) &&
           transfers_add_line(headers, *name ? arena_printf(arena, "From: %s <%s>", name, config->mail_from)
                                             : arena_printf(arena, "From: <%s>", config->mail_from)) &&
           transfers_add_line(headers, arena_printf(arena, "To: <%s>", to)) &&
           transfers_add_line(headers, arena_printf(arena, "Subject: %s", coded)) &&
           transfers_add_line(headers, arena_printf(arena, "Message-ID: <%" PRId64 "@%s>", sending->mail_id, host)) &&
           transfers_add_line(headers, "Auto-Submitted: auto-generated") &&
           transfers_add_line(&sending->to, arena_printf(arena, "<%s>", to));
}

static bool add_part(curl_mime *mime, const char *type, const char *text)
{
    curl_mimepart *part = curl_mime_addpart(mime);
    return part && curl_mime_data(part, text, CURL_ZERO_TERMINATED) == CURLE_OK &&
           curl_mime_type(part, type) == CURLE_OK && curl_mime_encoder(part, "quoted-printable") == CURLE_OK;
}

/* Text and HTML, of which a mail program shows what it likes better. */
static bool add_body(struct sending *sending, const struct mail_content *content)
{
    curl_mime *both = curl_mime_init(sending->transfer.curl);
    if (!both || !add_part(both, "text/plain; charset=utf-8", content->text) ||
        !add_part(both, "text/html; charset=utf-8", content->html)) {
        curl_mime_free(both);
        return false;
    }
    sending->mime = curl_mime_init(sending->transfer.curl);
    curl_mimepart *part = sending->mime ? curl_mime_addpart(sending->mime) : NULL;
    if (!part || curl_mime_subparts(part, both) != CURLE_OK) {
        curl_mime_free(both);
        return false;
    }
    return curl_mime_type(part, "multipart/alternative") == CURLE_OK;
}

static bool prepare(struct sending *sending, const struct config *config)
{
    CURL *curl = sending->transfer.curl;
    curl_easy_setopt(curl, CURLOPT_URL, config->smtp_url[0] ? config->smtp_url : "smtp://localhost");
    if (config->smtp_socket[0])
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, config->smtp_socket);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, config->smtp_starttls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
    if (config->smtp_ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, config->smtp_ca_file);
    if (config->smtp_user[0]) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, config->smtp_user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, config->smtp_password);
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, config->mail_from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, sending->to);
    return curl_easy_setopt(curl, CURLOPT_MIMEPOST, sending->mime) == CURLE_OK;
}

static void release(struct transfer *transfer)
{
    struct sending *sending = (struct sending *)transfer;
    curl_mime_free(sending->mime);
    curl_slist_free_all(sending->to);
}

/* ---- on its way ---- */

static enum souk_err write_down(struct transfers *transfers, int64_t mail_id, const char *claim, const char *error, bool refused)
{
    json_object *body;
    const struct param params[] = {param_int(mail_id), param_text(claim), param_text(error), param_int(refused)};
    struct job_run *step = &transfers->step;
    step->deadline_us = clock_us() + TRANSFERS_CALL_US;
    enum souk_err err = job_call(step, step->shard, "mail_done", params, 4, &body);
    const char *state = err == SOUK_OK ? json_member_text(body, "state") : NULL;
    if (state && strcmp(state, "failed") == 0)
        log_error("mail %" PRId64 " is given up: %s", mail_id, error);
    return err;
}

/* Sets one mail on its way; what could not be is written down as failed for now. */
static void start(struct transfers *transfers, json_object *item, const char *claim)
{
    struct job_run *step = &transfers->step;
    const char *kind = json_member_text(item, "kind"), *link = NULL;
    const struct mail_template *template = kind ? mail_template_find(kind) : NULL;
    const int64_t mail_id = json_member_number(item, "mail_id");
    struct mail_content content;
    enum souk_err err = template ? make_link(step, template, item, &link) : SOUK_INTERNAL;
    if (err != SOUK_OK || !mail_fill(step->arena, template, item, link, &content)) {
        (void)!write_down(transfers, mail_id, claim, template ? error_row(err)->code : "no template", !template);
        return;
    }
    struct sending *sending = (struct sending *)transfers_begin(transfers, claim);
    if (sending == NULL) {
        log_error("mail %" PRId64 " cannot be sent: out of memory", mail_id);
        return;
    }
    sending->mail_id = mail_id;
    if (add_headers(sending, step, item, content.subject) && add_body(sending, &content) &&
        prepare(sending, step->context->config) && transfers_go(transfers, &sending->transfer))
        return;
    log_error("mail %" PRId64 " cannot be sent: out of memory", mail_id);
    transfers_end(transfers, &sending->transfer);
}

static enum souk_err take(struct transfers *transfers, const char *claim, size_t room, size_t *taken)
{
    json_object *due;
    const struct param params[] = {param_text(claim), param_int(LEASE_S), param_int((int64_t)room)};
    enum souk_err err = job_call(&transfers->step, transfers->step.shard, "mail_due", params, 3, &due);
    json_object *items = err == SOUK_OK ? json_member_array(due, "items") : NULL;
    *taken = items ? json_object_array_length(items) : 0;
    transfers->step.worked = transfers->step.worked || *taken > 0;
    for (size_t i = 0; i < *taken; i++)
        start(transfers, json_object_array_get_idx(items, i), claim);
    return err;
}

/* A server that is away fails every mail: told once a minute. */
static void say_failure(int64_t mail_id, const char *error)
{
    static _Atomic int64_t said_us;
    const int64_t now_us = clock_us();
    if (said_us != 0 && now_us - said_us < SAY_US)
        return;
    said_us = now_us;
    log_warn("mail %" PRId64 " was not sent: %s; it is tried again, and failures like it are told once a minute", mail_id,
             error);
}

/* A server that says 5xx to the address or to the message will never take it; one that does not let us in may later. */
static void finish(struct transfers *transfers, struct transfer *transfer, CURLcode code)
{
    const struct sending *sending = (const struct sending *)transfer;
    long status = 0;
    char error[200];
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    const bool refused = (code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_RECV_ERROR) &&
                         status >= 550 && status <= 559;
    if (status >= 400)
        snprintf(error, sizeof error, "%s; the server said %ld", curl_easy_strerror(code), status);
    else
        snprintf(error, sizeof error, "%s", curl_easy_strerror(code));
    if (write_down(transfers, sending->mail_id, transfer->claim, code == CURLE_OK ? NULL : error, refused) != SOUK_OK)
        log_warn("mail %" PRId64 ": what came of it could not be stored; it may be sent again", sending->mail_id);
    else if (code != CURLE_OK)
        say_failure(sending->mail_id, error);
}

static enum souk_err run_post(struct job_run *run, bool *found)
{
    static const struct transfers_kind kind = {.max = SENDINGS_N, .size = sizeof(struct sending), .connect_ms = CONNECT_MS,
                                               .total_ms = TOTAL_MS, .take = take, .finish = finish, .release = release};
    const struct config *config = run->context->config;
    *found = false;
    return config->smtp_url[0] || config->smtp_socket[0] ? transfers_run(&kind, run) : SOUK_OK;
}

const struct job job_post = {.name = "post", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_post};
