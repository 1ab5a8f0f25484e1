/* Applying versioned rows on every shard. See broadcast.h. */
#include "store/broadcast.h"

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"

enum { SHARE_US_MIN = 200000 };

enum souk_err broadcast_apply(struct store *store, struct arena *arena, const char *routine, const char *rows,
                              int64_t deadline_us, uint64_t *missed, struct refusal *refusal)
{
    const struct param params[] = {param_text(rows)};
    const int shards_n = store_shards_n(store);
    enum souk_err first = SOUK_OK;
    *missed = 0;
    for (int shard = 0; shard < shards_n; shard++) {
        const int64_t now_us = clock_us(), share_us = (deadline_us - now_us) / (shards_n - shard);
        const struct call call = {routine, params, 1, now_us + (share_us > SHARE_US_MIN ? share_us : SHARE_US_MIN), .repeatable = true};
        struct answer answer;
        struct refusal said;
        enum souk_err err = store_call(store, shard, &call, arena, &answer, &said);
        if (err == SOUK_OK)
            continue;
        *missed |= UINT64_C(1) << shard;
        log_warn("%s did not come through on shard %d: %s", routine, shard, error_row(err)->code);
        if (first == SOUK_OK && refusal)
            *refusal = said;
        first = first == SOUK_OK ? err : first;
    }
    return first;
}

static enum souk_err ask_global(struct store *store, struct arena *arena, const char *routine, const struct param *params,
                                size_t params_n, int64_t deadline_us, json_object **body)
{
    const struct call call = {routine, params, params_n, deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(store, DB_GLOBAL, &call, arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    *body = arena_own(arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

/* One item of broadcast_get or broadcast_page. */
static enum souk_err settle(struct store *store, struct arena *arena, json_object *item, int64_t deadline_us, bool *done)
{
    const char *routine = json_member_text(item, "routine"), *aggregate = json_member_text(item, "aggregate_id");
    json_object *rows = json_member_array(item, "rows"), *body;
    uint64_t missed;
    *done = false;
    if (!routine || !aggregate || !rows)
        return SOUK_INTERNAL;
    const char *text = json_object_to_json_string_ext(rows, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (broadcast_apply(store, arena, routine, text, deadline_us, &missed, NULL) != SOUK_OK)
        return SOUK_OK;
    const struct param params[] = {param_text(routine), param_int(json_member_number(item, "aggregate_id")),
                                   param_int(json_member_number(item, "version"))};
    enum souk_err err = ask_global(store, arena, "broadcast_done", params, 3, deadline_us, &body);
    *done = err == SOUK_OK;
    return err;
}

enum souk_err broadcast_settle(struct store *store, struct arena *arena, const char *routine, int64_t aggregate_id,
                               int64_t deadline_us, bool *everywhere)
{
    const struct param params[] = {param_text(routine), param_int(aggregate_id)};
    json_object *body;
    *everywhere = false;
    enum souk_err err = ask_global(store, arena, "broadcast_get", params, 2, deadline_us, &body);
    if (err != SOUK_OK)
        return err;
    json_object *items = json_member_array(body, "items");
    if (!items)
        return SOUK_INTERNAL;
    *everywhere = json_object_array_length(items) == 0;
    return *everywhere ? SOUK_OK : settle(store, arena, json_object_array_get_idx(items, 0), deadline_us, everywhere);
}

enum souk_err broadcast_sweep(struct store *store, struct arena *arena, int limit, int64_t skip, int64_t age_s_min,
                              int64_t deadline_us, int *listed, int *found, int *settled)
{
    const struct param params[] = {param_int(limit), param_int(skip)};
    json_object *body;
    *listed = *found = *settled = 0;
    enum souk_err err = ask_global(store, arena, "broadcast_page", params, 2, deadline_us, &body);
    if (err != SOUK_OK)
        return err;
    json_object *items = json_member_array(body, "items");
    const size_t n = items ? json_object_array_length(items) : 0;
    *listed = (int)n;
    for (size_t i = 0; i < n && err == SOUK_OK && clock_us() < deadline_us; i++) {
        json_object *item = json_object_array_get_idx(items, i);
        bool done;
        if (json_member_number(item, "age_s") < age_s_min) {
            *listed = *found; /* those behind it are younger still */
            break;
        }
        ++*found;
        err = settle(store, arena, item, deadline_us, &done);
        *settled += done ? 1 : 0;
    }
    return err;
}
