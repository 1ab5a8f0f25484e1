/* See waiting.h. */
#include "http/waiting.h"

#include "base/json.h"

/* Each routine answers {"open": n, "oldest_ms": ms}. */
static const struct waiting_kind {
    const char *routine;
    bool on_shards; /* else on global */
    const char *count, *count_help;
    const char *age, *age_help;
} kinds[] = {
    {"payment_case_waiting", true, "souk_payment_cases_open", "Cases about money that wait for a person, at most 10,000",
     "souk_payment_cases_open_seconds", "Age of the oldest of them"},
    {"reconciliation_waiting", false, "souk_reconciliation_open",
     "Differences between statements and books that wait for a person, at most 10,000", "souk_reconciliation_open_seconds",
     "Age of the oldest of them"},
    {"mail_waiting", true, "souk_mail_waiting", "Mails not sent yet, at most 10,000", "souk_mail_waiting_seconds",
     "Age of the oldest of them"},
};

struct waiting {
    bool known;
    int64_t open_n, oldest_ms;
};

static void read_waiting(struct store *store, int db, const struct waiting_kind *kind, struct arena *arena, int64_t deadline_us,
                         struct waiting *waiting)
{
    const struct call call = {.routine = kind->routine, .deadline_us = deadline_us, .repeatable = true};
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

static void put_labels(struct buffer *out, const char *name, int db)
{
    if (db == DB_GLOBAL)
        buffer_printf(out, "%s ", name);
    else
        buffer_printf(out, "%s{database=\"shard.%d\"} ", name, db);
}

static void put_kind(struct store *store, struct buffer *out, const struct waiting_kind *kind, int64_t deadline_us)
{
    struct waiting found[CONFIG_SHARDS_MAX] = {0};
    const int n = kind->on_shards ? store_shards_n(store) : 1;
    for (int i = 0; i < n; i++)
        read_waiting(store, kind->on_shards ? i : DB_GLOBAL, kind, out->arena, deadline_us, &found[i]);

    put_head(out, kind->count, kind->count_help);
    for (int i = 0; i < n; i++) {
        if (!found[i].known)
            continue;
        put_labels(out, kind->count, kind->on_shards ? i : DB_GLOBAL);
        buffer_printf(out, "%lld\n", (long long)found[i].open_n);
    }
    put_head(out, kind->age, kind->age_help);
    for (int i = 0; i < n; i++) {
        if (!found[i].known)
            continue;
        put_labels(out, kind->age, kind->on_shards ? i : DB_GLOBAL);
        buffer_printf(out, "%g\n", (double)found[i].oldest_ms / 1e3);
    }
}

void waiting_metrics(struct store *store, struct buffer *out, int64_t deadline_us)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        put_kind(store, out, &kinds[i], deadline_us);
}
