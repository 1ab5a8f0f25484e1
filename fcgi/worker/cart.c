/* Carts: ticks of Redis become durable, copies that Redis has wrong go away, merges that were begun are finished. */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/cart.h"
#include "worker/jobs.h"

enum { TICKS_BATCH = 200, STALE_BATCH = 200, MERGE_BATCH = 50, MERGE_EVERY_MS = 1000, MERGE_IDLE_MS = 4000 };

static bool key_of(struct job_run *run, int64_t account_id, struct cart_key *out)
{
    return cart_copy_of(run->context->redis, run->arena, run->shard, account_id, out);
}

/* ---- ticks ---- */

struct ticks {
    size_t n;
    struct cart_key keys[TICKS_BATCH];
    int64_t base[TICKS_BATCH], version[TICKS_BATCH];
};

static enum souk_err ask_redis(struct job_run *run, const char *const *words, int n, redisReply **reply)
{
    const char *argv[4];
    memcpy(argv, words, (size_t)n * sizeof argv[0]);
    return redis_command(run->context->redis, run->arena, n, argv, NULL, reply);
}

/* Which carts have new ticks: their ids, at most TICKS_BATCH, in no order. */
static enum souk_err ticked_carts(struct job_run *run, redisReply **members)
{
    char count[12];
    struct cart_key key;
    snprintf(count, sizeof count, "%d", TICKS_BATCH);
    if (!key_of(run, 0, &key))
        return SOUK_TOO_LARGE;
    const char *const words[] = {"SRANDMEMBER", key.ticked, count};
    return ask_redis(run, words, 3, members);
}

/* Their copies, in one round trip. */
static enum souk_err read_copies(struct job_run *run, const redisReply *members, struct cart_key *keys,
                                 redisReply **replies)
{
    const char *(*argv)[2] = arena_alloc(run->arena, members->elements * sizeof *argv);
    struct redis_line *lines = arena_alloc(run->arena, members->elements * sizeof *lines);
    if (!argv || !lines)
        return SOUK_TOO_LARGE;
    for (size_t i = 0; i < members->elements; i++) {
        if (!key_of(run, strtoll(members->element[i]->str, NULL, 10), &keys[i]))
            return SOUK_TOO_LARGE;
        argv[i][0] = "GET";
        argv[i][1] = keys[i].copy;
        lines[i] = (struct redis_line){.argc = 2, .argv = argv[i]};
    }
    return redis_pipeline(run->context->redis, run->arena, lines, members->elements, replies);
}

/* The JSON that cart_ticks_keep takes. A copy that is gone, or has nothing new, leaves the set. */
static enum souk_err gather(struct job_run *run, const redisReply *members, struct ticks *out, const char **json)
{
    redisReply *replies[TICKS_BATCH];
    struct cart_key keys[TICKS_BATCH];
    struct cart_copy copy;
    struct buffer text = buffer_in(run->arena, 4096);
    enum souk_err err = read_copies(run, members, keys, replies);
    for (size_t i = 0; err == SOUK_OK && i < members->elements; i++) {
        if (replies[i]->type != REDIS_REPLY_STRING || !cart_copy_unpack(replies[i]->str, replies[i]->len, &copy) ||
            copy.base == copy.version) {
            err = cart_copy_kept(&keys[i], 0, 0);
            continue;
        }
        const char *ticked = cart_copy_ticked(run->arena, &copy);
        buffer_printf(&text, "%s{\"account_id\":\"%s\",\"base\":%" PRId64 ",\"version\":%" PRId64 ",\"ticked\":\"%s\"}",
                      out->n ? "," : "[", keys[i].account_id, copy.base, copy.version, ticked ? ticked : "");
        text.failed |= ticked == NULL;
        out->keys[out->n] = keys[i];
        out->base[out->n] = copy.base;
        out->version[out->n++] = copy.version;
    }
    buffer_puts(&text, "]");
    *json = text.data;
    return err == SOUK_OK && text.failed ? SOUK_TOO_LARGE : err;
}

static bool in_list(json_object *list, const char *account_id)
{
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), account_id) == 0)
            return true;
    }
    return false;
}

static enum souk_err settle(struct job_run *run, const struct ticks *ticks, json_object *body)
{
    json_object *kept = json_member_array(body, "kept");
    enum souk_err err = SOUK_OK;
    size_t refused = 0;
    bool stood;
    for (size_t i = 0; err == SOUK_OK && i < ticks->n; i++) {
        if (in_list(kept, ticks->keys[i].account_id)) {
            err = cart_copy_kept(&ticks->keys[i], ticks->base[i], ticks->version[i]);
            continue;
        }
        err = cart_copy_drop(&ticks->keys[i], ticks->version[i], &stood);
        refused += stood; /* else whoever changed the cart meanwhile has kept them */
    }
    if (refused > 0)
        log_warn("shard %d: ticks of %zu carts were set on copies that MySQL had left behind; not kept", run->shard, refused);
    return err;
}

