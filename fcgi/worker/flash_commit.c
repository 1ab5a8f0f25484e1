/* Makes orders of what the gates of flash sales let through.
 *
 * An entry stands in the stream of its buyer's shard until it is settled: it is ordered under a key made of its order_id, so
 * that doing it again finds the order; then one script takes it out of the stream and writes down what came of it. Whoever leads
 * next begins at the front of the stream: what a worker that died had in hand is there. Two that work at once do no harm.
 *
 * What stands in a gate of another life of Redis is not ordered: it may be older than what its buyers were told since.
 *
 * What cannot be ordered gives its units and its account's allowance back, in the same script. What may go better later (a
 * shard that does not answer, units under way) stays where it is; when nothing of a batch can be settled, the next batch is what
 * stands behind it, until the end is reached and all is tried again: units that are away hold up only who waits for them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "observe/log.h"
#include "store/combine.h"
#include "store/escrow.h"
#include "store/soldout.h"
#include "worker/events.h"
#include "worker/jobs.h"

enum { BATCH = 64, EVERY_MS = 10, IDLE_MS = 80, CALL_US = 2000000, BORROW_US = 2000000, TROUBLE_MS = 200, PATIENCE_MS = 60000, ID_BYTES = 48 };

/* After which entry of a shard's stream the next batch begins: "(id"; empty: at the front. One thread for each shard. */
static char begins[CONFIG_SHARDS_MAX][ID_BYTES];

/* An entry as the gate wrote it; texts belong to the reply. */
struct entry {
    const char *id, *sale, *epoch, *sku, *account, *order, *qty, *key, *body, *at, *data;
    const char *why; /* it was refused; NULL: ordered */
    int64_t account_id;
    bool stale, settled, told;
    struct combine_request request;
    struct combine_outcome outcome;
};

static const char **place_of(struct entry *entry, const char *name)
{
    const struct {
        const char *name, **place;
    } places[] = {{"sale", &entry->sale},   {"epoch", &entry->epoch}, {"sku", &entry->sku}, {"account", &entry->account},
                  {"order", &entry->order}, {"qty", &entry->qty},     {"key", &entry->key}, {"body", &entry->body},
                  {"at", &entry->at},       {"data", &entry->data}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strcmp(name, places[i].name) == 0)
            return places[i].place;
    return NULL;
}

static bool read_entry(const redisReply *reply, struct entry *entry)
{
    const redisReply *fields = reply->elements == 2 ? reply->element[1] : NULL;
    *entry = (struct entry){.id = reply->elements == 2 ? reply->element[0]->str : NULL};
    for (size_t i = 0; fields && i + 1 < fields->elements; i += 2) {
        const char **place = place_of(entry, fields->element[i]->str);
        if (place)
            *place = fields->element[i + 1]->str;
    }
    return entry->sale && entry->epoch && entry->sku && entry->account && entry->order && entry->qty && entry->key &&
           entry->body && entry->at && entry->data && text_int64(entry->account, strlen(entry->account), &entry->account_id);
}

/* The members of its request for order_place: sale_id first, what is short before what is long. */
static bool compose(struct job_run *run, struct entry *entry)
{
    struct buffer out = buffer_in(run->arena, 1024);
    buffer_printf(&out,
                  "\"sale_id\":\"%s\",\"epoch\":%s,\"order_id\":\"%s\",\"account_id\":\"%s\",\"roles\":2,\"payment_window_s\":%" PRId64
                  ",\"key_hash\":\"%s\",\"idempotency_key\":\"flash:%s\",\"body_hash\":\"%s\",\"items\":[{\"sku_id\":\"%s\",\"qty\":%s}],",
                  entry->sale, entry->epoch, entry->order, entry->account, run->context->config->payment_window_s, entry->key,
                  entry->order, entry->body, entry->sku, entry->qty);
    buffer_puts(&out, entry->data);
    entry->request = (struct combine_request){.routine = "order_place", .fields = out.data, .fields_len = out.len,
                                              .deadline_us = clock_us() + CALL_US, .repeatable = true};
    return !out.failed;
}

