/* Sends webhook deliveries that are due: up to SENDINGS_N at once, up to EACH_MAX of them to one endpoint, so that a slow
 * one does not keep the others waiting. The database says what is due, when it is tried again and when to stop.
 *
 * Whoever may name an endpoint must not reach what only this machine can: each address is judged when its socket is
 * opened, after all resolving, so that no second answer of a name server matters; redirects are not followed, and no
 * proxy is used.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "guard/egress.h"
#include "observe/log.h"
#include "worker/transfers.h"
#include "worker/webhook_sign.h"

enum {
    EVERY_MS = 250,
    IDLE_MS = 1000,
    SENDINGS_N = 32,
    EACH_MAX = 4,
    CONNECT_MS = 3000,
    TOTAL_MS = 10000,
    LEASE_S = 30,
    ANSWER_BYTES_MAX = 65536
};

/* One request under way. */
struct sending {
    struct transfer transfer;
    int64_t endpoint_id, delivery_id;
    size_t answered; /* bytes */
    bool loopback, refused;
};

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct sending *sending = user;
    (void)purpose;
    if (!egress_address_allowed(&address->addr, sending->loopback)) {
        sending->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* What it says beside its status is nothing to us. */
static size_t drop_answer(char *bytes, size_t size, size_t n, void *user)
{
    struct sending *sending = user;
    (void)bytes;
    sending->answered += size * n;
    return sending->answered > ANSWER_BYTES_MAX ? 0 : size * n;
}

/* All signatures in one header: while a secret is being changed there are two. */
static const char *signatures(struct arena *arena, json_object *secrets, const char *id, int64_t now_s, const char *body)
{
    struct buffer line = buffer_in(arena, 256);
    buffer_puts(&line, "webhook-signature:");
    for (size_t i = 0; i < json_object_array_length(secrets); i++) {
        const char *secret = json_object_get_string(json_object_array_get_idx(secrets, i));
        const char *signature = webhook_sign(arena, secret, id, now_s, body);
        if (signature == NULL)
            return NULL;
        buffer_printf(&line, " %s", signature);
    }
    return line.failed ? NULL : line.data;
}

static bool add_headers(struct sending *sending, struct arena *arena, json_object *secrets, const char *id, const char *body)
{
    const int64_t now_s = clock_unix_ms() / 1000;
    struct curl_slist **headers = &sending->transfer.headers;
    return transfers_add_line(headers, "content-type: application/json") && transfers_add_line(headers, "user-agent: souk") &&
           transfers_add_line(headers, arena_printf(arena, "webhook-id: %s", id)) &&
           transfers_add_line(headers, arena_printf(arena, "webhook-timestamp: %" PRId64, now_s)) &&
           transfers_add_line(headers, signatures(arena, secrets, id, now_s, body));
}

static bool prepare(struct sending *sending, const struct config *config, const char *url, const char *body)
{
    CURL *curl = sending->transfer.curl;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, config->webhook_loopback ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, sending);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sending);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
    if (config->webhook_ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, config->webhook_ca_file);
    return curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK;
}

/* Sets one delivery on its way. What could not be is due again when its lease ends. */
static void start(struct transfers *transfers, json_object *due, json_object *item, const char *claim)
{
    const struct config *config = transfers->step.context->config;
    const char *body = json_member_text(item, "body"), *id = json_member_text(item, "event_id");
    const char *url = json_member_text(due, "url");
    json_object *secrets = json_member_array(due, "secrets");
    const int64_t delivery_id = json_member_number(item, "delivery_id");
    if (!body || !id || !url || !secrets)
        return;
    struct sending *sending = (struct sending *)transfers_begin(transfers, claim);
    if (sending != NULL) {
        sending->endpoint_id = json_member_number(due, "endpoint_id");
        sending->delivery_id = delivery_id;
        sending->loopback = config->webhook_loopback;
        if (add_headers(sending, transfers->step.arena, secrets, id, body) && prepare(sending, config, url, body) &&
            transfers_go(transfers, &sending->transfer))
            return;
        transfers_end(transfers, &sending->transfer);
    }
    log_error("webhook delivery %" PRId64 " cannot be sent", delivery_id);
}

static const struct sending *sending_at(const struct transfers *transfers, size_t i)
{
    return (const struct sending *)transfers_at(transfers, i);
}

/* JSON array of the endpoints that have EACH_MAX under way. */
static const char *busy_endpoints(const struct transfers *transfers)
{
    struct buffer list = buffer_in(transfers->step.arena, 1024);
    buffer_puts(&list, "[");
    for (size_t i = 0; i < SENDINGS_N; i++) {
        const struct sending *one = sending_at(transfers, i);
        size_t same = 0;
        for (size_t j = 0; j <= i; j++)
            same += sending_at(transfers, j)->transfer.curl && sending_at(transfers, j)->endpoint_id == one->endpoint_id;
        if (one->transfer.curl && same == EACH_MAX)
            buffer_printf(&list, "%s%" PRId64, list.len > 1 ? "," : "", one->endpoint_id);
    }
    buffer_puts(&list, "]");
    return list.failed ? NULL : list.data;
}

/* Takes what is due of one endpoint. */
static enum souk_err take(struct transfers *transfers, const char *claim, size_t room, size_t *taken)
{
    json_object *due;
    const struct param params[] = {param_text(claim), param_int(LEASE_S),
                                   param_int(room < EACH_MAX ? (int64_t)room : EACH_MAX),
                                   param_text(busy_endpoints(transfers))};
    enum souk_err err = job_call(&transfers->step, DB_GLOBAL, "webhook_due", params, 4, &due);
    json_object *items = err == SOUK_OK ? json_member_array(due, "items") : NULL;
    *taken = items ? json_object_array_length(items) : 0;
    transfers->step.worked = transfers->step.worked || *taken > 0;
    for (size_t i = 0; i < *taken; i++)
        start(transfers, due, json_object_array_get_idx(items, i), claim);
    return err;
}

static void finish(struct transfers *transfers, struct transfer *transfer, CURLcode code)
{
    const struct sending *sending = (const struct sending *)transfer;
    long status = 0;
    json_object *body;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    const bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status >= 200);
    const char *error = answered ? NULL : sending->refused ? "its address is not a public one" : curl_easy_strerror(code);
    const struct param params[] = {param_int(sending->endpoint_id), param_int(sending->delivery_id),
                                   param_text(transfer->claim), param_int(answered ? status : 0), param_text(error)};
    if (job_call(&transfers->step, DB_GLOBAL, "webhook_done", params, 5, &body) == SOUK_OK) {
        const char *endpoint = json_member_text(body, "endpoint");
        if (endpoint && strcmp(endpoint, "disabled") == 0)
            log_warn("webhook endpoint %" PRId64 " is disabled", sending->endpoint_id);
    } else {
        log_warn("webhook delivery %" PRId64 ": what came of it could not be stored; it will be made again",
                 sending->delivery_id);
    }
}

static enum souk_err run_delivery(struct job_run *run, bool *found)
{
    static const struct transfers_kind kind = {.max = SENDINGS_N, .size = sizeof(struct sending), .connect_ms = CONNECT_MS,
                                               .total_ms = TOTAL_MS, .take = take, .finish = finish};
    *found = false;
    return transfers_run(&kind, run);
}

const struct job job_delivery = {
    .name = "delivery", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_delivery};
