/* Whether a SKU can still be had, in words: for a product page. Every shard is asked in turn, within a short time in all;
 * the sum may be old by the time it is read, and a shard that does not answer is left out. An order decides by itself. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/domains.h"
#include "http/fields.h"
#include "http/request.h"

enum { ASK_US_MAX = 400000, SHARE_US_MIN = 50000, FEW_UNITS_MAX = 5, EXACT_UNITS_MAX = 20 };

struct units {
    int64_t units;
    bool known, active; /* some shard has the SKU; it may be ordered */
    int answered;
};

static void ask_shard(struct request *request, int shard, int64_t deadline_us, struct units *sum)
{
    const struct param params[] = {request_param(request, "sku_id")};
    const struct call call = {"stock_units", params, 1, deadline_us, .repeatable = true};
    struct answer answer;
    if (store_call(request->context->store, shard, &call, request->arena, &answer, NULL) != SOUK_OK)
        return;
    json_object *body = json_tokener_parse(answer.body);
    const char *state = json_member_text(body, "state");
    const int64_t units = json_member_number(body, "units");
    sum->answered++;
    sum->units += units > 0 ? units : 0;
    sum->known = sum->known || state;
    sum->active = sum->active || (state && strcmp(state, "active") == 0);
    json_object_put(body);
}

/* Two digits are enough for a hint, and tell competitors little. */
static int64_t rounded(int64_t units)
{
    int64_t step = 1;
    while (units / step >= 100)
        step *= 10;
    return units <= EXACT_UNITS_MAX ? units : units / step * step;
}

static void add_text(json_object *to, const char *name, const char *text)
{
    json_object_object_add(to, name, json_object_new_string(text));
}

static enum souk_err answer_with(struct request *request, int64_t units)
{
    char sku_id[24], as_of[48];
    const int64_t now_ms = clock_unix_ms();
    const time_t now = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&now, &utc);
    const size_t len = strftime(as_of, sizeof as_of, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(as_of + len, sizeof as_of - len, ".%03dZ", (int)(now_ms % 1000));
    snprintf(sku_id, sizeof sku_id, "%" PRId64, request_value(request, "sku_id")->number);
    json_object *body = json_object_new_object();
    add_text(body, "sku_id", sku_id);
    add_text(body, "level", units == 0 ? "none" : units <= FEW_UNITS_MAX ? "few" : "in_stock");
    json_object_object_add(body, "units_approx", json_object_new_int64(rounded(units)));
    json_object_object_add(body, "approximate", json_object_new_boolean(true));
    add_text(body, "as_of", as_of);
    return request_answer(request, 200, body);
}

static enum souk_err availability(struct request *request)
{
    struct store *store = request->context->store;
    const int shards_n = store_shards_n(store);
    const int64_t until_us = clock_us() + ASK_US_MAX;
    struct units sum = {.units = 0};
    for (int shard = 0; shard < shards_n; shard++) {
        const int64_t now_us = clock_us(), share_us = (until_us - now_us) / (shards_n - shard);
        ask_shard(request, shard, now_us + (share_us > SHARE_US_MIN ? share_us : SHARE_US_MIN), &sum);
    }
    if (sum.known)
        return answer_with(request, sum.active ? sum.units : 0);
    return sum.answered > 0 ? SOUK_NOT_FOUND : SOUK_UNAVAILABLE;
}

static const struct field fields[] = {FIELDS_PATH_ID("sku_id", "The SKU")};

/* Only time ends it: every order changes stock, and a hint may be seconds old. */
static const struct cache_policy seconds = {.nginx_ms = 1000, .redis_ms = 2000, .local_ms = 1000, .null_ms = 2000,
                                            .stale_ms = 60000, .jitter_percent = 20};

static const struct route routes[] = {
    {.method = METHOD_GET, .path = "/v1/skus/{sku_id}/availability", FIELDS(fields), .shard_by = SHARD_NONE,
     .handle = availability, .cache = &seconds, .flags = ROUTE_PUBLIC_CACHE, .name = "sku_availability",
     .summary = "Whether a SKU can still be had: a hint, never a promise", .answers = "Availability"},
};

const struct route_set availability_routes = {"availability", routes, sizeof routes / sizeof routes[0]};
