/* Where the units of a SKU are, and why they are there: all shards asked and put together.
 *
 * What is under way between places is what left one and did not arrive at another. The books of all places are looked at
 * until nothing moved between two looks: then there was an instant at which they were so, and the sum is exact.
 */
#include "domain/stock_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

enum { LOOKS_MAX = 4, MOVEMENTS_MAX = 101, CURSOR_BYTES = 64 };

static void put_number(json_object *object, const char *name, int64_t units)
{
    json_object_object_add(object, name, json_object_new_int64(units));
}

static void add_to(json_object *totals, const char *name, int64_t units)
{
    put_number(totals, name, json_member_number(totals, name) + units);
}

static json_object *parse(struct request *request, const char *body)
{
    return arena_own(request->arena, json_tokener_parse(body), json_release);
}

/* What all places say just now. */
struct look {
    json_object *shards;  /* array of {shard, pools}; owned by the caller */
    json_object *totals;  /* sums over shards and pools */
    int64_t received, goods_in_flight;
};

static enum souk_err add_shard(struct request *request, struct look *look, int shard)
{
    static const char *const sums[] = {"on_hand", "reserved", "available", "lent", "borrowed", "came", "corrected",
                                       "shipped"};
    const struct param params[] = {request_param(request, "sku_id")};
    struct answer answer;
    enum souk_err err = request_call(request, shard, "stock_get", params, 1, true, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *body = json_tokener_parse(answer.body), *pools = json_member_array(body, "pools");
    for (size_t i = 0; pools && i < json_object_array_length(pools); i++)
        for (size_t j = 0; j < sizeof sums / sizeof sums[0]; j++)
            add_to(look->totals, sums[j], json_member_number(json_object_array_get_idx(pools, i), sums[j]));
    put_number(body, "shard", shard);
    json_object_array_add(look->shards, body);
    return pools ? SOUK_OK : SOUK_INTERNAL;
}

static enum souk_err look_at(struct request *request, struct look *look)
{
    const struct param params[] = {request_param(request, "sku_id")};
    struct answer answer;
    *look = (struct look){.shards = arena_own(request->arena, json_object_new_array(), json_release),
                          .totals = arena_own(request->arena, json_object_new_object(), json_release)};
    enum souk_err err = request_call(request, DB_GLOBAL, "goods_stock", params, 1, true, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *goods = parse(request, answer.body);
    look->received = json_member_number(goods, "received");
    look->goods_in_flight = json_member_number(goods, "in_flight");
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(request->context->store); shard++)
        err = add_shard(request, look, shard);
    return err;
}

static bool same(const struct look *one, const struct look *other)
{
    static const char *const moves[] = {"lent", "borrowed", "came", "corrected", "shipped"};
    bool same = one->received == other->received;
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        same = same && json_member_number(one->totals, moves[i]) == json_member_number(other->totals, moves[i]);
    return same;
}

static json_object *stock_json(struct request *request, const struct look *look, bool exact)
{
    json_object *stock = json_object_new_object();
    char sku_id[24];
    snprintf(sku_id, sizeof sku_id, "%" PRId64, request_value(request, "sku_id")->number);
    json_object_object_add(stock, "sku_id", json_object_new_string(sku_id));
    put_number(stock, "received", look->received);
    static const char *const shown[] = {"corrected", "shipped", "on_hand", "reserved", "available"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        put_number(stock, shown[i], json_member_number(look->totals, shown[i]));
    put_number(stock, "in_flight", look->received - json_member_number(look->totals, "came") +
                                       json_member_number(look->totals, "lent") -
                                       json_member_number(look->totals, "borrowed"));
    json_object_object_add(stock, "exact", json_object_new_boolean(exact));
    json_object_object_add(stock, "shards", json_object_get(look->shards));
    return stock;
}

enum souk_err stock_show(struct request *request)
{
    struct look before, now;
    bool exact = false;
    enum souk_err err = look_at(request, &before);
    for (int i = 0; err == SOUK_OK && !exact && i < LOOKS_MAX; i++) {
        err = look_at(request, &now);
        exact = err == SOUK_OK && same(&before, &now);
        before = now;
    }
    return err == SOUK_OK ? request_answer(request, 200, stock_json(request, &now, exact)) : err;
}

/* The last movement of the page before: "<reference>:<reason>:<shard>". */
struct cursor {
    bool given;
    int64_t reference;
    char reason[17];
    int shard;
};

static enum souk_err read_cursor(struct request *request, struct cursor *cursor)
{
    const struct value *value = request_value(request, "cursor");
    *cursor = (struct cursor){.given = value->present};
    if (value->present &&
        sscanf(value->text, "%" SCNd64 ":%16[a-z]:%d", &cursor->reference, cursor->reason, &cursor->shard) != 3)
        return request_fail_field(request, "cursor", "format", "This is no cursor of this list");
    return SOUK_OK;
}

/* One shard's part of a page, and how much of it is on the page already. */
struct source {
    json_object *items;
    size_t at;
};

static enum souk_err open_source(struct request *request, const struct cursor *cursor, int shard, int64_t limit,
                                 struct source *source)
{
    const struct param params[] = {
        request_param(request, "sku_id"),
        request_param(request, "pool").text ? request_param(request, "pool") : param_text("main"),
        cursor->given ? param_int(cursor->reference) : param_null(),
        cursor->given ? param_text(cursor->reason) : param_null(),
        param_int(shard > cursor->shard),
        param_int(limit),
    };
    struct answer answer;
    enum souk_err err =
        request_call(request, shard, "stock_movements", params, sizeof params / sizeof params[0], true, &answer);
    if (err == SOUK_OK)
        *source = (struct source){json_member_array(parse(request, answer.body), "items"), 0};
    return err != SOUK_OK || source->items ? err : SOUK_INTERNAL;
}

static json_object *head_of(const struct source *source)
{
    return source->at < json_object_array_length(source->items) ? json_object_array_get_idx(source->items, source->at)
                                                                : NULL;
}

/* Does `one` stand before `other`: a higher reference, then a later reason; of equals the one that was found first. */
static bool stands_before(json_object *one, json_object *other)
{
    const int64_t a = json_member_number(one, "reference"), b = json_member_number(other, "reference");
    return a != b ? a > b : strcmp(json_member_text(one, "reason"), json_member_text(other, "reason")) > 0;
}

/* The next movement over all shards; NULL at the end. */
static json_object *take_next(struct source *sources, int sources_n, int *shard)
{
    json_object *best = NULL;
    for (int i = 0; i < sources_n; i++) {
        json_object *head = head_of(&sources[i]);
        if (head && (best == NULL || stands_before(head, best))) {
            best = head;
            *shard = i;
        }
    }
    if (best)
        sources[*shard].at++;
    return best;
}

static void put_next_cursor(struct request *request, json_object *page, json_object *last, int shard)
{
    char plain[CURSOR_BYTES], hex[2 * CURSOR_BYTES + 1];
    int len = snprintf(plain, sizeof plain, "%s:%s:%d", json_member_text(last, "reference"),
                       json_member_text(last, "reason"), shard);
    for (int i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)plain[i]);
    json_object_object_add(page, "next_cursor", json_object_new_string(hex));
    request->answer.next_cursor = arena_copy(request->arena, hex, strlen(hex));
}

enum souk_err stock_movements(struct request *request)
{
    const int shards_n = store_shards_n(request->context->store);
    const int64_t limit = request_value(request, "limit")->number;
    struct source sources[CONFIG_SHARDS_MAX];
    struct cursor cursor;
    enum souk_err err = read_cursor(request, &cursor);
    for (int shard = 0; err == SOUK_OK && shard < shards_n; shard++)
        err = open_source(request, &cursor, shard, limit + 1, &sources[shard]);
    if (err != SOUK_OK)
        return err;
    json_object *page = json_object_new_object(), *items = json_object_new_array(), *item = NULL, *last = NULL;
    int shard = 0, last_shard = 0;
    json_object_object_add(page, "items", items);
    for (int64_t n = 0; n < limit && (item = take_next(sources, shards_n, &shard)) != NULL; n++) {
        put_number(item, "shard", shard);
        json_object_array_add(items, json_object_get(item));
        last = item;
        last_shard = shard;
    }
    if (item && take_next(sources, shards_n, &shard))
        put_next_cursor(request, page, last, last_shard);
    else
        json_object_object_add(page, "next_cursor", NULL);
    return request_answer(request, 200, page);
}
