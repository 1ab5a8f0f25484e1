/* Keeping the gates. See flash_gate.h.
 *
 * A gate is made in this order, which keeps it from ever letting more through than are left: a new epoch goes to every shard,
 * where it waits for orders being placed; from then on nothing of an older epoch becomes an order. Then the orders that stand
 * are read, and the gate gets what was allotted less what they have. Who makes an epoch is the only one to make its gate; one
 * that fails half way leaves no gate, and the next run begins with another epoch.
 */
#include "worker/flash_gate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"

enum {
    PLACE_TTL_MS = 120000, /* who was let in has so long to buy */
    RATE_FIRST = 50,       /* buyers let in each second, before anything was measured */
    BACKLOG_S_MAX = 2,     /* more work than for so long waits: fewer are let in */
    PAGE = 500,
    RETURN_S = 60, /* orders that ended so long before the last look are told again: a commit may come late */
    RETURN_S_MAX = 86400,
    RETURNS_MAX = 50,
    SAMPLES_N = 64,
    KEEP_S = 86400
};

static const char *key_of(struct job_run *run, int64_t sale_id)
{
    return arena_printf(run->arena, "souk:flash:%" PRId64, sale_id);
}

static const char *hash_of(struct job_run *run, const struct flash_sale *sale, const char *what)
{
    return arena_printf(run->arena, "souk:flash:%" PRId64 ":%" PRId64 ":%s", sale->sale_id, sale->epoch, what);
}

static const char *text_of(struct job_run *run, int64_t number)
{
    return arena_printf(run->arena, "%" PRId64, number);
}

static bool all_there(const char *const *argv, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (argv[i] == NULL)
            return false;
    return true;
}

enum souk_err flash_gate_waiting(struct job_run *run, int64_t *waiting)
{
    const int shards_n = store_shards_n(run->context->store);
    *waiting = 0;
    for (int shard = 0; shard < shards_n; shard++) {
        const char *argv[] = {"XLEN", arena_printf(run->arena, "souk:flash:entries:%d", shard)};
        redisReply *reply;
        if (!argv[1])
            return SOUK_TOO_LARGE;
        enum souk_err err = redis_command(run->context->redis, run->arena, 2, argv, NULL, &reply);
        if (err != SOUK_OK)
            return err;
        *waiting += reply->integer;
    }
    return SOUK_OK;
}

/* How fast. */

/* What the counters of a sale were at the last look; one thread looks. */
static struct sample {
    int64_t sale_id, at_us, in, done, refused, backlog;
    double capacity; /* orders each second, while there was work to do */
} samples[SAMPLES_N];

struct counters {
    int64_t in, done, refused, rate;
};

static struct counters read_counters(const redisReply *reply)
{
    struct counters now = {.rate = 0};
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2) {
        const char *name = reply->element[i]->str;
        const int64_t value = strtoll(reply->element[i + 1]->str, NULL, 10);
        if (strcmp(name, "in") == 0)
            now.in = value;
        else if (strcmp(name, "done") == 0)
            now.done = value;
        else if (strcmp(name, "rate") == 0)
            now.rate = value;
        else if (strncmp(name, "x:", 2) == 0)
            now.refused += value;
    }
    return now;
}

/* More when what was let in is ordered at once, half when more waits than two seconds' worth of what has been measured. */
static int64_t next_rate(const struct sample *sample, int64_t rate, int64_t rate_max)
{
    const double capacity = sample->capacity > 10 ? sample->capacity : 10;
    if ((double)sample->backlog > capacity * BACKLOG_S_MAX)
        rate /= 2;
    else
        rate += rate / 8 + 1;
    return rate < 1 ? 1 : rate > rate_max ? rate_max : rate;
}

