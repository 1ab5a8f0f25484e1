/* Hands events to consumers. See consumers.h.
 *
 * How far a consumer has read a stream is a key beside it: lost with it, and never ahead of what is committed. Stream ids
 * are given by Redis in the order of appending, so "after the last" is safe here. What is read twice is deduped.
 */
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "observe/log.h"
#include "worker/consumers.h"

enum { EVERY_MS = 50, IDLE_MS = 200, ACK_TRIES = 5, ACK_PAUSE_NS = 20000000 };

/* Entries of the stream, of which those at `events` are for this consumer. */
struct batch {
    struct event events[EVENT_BATCH];
    size_t n;           /* for this consumer */
    size_t entries_n;   /* read */
    bool more;          /* there may be further entries */
    const char *last;   /* stream id of the last one read */
};

static const char *cursor_key(struct job_run *run, const char *stream)
{
    return arena_printf(run->arena, "%s:read:%s", stream, run->job->consumer->name);
}

static bool listed(const char *names, const char *name)
{
    const size_t len = strlen(name);
    for (const char *at = names; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, len) == 0 && (at[len] == '\0' || at[len] == ','))
            return true;
    return false;
}

/* What one entry [id, [name, value, …]] says, a list as one event; false when it is not for `consumer`. */
static bool read_entry(const redisReply *entry, const char *consumer, struct event *event)
{
    const redisReply *fields = entry->element[1];
    const char *waiting = "", *aggregate = "";
    *event = (struct event){0};
    for (size_t i = 0; fields->type == REDIS_REPLY_ARRAY && i + 1 < fields->elements; i += 2) {
        const char *name = fields->element[i]->str, *value = fields->element[i + 1]->str;
        if (strcmp(name, "id") == 0)
            event->id = value;
        else if (strcmp(name, "topic") == 0)
            event->topic = value;
        else if (strcmp(name, "at") == 0)
            event->at = value;
        else if (strcmp(name, "payload") == 0)
            event->payload = value;
        else if (strcmp(name, "aggregate") == 0)
            aggregate = value;
        else if (strcmp(name, "for") == 0)
            waiting = value;
    }
    event->row = event->id;
    return event->id && event->topic && event->at && event->payload && listed(waiting, consumer) &&
           text_int64(aggregate, strlen(aggregate), &event->aggregate_id);
}

/* One event of a list: what is not its own it has of the entry. */
static bool read_member(json_object *member, const struct event *entry, struct event *event)
{
    json_object *payload;
    *event = *entry;
    if (!json_object_is_type(member, json_type_object) || !json_object_object_get_ex(member, "payload", &payload))
        return false;
    event->id = json_member_text(member, "id");
    event->aggregate_id = json_member_number(member, "aggregate");
    event->payload = json_object_to_json_string_ext(payload, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    return event->id != NULL;
}

/* Adds the event, or those of a list (outbox_take); false: there is no room for all of them. */
static bool add_events(struct job_run *run, const struct event *entry, struct batch *batch)
{
    if (batch->n == EVENT_BATCH)
        return false;
    if (entry->payload[0] != '[') {
        batch->events[batch->n++] = *entry;
        return true;
    }
    json_object *list = arena_own(run->arena, json_tokener_parse(entry->payload), json_release);
    const size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0, before = batch->n;
    bool good = n > 0 && n <= EVENT_BATCH;
    if (good && n > EVENT_BATCH - batch->n)
        return false;
    for (size_t i = 0; good && i < n; i++)
        good = read_member(json_object_array_get_idx(list, i), entry, &batch->events[batch->n++]);
    if (!good) {
        log_error("%s: %s is no list of events and is passed over", run->job->consumer->name, entry->row);
        batch->n = before;
    }
    return true;
}

static void read_entries(struct job_run *run, const redisReply *reply, struct batch *batch)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1)
        return; /* nothing new */
    const redisReply *entries = reply->element[0]->element[1];
    batch->more = entries->elements >= EVENT_BATCH;
    for (size_t i = 0; i < entries->elements; i++) {
        const redisReply *entry = entries->element[i];
        struct event event;
        if (read_entry(entry, run->job->consumer->name, &event) && !add_events(run, &event, batch)) {
            batch->more = true;
            return;
        }
        batch->last = entry->element[0]->str;
        batch->entries_n++;
    }
}

