/* Moves stock to where it is being bought.
 *
 * Every two seconds: which SKUs were ordered in the last ten, how much on which shard, and how many units are free where.
 * A shard should have of the free units the part that it sells. One that has less than half of that, and less than it sells
 * in half a minute, gets what it lacks from the shard that has most beyond its own part; nobody gives from its own part, so
 * that nothing moves back and forth. A SKU with few units left is gathered on its home shard instead (store/escrow.h).
 * At most MOVES_MAX moves a run. A shard that does not answer is left out of it; the others are balanced among themselves.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/escrow.h"
#include "worker/jobs.h"

enum {
    EVERY_MS = 2000,
    WINDOW_MS = 10000,
    WINDOWS_AHEAD = 3, /* units for so many windows are enough */
    SKUS_PER_SHARD = 50,
    SKUS_MAX = 200,
    MOVES_MAX = 16,
    STEP_US = 1000000
};

struct sku {
    int64_t sku_id;
    char pool[17];
    int64_t sold[CONFIG_SHARDS_MAX], free[CONFIG_SHARDS_MAX];
};

struct balance {
    struct job_run *run;
    struct sku *skus;
    size_t skus_n;
    int shards_n;
    bool away[CONFIG_SHARDS_MAX]; /* did not answer; what it has and sells stands as 0 */
    int here_n;                   /* shards that did */
    int moves;
    int64_t units;
};

/* The SKU's line; a new one when `add`. NULL: none, or no room for more. */
static struct sku *find(struct balance *b, json_object *item, bool add)
{
    const int64_t sku_id = json_member_number(item, "sku_id");
    const char *pool = json_member_text(item, "pool");
    for (size_t i = 0; i < b->skus_n; i++)
        if (b->skus[i].sku_id == sku_id && strcmp(b->skus[i].pool, pool) == 0)
            return &b->skus[i];
    if (!add || b->skus_n == SKUS_MAX || pool == NULL || strlen(pool) >= sizeof b->skus[0].pool)
        return NULL;
    struct sku *sku = &b->skus[b->skus_n++];
    *sku = (struct sku){.sku_id = sku_id};
    memcpy(sku->pool, pool, strlen(pool) + 1);
    return sku;
}

static enum souk_err read_demand(struct balance *b, int shard)
{
    const struct param params[] = {param_int((clock_unix_ms() - WINDOW_MS - ID_EPOCH_MS) << 22), param_int(SKUS_PER_SHARD)};
    json_object *body;
    enum souk_err err = job_call(b->run, shard, "stock_demand", params, 2, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        json_object *item = json_object_array_get_idx(items, i);
        struct sku *sku = find(b, item, true);
        if (sku)
            sku->sold[shard] = json_member_number(item, "sold");
    }
    return err;
}

static json_object *names(const struct balance *b)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < b->skus_n; i++) {
        json_object *item = json_object_new_object();
        json_object_object_add(item, "sku_id", json_object_new_int64(b->skus[i].sku_id));
        json_object_object_add(item, "pool", json_object_new_string(b->skus[i].pool));
        json_object_array_add(list, item);
    }
    return list;
}

static enum souk_err read_free(struct balance *b, int shard, const char *skus)
{
    const struct param params[] = {param_text(skus)};
    json_object *body;
    enum souk_err err = job_call(b->run, shard, "stock_free", params, 1, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        json_object *item = json_object_array_get_idx(items, i);
        struct sku *sku = find(b, item, false);
        if (sku)
            sku->free[shard] = json_member_number(item, "free");
    }
    return err;
}

static void leave_out(struct balance *b, int shard)
{
    b->away[shard] = true;
    b->here_n--;
    for (size_t i = 0; i < b->skus_n; i++)
        b->skus[i].sold[shard] = b->skus[i].free[shard] = 0;
}

/* The first failure; then some shard is left out. */
static enum souk_err read_all(struct balance *b)
{
    enum souk_err first = SOUK_OK;
    for (int shard = 0; shard < b->shards_n; shard++) {
        enum souk_err err = read_demand(b, shard);
        if (err != SOUK_OK)
            leave_out(b, shard);
        first = first == SOUK_OK ? err : first;
    }
    json_object *list = arena_own(b->run->arena, names(b), json_release);
    const char *skus = json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN);
    for (int shard = 0; b->skus_n > 0 && shard < b->shards_n; shard++) {
        enum souk_err err = b->away[shard] ? SOUK_OK : read_free(b, shard, skus);
        if (err != SOUK_OK)
            leave_out(b, shard);
        first = first == SOUK_OK ? err : first;
    }
    return first;
}

