#include "worker/events.h"

#include <curl/curl.h>
#include <string.h>

#include "observe/log.h"
#include "worker/transfers.h"

/* nginx answers with what its channel is like, which nobody needs. */
static size_t drop(char *data, size_t size, size_t n, void *user)
{
    (void)data;
    (void)user;
    return size * n;
}

static CURLcode post(CURL *curl, const char *socket, const char *url, const struct curl_slist *headers, const char *data)
{
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)EVENTS_MS);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, data);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    return curl_easy_perform(curl);
}

void events_tell(const struct job_run *run, const char *channels, const char *type, const char *data)
{
    const char *socket = run->context->config->events_socket;
    const char *url = arena_printf(run->arena, "http://souk/tell?to=%s", channels);
    struct curl_slist *headers = NULL;
    CURL *curl = socket[0] && url ? curl_easy_init() : NULL;
    if (curl == NULL)
        return;
    if (transfers_add_line(&headers, arena_printf(run->arena, "X-EventSource-Event: %s", type)) &&
        transfers_add_line(&headers, "Content-Type: application/json")) {
        const CURLcode code = post(curl, socket, url, headers, data);
        if (code != CURLE_OK)
            log_warn("%s: events could not be told: %s", run->job->name, curl_easy_strerror(code));
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}