static enum souk_err read_batch(struct job_run *run, const char *stream, const char *key, struct batch *batch)
{
    struct redis *redis = run->context->redis;
    const char *get[] = {"GET", key};
    redisReply *reply;
    enum souk_err err = redis_command(redis, run->arena, 2, get, NULL, &reply);
    if (err != SOUK_OK)
        return err;
    const char *after = reply->type == REDIS_REPLY_STRING ? reply->str : "0";
    const char *count = arena_printf(run->arena, "%d", EVENT_BATCH);
    const char *read[] = {"XREAD", "COUNT", count, "STREAMS", stream, after};
    if (count == NULL)
        return SOUK_TOO_LARGE;
    err = redis_command(redis, run->arena, sizeof read / sizeof read[0], read, NULL, &reply);
    if (err == SOUK_OK)
        read_entries(run, reply, batch);
    return err;
}

/* Says in the outbox that the events are done, the whole row of each. The relay may not have marked the youngest yet: a moment later it has, or
 * it was killed and publishes them again. *early: some are still not marked; they are to be read once more. */
static enum souk_err acknowledge(struct job_run *run, const struct event *events, size_t n, bool *early)
{
    struct buffer ids = buffer_in(run->arena, 64 + n * 64);
    buffer_puts(&ids, "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(events[i].row, events[i - 1].row) == 0)
            continue;
        buffer_puts(&ids, i ? "," : "");
        buffer_json_string(&ids, events[i].row);
    }
    buffer_puts(&ids, "]");
    if (ids.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(run->job->consumer->name), param_text(ids.data)};
    for (int i = 0; i < ACK_TRIES; i++) {
        json_object *body;
        enum souk_err err = job_call(run, run->shard, "outbox_ack", params, 2, &body);
        if (err != SOUK_OK || json_member_number(body, "early") == 0)
            return err;
        if (i == ACK_TRIES - 1)
            *early = true;
        nanosleep(&(struct timespec){.tv_nsec = ACK_PAUSE_NS}, NULL);
    }
    return SOUK_OK;
}

static bool is_passing(enum souk_err err)
{
    return err == SOUK_UNAVAILABLE || err == SOUK_TIMEOUT || err == SOUK_CONFLICT;
}

/* One by one, after the batch failed: an event that cannot be done does not keep the others. A list comes again as a whole. */
static enum souk_err handle_each(struct job_run *run, const struct batch *batch, bool *early)
{
    const struct consumer *consumer = run->job->consumer;
    bool done = true; /* all of this row so far */
    for (size_t i = 0; i < batch->n && !atomic_load(run->stopping); i++) {
        const struct event *event = &batch->events[i];
        enum souk_err err = consumer->handle(run, event, 1);
        if (is_passing(err))
            return err;
        if (err != SOUK_OK)
            log_error("%s: event %s could not be done and is passed over for now: %s", consumer->name, event->id,
                      error_row(err)->code);
        done = done && err == SOUK_OK;
        if (i + 1 < batch->n && strcmp(event->row, event[1].row) == 0)
            continue;
        err = done ? acknowledge(run, event, 1, early) : SOUK_OK;
        if (err != SOUK_OK)
            return err;
        done = true;
    }
    return atomic_load(run->stopping) ? SOUK_UNAVAILABLE : SOUK_OK;
}

static enum souk_err handle_batch(struct job_run *run, const struct batch *batch, bool *early)
{
    enum souk_err err = run->job->consumer->handle(run, batch->events, batch->n);
    if (err == SOUK_OK)
        return acknowledge(run, batch->events, batch->n, early);
    return is_passing(err) ? err : handle_each(run, batch, early);
}

static enum souk_err run_consume(struct job_run *run, bool *found)
{
    struct batch *batch = arena_alloc(run->arena, sizeof *batch);
    const char *stream = event_stream(run), *key = stream ? cursor_key(run, stream) : NULL;
    if (batch == NULL || key == NULL)
        return SOUK_TOO_LARGE;
    enum souk_err err = read_batch(run, stream, key, batch);
    bool early = false;
    run->worked = batch->n > 0;
    if (err == SOUK_OK && batch->n > 0)
        err = handle_batch(run, batch, &early);
    if (err != SOUK_OK || early || batch->entries_n == 0)
        return err;
    const char *set[] = {"SET", key, batch->last};
    redisReply *reply;
    *found = batch->more;
    return redis_command(run->context->redis, run->arena, 3, set, NULL, &reply);
}

#define X(name_) \
    const struct job job_consume_##name_ = {.name = "consume." #name_, \
                                            .per_shard = true, \
                                            .also_global = true, \
                                            .every_ms = EVERY_MS, \
                                            .idle_ms = IDLE_MS, \
                                            .run = run_consume, \
                                            .consumer = &consumer_##name_};
CONSUMERS(X)
#undef X