static int64_t sum_of(const int64_t *units, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += units[i];
    return sum;
}

static bool may_move(const struct balance *b)
{
    return b->moves < MOVES_MAX && !atomic_load(b->run->stopping) && clock_us() < b->run->deadline_us;
}

static void count_move(struct balance *b, int64_t moved)
{
    b->moves += moved > 0;
    b->units += moved;
}

/* Few are left: all to the home shard. */
static enum souk_err gather(struct balance *b, struct sku *sku)
{
    const struct context *context = b->run->context;
    const int home = store_shard_of(context->store, sku->sku_id);
    enum souk_err err = SOUK_OK;
    if (b->away[home])
        return SOUK_OK; /* they would be held up on their way */
    for (int shard = 0; err == SOUK_OK && shard < b->shards_n && may_move(b); shard++) {
        int64_t moved = 0;
        if (shard == home || sku->free[shard] == 0)
            continue;
        err = escrow_gather(context->store, context->ids, shard, sku->sku_id, sku->pool, clock_us() + STEP_US,
                            b->run->arena, &moved);
        count_move(b, moved);
    }
    return err;
}

/* The part of the free units that the shard sells; one more sale on each, so that none is left without. */
static int64_t part_of(const struct balance *b, const struct sku *sku, int shard)
{
    const double sold = (double)sum_of(sku->sold, b->shards_n) + b->here_n;
    return (int64_t)((double)sum_of(sku->free, b->shards_n) * (double)(sku->sold[shard] + 1) / sold);
}

static int richest(const struct balance *b, const struct sku *sku)
{
    int best = 0;
    for (int shard = 1; shard < b->shards_n; shard++)
        if (sku->free[shard] - part_of(b, sku, shard) > sku->free[best] - part_of(b, sku, best))
            best = shard;
    return best;
}

static enum souk_err fill(struct balance *b, struct sku *sku, int shard)
{
    const struct context *context = b->run->context;
    const int64_t part = part_of(b, sku, shard);
    if (sku->free[shard] * 2 >= part || sku->free[shard] >= sku->sold[shard] * WINDOWS_AHEAD)
        return SOUK_OK;
    const int donor = richest(b, sku);
    const int64_t lacks = part - sku->free[shard], has = sku->free[donor] - part_of(b, sku, donor);
    const int64_t units = lacks < has ? lacks : has;
    int64_t moved = 0;
    if (donor == shard || units < ESCROW_FEW)
        return SOUK_OK;
    enum souk_err err = escrow_move(context->store, context->ids, donor, shard, sku->sku_id, sku->pool, units,
                                    clock_us() + STEP_US, b->run->arena, &moved);
    sku->free[donor] -= moved;
    sku->free[shard] += moved;
    count_move(b, moved);
    return err;
}

static enum souk_err balance_sku(struct balance *b, struct sku *sku)
{
    enum souk_err err = SOUK_OK;
    if (sum_of(sku->free, b->shards_n) < ESCROW_FEW * (int64_t)b->here_n)
        return gather(b, sku);
    for (int shard = 0; err == SOUK_OK && shard < b->shards_n && may_move(b); shard++)
        err = b->away[shard] ? SOUK_OK : fill(b, sku, shard);
    return err;
}

static enum souk_err run_rebalance(struct job_run *run, bool *found)
{
    struct balance b = {
        .run = run,
        .skus = arena_alloc(run->arena, SKUS_MAX * sizeof *b.skus),
        .shards_n = store_shards_n(run->context->store),
        .here_n = store_shards_n(run->context->store),
    };
    (void)found;
    if (b.shards_n < 2)
        return SOUK_OK;
    if (b.skus == NULL)
        return SOUK_TOO_LARGE;
    const enum souk_err read = read_all(&b);
    enum souk_err err = SOUK_OK;
    for (size_t i = 0; err == SOUK_OK && b.here_n > 1 && i < b.skus_n && may_move(&b); i++)
        err = balance_sku(&b, &b.skus[i]);
    if (b.moves > 0)
        log_info("%" PRId64 " units moved to where they are bought, %d moves", b.units, b.moves);
    return read == SOUK_OK ? err : read;
}

const struct job job_rebalance = {.name = "rebalance", .per_shard = false, .every_ms = EVERY_MS, .run = run_rebalance};
