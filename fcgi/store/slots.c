/* The slot map as this process knows it. See slots.h. */
#include "store/slots.h"

#include <json-c/json.h>

#include "base/clock.h"
#include "observe/log.h"

enum { SLOTS_ARENA_BYTES = 65536 };

void slots_init(struct slots *slots, int shards_n)
{
    for (int slot = 0; slot < STORE_SLOTS; slot++)
        atomic_store(&slots->shard[slot], (unsigned char)(slot % shards_n));
    atomic_store(&slots->version, 0);
    atomic_store(&slots->asked_us, 0);
}

static bool take_over(struct slots *slots, struct json_object *map, int shards_n)
{
    struct json_object *shards = NULL;
    struct json_object *version = NULL;
    unsigned char found[STORE_SLOTS];
    if (!json_object_object_get_ex(map, "shards", &shards) || !json_object_object_get_ex(map, "version", &version) ||
        !json_object_is_type(shards, json_type_array) || json_object_array_length(shards) != STORE_SLOTS)
        return false;
    for (size_t slot = 0; slot < STORE_SLOTS; slot++) {
        int shard = json_object_get_int(json_object_array_get_idx(shards, slot));
        if (shard < 0 || shard >= shards_n)
            return false;
        found[slot] = (unsigned char)shard;
    }
    for (size_t slot = 0; slot < STORE_SLOTS; slot++)
        atomic_store(&slots->shard[slot], found[slot]);
    atomic_store(&slots->version, json_object_get_int64(version));
    return true;
}

bool slots_parse(struct slots *slots, const char *body, int shards_n)
{
    struct json_object *map = json_tokener_parse(body);
    bool taken = map != NULL && take_over(slots, map, shards_n);
    json_object_put(map);
    return taken;
}

static enum souk_err ask(struct slots *slots, struct store *store, struct arena *arena)
{
    struct call call = {.routine = "slot_map_read", .deadline_us = clock_us() + SLOTS_RELOAD_MAX_US, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(store, DB_GLOBAL, &call, arena, &answer, NULL);
    if (err)
        return SOUK_UNAVAILABLE;
    if (slots_parse(slots, answer.body, store_shards_n(store)))
        return SOUK_OK;
    log_error("the slot map does not fit the %d configured shards: run souk admin migrate", store_shards_n(store));
    return SOUK_UNAVAILABLE;
}

enum souk_err slots_reload(struct slots *slots, struct store *store)
{
    int64_t asked_us = atomic_load(&slots->asked_us);
    int64_t now_us = clock_us();
    if (asked_us != 0 && now_us - asked_us < SLOTS_RELOAD_PAUSE_US)
        return SOUK_OK; /* another thread has just asked */
    if (!atomic_compare_exchange_strong(&slots->asked_us, &asked_us, now_us))
        return SOUK_OK;
    struct arena *arena = arena_new(SLOTS_ARENA_BYTES);
    if (arena == NULL)
        return SOUK_UNAVAILABLE;
    enum souk_err err = ask(slots, store, arena);
    arena_free(arena);
    return err;
}
