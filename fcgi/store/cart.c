/* Carts between MySQL and Redis. See cart.h. */
#include "store/cart.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

bool cart_of(struct store *store, struct redis *redis, struct arena *arena, int64_t account_id, int64_t deadline_us,
             struct cart *out)
{
    unsigned char random[CART_TOKEN_LEN / 2];
    arc4random_buf(random, sizeof random);
    *out = (struct cart){.store = store, .arena = arena, .account_id = account_id, .deadline_us = deadline_us};
    text_hex(random, sizeof random, out->token);
    return cart_copy_of(redis, arena, store_shard_of(store, account_id), account_id, &out->key);
}

static enum souk_err call(struct cart *cart, const char *routine, const struct param *params, size_t params_n,
                          bool repeatable, struct answer *answer)
{
    const struct call call = {routine, params, params_n, cart->deadline_us, .repeatable = repeatable};
    return store_call_home(cart->store, cart->account_id, &call, cart->arena, answer, cart->refusal);
}

/* ---- ticks become durable ---- */

/* *kept: they are in MySQL now. Not kept: the cart changed there meanwhile, or is gone. */
static enum souk_err keep_ticks(struct cart *cart, const struct cart_copy *copy, bool *kept)
{
    const char *ticked = cart_copy_ticked(cart->arena, copy);
    const char *json = ticked ? arena_printf(cart->arena, "[{\"account_id\":\"%" PRId64 "\",\"base\":%" PRId64
                                                          ",\"version\":%" PRId64 ",\"ticked\":\"%s\"}]",
                                             cart->account_id, copy->base, copy->version, ticked)
                              : NULL;
    struct answer answer;
    if (json == NULL)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(json)};
    enum souk_err err = call(cart, "cart_ticks_keep", params, 1, true, &answer);
    *kept = err == SOUK_OK && strstr(answer.body, cart->key.account_id) != NULL;
    return err;
}

enum souk_err cart_hold(struct cart *cart)
{
    bool ticks, kept;
    struct cart_copy copy;
    cart->cached = cart_copy_hold(&cart->key, cart->token, &ticks, &copy) == SOUK_OK;
    if (!cart->cached || !ticks)
        return SOUK_OK;
    enum souk_err err = keep_ticks(cart, &copy, &kept);
    if (err == SOUK_OK) {
        cart->cached = cart_copy_drop(&cart->key, copy.version, NULL) == SOUK_OK;
        return SOUK_OK;
    }
    cart_copy_release(&cart->key, cart->token);
    return err;
}

void cart_release(struct cart *cart, enum souk_err outcome)
{
    if (cart->cached && outcome != SOUK_TIMEOUT)
        cart_copy_release(&cart->key, cart->token);
}

/* ---- showing ---- */

/* The copy that stands for what cart_get answered. False: it has none: it is being merged away, or it is no cart. */
static bool copy_of_body(struct cart *cart, const char *body, struct cart_copy *out)
{
    json_object *json = arena_own(cart->arena, json_tokener_parse(body), json_release), *merging, *ticked;
    json_object *items = json ? json_member_array(json, "items") : NULL;
    const size_t n = items ? json_object_array_length(items) : 0;
    if (!items || n > CART_LINES_MAX || !json_object_object_get_ex(json, "merging", &merging) ||
        json_object_get_boolean(merging))
        return false;
    *out = (struct cart_copy){.lines_n = n};
    out->base = out->version = json_member_number(json, "version");
    for (size_t i = 0; i < n; i++) {
        json_object *item = json_object_array_get_idx(items, i);
        out->sku_ids[i] = json_member_number(item, "sku_id");
        out->ticked[i] = json_object_object_get_ex(item, "ticked", &ticked) && json_object_get_boolean(ticked);
    }
    return true;
}

static bool show_stored(const struct cart_seen *seen, struct arena *arena, struct answer *answer)
{
    const char *line_end = seen->shown ? memchr(seen->shown, '\n', seen->shown_len) : NULL;
    if (line_end == NULL)
        return false;
    const char *body = line_end + 1;
    *answer = (struct answer){
        .status = 200,
        .body = body,
        .body_len = seen->shown_len - (size_t)(body - seen->shown),
        .etag = arena_copy(arena, seen->shown, (size_t)(line_end - seen->shown)),
    };
    return answer->etag != NULL;
}

static enum souk_err ask(struct cart *cart, const struct cart_copy *copy, struct answer *answer)
{
    struct param params[] = {param_int(cart->account_id), param_null(), param_null(), param_null()};
    if (copy) {
        params[1] = param_int(copy->base);
        params[2] = param_int(copy->version);
        params[3] = param_text(cart_copy_ticked(cart->arena, copy));
    }
    return call(cart, "cart_get", params, 4, true, answer);
}