/* Takes a new sample; the rates since the last one go into the gate's hash, for people to see. */
static enum souk_err measure(struct job_run *run, const struct flash_sale *sale, int64_t *rate)
{
    struct sample *sample = &samples[(uint64_t)sale->sale_id * UINT64_C(0x9E3779B97F4A7C15) >> 58];
    const char *gate = key_of(run, sale->sale_id), *all[] = {"HGETALL", gate};
    redisReply *reply;
    int64_t waiting = 0;
    if (!gate)
        return SOUK_TOO_LARGE;
    enum souk_err err = redis_command(run->context->redis, run->arena, 2, all, NULL, &reply);
    if (err == SOUK_OK)
        err = flash_gate_waiting(run, &waiting);
    if (err != SOUK_OK)
        return err;
    const struct counters now = read_counters(reply);
    const double seconds = (double)(clock_us() - sample->at_us) / 1e6;
    const bool same = sample->sale_id == sale->sale_id && now.done >= sample->done && seconds < 60;
    const double ordered = same ? (double)(now.done - sample->done) / seconds : 0;
    const double capacity = same ? sample->capacity : 0;
    const struct sample last = *sample;
    *sample = (struct sample){sale->sale_id, clock_us(), now.in, now.done, now.refused, waiting,
                              ordered > capacity ? ordered : last.backlog > 0 && same ? capacity * 0.9 + ordered * 0.1 : capacity};
    *rate = next_rate(sample, now.rate, json_member_number(sale->item, "admit_per_s"));
    if (!same)
        return SOUK_OK;
    const char *argv[] = {"HSET", gate, "entries_per_s", text_of(run, (int64_t)((double)(now.in - last.in) / seconds)),
                          "orders_per_s", text_of(run, (int64_t)ordered), "refusals_per_s",
                          text_of(run, (int64_t)((double)(now.refused - last.refused) / seconds))};
    return all_there(argv, 8) ? redis_command(run->context->redis, run->arena, 8, argv, NULL, &reply) : SOUK_TOO_LARGE;
}

static const char *field_text(struct job_run *run, const struct flash_sale *sale, const char *name)
{
    return text_of(run, json_member_number(sale->item, name));
}

static enum souk_err tune(struct job_run *run, const struct flash_sale *sale, int64_t rate, bool *open)
{
    const char *argv[] = {
        key_of(run, sale->sale_id),
        text_of(run, sale->epoch),
        text_of(run, sale->allotted),
        field_text(run, sale, "per_account"),
        field_text(run, sale, "ends_ms"),
        field_text(run, sale, "challenge_bits"),
        text_of(run, rate),
        field_text(run, sale, "attempts_per_min"),
        field_text(run, sale, "requests_per_s"),
        field_text(run, sale, "orders_per_s"),
    };
    redisReply *reply;
    if (!all_there(argv, sizeof argv / sizeof argv[0]))
        return SOUK_TOO_LARGE;
    enum souk_err err = gate_run(run->context->gate, run->arena, GATE_TUNE, 1, sizeof argv / sizeof argv[0], argv, &reply);
    *open = err == SOUK_OK && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
    return err;
}

enum souk_err flash_gate_tune(struct job_run *run, const struct flash_sale *sale, bool *open)
{
    int64_t rate = 0;
    enum souk_err err = measure(run, sale, &rate);
    *open = false;
    return err == SOUK_OK ? tune(run, sale, rate, open) : err;
}

/* Making it anew. */

static enum souk_err put(struct job_run *run, const struct redis_line *lines, size_t n)
{
    redisReply *replies[4];
    return redis_pipeline(run->context->redis, run->arena, lines, n, replies);
}

static enum souk_err fill_order(struct job_run *run, const struct flash_sale *sale, json_object *order)
{
    const char *order_id = json_member_text(order, "order_id"), *account = json_member_text(order, "account_id");
    const char *qty = text_of(run, json_member_number(order, "qty"));
    const char *has[] = {"HINCRBY", hash_of(run, sale, "b"), account, qty};
    const char *key[] = {"HSET", hash_of(run, sale, "k"),
                         arena_printf(run->arena, "%s:%s", account, json_member_text(order, "key")),
                         arena_printf(run->arena, "%s:%s", order_id, json_member_text(order, "body"))};
    const char *held[] = {"HSET", hash_of(run, sale, "o"), order_id, arena_printf(run->arena, "%s:%s:o", account, qty)};
    const struct redis_line lines[] = {{4, has, NULL}, {4, key, NULL}, {4, held, NULL}};
    if (!all_there(has, 4) || !all_there(key, 4) || !all_there(held, 4))
        return SOUK_TOO_LARGE;
    return put(run, lines, 3);
}

