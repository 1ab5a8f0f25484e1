/* What an entry of a stream is about: its topic and the ids that it names. */
#include "store/feed_event.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static const char *field_of(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        if (fields->element[i]->type == REDIS_REPLY_STRING && strcmp(fields->element[i]->str, name) == 0)
            return fields->element[i + 1]->str;
    }
    return NULL;
}

static void add_id(struct feed_event *event, int64_t id)
{
    if (id <= 0)
        return;
    if (event->ids_n == FEED_EVENT_IDS_MAX)
        event->all = true;
    else
        event->ids[event->ids_n++] = id;
}

static void add_json_id(struct feed_event *event, json_object *json)
{
    if (json_object_is_type(json, json_type_string))
        add_id(event, strtoll(json_object_get_string(json), NULL, 10));
    else if (json_object_is_type(json, json_type_int))
        add_id(event, json_object_get_int64(json));
}

static void add_member(struct feed_event *event, json_object *payload, const char *name)
{
    json_object *member;
    if (!json_object_object_get_ex(payload, name, &member))
        return;
    if (!json_object_is_type(member, json_type_array)) {
        add_json_id(event, member);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(member); i++)
        add_json_id(event, json_object_array_get_idx(member, i));
}

static void add_payload(struct feed_event *event, json_object *payload)
{
    static const char *const names[] = {"product_id", "sku_id", "category_id", "sku_ids", "product_ids"};
    json_object *all;
    if (!json_object_is_type(payload, json_type_object))
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add_member(event, payload, names[i]);
    if (json_object_object_get_ex(payload, "all", &all))
        event->all = event->all || json_object_get_boolean(all);
}

/* One payload, or a list of {"aggregate", "payload"}. */
static void add_payloads(struct feed_event *event, const char *text)
{
    json_object *json = json_tokener_parse(text), *payload;
    if (!json_object_is_type(json, json_type_array))
        add_payload(event, json);
    for (size_t i = 0; json_object_is_type(json, json_type_array) && i < json_object_array_length(json); i++) {
        json_object *member = json_object_array_get_idx(json, i);
        add_member(event, member, "aggregate");
        if (json_object_object_get_ex(member, "payload", &payload))
            add_payload(event, payload);
    }
    json_object_put(json);
}

const char *feed_event_topic(const redisReply *entry)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || entry->element[1]->type != REDIS_REPLY_ARRAY)
        return NULL;
    return field_of(entry->element[1], "topic");
}

bool feed_event_read(struct arena *arena, size_t n, const redisReply *entry, struct feed_event *event)
{
    const char *topic = feed_event_topic(entry);
    if (topic == NULL)
        return false;
    const redisReply *fields = entry->element[1];
    const char *aggregate = field_of(fields, "aggregate"), *payload = field_of(fields, "payload");
    *event = (struct feed_event){.shard = n > 0};
    event->topic = arena_copy(arena, topic, strlen(topic));
    event->stamp = arena_printf(arena, "%zu/%s", n, entry->element[0]->str);
    event->ids = arena_alloc(arena, FEED_EVENT_IDS_MAX * sizeof *event->ids);
    if (!event->topic || !event->stamp || !event->ids)
        return false;
    if (aggregate)
        add_id(event, strtoll(aggregate, NULL, 10));
    if (payload)
        add_payloads(event, payload);
    return true;
}