/* Takes it out of the stream; one with a reason gives back what it held. */
static enum souk_err settle(struct job_run *run, const char *stream, struct entry *entry)
{
    const char *argv[] = {arena_printf(run->arena, "souk:flash:%s", entry->sale), stream, entry->epoch, entry->id, entry->order,
                          entry->why ? entry->why : ""};
    const struct gate_call call = {GATE_SETTLE, 2, 6, argv, clock_us() + CALL_US};
    redisReply *reply;
    if (argv[0] == NULL)
        return SOUK_TOO_LARGE;
    enum souk_err err = gate_run(run->context->gate, run->arena, &call, &reply);
    entry->settled = err == SOUK_OK;
    return err;
}

static bool same_outcome(const struct entry *a, const struct entry *b)
{
    return a->why && b->why ? strcmp(a->why, b->why) == 0 : a->why == b->why;
}

/* Tells those who listen for their tickets what became of them: all that ended alike at once. */
static void tell(struct job_run *run, struct entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buffer to = buffer_in(run->arena, 1024), data = buffer_in(run->arena, 128);
        if (!entries[i].settled || entries[i].told)
            continue;
        for (size_t k = i; k < n; k++) {
            if (!entries[k].settled || !same_outcome(&entries[i], &entries[k]))
                continue;
            buffer_printf(&to, "%s%s", k == i ? "" : ",", entries[k].order);
            entries[k].told = true;
        }
        if (entries[i].why)
            buffer_printf(&data, "{\"state\":\"refused\",\"reason\":\"%s\"}", entries[i].why);
        else
            buffer_puts(&data, "{\"state\":\"ordered\",\"reason\":null}");
        if (!to.failed && !data.failed)
            events_tell(run, to.data, "ticket", data.data);
    }
}

static bool is_old(const struct entry *entry)
{
    return clock_unix_ms() - strtoll(entry->at, NULL, 10) > PATIENCE_MS;
}

/* May it go better later? */
static bool is_passing(const struct entry *entry)
{
    switch (entry->outcome.err) {
    case SOUK_UNAVAILABLE:
    case SOUK_TIMEOUT:
    case SOUK_CONFLICT:
    case SOUK_SLOT_MOVED:
    case SOUK_IDEMPOTENCY_RUNNING:
    case SOUK_STOCK_SHORT:
        return true;
    case SOUK_INTERNAL:
        return !is_old(entry);
    default:
        return false;
    }
}

static const char *reason_of(enum souk_err err)
{
    switch (err) {
    case SOUK_FLASH_EPOCH:
        return "gate_restarted";
    case SOUK_FLASH_OVER:
        return "over";
    case SOUK_FLASH_LIMIT:
        return "limit";
    case SOUK_ORDER_OUT_OF_STOCK:
        return "sold_out";
    default:
        return error_row(err)->code;
    }
}

static enum souk_err conclude(struct job_run *run, const char *stream, struct entry *entry)
{
    const enum souk_err err = entry->outcome.err;
    if (err != SOUK_OK && is_passing(entry))
        return err;
    entry->why = err == SOUK_OK ? NULL : reason_of(err);
    return settle(run, stream, entry);
}

/* Brings units of its sale's pool to its shard, as many as it lacks, and tries once more: one of several that all lack some
 * must not fail because all of them together ask for more than are left. What was remembered of the pool is forgotten first:
 * the gate counts, and counts units that came back just now. */
