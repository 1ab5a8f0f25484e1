/* One libcurl easy handle per call. */
#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "observe/log.h"

static pthread_once_t client_once = PTHREAD_ONCE_INIT;

static void client_start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* The answer while it comes in: the arena block is made at its full size at once, unless somebody takes the bytes. */
struct intake {
    char *bytes;
    size_t len, max;
    client_take *take;
    void *to;
};

static size_t client_receive(char *bytes, size_t size, size_t n, void *to)
{
    struct intake *intake = to;
    size_t len = size * n;

    if (len > intake->max - intake->len)
        return 0; /* curl ends the transfer */
    if (intake->take == NULL)
        memcpy(intake->bytes + intake->len, bytes, len);
    else if (!intake->take(intake->to, bytes, len))
        return 0;
    intake->len += len;
    return len;
}

static long client_budget_ms(int64_t deadline_us)
{
    int64_t left_ms = (deadline_us - clock_us()) / 1000;
    return (long)(left_ms > CLIENT_TOTAL_MS_MAX ? CLIENT_TOTAL_MS_MAX : left_ms);
}

static struct curl_slist *client_headers(const struct client_call *call)
{
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < CLIENT_HEADERS_MAX && call->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, call->headers[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

static void client_prepare(CURL *curl, const struct client_call *call, struct curl_slist *headers,
                           struct intake *intake, long total_ms)
{
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* a name still being looked up when time is over is waited for by nobody */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, total_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CLIENT_CONNECT_MS_MAX);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, client_receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, intake);
    if (call->ca_file != NULL && call->ca_file[0] != '\0')
        curl_easy_setopt(curl, CURLOPT_CAINFO, call->ca_file);
    if (call->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
    }
}

static enum souk_err client_perform(CURL *curl, const struct client_call *call)
{
    fiber_blocks();
    CURLcode code = curl_easy_perform(curl);
    fiber_goes_on();
    int host_len;
    const char *host;

    if (code == CURLE_OK)
        return SOUK_OK;
    host = strstr(call->url, "://");
    host = host == NULL ? call->url : host + 3;
    host_len = (int)strcspn(host, "/?#");
    log_warn("no answer from %.*s: %s", host_len, host, curl_easy_strerror(code));
    return code == CURLE_OPERATION_TIMEDOUT ? SOUK_TIMEOUT : SOUK_UNAVAILABLE;
}

static enum souk_err client_read_headers(CURL *curl, const struct client_call *call, struct arena *arena,
                                         struct client_answer *answer)
{
    for (size_t i = 0; i < CLIENT_WANTED_MAX && call->wanted[i] != NULL; i++) {
        struct curl_header *header;
        if (curl_easy_header(curl, call->wanted[i], 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
            continue;
        answer->headers[i] = arena_copy(arena, header->value, strlen(header->value));
        if (answer->headers[i] == NULL)
            return SOUK_TOO_LARGE;
    }
    return SOUK_OK;
}

enum souk_err client_send(const struct client_call *call, struct arena *arena, struct client_answer *answer)
{
    enum souk_err err = SOUK_UNAVAILABLE;
    struct intake intake = {.max = call->answer_bytes_max, .take = call->take, .to = call->to};
    struct curl_slist *headers = NULL;
    CURL *curl = NULL;
    long status = 0, total_ms = client_budget_ms(call->deadline_us);

    if (total_ms <= 0)
        return SOUK_TIMEOUT;
    pthread_once(&client_once, client_start);
    intake.bytes = arena_alloc(arena, call->take == NULL ? intake.max + 1 : 1);
    if (intake.bytes == NULL)
        return SOUK_TOO_LARGE;
    curl = curl_easy_init();
    if (curl == NULL)
        goto out;
    headers = client_headers(call);
    if (headers == NULL && call->headers[0] != NULL)
        goto out;

    client_prepare(curl, call, headers, &intake, total_ms);
    err = client_perform(curl, call);
    if (err != SOUK_OK)
        goto out;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    *answer = (struct client_answer){.status = (int)status, .body = intake.bytes, .body_len = intake.len};
    err = client_read_headers(curl, call, arena, answer);
out:
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return err;
}
