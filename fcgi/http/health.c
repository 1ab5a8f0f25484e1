/* The engine's own rows: is it alive, is it ready, how is it doing. */
#include "http/health.h"

#include "base/clock.h"
#include "http/engine.h"
#include "http/lag.h"
#include "http/waiting.h"
#include "observe/metrics.h"

enum { PING_MS_MAX = 500, LAG_US_MAX = 1000000 };

static enum souk_err livez(struct request *request)
{
    static const char body[] = "{\"status\":\"ok\"}";
    request->answer = (struct answer){.status = 200, .body = body, .body_len = sizeof body - 1};
    return SOUK_OK;
}

static bool check(json_object *checks, const char *name, bool good, const char *bad)
{
    json_object_object_add(checks, name, json_object_new_string(good ? "ok" : bad));
    return good;
}

static bool ping_redis(struct request *request)
{
    const char *argv[] = {"PING"};
    const size_t lens[] = {4};
    redisReply *reply = NULL;
    return redis_command(request->context->redis, request->arena, 1, argv, lens, &reply) == SOUK_OK;
}

/* Redis is reported and does not decide: souk is right without it. */
static bool run_checks(struct request *request, json_object *checks)
{
    const struct context *context = request->context;
    const struct engine *engine = exchange_of(request)->engine;
    bool ready = check(checks, "process", !atomic_load(&engine->draining), "draining");
    int rows = engine->rows_state ? atomic_load(engine->rows_state) : ROWS_AGREE;
    if (rows == ROWS_UNCHECKED)
        check(checks, "routines", false, "not all checked yet");
    else
        ready = check(checks, "routines", rows == ROWS_AGREE, "disagree with the rows") && ready;
    ready = check(checks, "global", store_ping(context->store, DB_GLOBAL, PING_MS_MAX) == SOUK_OK, "unreachable") && ready;
    for (int n = 0; n < store_shards_n(context->store); n++) {
        char name[24];
        snprintf(name, sizeof name, "shard.%d", n);
        ready = check(checks, name, store_ping(context->store, n, PING_MS_MAX) == SOUK_OK, "unreachable") && ready;
    }
    int64_t id;
    ready = check(checks, "ids", id_make(context->ids, 0, &id) == SOUK_OK, "no lease") && ready;
    if (context->redis)
        check(checks, "redis", ping_redis(request), "unreachable");
    return ready;
}

static enum souk_err readyz(struct request *request)
{
    json_object *checks = json_object_new_object();
    json_object *body = json_object_new_object();
    bool ready = run_checks(request, checks);
    json_object_object_add(body, "status", json_object_new_string(ready ? "ready" : "not ready"));
    json_object_object_add(body, "checks", checks);
    return request_answer(request, ready ? 200 : 503, body);
}

static const char *name_of_row(const void *table, size_t i)
{
    return i < table_rows_n(table) ? table_row(table, i)->route->name : "none";
}

static enum souk_err metrics(struct request *request)
{
    const char *counters;
    size_t counters_len;
    enum souk_err err = metrics_text(request->arena, name_of_row, exchange_of(request)->engine->table, &counters, &counters_len);
    if (err != SOUK_OK)
        return err;
    struct buffer text = buffer_in(request->arena, counters_len + 16384);
    buffer_add(&text, counters, counters_len);
    lag_metrics(request->context->store, &text, clock_us() + LAG_US_MAX);
    waiting_metrics(request->context->store, &text, clock_us() + LAG_US_MAX);
    request->content_type = "text/plain; version=0.0.4; charset=utf-8";
    request->answer = (struct answer){.status = 200, .body = text.data, .body_len = text.len};
    return text.failed ? SOUK_TOO_LARGE : SOUK_OK;
}

static const struct route routes[] = {
    {.method = METHOD_GET, .path = "/livez", .handle = livez, .name = "livez",
     .summary = "Is the process alive? Touches nothing", .answers = "Status"},
    {.method = METHOD_GET, .path = "/readyz", .handle = readyz, .name = "readyz",
     .summary = "Can it serve? 503 when a database is away or the process is leaving", .answers = "Readiness"},
    {.method = METHOD_GET, .path = "/metrics", .handle = metrics, .name = "metrics", .flags = ROUTE_HIDDEN,
     .summary = "Counters and latencies as Prometheus text"},
};

const struct route_set health_routes = {.domain = "health", .routes = routes,
                                        .routes_n = sizeof routes / sizeof routes[0]};
