#include "http/engine.h"

#include <string.h>

#include "base/clock.h"
#include "http/cached.h"
#include "observe/log.h"
#include "observe/metrics.h"

void intake_read(struct intake *intake, char *const *params)
{
    const struct {
        const char *name;
        const char **at;
    } wanted[] = {
        {"REQUEST_METHOD=", &intake->method},
        {"REQUEST_URI=", &intake->uri},
        {"CONTENT_TYPE=", &intake->content_type},
        {"CONTENT_LENGTH=", &intake->content_length},
        {"REMOTE_ADDR=", &intake->client_ip},
        {"REQUEST_ID=", &intake->request_id},
        {"HTTP_AUTHORIZATION=", &intake->authorization},
        {"HTTP_IF_MATCH=", &intake->if_match},
        {"HTTP_IF_NONE_MATCH=", &intake->if_none_match},
        {"HTTP_IDEMPOTENCY_KEY=", &intake->idempotency_key},
        {"HTTP_TRACEPARENT=", &intake->traceparent},
    };
    intake->params = params;
    for (char *const *param = params; *param; param++) {
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            size_t len = strlen(wanted[i].name);
            if (strncmp(*param, wanted[i].name, len) == 0) {
                *wanted[i].at = *param + len;
                break;
            }
        }
    }
    /* nginx passes an absent Content-Type as an empty one. */
    if (intake->content_type && !*intake->content_type)
        intake->content_type = NULL;
}

/* HEAD is GET without its body. False: a method no row can have. */
static bool read_method(struct exchange *exchange, const char *text, enum method *method)
{
    exchange->head = strcmp(text, "HEAD") == 0;
    if (exchange->head)
        text = "GET";
    for (unsigned m = 0; m < METHODS_N; m++) {
        *method = (enum method)m;
        if (strcmp(text, method_name(*method)) == 0)
            return true;
    }
    return false;
}

static enum souk_err find_row(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    const struct intake *intake = exchange->intake;
    if (!intake->method || !intake->uri)
        return request_fail(request, SOUK_BAD_REQUEST, "The web server did not say what was asked for");
    enum souk_err err =
        uri_split(request->arena, intake->uri, exchange->segments, &exchange->segments_n, &exchange->query);
    if (err == SOUK_BAD_REQUEST)
        return request_fail(request, err, "The path is not properly encoded");
    if (err != SOUK_OK)
        return err;
    enum method method = METHOD_GET;
    bool known = read_method(exchange, intake->method, &method);
    const struct row *row =
        table_match(exchange->engine->table, method, exchange->segments, exchange->segments_n, &exchange->allowed);
    if (exchange->allowed == 0)
        return SOUK_NOT_FOUND;
    if (!known && strcmp(intake->method, "OPTIONS") == 0) {
        request->answer.status = 204;
        return SOUK_OK;
    }
    if (!known || !row)
        return SOUK_METHOD;
    exchange->row = row;
    request->route = row->route;
    return SOUK_OK;
}

static enum souk_err make_answer(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    bool announced = !(request->route->flags & ROUTE_ANNOUNCES) || cached_announce(exchange);
    enum souk_err err = request->route->handle ? request->route->handle(request) : routine_invoke(exchange);
    if (!announced && err == SOUK_OK)
        cached_wait_heard();
    return err;
}

/* A read has no outcome to be unknown: one that was lost while there was time is not to be had right now. */
static enum souk_err tell_lost(const struct request *request, enum souk_err err)
{
    const bool lost = err == SOUK_TIMEOUT && clock_us() < request->deadline_us;
    return lost && request->route->method == METHOD_GET ? SOUK_UNAVAILABLE : err;
}

static enum souk_err run(struct exchange *exchange)
{
    enum souk_err err = find_row(exchange);
    if (err != SOUK_OK || !exchange->row)
        return err;
    err = caller_admit(exchange);
    if (err == SOUK_OK)
        err = fields_read(exchange);
    if (err != SOUK_OK)
        return err;
    err = cached_row(exchange) ? cached_answer(exchange, make_answer) : make_answer(exchange);
    return tell_lost(&exchange->request, err);
}

static void account_for(const struct exchange *exchange, enum souk_err err, int status, int64_t taken_us)
{
    const struct engine *engine = exchange->engine;
    const struct request *request = &exchange->request;
    metrics_request(exchange->row ? exchange->row->index : table_rows_n(engine->table), status, taken_us);
    if (status < 500 && taken_us < SLOW_US)
        return;
    log_write(status >= 500 && status != 503 ? LOG_ERROR : LOG_WARN, "%s answered %d%s%s%s%s in %lld ms",
              exchange->row ? request->route->name : "no row", status, err != SOUK_OK ? " " : "",
              err != SOUK_OK ? error_row(err)->code : "", *request->refusal.detail ? ": " : "", request->refusal.detail,
              (long long)(taken_us / 1000));
}

void engine_answer(const struct engine *engine, struct arena *arena, const struct intake *intake, struct reply *reply)
{
    int64_t start_us = clock_us();
    struct exchange exchange = {
        .engine = engine,
        .intake = intake,
        .query = "",
        .request = {.context = &engine->context,
                    .arena = arena,
                    .deadline_us = start_us + engine->context.config->deadline_ms * 1000,
                    .client_ip = intake->client_ip ? intake->client_ip : ""},
    };
    exchange.request.transport = &exchange;
    trace_start(&exchange);
    log_bind(exchange.request.request_id, exchange.request.trace_id);
    enum souk_err err = run(&exchange);
    response_write(&exchange, err, reply);
    account_for(&exchange, err, reply->status, clock_us() - start_us);
    log_bind(NULL, NULL);
}
