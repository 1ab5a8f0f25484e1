/* The answer as header lines and a body. Only this file decides what goes out. */
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "http/engine.h"

/* How long nginx may serve an answer on when souk cannot be had. */
enum { NGINX_STALE_S = 30 };

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"}, {302, "Found"}, {303, "See Other"},
        {304, "Not Modified"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
        {405, "Method Not Allowed"}, {409, "Conflict"}, {412, "Precondition Failed"}, {413, "Content Too Large"},
        {415, "Unsupported Media Type"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"},
        {503, "Service Unavailable"}, {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return status < 400 ? "OK" : status < 500 ? "Client Error" : "Internal Server Error";
}

/* Does a tag of If-None-Match equal ours? Weak comparison, as RFC 9110 says for it. */
static bool tag_listed(const char *header, const char *etag)
{
    size_t len = strlen(etag);
    if (strcmp(header, "*") == 0)
        return true;
    for (const char *at = strstr(header, etag); at; at = strstr(at + 1, etag)) {
        if (at > header && at[-1] == '"' && at[len] == '"')
            return true;
    }
    return false;
}

static bool not_modified(const struct exchange *exchange, int status)
{
    const struct request *request = &exchange->request;
    return status == 200 && request->route && request->route->method == METHOD_GET && request->answer.etag &&
           exchange->intake->if_none_match && tag_listed(exchange->intake->if_none_match, request->answer.etag);
}

/* nginx counts in whole seconds: the randomised lifetime is rounded up or down at random, so that its mean holds. */
static int64_t nginx_lifetime_s(const struct cache_policy *cache)
{
    int64_t spread = cache->nginx_ms * cache->jitter_percent / 100;
    int64_t ms = cache->nginx_ms;
    if (spread > 0)
        ms += (int64_t)(engine_random() % (uint64_t)(2 * spread + 1)) - spread;
    int64_t seconds = (ms + (int64_t)(engine_random() % 1000)) / 1000;
    return seconds > 0 ? seconds : 1;
}

static void put_cache_headers(struct buffer *out, const struct exchange *exchange, int status)
{
    const struct route *route = exchange->request.route;
    const struct cache_policy *cache = route ? route->cache : NULL;
    if ((status != 200 && status != 304) || !cache || !(route->flags & ROUTE_PUBLIC_CACHE)) {
        buffer_puts(out, "Cache-Control: no-store\r\n");
        return;
    }
    if (cache->this_second) { /* nginx takes the first of the two */
        buffer_printf(out, "X-Accel-Expires: @%lld\r\nCache-Control: no-cache\r\n", (long long)(clock_unix_ms() / 1000));
        return;
    }
    if (cache->nginx_ms <= 0) { /* may be kept, and asked for again by ETag before each use */
        buffer_puts(out, "Cache-Control: no-cache\r\n");
        return;
    }
    /* In this order: nginx takes the lifetime from the last one that says it, and the rest from the first. */
    buffer_printf(out, "Cache-Control: public, max-age=%lld, stale-while-revalidate=1, stale-if-error=%d\r\n",
                  (long long)((cache->nginx_ms + 999) / 1000), NGINX_STALE_S);
    buffer_printf(out, "X-Accel-Expires: %lld\r\n", (long long)nginx_lifetime_s(cache));
}

/* The path and query of this request with its cursor replaced. */
static void put_next_link(struct buffer *out, const struct exchange *exchange)
{
    const char *uri = exchange->intake->uri;
    buffer_puts(out, "Link: <");
    buffer_add(out, uri, strcspn(uri, "?#"));
    const char *separator = "?";
    for (const char *at = exchange->query; *at;) {
        size_t len = strcspn(at, "&#");
        if (len > 0 && strncmp(at, "cursor=", 7) != 0) {
            buffer_puts(out, separator);
            buffer_add(out, at, len);
            separator = "&";
        }
        at += len;
        if (*at == '#')
            break;
        at += *at == '&';
    }
    buffer_printf(out, "%scursor=%s>; rel=\"next\"\r\n", separator, exchange->request.answer.next_cursor);
}

static void put_allow(struct buffer *out, unsigned allowed)
{
    buffer_puts(out, "Allow: ");
    for (unsigned m = 0; m < METHODS_N; m++) {
        if (allowed & 1u << m)
            buffer_printf(out, "%s, %s", method_name((enum method)m), m == METHOD_GET ? "HEAD, " : "");
    }
    buffer_puts(out, "OPTIONS\r\n");
}

static void put_head(struct buffer *out, const struct exchange *exchange, int status, const char *content_type,
                     size_t content_length)
{
    const struct request *request = &exchange->request;
    const struct answer *answer = &request->answer;
    buffer_printf(out, "Status: %d %s\r\nX-Request-Id: %s\r\n", status, reason(status), request->request_id);
    if (status != 204 && status != 304)
        buffer_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type, content_length);
    put_cache_headers(out, exchange, status);
    if (status < 400 && answer->etag)
        buffer_printf(out, "ETag: \"%s\"\r\n", answer->etag);
    if (status < 400 && answer->location)
        buffer_printf(out, "Location: %s\r\n", answer->location);
    if (status < 400 && answer->next_cursor)
        put_next_link(out, exchange);
    if (status == 429 || status == 503)
        buffer_printf(out, "Retry-After: %lld\r\n", (long long)(request->retry_after_s > 0 ? request->retry_after_s : 1));
    else if (request->retry_after_s > 0)
        buffer_printf(out, "Retry-After: %lld\r\n", (long long)request->retry_after_s);
    if (!request->route && exchange->allowed)
        put_allow(out, exchange->allowed);
    for (size_t i = 0; i < request->extra_headers_n; i++)
        buffer_printf(out, "%s\r\n", request->extra_headers[i]);
    buffer_puts(out, "\r\n");
}

static int answer_status(const struct answer *answer)
{
    if (answer->status != 0)
        return answer->status;
    return answer->body ? 200 : 204;
}

void response_write(struct exchange *exchange, enum souk_err err, struct reply *reply)
{
    static const char full[] = "Status: 413 Content Too Large\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n";
    struct request *request = &exchange->request;
    const char *body = request->answer.body, *content_type = "application/problem+json";
    size_t body_len = request->answer.body_len;
    int status = error_row(err)->status;
    if (err == SOUK_OK) {
        status = answer_status(&request->answer);
        content_type = request->content_type ? request->content_type : "application/json";
    } else {
        body = problem_text(request, err, &body_len);
    }
    if (not_modified(exchange, status))
        status = 304;
    struct buffer head = buffer_in(request->arena, 512);
    put_head(&head, exchange, status, content_type, body ? body_len : 0);
    bool empty = !body || status == 204 || status == 304 || exchange->head;
    *reply = (struct reply){.status = status, .head = head.data, .head_len = head.len, .body = empty ? "" : body,
                            .body_len = empty ? 0 : body_len};
    if (head.failed || (err != SOUK_OK && !body))
        *reply = (struct reply){.status = 413, .head = full, .head_len = sizeof full - 1, .body = ""};
}
