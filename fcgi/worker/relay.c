/* Publishes the outbox: what stands there new goes to the Redis stream souk:events:<schema>, and only then is marked.
 *
 * Killed in between, it publishes again: at least once. That Redis still has what it was given is known by an epoch: its
 * run_id and a key that the relay left beside the stream, asked for behind every batch on the same connection. Another
 * run_id or no such key means that the stream was lost; nothing is marked then, and all that is not done becomes new.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "observe/log.h"
#include "worker/consumers.h"

/* While many events come, they are taken in larger batches: each batch is two calls and a commit of its own. */
enum {
    EVERY_MS = 40,
    IDLE_MS = 160,
    CROWD_MS = 160,
    CROWD_BYTES = 8192,
    AGAIN_BATCH = 5000,
    WAITING_BYTES = 191,
    EPOCH_BYTES = 128,
    MARK_BYTES = 16
};

/* What is asked behind the events of a batch, on the same connection; the last two only where there are events. */
enum { ASK_MARK, ASK_SERVER, ASK_LENGTH, ASK_MEMORY, ASK_N };

static const struct consumer *const consumers[] = {
#define X(name) &consumer_##name,
    CONSUMERS(X)
#undef X
};

enum { CONSUMERS_N = sizeof consumers / sizeof consumers[0] };

/* One pass: a batch on its way. */
struct pass {
    struct job_run *run;
    const char *stream, *epoch_key;
    json_object *items;
    size_t n, bytes;         /* rows of the outbox, and their payloads */
    size_t lines_n;
    bool more;               /* there is more to publish than this batch holds */
    const char *known;       /* the epoch in the database, NULL: none yet */
    bool wanted[CONSUMERS_N];
    const char **waiting;    /* for each item, consumers by comma */
    struct redis_line *lines;
    redisReply **replies;    /* n of XADD, then those to ASK_… */
    char epoch[EPOCH_BYTES]; /* what is there now */
};

const char *event_stream(struct job_run *run)
{
    const struct config *config = run->context->config;
    const struct config_db *db = run->shard == DB_GLOBAL ? &config->global : &config->shards[run->shard];
    return arena_printf(run->arena, "souk:events:%s", db->schema);
}

