/* Borrowing stock from other shards. See escrow.h. */
#include "store/escrow.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/json.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/inside.h"
#include "store/soldout.h"

enum {
    SPARE_PER_UNIT = 32,   /* units that may come along with each that is missing */
    SPARE_MAX = 4096,
    ROUNDS_MAX = 6,        /* while units are under way */
    ROUND_WAIT_US = 30000, /* doubled with each round, half of it at random */
    MARGIN_US = 300000,    /* of the deadline, left for the caller's own routine */
    PEEK_BACK_MS = 60000,  /* clocks of database servers differ by less */
    PEEKS_MAX = 3,
    TURNS = 64
};

/* One borrowing under way. */
struct borrowing {
    struct store *store;
    struct id_maker *ids;
    struct arena *arena;
    int64_t deadline_us;
    int shard; /* the borrower */
    int home;
    int64_t sku_id;
    const char *pool;
    int64_t missing; /* units wanted */
    int64_t own;     /* units that are free at the borrower and do not suffice */
    bool home_away;  /* the home shard did not lend for want of an answer */
    bool unsure;     /* a shard did not answer, or units are under way: "there are none" cannot be said */
};

/* Those of one process who miss the same SKU on the same shard ask one after the other. */
static struct turn {
    bool taken;
    struct fiber_cond freed;
} turns[TURNS];
static pthread_mutex_t turns_lock = PTHREAD_MUTEX_INITIALIZER;

