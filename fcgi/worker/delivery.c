/* Sends webhook deliveries that are due: up to SENDINGS_N at once, up to EACH_MAX of them to one endpoint, so that a slow
 * one does not keep the others waiting. The database says what is due, when it is tried again and when to stop.
 *
 * Whoever may name an endpoint must not reach what only this machine can: each address is judged when its socket is
 * opened, after all resolving, so that no second answer of a name server matters; redirects are not followed, and no
 * proxy is used.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "guard/egress.h"
#include "observe/log.h"
#include "worker/jobs.h"
#include "worker/webhook_sign.h"

enum {
    EVERY_MS = 250,
    SENDINGS_N = 32,
    EACH_MAX = 4,
    CONNECT_MS = 3000,
    TOTAL_MS = 10000,
    LEASE_S = 30,
    POLL_MS = 50,
    ANSWER_BYTES_MAX = 65536,
    CALL_US = 2000000,
    SLICE_US = 30000000, /* then what is under way is waited for, and the lead is asked for again */
    LEAVE_US = 5000000,  /* a worker that leaves waits so long for answers */
    STEP_BYTES = 4 * 1024 * 1024,
    CLAIM_BYTES = 16
};

/* One request under way; curl NULL: free. */
struct sending {
    CURL *curl;
    struct curl_slist *headers;
    int64_t endpoint_id, delivery_id;
    char claim[2 * CLAIM_BYTES + 1];
    size_t answered; /* bytes */
    bool loopback, refused;
};

struct sender {
    struct job_run step; /* with an arena that is reset after each step */
    CURLM *multi;
    struct sending sendings[SENDINGS_N];
    size_t sendings_n;
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

static bool add_header(struct sending *sending, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(sending->headers, line) : NULL;
    if (longer)
        sending->headers = longer;
    return longer != NULL;
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
    return add_header(sending, "content-type: application/json") && add_header(sending, "user-agent: souk") &&
           add_header(sending, arena_printf(arena, "webhook-id: %s", id)) &&
           add_header(sending, arena_printf(arena, "webhook-timestamp: %" PRId64, now_s)) &&
           add_header(sending, signatures(arena, secrets, id, now_s, body));
}

static bool prepare(struct sending *sending, const struct config *config, const char *url, const char *body)
{
    CURL *curl = sending->curl;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, config->webhook_loopback ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TOTAL_MS);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, sending);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sending);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sending->headers);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, sending);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
    if (config->webhook_ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, config->webhook_ca_file);
    return curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK;
}

static void release(struct sender *sender, struct sending *sending)
{
    if (sending->curl) {
        curl_multi_remove_handle(sender->multi, sending->curl);
        curl_easy_cleanup(sending->curl);
        sender->sendings_n--;
    }
    curl_slist_free_all(sending->headers);
    *sending = (struct sending){0};
}

static struct sending *free_sending(struct sender *sender)
{
    for (size_t i = 0; i < SENDINGS_N; i++)
        if (sender->sendings[i].curl == NULL)
            return &sender->sendings[i];
    return NULL;
}

/* Sets one delivery on its way. What could not be is due again when its lease ends. */
static void start(struct sender *sender, json_object *due, json_object *item, const char *claim)
{
    const struct config *config = sender->step.context->config;
    const char *body = json_member_text(item, "body"), *id = json_member_text(item, "event_id");
    const char *url = json_member_text(due, "url");
    json_object *secrets = json_member_array(due, "secrets");
    struct sending *sending = free_sending(sender);
    if (sending == NULL || !body || !id || !url || !secrets)
        return;
    *sending = (struct sending){.curl = curl_easy_init(),
                                .endpoint_id = json_member_number(due, "endpoint_id"),
                                .delivery_id = json_member_number(item, "delivery_id"),
                                .loopback = config->webhook_loopback};
    snprintf(sending->claim, sizeof sending->claim, "%s", claim);
    sender->sendings_n += sending->curl != NULL;
    if (!sending->curl || !add_headers(sending, sender->step.arena, secrets, id, body) ||
        !prepare(sending, config, url, body) || curl_multi_add_handle(sender->multi, sending->curl) != CURLM_OK) {
        log_error("webhook delivery %" PRId64 " cannot be sent", sending->delivery_id);
        release(sender, sending);
    }
}

/* JSON array of the endpoints that have EACH_MAX under way. */
static const char *busy_endpoints(const struct sender *sender)
{
    struct buffer list = buffer_in(sender->step.arena, 1024);
    buffer_puts(&list, "[");
    for (size_t i = 0; i < SENDINGS_N; i++) {
        size_t same = 0;
        for (size_t j = 0; j <= i; j++)
            same += sender->sendings[j].curl && sender->sendings[j].endpoint_id == sender->sendings[i].endpoint_id;
        if (sender->sendings[i].curl && same == EACH_MAX)
            buffer_printf(&list, "%s%" PRId64, list.len > 1 ? "," : "", sender->sendings[i].endpoint_id);
    }
    buffer_puts(&list, "]");
    return list.failed ? NULL : list.data;
}

