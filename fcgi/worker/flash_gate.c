/* Keeping the gates. See flash_gate.h.
 *
 * A gate is made in this order, which keeps it from ever letting more through than are left: a new epoch goes to every shard,
 * where it waits for orders being placed; from then on nothing of an older epoch becomes an order. Then the orders that stand
 * are read, page by page, and the gate gets what was allotted less what they have. Who makes an epoch is the only one to make its
 * gate, and goes on with the next run where it had to stop: many orders take longer than other sales can wait. Only when Redis has
 * lost what was filled in, or the worker has died, another epoch is needed. Nothing else can order meanwhile, so what was read stays true,
 * but for orders that end: those are told to the gate once it is open.
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
    PAGE_BYTES = 4 * 1024 * 1024, /* what may be kept of one page */
    SHARE_US = 1000000,           /* of a run, for the pages of one sale */
    SPARE_US = 5000000,           /* of a run, left to the sales that are open */
    PAUSE_MS = 10,                /* until the next run goes on */
    FILL_IDLE_US = 30000000,      /* nobody went on for so long: given up */
    RETURN_S = 60, /* orders that ended so long before the last look are told again: a commit may come late */
    RETURN_S_MAX = 86400,
    RETURNS_MAX = 50,
    SAMPLES_N = 64,
    LOOKS_N = 256, /* more than flash_due lists */
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

/* One whose only key is the gate. */
static enum souk_err run_script(struct job_run *run, enum gate_script script, size_t argc, const char *const *argv,
                                redisReply **reply)
{
    const struct gate_call call = {script, 1, (int)argc, argv, run->deadline_us};
    return gate_run(run->context->gate, run->arena, &call, reply);
}

