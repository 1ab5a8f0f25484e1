#include "http/waiting.h"

#include "base/json.h"

struct waiting {
    bool known;
    int64_t open_n, oldest_ms;
};

static void read_waiting(struct store *store, int db, struct arena *arena, int64_t deadline_us, struct waiting *waiting)
{
    const struct call call = {.routine = db == DB_GLOBAL ? "reconciliation_waiting" : "payment_case_waiting",
                              .deadline_us = deadline_us, .repeatable = true};
    struct answer answer;
    if (store_call(store, db, &call, arena, &answer, NULL) != SOUK_OK)
        return;
    json_object *body = arena_own(arena, json_tokener_parse(answer.body), json_release);
    *waiting = (struct waiting){body != NULL, json_member_number(body, "open"), json_member_number(body, "oldest_ms")};
}

static void put_head(struct buffer *out, const char *name, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

void waiting_metrics(struct store *store, struct buffer *out, int64_t deadline_us)
{
    struct waiting global = {0}, shards[CONFIG_SHARDS_MAX] = {0};
    const int n = store_shards_n(store);
    read_waiting(store, DB_GLOBAL, out->arena, deadline_us, &global);
    for (int shard = 0; shard < n; shard++)
        read_waiting(store, shard, out->arena, deadline_us, &shards[shard]);

    put_head(out, "souk_payment_cases_open", "Cases about money that wait for a person, at most 10,000");
    for (int shard = 0; shard < n; shard++)
        if (shards[shard].known)
            buffer_printf(out, "souk_payment_cases_open{database=\"shard.%d\"} %lld\n", shard, (long long)shards[shard].open_n);
    put_head(out, "souk_payment_cases_open_seconds", "Age of the oldest of them");
    for (int shard = 0; shard < n; shard++)
        if (shards[shard].known)
            buffer_printf(out, "souk_payment_cases_open_seconds{database=\"shard.%d\"} %g\n", shard, (double)shards[shard].oldest_ms / 1e3);
    put_head(out, "souk_reconciliation_open", "Differences between statements and books that wait for a person, at most 10,000");
    if (global.known)
        buffer_printf(out, "souk_reconciliation_open %lld\n", (long long)global.open_n);
    put_head(out, "souk_reconciliation_open_seconds", "Age of the oldest of them");
    if (global.known)
        buffer_printf(out, "souk_reconciliation_open_seconds %g\n", (double)global.oldest_ms / 1e3);
}