/* Takes what is due of one endpoint and starts it. *n: how many. */
static enum souk_err take_due(struct sender *sender, size_t *n)
{
    uint8_t random[CLAIM_BYTES];
    char claim[2 * CLAIM_BYTES + 1];
    json_object *due;
    *n = 0;
    randombytes_buf(random, sizeof random);
    text_hex(random, sizeof random, claim);
    const size_t room = SENDINGS_N - sender->sendings_n;
    const struct param params[] = {param_text(claim), param_int(LEASE_S),
                                   param_int(room < EACH_MAX ? (int64_t)room : EACH_MAX),
                                   param_text(busy_endpoints(sender))};
    sender->step.deadline_us = clock_us() + CALL_US;
    enum souk_err err = job_call(&sender->step, DB_GLOBAL, "webhook_due", params, 4, &due);
    json_object *items = err == SOUK_OK ? json_member_array(due, "items") : NULL;
    *n = items ? json_object_array_length(items) : 0;
    for (size_t i = 0; i < *n; i++)
        start(sender, due, json_object_array_get_idx(items, i), claim);
    arena_reset(sender->step.arena);
    return err;
}

static void finish(struct sender *sender, struct sending *sending, CURLcode code)
{
    long status = 0;
    json_object *body;
    curl_easy_getinfo(sending->curl, CURLINFO_RESPONSE_CODE, &status);
    const bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status >= 200);
    const char *error = answered ? NULL : sending->refused ? "its address is not a public one" : curl_easy_strerror(code);
    const struct param params[] = {param_int(sending->endpoint_id), param_int(sending->delivery_id),
                                   param_text(sending->claim), param_int(answered ? status : 0), param_text(error)};
    sender->step.deadline_us = clock_us() + CALL_US;
    if (job_call(&sender->step, DB_GLOBAL, "webhook_done", params, 5, &body) == SOUK_OK) {
        const char *endpoint = json_member_text(body, "endpoint");
        if (endpoint && strcmp(endpoint, "disabled") == 0)
            log_warn("webhook endpoint %" PRId64 " is disabled", sending->endpoint_id);
    } else {
        log_warn("webhook delivery %" PRId64 ": what came of it could not be stored; it will be made again",
                 sending->delivery_id);
    }
    arena_reset(sender->step.arena);
    release(sender, sending);
}

static void collect(struct sender *sender)
{
    int left;
    curl_multi_perform(sender->multi, &left);
    for (CURLMsg *message; (message = curl_multi_info_read(sender->multi, &left)) != NULL;) {
        char *sending = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        const CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &sending);
        finish(sender, (struct sending *)(void *)sending, code);
    }
}

/* Until nothing is due and nothing under way. */
static enum souk_err send_all(struct sender *sender, const struct job_run *run)
{
    const int64_t take_until_us = clock_us() + SLICE_US;
    int64_t leave_at_us = INT64_MAX;
    enum souk_err err = SOUK_OK;
    do {
        size_t taken = 1;
        const bool stopping = atomic_load(run->stopping);
        if (stopping && leave_at_us == INT64_MAX)
            leave_at_us = clock_us() + LEAVE_US;
        while (err == SOUK_OK && taken > 0 && !stopping && sender->sendings_n < SENDINGS_N && clock_us() < take_until_us)
            err = take_due(sender, &taken);
        collect(sender);
        if (sender->sendings_n > 0)
            curl_multi_poll(sender->multi, NULL, 0, POLL_MS, NULL);
    } while (sender->sendings_n > 0 && clock_us() < leave_at_us);
    return err;
}

static void start_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static enum souk_err run_delivery(struct job_run *run, bool *found)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    struct sender *sender = arena_alloc(run->arena, sizeof *sender);
    if (sender == NULL)
        return SOUK_TOO_LARGE;
    sender->step = *run;
    sender->step.arena = arena_new(STEP_BYTES);
    sender->multi = curl_multi_init();
    *found = false;
    enum souk_err err = sender->step.arena && sender->multi ? send_all(sender, run) : SOUK_TOO_LARGE;
    for (size_t i = 0; i < SENDINGS_N; i++)
        release(sender, &sender->sendings[i]);
    curl_multi_cleanup(sender->multi);
    arena_free(sender->step.arena);
    return err;
}

const struct job job_delivery = {.name = "delivery", .per_shard = false, .every_ms = EVERY_MS, .run = run_delivery};