static bool falls_under(const char *name, const char *prefix)
{
    const size_t len = strlen(prefix);
    return strncmp(name, prefix, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

static bool takes(const struct consumer *consumer, const char *topic, const char *type)
{
    for (const char *const *prefix = consumer->topics; *prefix; prefix++)
        if (falls_under(topic, *prefix) || (type && falls_under(type, *prefix)))
            return true;
    return false;
}

static enum souk_err take(struct pass *pass)
{
    const struct param params[] = {param_int(EVENT_BATCH)};
    json_object *body, *more;
    enum souk_err err = job_call(pass->run, pass->run->shard, "outbox_take", params, 1, &body);
    if (err != SOUK_OK)
        return err;
    pass->known = json_member_text(body, "epoch");
    pass->more = json_object_object_get_ex(body, "more", &more) && json_object_get_boolean(more);
    pass->items = json_member_array(body, "items");
    pass->n = pass->items ? json_object_array_length(pass->items) : 0;
    return SOUK_OK;
}

/* A consumer that cannot be asked whether it wants events gets them. */
static void ask_wanted(struct pass *pass)
{
    for (size_t i = 0; i < CONSUMERS_N; i++) {
        pass->wanted[i] = true;
        if (consumers[i]->wanted && consumers[i]->wanted(pass->run, &pass->wanted[i]) != SOUK_OK)
            pass->wanted[i] = true;
    }
}

/* The "type" of a payload, of the first of a list; borrowed from the arena. NULL: it has none. In nearly all it stands in front. */
static const char *type_of(struct pass *pass, const char *payload)
{
    static const char front[] = "{\"type\": \"", list_front[] = "\"payload\": ";
    const char *first = payload[0] == '[' ? strstr(payload, list_front) : NULL;
    if (first)
        payload = first + sizeof list_front - 1;
    if (strncmp(payload, front, sizeof front - 1) == 0) {
        const char *type = payload + sizeof front - 1;
        const size_t len = strcspn(type, "\"\\");
        if (type[len] == '"')
            return arena_copy(pass->run->arena, type, len);
    }
    json_object *body = arena_own(pass->run->arena, json_tokener_parse(payload), json_release);
    return json_object_is_type(body, json_type_object) ? json_member_text(body, "type") : NULL;
}

static const char *waiting_for(struct pass *pass, const char *topic, const char *type)
{
    char names[WAITING_BYTES] = "";
    size_t len = 0;
    for (size_t i = 0; i < CONSUMERS_N; i++) {
        if (!pass->wanted[i] || !takes(consumers[i], topic, type))
            continue;
        int added = snprintf(names + len, sizeof names - len, "%s%s", len ? "," : "", consumers[i]->name);
        len += (size_t)added;
        if (len >= sizeof names)
            abort(); /* more consumers than outbox.waiting_for holds: a mistake of ours */
    }
    return arena_copy(pass->run->arena, names, len);
}

static bool add_line(struct pass *pass, size_t at, int argc, const char **argv)
{
    const char **own = arena_alloc(pass->run->arena, (size_t)argc * sizeof *own);
    if (own == NULL)
        return false;
    memcpy(own, argv, (size_t)argc * sizeof *own);
    pass->lines[at] = (struct redis_line){argc, own, NULL};
    return true;
}

static bool add_event(struct pass *pass, size_t i, const char *max)
{
    json_object *item = json_object_array_get_idx(pass->items, i);
    const char *topic = json_member_text(item, "topic"), *payload = json_member_text(item, "payload");
    pass->waiting[i] = waiting_for(pass, topic, type_of(pass, payload));
    pass->bytes += strlen(payload);
    const char *argv[] = {"XADD", pass->stream, "MAXLEN", "~", max, "*",
                          "id", json_member_text(item, "id"), "topic", topic,
                          "aggregate", json_member_text(item, "aggregate"), "at", json_member_text(item, "at"),
                          "payload", payload, "for", pass->waiting[i]};
    return pass->waiting[i] && add_line(pass, i, sizeof argv / sizeof argv[0], argv);
}

static enum souk_err prepare(struct pass *pass)
{
    struct arena *arena = pass->run->arena;
    const char *max = arena_printf(arena, "%d", EVENT_STREAM_MAX);
    pass->waiting = arena_alloc(arena, (pass->n + 1) * sizeof *pass->waiting);
    pass->lines = arena_alloc(arena, (pass->n + ASK_N) * sizeof *pass->lines);
    pass->replies = arena_alloc(arena, (pass->n + ASK_N) * sizeof(redisReply *));
    bool good = max && pass->waiting && pass->lines && pass->replies;
    pass->lines_n = pass->n + (pass->n > 0 ? ASK_N : ASK_LENGTH);
    for (size_t i = 0; good && i < pass->n; i++)
        good = add_event(pass, i, max);
    good = good && add_line(pass, pass->n + ASK_MARK, 2, (const char *[]){"GET", pass->epoch_key}) &&
           add_line(pass, pass->n + ASK_SERVER, 2, (const char *[]){"INFO", "server"}) &&
           add_line(pass, pass->n + ASK_LENGTH, 2, (const char *[]){"XLEN", pass->stream}) &&
           add_line(pass, pass->n + ASK_MEMORY, 5, (const char *[]){"MEMORY", "USAGE", pass->stream, "SAMPLES", "0"});
    return good ? SOUK_OK : SOUK_TOO_LARGE;
}

/* The run_id in an INFO reply, NULL when there is none. */
static const char *run_id_of(struct arena *arena, const redisReply *info)
{
    static const char name[] = "run_id:";
    const char *at = info->type == REDIS_REPLY_STRING ? strstr(info->str, name) : NULL;
    return at ? arena_copy(arena, at + sizeof name - 1, strcspn(at + sizeof name - 1, "\r\n")) : NULL;
}

/* Leaves a key of its own beside the stream, unless one is there; what is there goes to *mark. */
static enum souk_err leave_mark(struct pass *pass, const char **mark)
{
    uint8_t random[MARK_BYTES];
    char text[2 * MARK_BYTES + 1];
    struct job_run *run = pass->run;
    redisReply *reply;
    randombytes_buf(random, sizeof random);
    text_hex(random, sizeof random, text);
    const char *set[] = {"SET", pass->epoch_key, text, "NX"}, *get[] = {"GET", pass->epoch_key};
    enum souk_err err = redis_command(run->context->redis, run->arena, 4, set, NULL, &reply);
    if (err == SOUK_OK)
        err = redis_command(run->context->redis, run->arena, 2, get, NULL, &reply);
    if (err == SOUK_OK && reply->type != REDIS_REPLY_STRING)
        err = SOUK_UNAVAILABLE;
    if (err == SOUK_OK)
        *mark = reply->str;
    return err;
}

/* Makes everything new that is published and not done, then remembers the stream that is there now. */
static enum souk_err begin_anew(struct pass *pass)
{
    const struct param params[] = {param_text(pass->epoch), param_int(AGAIN_BATCH)};
    int64_t again = 0;
    bool same = false;
    while (!same && !atomic_load(pass->run->stopping)) {
        json_object *body, *flag = NULL;
        enum souk_err err = job_call(pass->run, pass->run->shard, "outbox_again", params, 2, &body);
        if (err != SOUK_OK)
            return err;
        again += json_member_number(body, "again");
        same = json_object_object_get_ex(body, "same", &flag) && json_object_get_boolean(flag);
    }
    log_info("relay on database %d: the stream is a new one; %lld events are published again", pass->run->shard,
             (long long)again);
    return SOUK_OK;
}

/* Shortens a stream that takes more than EVENT_STREAM_BYTES to what fits by the mean of its entries. */
static enum souk_err trim(struct pass *pass)
{
    const redisReply *length = pass->replies[pass->n + ASK_LENGTH], *memory = pass->replies[pass->n + ASK_MEMORY];
    if (length->type != REDIS_REPLY_INTEGER || memory->type != REDIS_REPLY_INTEGER || memory->integer <= EVENT_STREAM_BYTES)
        return SOUK_OK;
    redisReply *reply;
    const double fits = (double)length->integer * EVENT_STREAM_BYTES / (double)memory->integer;
    const char *max = arena_printf(pass->run->arena, "%lld", (long long)fits);
    const char *argv[] = {"XTRIM", pass->stream, "MAXLEN", "~", max};
    return max ? redis_command(pass->run->context->redis, pass->run->arena, 5, argv, NULL, &reply) : SOUK_TOO_LARGE;
}

/* Sends the batch. *sound: it stands in the stream that is known, and may be marked. */
static enum souk_err publish(struct pass *pass, bool *sound)
{
    struct job_run *run = pass->run;
    *sound = false;
    enum souk_err err = redis_pipeline(run->context->redis, run->arena, pass->lines, pass->lines_n, pass->replies);
    if (err != SOUK_OK)
        return err;
    for (size_t i = 0; i < pass->n; i++) {
        if (pass->replies[i]->type == REDIS_REPLY_ERROR) {
            log_error("relay on database %d: %s", run->shard, pass->replies[i]->str);
            return SOUK_UNAVAILABLE;
        }
    }
    const redisReply *mark = pass->replies[pass->n + ASK_MARK];
    const char *run_id = run_id_of(run->arena, pass->replies[pass->n + ASK_SERVER]);
    const char *text = mark->type == REDIS_REPLY_STRING ? mark->str : NULL;
    if (run_id == NULL)
        return SOUK_UNAVAILABLE;
    if (text == NULL)
        err = leave_mark(pass, &text);
    if (err != SOUK_OK)
        return err;
    snprintf(pass->epoch, sizeof pass->epoch, "%.64s.%.62s", run_id, text);
    *sound = pass->known && strcmp(pass->known, pass->epoch) == 0;
    return *sound ? SOUK_OK : begin_anew(pass);
}

static enum souk_err mark(struct pass *pass)
{
    struct buffer events = buffer_in(pass->run->arena, 64 + pass->n * 128);
    json_object *body;
    buffer_puts(&events, "[");
    for (size_t i = 0; i < pass->n; i++) {
        buffer_puts(&events, i ? ",{\"id\":" : "{\"id\":");
        buffer_json_string(&events, json_member_text(json_object_array_get_idx(pass->items, i), "id"));
        buffer_puts(&events, ",\"for\":");
        buffer_json_string(&events, pass->waiting[i]);
        buffer_puts(&events, "}");
    }
    buffer_puts(&events, "]");
    if (events.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(events.data)};
    return job_call(pass->run, pass->run->shard, "outbox_mark", params, 1, &body);
}

/* Tells the processes that keep answers: all that was committed until `since_ms` stands in the stream. */
static enum souk_err say_fresh(struct job_run *run, const char *stream, int64_t since_ms)
{
    redisReply *reply;
    const char *key = arena_printf(run->arena, "%s:fresh", stream);
    const char *time = arena_printf(run->arena, "%lld", (long long)since_ms);
    const char *argv[] = {"SET", key, time};
    return key && time ? redis_command(run->context->redis, run->arena, 3, argv, NULL, &reply) : SOUK_TOO_LARGE;
}

static enum souk_err run_relay(struct job_run *run, bool *found)
{
    int64_t since_ms = clock_unix_ms();
    struct pass pass = {.run = run, .stream = event_stream(run)};
    pass.epoch_key = pass.stream ? arena_printf(run->arena, "%s:epoch", pass.stream) : NULL;
    if (pass.epoch_key == NULL)
        return SOUK_TOO_LARGE;
    bool sound;
    enum souk_err err = take(&pass);
    if (err == SOUK_OK && pass.n > 0)
        ask_wanted(&pass);
    if (err == SOUK_OK)
        err = prepare(&pass);
    if (err == SOUK_OK)
        err = publish(&pass, &sound);
    if (err == SOUK_OK && sound && pass.n > 0)
        err = mark(&pass);
    if (err == SOUK_OK && sound && pass.n > 0)
        err = trim(&pass);
    if (err == SOUK_OK && sound && !pass.more)
        err = say_fresh(run, pass.stream, since_ms);
    *found = err == SOUK_OK && (!sound || pass.more);
    run->worked = pass.n > 0;
    run->pause_ms = pass.bytes >= CROWD_BYTES ? CROWD_MS : 0;
    return err;
}

const struct job job_relay = {
    .name = "relay", .per_shard = true, .also_global = true, .every_ms = EVERY_MS, .idle_ms = IDLE_MS,
    .run = run_relay};
