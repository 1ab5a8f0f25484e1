/* See cached.h. The key of an answer is its row and the values of all its fields, in order. */
#include "http/cached.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fiber.h"
#include "store/cache.h"
#include "store/known.h"

/* X-Cache says where an answer came from; nginx's own tier adds Cache-Status. */
static const char *const from_headers[CACHE_FROM_N] = {
    [CACHE_LOCAL] = "X-Cache: local",   [CACHE_REDIS] = "X-Cache: redis", [CACHE_FLIGHT] = "X-Cache: joined",
    [CACHE_LOADED] = "X-Cache: loaded", [CACHE_STALE] = "X-Cache: stale", [CACHE_FILTER] = "X-Cache: filter",
    [CACHE_REFUSED] = "X-Cache: refused",
};

static bool is_kept(const struct route *route)
{
    return route->cache && route->cache->redis_ms > 0;
}

/* Events name answers by the row's one id: a row with more fields has more answers than they could name. */
static void check_row(const struct route *route)
{
    const char *by = route->cache->by;
    assert(route->method == METHOD_GET);
    assert(!by || (route->fields_n == 1 && route->fields[0].type == FIELD_ID && strcmp(route->fields[0].name, by) == 0));
    assert(!route->cache->known || by);
    (void)by;
}

enum souk_err cached_open(struct context *context, const struct table *table)
{
    size_t n = table_rows_n(table), kept = 0;
    if (!context->config->cache || !context->redis)
        return SOUK_OK;
    struct cache_row *rows = calloc(n + 1, sizeof *rows);
    if (rows == NULL)
        return SOUK_INTERNAL;
    for (size_t i = 0; i < n; i++) {
        const struct route *route = table_row(table, i)->route;
        rows[i].name = route->name;
        if (!is_kept(route))
            continue;
        check_row(route);
        rows[i].policy = route->cache;
        kept++;
    }
    enum souk_err err = kept ? cache_new(context->config, context->store, context->redis, rows, n, &context->cache) : SOUK_OK;
    free(rows);
    return err;
}

void cached_close(struct context *context)
{
    cache_free(context->cache);
    context->cache = NULL;
}

bool cached_row(const struct exchange *exchange)
{
    return exchange->request.context->cache && cache_keeps(exchange->request.context->cache, exchange->row->index);
}

static bool add_text(struct cache_key *key, const char *text, size_t len)
{
    if (key->len + len >= sizeof key->text)
        return false;
    memcpy(key->text + key->len, text, len);
    key->len += len;
    return true;
}

/* ":12" for a number, ":3=abc" for a text, ":" for what is not there. */
static bool add_value(struct cache_key *key, const struct field *field, const struct value *value)
{
    char text[32];
    struct param param = param_of(field, value);
    if (param.type == PARAM_NULL)
        return add_text(key, ":", 1);
    if (param.type == PARAM_INT)
        return add_text(key, text, (size_t)snprintf(text, sizeof text, ":%" PRId64, param.number));
    return add_text(key, text, (size_t)snprintf(text, sizeof text, ":%zu=", param.len)) &&
           add_text(key, param.text, param.len);
}

/* False: it would be too long. */
static bool make_key(const struct exchange *exchange, struct cache_key *key)
{
    const struct request *request = &exchange->request;
    const struct route *route = request->route;
    key->row = exchange->row->index;
    key->len = 0;
    bool good = add_text(key, route->name, strlen(route->name));
    for (size_t i = 0; good && i < route->fields_n; i++)
        good = add_value(key, &route->fields[i], &request->values[i]);
    key->text[key->len] = '\0';
    cache_key_seal(key);
    return good;
}

struct loader {
    struct exchange *exchange;
    enum souk_err (*load)(struct exchange *exchange);
};

static enum souk_err load_answer(void *user, struct answer *answer)
{
    struct loader *loader = user;
    enum souk_err err = loader->load(loader->exchange);
    *answer = loader->exchange->request.answer;
    return err;
}

enum souk_err cached_answer(struct exchange *exchange, enum souk_err (*load)(struct exchange *exchange))
{
    struct request *request = &exchange->request;
    struct cache_key key;
    struct loader loader = {exchange, load};
    struct answer answer = {.status = 0};
    enum cache_from from;
    if (!make_key(exchange, &key))
        return load(exchange);
    struct cache_ask ask = {.key = &key, .deadline_us = request->deadline_us, .load = load_answer, .user = &loader,
                            .id = request->route->cache->by ? request->values[0].number : 0};
    enum souk_err err = cache_get(request->context->cache, &ask, request->arena, &answer, &from);
    request->answer = answer;
    request_add_header(request, from_headers[from]);
    if (from == CACHE_STALE) {
        request->refusal.detail[0] = '\0';
        request_add_header(request, "Warning: 110 - \"Response is Stale\"");
    }
    return err;
}

bool cached_announce(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    int64_t ids[8];
    size_t n = 0;
    for (size_t i = 0; i < request->route->fields_n && n < sizeof ids / sizeof ids[0]; i++) {
        if (request->route->fields[i].type == FIELD_NEW_ID)
            ids[n++] = request->values[i].number;
    }
    return !request->context->redis || known_announce(request->context->redis, request->arena, ids, n);
}

void cached_wait_heard(void)
{
    fiber_pause(KNOWN_HEARD_MS * 1000);
}