enum souk_err cart_show(struct cart *cart, struct answer *answer)
{
    struct cart_seen seen;
    struct cart_copy fresh;
    int64_t version = -1;
    bool redis = cart_copy_see(&cart->key, cart->token, &seen) == SOUK_OK;
    if (redis && show_stored(&seen, cart->arena, answer))
        return SOUK_OK;
    enum souk_err err = ask(cart, seen.copied ? &seen.copy : NULL, answer);
    if (err != SOUK_OK || !redis || seen.held)
        return err;
    if (!answer->etag || sscanf(answer->etag, "v%" SCNd64, &version) != 1)
        return SOUK_INTERNAL;
    enum souk_err stored = SOUK_OK;
    if (!seen.copied && copy_of_body(cart, answer->body, &fresh))
        stored = cart_copy_store(&cart->key, cart->token, &fresh, version, answer->etag, answer->body);
    else if (seen.copied && version == seen.copy.version)
        stored = cart_copy_store(&cart->key, cart->token, NULL, version, answer->etag, answer->body);
    else if (seen.copied) /* MySQL went on without it */
        stored = cart_copy_drop(&cart->key, seen.copy.version, NULL);
    (void)stored; /* a cache may fail */
    return SOUK_OK;
}

/* ---- ticking ---- */

static enum souk_err answer_ticked(struct cart *cart, const struct cart_ticked *ticked, struct answer *answer)
{
    const char *body = arena_printf(cart->arena, "{\"version\":%" PRId64 ",\"lines_n\":%d,\"ticked_n\":%d}",
                                    ticked->version, ticked->lines_n, ticked->ticked_n);
    const char *etag = arena_printf(cart->arena, "v%" PRId64, ticked->version);
    if (body == NULL || etag == NULL)
        return SOUK_TOO_LARGE;
    *answer = (struct answer){.status = 200, .body = body, .body_len = strlen(body), .etag = etag};
    return SOUK_OK;
}

enum souk_err cart_tick(struct cart *cart, const struct cart_tick *tick, struct answer *answer)
{
    struct cart_ticked ticked;
    enum souk_err err = cart_copy_tick(&cart->key, tick, &ticked);
    if (err == SOUK_NOT_FOUND) {
        err = cart_show(cart, answer); /* brings the copy to Redis */
        if (err != SOUK_OK)
            return err;
        err = cart_copy_tick(&cart->key, tick, &ticked);
    }
    return err == SOUK_OK ? answer_ticked(cart, &ticked, answer) : SOUK_NOT_FOUND;
}

/* ---- merging ---- */

enum souk_err cart_merge_into(struct cart *cart, int64_t merge_id, const char *lines)
{
    struct answer answer;
    enum souk_err err = cart_hold(cart);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {param_int(merge_id), param_int(cart->account_id), param_text(lines),
                                   param_int(cart->cached)};
    err = call(cart, "cart_merge", params, sizeof params / sizeof params[0], true, &answer);
    cart_release(cart, err);
    return err;
}

enum souk_err cart_merge_finish(struct cart *guest, int64_t merge_id)
{
    struct answer answer;
    enum souk_err err = cart_hold(guest);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {param_int(guest->account_id), param_int(merge_id), param_int(guest->cached)};
    err = call(guest, "cart_merge_finish", params, sizeof params / sizeof params[0], true, &answer);
    cart_release(guest, err);
    return err;
}

/* *lines NULL: there is nothing to merge. */
static enum souk_err freeze(struct cart *guest, int64_t account_id, int64_t *merge_id, const char **lines)
{
    struct answer answer;
    enum souk_err err = cart_hold(guest);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {param_int(guest->account_id), param_int(account_id), param_int(*merge_id),
                                   param_int(guest->cached)};
    err = call(guest, "cart_freeze", params, sizeof params / sizeof params[0], true, &answer);
    cart_release(guest, err);
    if (err != SOUK_OK)
        return err;
    json_object *json = arena_own(guest->arena, json_tokener_parse(answer.body), json_release);
    json_object *items = json ? json_member_array(json, "items") : NULL;
    if (!items)
        return SOUK_INTERNAL;
    *merge_id = json_member_number(json, "merge_id");
    *lines = *merge_id ? json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN) : NULL;
    return SOUK_OK;
}

enum souk_err cart_merge(struct store *store, struct redis *redis, struct id_maker *ids, struct arena *arena,
                         int64_t guest_id, int64_t account_id, int64_t deadline_us, enum cart_merge *out)
{
    struct cart guest, account;
    int64_t merge_id;
    const char *lines;
    if (!cart_of(store, redis, arena, guest_id, deadline_us, &guest) ||
        !cart_of(store, redis, arena, account_id, deadline_us, &account))
        return SOUK_TOO_LARGE;
    enum souk_err err = id_make(ids, id_slot(guest_id), &merge_id);
    if (err == SOUK_OK)
        err = freeze(&guest, account_id, &merge_id, &lines);
    if (err != SOUK_OK)
        return err;
    *out = CART_MERGE_EMPTY;
    if (lines)
        *out = cart_merge_into(&account, merge_id, lines) == SOUK_OK ? CART_MERGE_DONE : CART_MERGE_LATER;
    return SOUK_OK;
}