static void borrow_and_order(struct job_run *run, struct entry *entry)
{
    struct store *store = run->context->store;
    const int shard = store_shard_of(store, entry->account_id);
    const int64_t until_us = clock_us() + BORROW_US;
    struct escrow_missing missing = {0};
    while (entry->outcome.err == SOUK_STOCK_SHORT && clock_us() < until_us && !atomic_load(run->stopping)) {
        if (!escrow_missing_read(entry->outcome.refusal.detail, &missing)) {
            entry->outcome.err = SOUK_INTERNAL;
            return;
        }
        soldout_clear(store_soldout(store), run->arena, missing.sku_id, missing.pool);
        enum souk_err err = escrow_borrow_missing(store, run->context->ids, shard, &missing, until_us, run->arena);
        if (err != SOUK_OK) {
            entry->outcome.err = err;
            return;
        }
        entry->request.deadline_us = clock_us() + CALL_US;
        combine_send(store, shard, &entry->request, 1, run->arena, &entry->outcome);
    }
}

/* Orders all of them, those of this shard in one call; others are here because their slot has moved. */
static void order(struct job_run *run, struct entry *entries, size_t n)
{
    struct store *store = run->context->store;
    struct combine_request requests[BATCH];
    struct combine_outcome outcomes[BATCH];
    struct entry *sent[BATCH];
    size_t sent_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (store_shard_of(store, entries[i].account_id) == run->shard) {
            requests[sent_n] = entries[i].request;
            sent[sent_n++] = &entries[i];
        } else {
            combine_send(store, store_shard_of(store, entries[i].account_id), &entries[i].request, 1, run->arena,
                         &entries[i].outcome);
        }
    }
    if (sent_n > 0)
        combine_send(store, run->shard, requests, sent_n, run->arena, outcomes);
    for (size_t i = 0; i < sent_n; i++)
        sent[i]->outcome = outcomes[i];
}

static enum souk_err read_stream(struct job_run *run, const char *stream, struct entry *entries, size_t *n)
{
    const char *argv[] = {"XRANGE", stream, begins[run->shard][0] ? begins[run->shard] : "-", "+", "COUNT", "64"};
    redisReply *reply;
    enum souk_err err = redis_command(run->context->redis, run->arena, 6, argv, NULL, &reply);
    *n = 0;
    for (size_t i = 0; err == SOUK_OK && reply->type == REDIS_REPLY_ARRAY && i < reply->elements && i < BATCH; i++) {
        if (read_entry(reply->element[i], &entries[*n]) && compose(run, &entries[*n])) {
            *n += 1;
            continue;
        }
        log_error("%s: an entry cannot be read and is dropped", stream);
        const char *drop[] = {"XDEL", stream, reply->element[i]->elements > 0 ? reply->element[i]->element[0]->str : "0"};
        redisReply *dropped;
        if (redis_command(run->context->redis, run->arena, 3, drop, NULL, &dropped) != SOUK_OK)
            break;
    }
    return err;
}

/* What the gates of their sales say: which entries are stale, for their gate was lost (Redis was put back to an older state); and
 * what each shard is given a second, for its databases' sake, by the sale of the first one that is not; 0: not known. */
static enum souk_err ask_gates(struct job_run *run, struct entry *entries, size_t n, int64_t *per_s)
{
    const char *argv[BATCH][4];
    struct redis_line lines[BATCH];
    redisReply *replies[BATCH];
    char run_id[GATE_RUN_BYTES];
    for (size_t i = 0; i < n; i++) {
        argv[i][0] = "HMGET";
        argv[i][1] = arena_printf(run->arena, "souk:flash:%s", entries[i].sale);
        argv[i][2] = "run";
        argv[i][3] = "orders";
        if (!argv[i][1])
            return SOUK_TOO_LARGE;
        lines[i] = (struct redis_line){4, argv[i], NULL};
    }
    enum souk_err err = gate_life(run->context->gate, run->arena, run->deadline_us, run_id);
    if (err == SOUK_OK)
        err = redis_pipeline(run->context->redis, run->arena, lines, n, replies);
    for (size_t i = 0; err == SOUK_OK && i < n; i++) {
        const redisReply *of = replies[i]->type == REDIS_REPLY_ARRAY && replies[i]->elements == 2 ? replies[i]->element[0] : NULL;
        entries[i].stale = of && of->type == REDIS_REPLY_STRING && strcmp(of->str, run_id) != 0;
        if (*per_s == 0 && of && !entries[i].stale && replies[i]->element[1]->type == REDIS_REPLY_STRING)
            *per_s = strtoll(replies[i]->element[1]->str, NULL, 10);
    }
    return err;
}

