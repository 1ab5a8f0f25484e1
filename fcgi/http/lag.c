#include "http/lag.h"

#include "base/json.h"

enum souk_err lag_read(struct store *store, int db, struct arena *arena, int64_t deadline_us, struct lag *lag)
{
    const struct call call = {.routine = "outbox_lag", .deadline_us = deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(store, db, &call, arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(arena, json_tokener_parse(answer.body), json_release);
    *lag = (struct lag){json_member_number(body, "new"), json_member_number(body, "new_oldest_ms"),
                        json_member_number(body, "published"), json_member_number(body, "published_oldest_ms")};
    return SOUK_OK;
}

/* One of the four figures, for all databases that answered. */
struct gauge {
    const char *name, *help;
    size_t offset;
    double unit;
};

static const struct gauge gauges[] = {
    {"souk_outbox_new", "Rows of the outbox not published yet, at most 10,000", offsetof(struct lag, new_n), 1},
    {"souk_outbox_lag_seconds", "Age of the oldest row that is not published", offsetof(struct lag, new_oldest_ms), 1e3},
    {"souk_outbox_undone", "Published rows that consumers are not done with, at most 10,000",
     offsetof(struct lag, published_n), 1},
    {"souk_outbox_undone_seconds", "Age of the oldest of those", offsetof(struct lag, published_oldest_ms), 1e3},
};

static void put_gauge(struct buffer *out, const struct gauge *gauge, const struct lag *lags, const bool *known, int n)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", gauge->name, gauge->help, gauge->name);
    for (int i = 0; i < n; i++) {
        const int64_t *value = (const int64_t *)(const void *)((const char *)&lags[i] + gauge->offset);
        if (known[i] && i == 0)
            buffer_printf(out, "%s{database=\"global\"} %g\n", gauge->name, (double)*value / gauge->unit);
        else if (known[i])
            buffer_printf(out, "%s{database=\"shard.%d\"} %g\n", gauge->name, i - 1, (double)*value / gauge->unit);
    }
}

void lag_metrics(struct store *store, struct buffer *out, int64_t deadline_us)
{
    struct lag lags[CONFIG_SHARDS_MAX + 1];
    bool known[CONFIG_SHARDS_MAX + 1];
    const int n = store_shards_n(store) + 1;
    for (int i = 0; i < n; i++)
        known[i] = lag_read(store, i == 0 ? DB_GLOBAL : i - 1, out->arena, deadline_us, &lags[i]) == SOUK_OK;
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++)
        put_gauge(out, &gauges[i], lags, known, n);
}