static enum souk_err call_shard(struct borrowing *b, int shard, const char *routine, const struct param *params,
                                size_t params_n, json_object **body)
{
    struct call call = {routine, params, params_n, b->deadline_us, .repeatable = true}; /* by the transfer's id */
    struct answer answer;
    enum souk_err err = store_call(b->store, shard, &call, b->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    *body = arena_own(b->arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

/* Units that left arrive; then the donor may forget them. What fails here is finished by the worker. */
static enum souk_err deliver(struct borrowing *b, int donor, int to, int64_t transfer_id, int64_t lent)
{
    struct param params[] = {param_int(transfer_id), param_int(donor), param_int(b->sku_id),
                             param_text(b->pool),    param_int(lent),  param_null()};
    json_object *body;
    enum souk_err err = call_shard(b, to, "stock_receive", params, 6, &body);
    if (err != SOUK_OK)
        return err;
    if (call_shard(b, donor, "stock_settle", params, 1, &body) != SOUK_OK)
        log_info("transfer %lld is not settled at shard %d yet", (long long)transfer_id, donor);
    return SOUK_OK;
}

/* CALLs stock_lend or stock_send_home at the donor with a new transfer's id before `params`, and delivers what it gives. */
static enum souk_err transfer(struct borrowing *b, int donor, int to, const char *routine, struct param *params,
                              size_t params_n, int64_t *moved)
{
    int64_t transfer_id;
    json_object *body;
    *moved = 0;
    enum souk_err err = id_make(b->ids, id_slot(b->sku_id), &transfer_id);
    if (err == SOUK_OK) {
        params[0] = param_int(transfer_id);
        err = call_shard(b, donor, routine, params, params_n, &body);
    }
    if (err == SOUK_OK) {
        int64_t lent = json_member_number(body, "lent");
        b->unsure |= json_member_number(body, "in_flight") > 0;
        if (lent > 0)
            err = deliver(b, donor, to, transfer_id, lent);
        if (err == SOUK_OK)
            *moved = lent;
    }
    b->unsure |= err != SOUK_OK;
    return err;
}

/* All of `units` or none come from the donor, with some to spare. */
static enum souk_err lend(struct borrowing *b, int donor, int64_t units, int64_t spare, int64_t keep, int64_t *moved)
{
    struct param params[] = {param_null(),     param_int(b->shard), param_int(b->sku_id), param_text(b->pool),
                             param_int(units), param_int(spare),    param_int(keep)};
    return transfer(b, donor, b->shard, "stock_lend", params, 7, moved);
}

/* So many units of the donor's go home, or all when fewer than ESCROW_FEW would stay. */
static enum souk_err gather(struct borrowing *b, int donor, int64_t units, int64_t *moved)
{
    struct param params[] = {param_null(),         param_int(b->home), param_int(b->sku_id),
                             param_text(b->pool), param_int(units),   param_int(ESCROW_FEW)};
    return transfer(b, donor, b->home, "stock_send_home", params, 6, moved);
}

/* Asks the home shard, then those that keep plenty. */
static bool borrow_plenty(struct borrowing *b)
{
    const int64_t wanted = b->missing * SPARE_PER_UNIT, spare = wanted < SPARE_MAX ? wanted : SPARE_MAX;
    int64_t moved = 0;
    if (b->shard != b->home)
        b->home_away = lend(b, b->home, b->missing, spare, 0, &moved) != SOUK_OK;
    if (moved > 0)
        return true;
    const int shards_n = store_shards_n(b->store);
    for (int i = 1; i < shards_n; i++) {
        int donor = (b->home + i) % shards_n;
        if (donor != b->shard && lend(b, donor, b->missing, spare, ESCROW_FEW, &moved) == SOUK_OK && moved > 0)
            return true;
    }
    return false;
}

struct peek {
    int64_t own, others, in_flight, moves;
};

static enum souk_err peek_at(struct borrowing *b, int shard, int64_t since_ms, struct peek *sum)
{
    const struct param params[] = {param_int(b->sku_id), param_text(b->pool), param_int(since_ms)};
    json_object *body;
    if (call_shard(b, shard, "stock_peek", params, 3, &body) != SOUK_OK)
        return SOUK_UNAVAILABLE;
    *(shard == b->shard ? &sum->own : &sum->others) += json_member_number(body, "free");
    sum->in_flight += json_member_number(body, "in_flight");
    sum->moves += json_member_number(body, "moves");
    return SOUK_OK;
}

static enum souk_err peek_all(struct borrowing *b, int64_t since_ms, struct peek *sum)
{
    enum souk_err err = SOUK_OK;
    *sum = (struct peek){0};
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(b->store); shard++)
        err = peek_at(b, shard, since_ms, sum);
    return err;
}

/* Looks at all shards until nothing moved between two looks: what was free then was free at one instant. */
static enum souk_err look(struct borrowing *b, struct peek *found)
{
    const int64_t since_ms = clock_unix_ms() - PEEK_BACK_MS;
    struct peek before;
    enum souk_err err = peek_all(b, since_ms, &before);
    for (int i = 0; err == SOUK_OK && i < PEEKS_MAX; i++) {
        err = peek_all(b, since_ms, found);
        if (err == SOUK_OK && found->in_flight == 0 && before.in_flight == 0 && found->moves == before.moves) {
            found->own = found->own > before.own ? found->own : before.own;
            found->others = found->others > before.others ? found->others : before.others;
            return SOUK_OK;
        }
        before = *found;
    }
    return SOUK_UNAVAILABLE;
}

/* How much is free on each shard, looked at one after the other: a guess at what asking for it would bring. A shard that
 * does not answer counts as empty. False: it is the home shard, and units sent there would be held up. */
static bool survey(struct borrowing *b, int64_t free[CONFIG_SHARDS_MAX])
{
    const int64_t since_ms = clock_unix_ms();
    bool home_answers = true;
    for (int shard = 0; shard < store_shards_n(b->store); shard++) {
        struct peek found = {0};
        const bool answers = peek_at(b, shard, since_ms, &found) == SOUK_OK;
        free[shard] = found.own + found.others;
        b->unsure |= !answers;
        home_answers = home_answers && (answers || shard != b->home);
    }
    return home_answers;
}

static int64_t free_elsewhere(const struct borrowing *b, const int64_t free[CONFIG_SHARDS_MAX])
{
    int64_t units = 0;
    for (int shard = 0; shard < store_shards_n(b->store); shard++)
        units += shard == b->shard ? 0 : free[shard];
    return units;
}

/* Units of shards other than this and the home shard go home until so many came. The first failure ends it: what leaves
 * for a shard that has just gone away is held up. */
static int64_t gather_others(struct borrowing *b, const int64_t free[CONFIG_SHARDS_MAX], int64_t units)
{
    const int shards_n = store_shards_n(b->store);
    int64_t came = 0;
    for (int i = 1; i < shards_n && came < units; i++) {
        int donor = (b->home + i) % shards_n;
        int64_t moved = 0;
        if (donor != b->shard && free[donor] > 0 && gather(b, donor, units - came, &moved) != SOUK_OK)
            break;
        came += moved;
    }
    return came;
}

/* As much as is missing goes home from where it is free, and first what is free here, all of it; from there all that is
 * missing comes here, or nothing. Nothing leaves its shard when all together is not enough or home does not answer. Units
 * that left here, or came without being enough, make the caller's count an old one: *changed. */
static bool borrow_few(struct borrowing *b, bool *changed)
{
    int64_t free[CONFIG_SHARDS_MAX], left = 0, moved;
    if (!survey(b, free))
        return false;
    b->own = free[b->shard];
    if (free_elsewhere(b, free) < b->missing)
        return false;
    if (b->shard == b->home) {
        const int64_t came = gather_others(b, free, b->missing);
        b->own += came;
        *changed = came > 0;
        return came >= b->missing;
    }
    if (b->own > 0 && gather(b, b->shard, b->own, &left) != SOUK_OK)
        return false;
    b->own -= left;
    *changed = left > 0;
    gather_others(b, free, b->missing - free[b->home]);
    return lend(b, b->home, b->missing + left, 0, 0, &moved) == SOUK_OK && moved > 0;
}

/* look(), and that none is left is remembered. */
static enum souk_err look_and_tell(struct borrowing *b, struct peek *found)
{
    const struct soldout_look before = soldout_look_begin(b->store->soldout, b->arena, b->sku_id, b->pool);
    enum souk_err err = look(b, found);
    if (err == SOUK_OK && found->own + found->others == 0)
        soldout_mark(b->store->soldout, b->arena, b->sku_id, b->pool, &before);
    return err;
}

/* Nothing could be borrowed: is there really nothing? */
static enum souk_err conclude(struct borrowing *b, bool changed)
{
    struct peek found;
    if (changed)
        return SOUK_OK;
    if (b->unsure)
        return SOUK_UNAVAILABLE;
    if (look_and_tell(b, &found) != SOUK_OK)
        return SOUK_UNAVAILABLE;
    if (found.own > b->own)
        return SOUK_OK;
    return found.others < b->missing ? SOUK_ORDER_OUT_OF_STOCK : SOUK_UNAVAILABLE;
}

static enum souk_err borrow_once(struct borrowing *b)
{
    bool changed = false;
    b->unsure = false;
    b->home_away = false;
    if (borrow_plenty(b) || (!b->home_away && borrow_few(b, &changed)))
        return SOUK_OK;
    return conclude(b, changed);
}

/* Half of ROUND_WAIT_US × 2^round and up to as much again. False: there is no time. */
static bool wait_round(const struct borrowing *b, int round)
{
    const uint32_t span_us = (uint32_t)ROUND_WAIT_US << round;
    const int64_t us = span_us / 2 + arc4random_uniform(span_us);
    if (clock_us() + us + MARGIN_US >= b->deadline_us)
        return false;
    fiber_pause(us);
    return true;
}

static bool turn_take(struct turn *turn, int64_t until_us)
{
    bool in_time = true;
    pthread_mutex_lock(&turns_lock);
    while (turn->taken && in_time)
        in_time = fiber_cond_wait(&turn->freed, &turns_lock, until_us);
    bool mine = !turn->taken;
    turn->taken = true;
    pthread_mutex_unlock(&turns_lock);
    return mine;
}

static void turn_give(struct turn *turn)
{
    pthread_mutex_lock(&turns_lock);
    turn->taken = false;
    fiber_cond_signal(&turn->freed);
    pthread_mutex_unlock(&turns_lock);
}

static enum souk_err borrow_in_turn(struct borrowing *b)
{
    enum souk_err err = SOUK_UNAVAILABLE;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (soldout_is(b->store->soldout, b->arena, b->sku_id, b->pool))
            return SOUK_ORDER_OUT_OF_STOCK;
        err = borrow_once(b);
        if (err != SOUK_UNAVAILABLE || !wait_round(b, round))
            break;
    }
    return err;
}

static struct borrowing begin(struct store *store, struct id_maker *ids, int shard, int64_t sku_id, const char *pool,
                              int64_t deadline_us, struct arena *arena)
{
    return (struct borrowing){
        .store = store,
        .ids = ids,
        .arena = arena,
        .deadline_us = deadline_us,
        .shard = shard,
        .home = store_shard_of(store, sku_id),
        .sku_id = sku_id,
        .pool = pool,
    };
}

enum souk_err escrow_borrow(struct store *store, struct id_maker *ids, int shard, int64_t sku_id, const char *pool,
                            int64_t units, int64_t deadline_us, struct arena *arena)
{
    struct borrowing b = begin(store, ids, shard, sku_id, pool, deadline_us, arena);
    b.missing = units;
    if (soldout_is(store->soldout, arena, sku_id, pool))
        return SOUK_ORDER_OUT_OF_STOCK;
    metrics_add(METRIC_ESCROW_BORROWS, 1);
    struct turn *turn = &turns[(((uint64_t)sku_id >> 8) ^ (uint64_t)sku_id * 31 ^ (uint64_t)shard) % TURNS];
    if (!turn_take(turn, deadline_us - MARGIN_US))
        return SOUK_UNAVAILABLE;
    enum souk_err err = borrow_in_turn(&b);
    turn_give(turn);
    return err;
}

bool escrow_missing_read(const char *detail, struct escrow_missing *missing)
{
    missing->code[0] = '\0';
    return sscanf(detail, "%" SCNd64 " %32s %" SCNd64 " %256s", &missing->sku_id, missing->pool, &missing->units, missing->code) >= 3 &&
           missing->units > 0;
}

enum souk_err escrow_borrow_missing(struct store *store, struct id_maker *ids, int shard, struct escrow_missing *missing,
                                    int64_t deadline_us, struct arena *arena)
{
    enum souk_err err =
        escrow_borrow(store, ids, shard, missing->sku_id, missing->pool, missing->units, deadline_us, arena);
    if (err != SOUK_ORDER_OUT_OF_STOCK || missing->denied_id == missing->sku_id ||
        soldout_is(store->soldout, arena, missing->sku_id, missing->pool))
        return err;
    missing->denied_id = missing->sku_id;
    return SOUK_OK;
}

bool escrow_is_gone(struct store *store, int64_t sku_id, const char *pool, int64_t deadline_us, struct arena *arena)
{
    const int home = store_shard_of(store, sku_id), shards_n = store_shards_n(store);
    struct borrowing b = begin(store, NULL, home, sku_id, pool, deadline_us, arena);
    struct peek found = {0};
    if (soldout_is(store->soldout, arena, sku_id, pool))
        return true;
    for (int i = 0; i < shards_n; i++) /* the last ones are at home: one question tells, most of the time */
        if (peek_at(&b, (home + i) % shards_n, clock_unix_ms(), &found) != SOUK_OK || found.own + found.others > 0)
            return false;
    return look_and_tell(&b, &found) == SOUK_OK && found.own + found.others == 0;
}

enum souk_err escrow_move(struct store *store, struct id_maker *ids, int from, int to, int64_t sku_id, const char *pool,
                          int64_t units, int64_t deadline_us, struct arena *arena, int64_t *moved)
{
    struct borrowing b = begin(store, ids, to, sku_id, pool, deadline_us, arena);
    return lend(&b, from, units, 0, 0, moved);
}

enum souk_err escrow_gather(struct store *store, struct id_maker *ids, int from, int64_t sku_id, const char *pool,
                            int64_t deadline_us, struct arena *arena, int64_t *moved)
{
    struct borrowing b = begin(store, ids, from, sku_id, pool, deadline_us, arena);
    return gather(&b, from, INT64_MAX, moved);
}

enum souk_err escrow_free_units(struct store *store, int64_t sku_id, const char *pool, int64_t deadline_us,
                                struct arena *arena, int64_t *units)
{
    struct borrowing b = begin(store, NULL, 0, sku_id, pool, deadline_us, arena);
    struct peek found = {0};
    enum souk_err err = look(&b, &found);
    *units = found.own + found.others;
    return err;
}