/* A page of a shard's orders. *after: where the next one begins; 0: there is none. */
static enum souk_err fill_page(struct job_run *run, const struct flash_sale *sale, int shard, int64_t *after, int64_t *orders,
                               int64_t *units)
{
    const struct param params[] = {param_int(sale->sale_id), param_int(*after), param_int(PAGE)};
    json_object *body;
    enum souk_err err = job_call(run, shard, "flash_live", params, 3, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    for (size_t i = 0; err == SOUK_OK && items && i < json_object_array_length(items); i++) {
        json_object *order = json_object_array_get_idx(items, i);
        err = fill_order(run, sale, order);
        *orders += 1;
        *units += json_member_number(order, "qty");
    }
    *after = err == SOUK_OK ? json_member_number(body, "next") : 0;
    return err;
}

static enum souk_err fill(struct job_run *run, const struct flash_sale *sale, int64_t *orders, int64_t *units)
{
    const char *clear[] = {"UNLINK", hash_of(run, sale, "b"), hash_of(run, sale, "k"), hash_of(run, sale, "o"),
                           hash_of(run, sale, "r")};
    const struct redis_line line = {5, clear, NULL};
    *orders = *units = 0;
    enum souk_err err = all_there(clear, 5) ? put(run, &line, 1) : SOUK_TOO_LARGE;
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(run->context->store); shard++) {
        int64_t after = 0;
        do
            err = fill_page(run, sale, shard, &after, orders, units);
        while (err == SOUK_OK && after != 0);
    }
    return err;
}

static enum souk_err publish(struct job_run *run, const struct flash_sale *sale, const char *run_id, int64_t orders,
                             int64_t units)
{
    const int64_t most = json_member_number(sale->item, "admit_per_s");
    const char *argv[] = {
        key_of(run, sale->sale_id), run_id, text_of(run, sale->epoch), text_of(run, orders),
        "sku", text_of(run, sale->sku_id),
        "units", text_of(run, sale->allotted - units),
        "allotted", text_of(run, sale->allotted),
        "per", field_text(run, sale, "per_account"),
        "opens", field_text(run, sale, "queue_opens_ms"),
        "starts", field_text(run, sale, "starts_ms"),
        "ends", field_text(run, sale, "ends_ms"),
        "room", field_text(run, sale, "waiting_room"),
        "bits", field_text(run, sale, "challenge_bits"),
        "rate", text_of(run, most < RATE_FIRST ? most : RATE_FIRST),
        "attempts", field_text(run, sale, "attempts_per_min"),
        "reqs", field_text(run, sale, "requests_per_s"),
        "orders", field_text(run, sale, "orders_per_s"),
        "ttl", text_of(run, PLACE_TTL_MS),
    };
    redisReply *reply;
    if (!all_there(argv, sizeof argv / sizeof argv[0]))
        return SOUK_TOO_LARGE;
    enum souk_err err = gate_run(run->context->gate, run->arena, GATE_PUBLISH, 1, sizeof argv / sizeof argv[0], argv, &reply);
    if (err == SOUK_OK && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1)
        log_info("flash sale %" PRId64 ": the gate is open in epoch %" PRId64 ", %" PRId64 " of %" PRId64 " units left",
                 sale->sale_id, sale->epoch, sale->allotted - units, sale->allotted);
    return err;
}

