#include "domain/reconcile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"

enum { LINES_BATCH = 500, PAGE_BYTES = 8 << 20, BATCH_BYTES = 16 << 20, CALL_US = 20000000, MISSING_MAX = 1000 };

/* A line, kept until its batch is compared. */
struct kept {
    struct channel_line line;
    char provider_ref[65], currency[4];
};

struct shard_lines {
    struct kept lines[LINES_BATCH];
    size_t n;
};

struct reconciling {
    const struct context *context;
    const struct channel *channel;
    const char *day;
    int64_t deadline_us, run;
    const atomic_bool *stopping; /* NULL: nobody ends it */
    struct arena *arena; /* of one batch */
    struct shard_lines *shards[CONFIG_SHARDS_MAX];
    int64_t lines_n, matched_n;
};

/* Asked before whatever takes time: a run that is not finished is begun again. */
static enum souk_err go_on(const struct reconciling *work)
{
    if (work->stopping && atomic_load(work->stopping))
        return SOUK_UNAVAILABLE;
    return clock_us() < work->deadline_us ? SOUK_OK : SOUK_TIMEOUT;
}

static enum souk_err call(struct reconciling *work, int db, const char *routine, const struct param *params,
                          size_t params_n, json_object **body)
{
    const int64_t soon_us = clock_us() + CALL_US;
    const struct call call = {routine, params, params_n, soon_us < work->deadline_us ? soon_us : work->deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = go_on(work);
    if (err == SOUK_OK)
        err = store_call(work->context->store, db, &call, work->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    *body = arena_own(work->arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

static const char *kind_of(const struct kept *kept)
{
    return kept->line.kind == CHANNEL_LINE_REFUND ? "refund" : kept->line.kind == CHANNEL_LINE_FEE ? "fee" : "capture";
}

static void put_line(struct buffer *out, const struct kept *kept, size_t i)
{
    char at[CLOCK_TEXT_BYTES];
    clock_text(kept->line.at_ms, at);
    buffer_printf(out, "%s{\"i\":%zu,\"kind\":\"%s\",\"payment_id\":\"%" PRId64 "\",\"refund_id\":\"%" PRId64 "\",\"ref\":",
                  out->len > 1 ? "," : "", i, kind_of(kept), kept->line.payment_id, kept->line.refund_id);
    buffer_json_string(out, kept->provider_ref);
    buffer_printf(out, ",\"amount\":%" PRId64 ",\"fee\":%" PRId64 ",\"currency\":", kept->line.amount, kept->line.fee);
    buffer_json_string(out, kept->currency);
    buffer_printf(out, ",\"at\":\"%s\"}", at);
}

/* Compares lines on their shard; *items: those that differ. */
static enum souk_err compare(struct reconciling *work, int shard, const struct kept *lines, size_t n, json_object **items,
                             int64_t *matched)
{
    struct buffer text = buffer_in(work->arena, 64 + n * 256);
    json_object *body;
    buffer_puts(&text, "[");
    for (size_t i = 0; i < n; i++)
        put_line(&text, &lines[i], i);
    buffer_puts(&text, "]");
    if (text.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(work->channel->name), param_text(work->day), param_text(text.data)};
    enum souk_err err = call(work, shard, "reconcile_lines", params, 3, &body);
    if (err != SOUK_OK)
        return err;
    *items = json_member_array(body, "items");
    *matched = json_member_number(body, "matched");
    return *items ? SOUK_OK : SOUK_INTERNAL;
}

/* Adds a difference to what is to be written down. */
static void put_difference(json_object *out, const struct kept *kept, const char *class, json_object *found, bool closed)
{
    json_object *item = json_object_new_object(), *data = json_object_new_object(), *statement = json_object_new_object();
    char reference[80], at[CLOCK_TEXT_BYTES];
    snprintf(reference, sizeof reference, "%s %s", kind_of(kept), kept->provider_ref);
    clock_text(kept->line.at_ms, at);
    json_object_object_add(statement, "amount", json_object_new_int64(kept->line.amount));
    json_object_object_add(statement, "fee", json_object_new_int64(kept->line.fee));
    json_object_object_add(statement, "currency", json_object_new_string(kept->currency));
    json_object_object_add(statement, "provider_ref", json_object_new_string(kept->provider_ref));
    json_object_object_add(statement, "at", json_object_new_string(at));
    json_object_object_add(data, "statement", statement);
    json_object_object_add(data, "books", json_object_get(json_object_object_get(found, "books")));
    json_object_object_add(data, "order_state", json_object_get(json_object_object_get(found, "order_state")));
    json_object_object_add(item, "class", json_object_new_string(class));
    json_object_object_add(item, "reference", json_object_new_string(reference));
    if (kept->line.payment_id)
        json_object_object_add(item, "payment_id", json_object_new_int64(kept->line.payment_id));
    if (kept->line.refund_id)
        json_object_object_add(item, "refund_id", json_object_new_int64(kept->line.refund_id));
    json_object_object_add(item, "order_id", json_object_get(json_object_object_get(found, "order_id")));
    json_object_object_add(item, "state", json_object_new_string(closed ? "closed" : "open"));
    json_object_object_add(item, "data", data);
    json_object_array_add(out, item);
}

static enum souk_err write_differences(struct reconciling *work, json_object *differences)
{
    json_object *body;
    if (json_object_array_length(differences) == 0)
        return SOUK_OK;
    const struct param params[] = {param_text(work->channel->name), param_text(work->day), param_int(work->run),
                                   param_text(json_object_to_json_string_ext(differences, JSON_C_TO_STRING_PLAIN))};
    return call(work, DB_GLOBAL, "reconciliation_put", params, 4, &body);
}

static bool is_one_of(const char *class, const char *const *classes)
{
    for (; *classes; classes++)
        if (strcmp(class, *classes) == 0)
            return true;
    return false;
}

/* Whether a line is a capture that the books do not have: of another amount, it is for a person, as its callback would be. */
static bool is_unbooked(const struct kept *kept, json_object *item)
{
    json_object *books = json_object_object_get(item, "books");
    const char *state = json_member_text(books, "state");
    return kept->line.kind == CHANNEL_LINE_CAPTURE && state != NULL && strcmp(state, "CAPTURED") != 0;
}

/* Writes what a callback that never came would have said. */
static enum souk_err settle_line(struct reconciling *work, const struct kept *kept)
{
    const bool refund = kept->line.kind == CHANNEL_LINE_REFUND;
    const struct channel_event event = {.state = refund ? CHANNEL_REFUNDED : CHANNEL_CAPTURED,
                                        .payment_id = kept->line.payment_id,
                                        .refund_id = kept->line.refund_id,
                                        .amount = kept->line.amount,
                                        .currency = kept->currency,
                                        .event_id = arena_printf(work->arena, "st-%.60s", kept->provider_ref),
                                        .provider_ref = kept->provider_ref};
    struct answer answer;
    return event.event_id == NULL ? SOUK_TOO_LARGE
                                  : channel_settle(work->context, work->arena, work->channel, &event, clock_us() + CALL_US,
                                                   &answer, NULL);
}

/* Settles what can be settled of the differing lines; `again` gets those, to be compared once more. */
static enum souk_err sort_out(struct reconciling *work, const struct kept *lines, json_object *items,
                              json_object *differences, struct kept *again, size_t *again_n)
{
    static const char *const settled[] = {"missing_callback", "late_capture", "missing_refund_callback", NULL};
    for (size_t i = 0; i < json_object_array_length(items); i++) {
        json_object *item = json_object_array_get_idx(items, i);
        const char *class = json_member_text(item, "class");
        const struct kept *kept = &lines[json_member_number(item, "i")];
        const bool settles = is_one_of(class, settled);
        const bool told = settles || (strcmp(class, "wrong_amount") == 0 && is_unbooked(kept, item));
        enum souk_err err = go_on(work);
        if (err != SOUK_OK)
            return err;
        err = told ? settle_line(work, kept) : SOUK_OK;
        if (err == SOUK_UNAVAILABLE || err == SOUK_TIMEOUT || err == SOUK_CONFLICT)
            return err;
        put_difference(differences, kept, class, item, settles && err == SOUK_OK);
        if (settles && err == SOUK_OK)
            again[(*again_n)++] = *kept;
    }
    return SOUK_OK;
}

static enum souk_err flush(struct reconciling *work, int shard)
{
    struct shard_lines *batch = work->shards[shard];
    json_object *items, *differences = arena_own(work->arena, json_object_new_array(), json_release);
    struct kept *again = arena_alloc(work->arena, LINES_BATCH * sizeof *again);
    size_t again_n = 0;
    int64_t matched = 0;
    enum souk_err err = SOUK_OK;
    if (batch == NULL || batch->n == 0)
        return SOUK_OK;
    if (again == NULL || differences == NULL)
        return SOUK_TOO_LARGE;
    err = compare(work, shard, batch->lines, batch->n, &items, &matched);
    work->matched_n += err == SOUK_OK ? matched : 0;
    if (err == SOUK_OK)
        err = sort_out(work, batch->lines, items, differences, again, &again_n);
    if (err == SOUK_OK && again_n > 0)
        err = compare(work, shard, again, again_n, &items, &matched);
    if (err == SOUK_OK)
        err = write_differences(work, differences);
    batch->n = 0;
    arena_reset(work->arena);
    return err;
}

/* A line that names nothing of ours. */
static enum souk_err put_stranger(struct reconciling *work, const struct kept *kept)
{
    json_object *differences = arena_own(work->arena, json_object_new_array(), json_release);
    put_difference(differences, kept, kept->line.kind == CHANNEL_LINE_FEE ? "fee" : "missing_order", NULL, false);
    enum souk_err err = write_differences(work, differences);
    arena_reset(work->arena);
    return err;
}

static enum souk_err take_line(void *to, const struct channel_line *line)
{
    struct reconciling *work = to;
    struct kept kept = {.line = *line};
    const int64_t id = line->payment_id ? line->payment_id : line->refund_id;
    const enum souk_err err = go_on(work);
    snprintf(kept.provider_ref, sizeof kept.provider_ref, "%s", line->provider_ref);
    snprintf(kept.currency, sizeof kept.currency, "%s", line->currency);
    if (err != SOUK_OK)
        return err;
    work->lines_n++;
    if (line->kind == CHANNEL_LINE_FEE || id == 0)
        return put_stranger(work, &kept);
    const int shard = store_shard_of(work->context->store, id);
    struct shard_lines **batch = &work->shards[shard];
    if (*batch == NULL && (*batch = calloc(1, sizeof **batch)) == NULL)
        return SOUK_TOO_LARGE;
    (*batch)->lines[(*batch)->n++] = kept;
    return (*batch)->n == LINES_BATCH ? flush(work, shard) : SOUK_OK;
}

/* What our books have and the statement has not. */
static enum souk_err find_missing(struct reconciling *work, int shard)
{
    const struct param params[] = {param_text(work->channel->name), param_text(work->day), param_int(MISSING_MAX)};
    json_object *body, *differences = arena_own(work->arena, json_object_new_array(), json_release);
    enum souk_err err = call(work, shard, "reconcile_missing", params, 3, &body);
    if (err != SOUK_OK)
        return err;
    json_object *items = json_member_array(body, "items");
    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        json_object *found = json_object_array_get_idx(items, i), *item = json_object_new_object();
        const char *kind = json_member_text(found, "kind");
        char reference[80];
        snprintf(reference, sizeof reference, "%s %s", kind,
                 json_member_text(found, strcmp(kind, "refund") == 0 ? "refund_id" : "payment_id"));
        json_object_object_add(item, "class", json_object_new_string("missing_at_provider"));
        json_object_object_add(item, "reference", json_object_new_string(reference));
        json_object_object_add(item, "payment_id", json_object_get(json_object_object_get(found, "payment_id")));
        json_object_object_add(item, "refund_id", json_object_get(json_object_object_get(found, "refund_id")));
        json_object_object_add(item, "order_id", json_object_get(json_object_object_get(found, "order_id")));
        json_object_object_add(item, "state", json_object_new_string("open"));
        json_object *data = json_object_new_object();
        json_object_object_add(data, "books", json_object_get(found));
        json_object_object_add(item, "data", data);
        json_object_array_add(differences, item);
    }
    err = write_differences(work, differences);
    arena_reset(work->arena);
    return err;
}

static enum souk_err begin(struct reconciling *work)
{
    const struct param params[] = {param_text(work->channel->name), param_text(work->day)};
    json_object *body;
    enum souk_err err = call(work, DB_GLOBAL, "reconciliation_begin", params, 2, &body);
    work->run = err == SOUK_OK ? json_member_number(body, "run") : 0;
    return err;
}

static enum souk_err finish(struct reconciling *work, struct arena *arena, const char **report)
{
    const struct param params[] = {param_text(work->channel->name), param_text(work->day), param_int(work->run),
                                   param_int(work->lines_n), param_int(work->matched_n)};
    const struct call call = {"reconciliation_finish", params, 5, clock_us() + CALL_US, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(work->context->store, DB_GLOBAL, &call, arena, &answer, NULL);
    *report = err == SOUK_OK ? answer.body : NULL;
    return err;
}

enum souk_err reconcile_day(const struct context *context, struct arena *arena, const struct channel *channel,
                            const char *day, int64_t deadline_us, const atomic_bool *stopping, const char **report)
{
    struct reconciling work = {
        .context = context, .channel = channel, .day = day, .deadline_us = deadline_us, .stopping = stopping};
    struct arena *page = arena_new(PAGE_BYTES);
    enum souk_err err = channel->statement == NULL ? SOUK_PAYMENT_CHANNEL : SOUK_OK;
    work.arena = arena_new(BATCH_BYTES);
    if (err == SOUK_OK && (page == NULL || work.arena == NULL))
        err = SOUK_TOO_LARGE;
    if (err == SOUK_OK)
        err = begin(&work);
    if (err == SOUK_OK)
        err = channel->statement(context->config, page, day, deadline_us, take_line, &work);
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(context->store); shard++)
        err = flush(&work, shard);
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(context->store); shard++)
        err = find_missing(&work, shard);
    if (err == SOUK_OK)
        err = finish(&work, arena, report);
    log_info("reconciliation of %s, %s: %" PRId64 " lines, %" PRId64 " matched%s%s", channel->name, day, work.lines_n,
             work.matched_n, err == SOUK_OK ? "" : ", not finished: ", err == SOUK_OK ? "" : error_row(err)->code);
    for (int shard = 0; shard < CONFIG_SHARDS_MAX; shard++)
        free(work.shards[shard]);
    arena_free(page);
    arena_free(work.arena);
    return err;
}