/* Takes stale entries out of the stream and the batch, and writes down nothing of them: they may have been ordered or refused since,
 * and their buyers been told. Their tickets are looked up on the shards once there is another epoch. */
static size_t drop_stale(struct job_run *run, const char *stream, struct entry *entries, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const char *drop[] = {"XDEL", stream, entries[i].id};
        redisReply *dropped;
        if (!entries[i].stale)
            entries[kept++] = entries[i];
        else if (redis_command(run->context->redis, run->arena, 3, drop, NULL, &dropped) != SOUK_OK)
            log_info("%s: an entry of a gate that was lost is dropped later", stream);
    }
    return kept;
}

/* A quarter of a second's worth in one batch. */
static size_t share_of(size_t n, int64_t per_s)
{
    const size_t most = per_s >= 4 ? (size_t)per_s / 4 : 1;
    return per_s > 0 && most < n ? most : n;
}

/* So long a batch takes at least. */
static void pace(size_t n, int64_t per_s, int64_t began_us)
{
    const int64_t left_us = per_s > 0 ? (int64_t)n * 1000000 / per_s - (clock_us() - began_us) : 0;
    if (left_us > 0)
        nanosleep(&(struct timespec){.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000}, NULL);
}

/* The next batch. *n 0: there is none, or nothing can be known of it now; it is looked for again soon, not ever later. */
static void take_batch(struct job_run *run, const char *stream, struct entry *entries, size_t *n, int64_t *per_s)
{
    if (read_stream(run, stream, entries, n) != SOUK_OK)
        *n = 0;
    run->worked = *n > 0 || begins[run->shard][0];
    if (*n == 0)
        begins[run->shard][0] = '\0';
    else if (ask_gates(run, entries, *n, per_s) != SOUK_OK)
        *n = 0;
    else
        *n = share_of(drop_stale(run, stream, entries, *n), *per_s);
}

/* How many were settled. */
static size_t conclude_all(struct job_run *run, const char *stream, struct entry *entries, size_t n)
{
    size_t done = 0;
    for (size_t i = 0; i < n && !atomic_load(run->stopping); i++) {
        if (entries[i].outcome.err == SOUK_STOCK_SHORT)
            borrow_and_order(run, &entries[i]);
        done += conclude(run, stream, &entries[i]) == SOUK_OK;
    }
    return done;
}

static enum souk_err run_commit(struct job_run *run, bool *found)
{
    struct entry *entries = arena_alloc(run->arena, BATCH * sizeof *entries);
    const char *stream = arena_printf(run->arena, "souk:flash:entries:%d", run->shard);
    const int64_t began_us = clock_us();
    int64_t per_s = 0;
    size_t n = 0;
    *found = false;
    if (!entries || !stream)
        return SOUK_TOO_LARGE;
    take_batch(run, stream, entries, &n, &per_s);
    if (n == 0)
        return SOUK_OK;
    order(run, entries, n);
    const size_t done = conclude_all(run, stream, entries, n);
    tell(run, entries, n);
    snprintf(begins[run->shard], ID_BYTES, "%s%s", done == 0 ? "(" : "", done == 0 ? entries[n - 1].id : "");
    if (done == 0)
        nanosleep(&(struct timespec){.tv_nsec = TROUBLE_MS * 1000000}, NULL);
    else
        pace(done, per_s, began_us);
    *found = done > 0;
    return SOUK_OK;
}

const struct job job_flash_commit = {
    .name = "flash_commit", .per_shard = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_commit};
