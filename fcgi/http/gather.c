/* A row whose list is spread over all shards (SHARD_ALL): each shard's routine gives its part of a page, newest ids first,
 * and the parts are merged here. The cursor is the id of the last item, so it means the same on every shard.
 *
 * A shard gets its share of the time that is left, so that one that hangs cannot use up that of the others. One that does
 * not answer is named in `away`: its items are missing from this page, and the caller sees that they are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "http/engine.h"

enum { SHARE_US_MIN = 50000, RESERVE_US = 100000, HEX_BYTES = 48 };

/* One shard's part of the page, and how much of it is taken. */
struct source {
    json_object *items; /* NULL: away */
    size_t at;
    bool more; /* it has further pages */
};

struct gathering {
    struct request *request;
    struct source sources[CONFIG_SHARDS_MAX];
    int shards_n, away_n;
    json_object *away;
};

static int64_t share_until_us(const struct gathering *g, int shard)
{
    const int64_t now_us = clock_us(), end_us = g->request->deadline_us - RESERVE_US;
    const int64_t share_us = (end_us - now_us) / (g->shards_n - shard);
    return now_us + (share_us > SHARE_US_MIN ? share_us : SHARE_US_MIN);
}

static enum souk_err ask(struct gathering *g, int shard, const struct param *params)
{
    struct request *request = g->request;
    const struct call call = {request->route->routine, params, request->route->fields_n, share_until_us(g, shard), .repeatable = true};
    struct answer answer;
    enum souk_err err = clock_us() + SHARE_US_MIN < request->deadline_us
                            ? store_call(request->context->store, shard, &call, request->arena, &answer, &request->refusal)
                            : SOUK_TIMEOUT;
    if (err == SOUK_UNAVAILABLE || err == SOUK_TIMEOUT || err == SOUK_CONFLICT) {
        json_object_array_add(g->away, json_object_new_int(shard));
        g->away_n++;
        return SOUK_OK;
    }
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    g->sources[shard] = (struct source){.items = json_member_array(body, "items"), .more = answer.next_cursor != NULL};
    return g->sources[shard].items ? SOUK_OK : SOUK_INTERNAL;
}

static int64_t head_id(const struct gathering *g, int shard)
{
    const struct source *source = &g->sources[shard];
    if (source->items == NULL || source->at >= json_object_array_length(source->items))
        return 0;
    return json_member_number(json_object_array_get_idx(source->items, source->at), g->request->route->shard_field);
}

/* The shard whose next item is the newest; -1: none is left. */
static int newest(const struct gathering *g)
{
    int best = -1;
    for (int shard = 0; shard < g->shards_n; shard++)
        if (head_id(g, shard) > (best < 0 ? 0 : head_id(g, best)))
            best = shard;
    return best;
}

static bool is_more(const struct gathering *g)
{
    bool more = newest(g) >= 0;
    for (int shard = 0; shard < g->shards_n; shard++)
        more = more || g->sources[shard].more;
    return more;
}

static enum souk_err put_cursor(struct request *request, json_object *page, int64_t last)
{
    char plain[24], hex[HEX_BYTES + 1];
    int len = snprintf(plain, sizeof plain, "%" PRId64, last);
    for (int i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)plain[i]);
    json_object_object_add(page, "next_cursor", json_object_new_string(hex));
    request->answer.next_cursor = arena_copy(request->arena, hex, strlen(hex));
    return request->answer.next_cursor ? SOUK_OK : SOUK_TOO_LARGE;
}

static enum souk_err merge(struct gathering *g, int64_t limit)
{
    json_object *page = json_object_new_object(), *items = json_object_new_array();
    int64_t last = 0;
    int shard = -1;
    enum souk_err err = SOUK_OK;
    json_object_object_add(page, "items", items);
    for (int64_t n = 0; n < limit && (shard = newest(g)) >= 0; n++) {
        last = head_id(g, shard);
        json_object_array_add(items, json_object_get(json_object_array_get_idx(g->sources[shard].items, g->sources[shard].at++)));
    }
    if (last > 0 && is_more(g))
        err = put_cursor(g->request, page, last);
    else
        json_object_object_add(page, "next_cursor", NULL);
    json_object_object_add(page, "away", json_object_get(g->away));
    if (err == SOUK_OK)
        return request_answer(g->request, 200, page);
    json_object_put(page);
    return err;
}

enum souk_err gather_invoke(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct gathering g = {.request = request, .shards_n = store_shards_n(request->context->store)};
    struct param params[CALL_PARAMS_MAX];
    enum souk_err err = SOUK_OK;
    for (size_t i = 0; i < request->route->fields_n; i++)
        params[i] = param_of(&request->route->fields[i], &request->values[i]);
    g.away = arena_own(request->arena, json_object_new_array(), json_release);
    for (int shard = 0; err == SOUK_OK && shard < g.shards_n; shard++)
        err = ask(&g, shard, params);
    if (err != SOUK_OK)
        return err;
    return g.away_n < g.shards_n ? merge(&g, request_value(request, "limit")->number) : SOUK_UNAVAILABLE;
}