static enum souk_err keep_ticks(struct job_run *run, bool *found)
{
    redisReply *members;
    const char *json;
    struct ticks *ticks = arena_alloc(run->arena, sizeof *ticks);
    enum souk_err err = ticks ? ticked_carts(run, &members) : SOUK_TOO_LARGE;
    if (err != SOUK_OK)
        return err;
    if (members->type != REDIS_REPLY_ARRAY || members->elements == 0 || members->elements > TICKS_BATCH)
        return SOUK_OK;
    *found = members->elements == TICKS_BATCH;
    err = gather(run, members, ticks, &json);
    if (err != SOUK_OK || ticks->n == 0)
        return err;
    json_object *body;
    const struct param params[] = {param_text(json)};
    err = job_call(run, run->shard, "cart_ticks_keep", params, 1, &body);
    return err == SOUK_OK ? settle(run, ticks, body) : err;
}

/* ---- copies that are old ---- */

static enum souk_err drop_stale(struct job_run *run, bool *found)
{
    json_object *body;
    const struct param limit[] = {param_int(STALE_BATCH)};
    enum souk_err err = job_call(run, run->shard, "cart_stale_list", limit, 1, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    const size_t n = items ? json_object_array_length(items) : 0;
    for (size_t i = 0; err == SOUK_OK && i < n; i++) {
        struct cart_key key;
        json_object *item = json_object_array_get_idx(items, i);
        err = key_of(run, json_member_number(item, "account_id"), &key)
                  ? cart_copy_drop_before(&key, json_member_number(item, "version"))
                  : SOUK_TOO_LARGE;
    }
    if (err != SOUK_OK || n == 0)
        return err;
    *found = *found || n == STALE_BATCH;
    const struct param done[] = {param_text(json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN))};
    return job_call(run, run->shard, "cart_stale_done", done, 1, &body);
}

static enum souk_err run_cart(struct job_run *run, bool *found)
{
    enum souk_err err = drop_stale(run, found);
    return err == SOUK_OK ? keep_ticks(run, found) : err;
}

const struct job job_cart = {.name = "cart", .per_shard = true, .every_ms = CART_TICKS_LATE_MS / 2, .run = run_cart};

/* ---- merges ---- */

static enum souk_err finish(struct job_run *run, json_object *item)
{
    const struct context *context = run->context;
    const int64_t until_us = job_item_deadline(run);
    struct cart guest, account;
    json_object *lines = json_member_array(item, "lines");
    const int64_t merge_id = json_member_number(item, "merge_id");
    if (!lines ||
        !cart_of(context->store, context->redis, run->arena, json_member_number(item, "guest_id"), until_us, &guest) ||
        !cart_of(context->store, context->redis, run->arena, json_member_number(item, "account_id"), until_us, &account))
        return SOUK_TOO_LARGE;
    enum souk_err err = cart_merge_into(&account, merge_id, json_object_to_json_string_ext(lines, JSON_C_TO_STRING_PLAIN));
    return err == SOUK_OK ? cart_merge_finish(&guest, merge_id) : err;
}

static enum souk_err run_merge(struct job_run *run, bool *found)
{
    static int64_t skips[CONFIG_SHARDS_MAX]; /* one thread for each shard */
    json_object *body;
    const struct param params[] = {param_int(MERGE_BATCH), param_int(skips[run->shard])};
    enum souk_err err = job_call(run, run->shard, "cart_merging_page", params, 2, &body), first = SOUK_OK;
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    const size_t n = items ? json_object_array_length(items) : 0;
    size_t i = 0, failed = 0;
    run->worked = n > 0;
    for (; i < n && !atomic_load(run->stopping) && clock_us() < run->deadline_us; i++) {
        err = finish(run, json_object_array_get_idx(items, i));
        failed += err != SOUK_OK;
        if (err != SOUK_OK && first == SOUK_OK)
            first = err;
    }
    *found = job_skip(run, &skips[run->shard], n < MERGE_BATCH && i == n, failed) && failed < n;
    return n ? first : err;
}

const struct job job_cart_merge = {
    .name = "cart_merge", .per_shard = true, .every_ms = MERGE_EVERY_MS, .idle_ms = MERGE_IDLE_MS, .run = run_merge};