/* In the tables of SAMPLES_N: what is known of a sale from run to run. */
static size_t place_of(const struct flash_sale *sale)
{
    return (uint64_t)sale->sale_id * UINT64_C(0x9E3779B97F4A7C15) >> 58;
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
    struct sample *sample = &samples[place_of(sale)];
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
    if (!same || reply->elements == 0) /* a gate that is not there would get a hash of these alone */
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
    enum souk_err err = run_script(run, GATE_TUNE, sizeof argv / sizeof argv[0], argv, &reply);
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

/* A gate that is being filled. One thread fills. */
static struct filling {
    int64_t sale_id, epoch; /* 0: none */
    int64_t at_us;          /* of the last step */
    int64_t after;          /* where the next page of the shard begins */
    int64_t orders, units;  /* filled in so far */
    int shard;
    char run_id[GATE_RUN_BYTES]; /* of the Redis that has them */
} fillings[SAMPLES_N];

static bool is_filling(const struct filling *filling, const struct flash_sale *sale)
{
    return filling->sale_id == sale->sale_id && filling->epoch == sale->epoch;
}

/* What stands under the sale's epoch: the gate's hashes, or what was filled in and never became a gate. */
static enum souk_err clear(struct job_run *run, const struct flash_sale *sale)
{
    const char *argv[] = {"UNLINK", hash_of(run, sale, "b"), hash_of(run, sale, "k"), hash_of(run, sale, "o"),
                          hash_of(run, sale, "r")};
    const struct redis_line line = {5, argv, NULL};
    return all_there(argv, 5) ? put(run, &line, 1) : SOUK_TOO_LARGE;
}

/* A new epoch, and nothing in it yet. Not begun, and no error: a shard has to be told first, or another sale has the place. */
static enum souk_err begin_filling(struct job_run *run, struct flash_sale *sale, struct filling *filling)
{
    const struct flash_sale before = *sale;
    struct filling begun = {.sale_id = sale->sale_id, .at_us = clock_us()};
    bool renewed = false;
    if (filling->sale_id != 0 && filling->sale_id != sale->sale_id && begun.at_us - filling->at_us < FILL_IDLE_US)
        return SOUK_OK;
    *filling = (struct filling){.sale_id = 0};
    enum souk_err err = gate_life(run->context->gate, run->arena, run->deadline_us, begun.run_id);
    if (err == SOUK_OK)
        err = flash_renew(run, sale, &renewed);
    if (err != SOUK_OK || !renewed)
        return err;
    begun.epoch = sale->epoch;
    *filling = begun;
    return clear(run, &before);
}

/* Orders of a page into the gate's hashes. */
static enum souk_err fill_in(struct job_run *run, const struct flash_sale *sale, struct filling *filling, json_object *orders)
{
    const char *argv[] = {key_of(run, sale->sale_id), filling->run_id, text_of(run, sale->epoch), text_of(run, filling->orders),
                          json_object_to_json_string_ext(orders, JSON_C_TO_STRING_PLAIN)};
    redisReply *reply;
    if (!all_there(argv, 5))
        return SOUK_TOO_LARGE;
    enum souk_err err = run_script(run, GATE_FILL, 5, argv, &reply);
    if (err != SOUK_OK || reply->type != REDIS_REPLY_INTEGER)
        return err != SOUK_OK ? err : SOUK_UNAVAILABLE;
    if (reply->integer == 1)
        return SOUK_OK;
    filling->sale_id = 0; /* lost: another epoch */
    return SOUK_UNAVAILABLE;
}

/* The next page. One that failed may have been filled in, and comes again. */
static enum souk_err fill_page(struct job_run *run, const struct flash_sale *sale, struct filling *filling)
{
    const struct param params[] = {param_int(sale->sale_id), param_int(filling->after), param_int(PAGE)};
    json_object *body;
    enum souk_err err = job_call(run, filling->shard, "flash_live", params, 3, &body);
    json_object *orders = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    const size_t n = orders ? json_object_array_length(orders) : 0;
    if (n > 0)
        err = fill_in(run, sale, filling, orders);
    if (err != SOUK_OK)
        return err;
    for (size_t i = 0; i < n; i++)
        filling->units += json_member_number(json_object_array_get_idx(orders, i), "qty");
    filling->orders += (int64_t)n;
    filling->after = json_member_number(body, "next");
    filling->shard += filling->after == 0;
    filling->at_us = clock_us();
    return SOUK_OK;
}

/* Until when pages of one sale may be read in this run. */
static int64_t share_until_us(const struct job_run *run)
{
    const int64_t share_us = clock_us() + SHARE_US, spare_us = run->deadline_us - SPARE_US;
    return share_us < spare_us ? share_us : spare_us;
}

/* As many pages as this run has time for, each in memory of its own. *all: there are no more. */
static enum souk_err fill(struct job_run *run, const struct flash_sale *sale, struct filling *filling, bool *all)
{
    const int shards_n = store_shards_n(run->context->store);
    const int64_t until_us = share_until_us(run);
    struct job_run page = *run;
    page.arena = arena_new(PAGE_BYTES);
    if (page.arena == NULL)
        return SOUK_INTERNAL;
    /* a database that was put back gives an epoch a second time */
    enum souk_err err = filling->orders == 0 ? clear(&page, sale) : SOUK_OK;
    while (err == SOUK_OK && filling->shard < shards_n && clock_us() < until_us && !atomic_load(run->stopping)) {
        err = fill_page(&page, sale, filling);
        arena_reset(page.arena);
    }
    arena_free(page.arena);
    *all = err == SOUK_OK && filling->shard == shards_n;
    if (err == SOUK_OK && !*all)
        run->pause_ms = PAUSE_MS;
    return err;
}

static enum souk_err publish(struct job_run *run, const struct flash_sale *sale, struct filling *filling, bool *open)
{
    const int64_t most = json_member_number(sale->item, "admit_per_s");
    const char *argv[] = {
        key_of(run, sale->sale_id), filling->run_id, text_of(run, sale->epoch), text_of(run, filling->orders),
        "sku", text_of(run, sale->sku_id),
        "units", text_of(run, sale->allotted - filling->units),
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
    filling->sale_id = 0; /* whatever comes of it: once open, its hashes say more than what was read */
    enum souk_err err = run_script(run, GATE_PUBLISH, sizeof argv / sizeof argv[0], argv, &reply);
    if (err != SOUK_OK)
        return err;
    *open = reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
    if (*open)
        log_info("flash sale %" PRId64 ": the gate is open in epoch %" PRId64 ", %" PRId64 " of %" PRId64 " units left",
                 sale->sale_id, sale->epoch, sale->allotted - filling->units, sale->allotted);
    return SOUK_OK;
}

enum souk_err flash_gate_build(struct job_run *run, struct flash_sale *sale, bool *open)
{
    struct filling *filling = &fillings[place_of(sale)];
    enum souk_err err = SOUK_OK;
    bool all = false;
    *open = false;
    if (!is_filling(filling, sale))
        err = begin_filling(run, sale, filling);
    if (err == SOUK_OK && is_filling(filling, sale))
        err = fill(run, sale, filling, &all);
    return err == SOUK_OK && all ? publish(run, sale, filling, open) : err;
}

/* Units that came back. */

static enum souk_err tell_returns(struct job_run *run, const struct flash_sale *sale, json_object *ids)
{
    const size_t n = ids ? json_object_array_length(ids) : 0;
    for (size_t i = 0; i < n; i += RETURNS_MAX) {
        const char *argv[2 + RETURNS_MAX] = {key_of(run, sale->sale_id), text_of(run, sale->epoch)};
        size_t argc = 2;
        for (size_t k = i; k < n && k < i + RETURNS_MAX; k++)
            argv[argc++] = json_object_get_string(json_object_array_get_idx(ids, k));
        redisReply *reply;
        if (!all_there(argv, argc))
            return SOUK_TOO_LARGE;
        enum souk_err err = run_script(run, GATE_RETURN, argc, argv, &reply);
        if (err != SOUK_OK)
            return err;
    }
    return SOUK_OK;
}

/* Up to where a shard's orders that ended were told. */
struct look {
    int64_t at_us;              /* when the last look began that came to its end; 0: none did */
    int64_t began_us;           /* the look under way */
    int64_t ended_ms, order_id; /* the last order that it has told; 0: none yet */
};

/* One thread looks. */
static struct looks {
    int64_t sale_id, at_us;
    struct look shards[CONFIG_SHARDS_MAX];
} looks[LOOKS_N];

/* The sale's own; it takes the oldest when it has none. */
static struct looks *looks_of(const struct flash_sale *sale)
{
    struct looks *found = &looks[0];
    for (size_t i = 1; i < LOOKS_N && found->sale_id != sale->sale_id; i++)
        if (looks[i].sale_id == sale->sale_id || looks[i].at_us < found->at_us)
            found = &looks[i];
    if (found->sale_id != sale->sale_id)
        *found = (struct looks){.sale_id = sale->sale_id};
    found->at_us = clock_us();
    return found;
}

static enum souk_err return_page(struct job_run *run, const struct flash_sale *sale, int shard, struct look *look)
{
    const int64_t since_s = RETURN_S + (look->began_us - look->at_us) / 1000000;
    const struct param params[] = {param_int(sale->sale_id),
                                   param_int(look->at_us != 0 && since_s < RETURN_S_MAX ? since_s : RETURN_S_MAX),
                                   param_int(look->ended_ms), param_int(look->order_id), param_int(PAGE)};
    json_object *body;
    enum souk_err err = job_call(run, shard, "flash_returned", params, sizeof params / sizeof params[0], &body);
    if (err == SOUK_OK)
        err = tell_returns(run, sale, json_member_array(body, "items"));
    if (err != SOUK_OK)
        return err;
    look->ended_ms = json_member_number(body, "ended_ms");
    look->order_id = json_member_number(body, "order_id");
    if (look->order_id == 0)
        *look = (struct look){.at_us = look->began_us};
    return SOUK_OK;
}

/* At least one page, each in memory of its own; the next run goes on behind what was told. */
static enum souk_err return_pages(struct job_run *page, const struct flash_sale *sale, int shard, struct look *look, int64_t until_us)
{
    enum souk_err err;
    if (look->order_id == 0)
        look->began_us = clock_us();
    do {
        err = return_page(page, sale, shard, look);
        arena_reset(page->arena);
    } while (err == SOUK_OK && look->order_id != 0 && clock_us() < until_us && !atomic_load(page->stopping));
    return err;
}

enum souk_err flash_gate_return(struct job_run *run, const struct flash_sale *sale)
{
    const int64_t until_us = share_until_us(run);
    struct looks *all = looks_of(sale);
    struct job_run page = *run;
    page.arena = arena_new(PAGE_BYTES);
    if (page.arena == NULL)
        return SOUK_INTERNAL;
    enum souk_err first = SOUK_OK;
    for (int shard = 0; shard < store_shards_n(run->context->store); shard++) {
        enum souk_err err = return_pages(&page, sale, shard, &all->shards[shard], until_us);
        if (err == SOUK_OK && all->shards[shard].order_id != 0)
            run->pause_ms = PAUSE_MS;
        first = first == SOUK_OK ? err : first;
    }
    arena_free(page.arena);
    return first;
}

/* The sale is over before its gate was full. Its epoch is another one by now. */
static enum souk_err stop_filling(struct job_run *run, const struct flash_sale *sale)
{
    struct filling *filling = &fillings[place_of(sale)];
    struct flash_sale filled = *sale;
    if (filling->sale_id != sale->sale_id)
        return SOUK_OK;
    filled.epoch = filling->epoch;
    enum souk_err err = clear(run, &filled);
    if (err == SOUK_OK)
        filling->sale_id = 0;
    return err;
}

enum souk_err flash_gate_remove(struct job_run *run, const struct flash_sale *sale)
{
    const char *gate = key_of(run, sale->sale_id), *epoch_of[] = {"HGET", gate, "epoch"};
    redisReply *reply;
    if (!gate)
        return SOUK_TOO_LARGE;
    enum souk_err err = stop_filling(run, sale);
    if (err == SOUK_OK)
        err = redis_command(run->context->redis, run->arena, 3, epoch_of, NULL, &reply);
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