enum souk_err flash_gate_build(struct job_run *run, struct flash_sale *sale)
{
    char run_id[GATE_RUN_BYTES];
    int64_t orders, units;
    bool renewed = false;
    enum souk_err err = gate_life(run->context->gate, run->arena, run_id);
    if (err == SOUK_OK)
        err = flash_renew(run, sale, &renewed);
    if (err != SOUK_OK || !renewed)
        return err;
    err = fill(run, sale, &orders, &units);
    return err == SOUK_OK ? publish(run, sale, run_id, orders, units) : err;
}

/* Units that came back. */

static enum souk_err tell_returns(struct job_run *run, const struct flash_sale *sale, json_object *ids)
{
    const size_t n = ids ? json_object_array_length(ids) : 0;
    for (size_t i = 0; i < n; i += RETURNS_MAX) {
        const char *argv[2 + RETURNS_MAX] = {key_of(run, sale->sale_id), text_of(run, sale->epoch)};
        int argc = 2;
        for (size_t k = i; k < n && k < i + RETURNS_MAX; k++)
            argv[argc++] = json_object_get_string(json_object_array_get_idx(ids, k));
        redisReply *reply;
        if (!all_there(argv, (size_t)argc))
            return SOUK_TOO_LARGE;
        enum souk_err err = gate_run(run->context->gate, run->arena, GATE_RETURN, 1, argc, argv, &reply);
        if (err != SOUK_OK)
            return err;
    }
    return SOUK_OK;
}

/* When all shards were last asked for what came back; one thread asks. */
static struct look {
    int64_t sale_id, at_us;
} looks[SAMPLES_N];

enum souk_err flash_gate_return(struct job_run *run, const struct flash_sale *sale)
{
    struct look *look = &looks[(uint64_t)sale->sale_id * UINT64_C(0x9E3779B97F4A7C15) >> 58];
    const int64_t now_us = clock_us(), since_s = RETURN_S + (now_us - look->at_us) / 1000000;
    const struct param params[] = {param_int(sale->sale_id),
                                   param_int(look->sale_id == sale->sale_id && since_s < RETURN_S_MAX ? since_s : RETURN_S_MAX)};
    enum souk_err first = SOUK_OK;
    for (int shard = 0; shard < store_shards_n(run->context->store); shard++) {
        json_object *body;
        enum souk_err err = job_call(run, shard, "flash_ended", params, 2, &body);
        if (err == SOUK_OK)
            err = tell_returns(run, sale, json_member_array(body, "items"));
        first = first == SOUK_OK ? err : first;
    }
    if (first == SOUK_OK)
        *look = (struct look){sale->sale_id, now_us};
    return first;
}

enum souk_err flash_gate_remove(struct job_run *run, const struct flash_sale *sale)
{
    const char *gate = key_of(run, sale->sale_id), *epoch_of[] = {"HGET", gate, "epoch"};
    redisReply *reply;
    if (!gate)
        return SOUK_TOO_LARGE;
    enum souk_err err = redis_command(run->context->redis, run->arena, 3, epoch_of, NULL, &reply);
    if (err != SOUK_OK || reply->type != REDIS_REPLY_STRING)
        return err;
    const char *keep = text_of(run, KEEP_S), *o = arena_printf(run->arena, "%s:%s:o", gate, reply->str);
    const char *r = arena_printf(run->arena, "%s:%s:r", gate, reply->str);
    const char *outcomes[] = {"EXPIRE", o, keep}, *refusals[] = {"EXPIRE", r, keep};
    const char *rest[] = {"UNLINK", gate, arena_printf(run->arena, "%s:w", gate), arena_printf(run->arena, "%s:a", gate),
                          arena_printf(run->arena, "%s:s", gate), arena_printf(run->arena, "%s:%s:b", gate, reply->str),
                          arena_printf(run->arena, "%s:%s:k", gate, reply->str)};
    const struct redis_line lines[] = {{3, outcomes, NULL}, {3, refusals, NULL}, {7, rest, NULL}};
    return all_there(outcomes, 3) && all_there(refusals, 3) && all_there(rest, 7) ? put(run, lines, 3) : SOUK_TOO_LARGE;
}
