/* `souk admin status`: what a shop's databases, slots, Redis and id leases look like right now. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "admin/commands.h"
#include "base/clock.h"
#include "http/lag.h"
#include "store/redis.h"
#include "store/store.h"

enum { STATUS_PING_MS = 1000, STATUS_ARENA_BYTES = 65536, STATUS_NAMES_MAX = CONFIG_SHARDS_MAX + 3 };

/* One thing that answers or does not. */
struct status_line {
    const char *name;
    bool up;
    double ms;
    bool has_lag; /* a database with an outbox that answered */
    struct lag lag;
};

struct status {
    struct status_line lines[STATUS_NAMES_MAX];
    size_t lines_n;
    struct json_object *cluster; /* body of cluster_status; NULL: not to be had */
};

static void add_line(struct status *status, const char *name, bool up, int64_t began_us)
{
    status->lines[status->lines_n++] = (struct status_line){.name = name, .up = up, .ms = (double)(clock_us() - began_us) / 1000.0};
}

static void ask_database(struct status *status, struct store *store, int db, const char *name, struct arena *arena)
{
    int64_t began_us = clock_us();
    bool up = store_ping(store, db, STATUS_PING_MS) == SOUK_OK;
    add_line(status, name, up, began_us);
    struct status_line *line = &status->lines[status->lines_n - 1];
    line->has_lag = up && lag_read(store, db, arena, clock_us() + STATUS_PING_MS * 1000, &line->lag) == SOUK_OK;
}

static void ask_redis(struct status *status, const struct config *config, struct arena *arena)
{
    int64_t began_us = clock_us();
    struct redis *redis = NULL;
    const char *ping = "PING";
    redisReply *reply;
    bool up = redis_new(config, &redis) == SOUK_OK && redis_command(redis, arena, 1, &ping, NULL, &reply) == SOUK_OK;
    redis_free(redis);
    add_line(status, "redis", up, began_us);
}

static void ask_cluster(struct status *status, struct store *store, struct arena *arena)
{
    struct call call = {.routine = "cluster_status", .repeatable = true};
    struct answer answer;
    if (store_call(store, DB_GLOBAL, &call, arena, &answer, NULL) == SOUK_OK)
        status->cluster = json_tokener_parse(answer.body);
}

static bool collect(struct status *status, const struct config *config, struct arena *arena)
{
    struct store *store;
    if (store_new(config, &store) != SOUK_OK)
        return false;
    ask_database(status, store, DB_GLOBAL, config->global.schema, arena);
    for (int shard = 0; shard < config->shards_n; shard++)
        ask_database(status, store, shard, config->shards[shard].schema, arena);
    ask_redis(status, config, arena);
    ask_cluster(status, store, arena);
    store_free(store);
    return true;
}

static void print_lag_json(const struct status *status)
{
    const char *between = "";
    printf(",\"outbox\":{");
    for (size_t i = 0; i < status->lines_n; i++) {
        const struct lag *lag = &status->lines[i].lag;
        if (!status->lines[i].has_lag)
            continue;
        printf("%s\"%s\":{\"new\":%lld,\"new_oldest_ms\":%lld,\"published\":%lld,\"published_oldest_ms\":%lld}", between,
               status->lines[i].name, (long long)lag->new_n, (long long)lag->new_oldest_ms, (long long)lag->published_n,
               (long long)lag->published_oldest_ms);
        between = ",";
    }
    printf("}");
}

static void print_json(const struct status *status)
{
    printf("{\"up\":{");
    for (size_t i = 0; i < status->lines_n; i++)
        printf("%s\"%s\":{\"up\":%s,\"ms\":%.1f}", i ? "," : "", status->lines[i].name,
               status->lines[i].up ? "true" : "false", status->lines[i].ms);
    printf("}");
    print_lag_json(status);
    printf(",\"cluster\":%s}\n",
           status->cluster ? json_object_to_json_string_ext(status->cluster, JSON_C_TO_STRING_PLAIN) : "null");
}

static int cluster_number(const struct status *status, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(status->cluster, name, &value) ? json_object_get_int(value) : 0;
}

static void print_lag(const struct status *status)
{
    for (size_t i = 0; i < status->lines_n; i++) {
        const struct lag *lag = &status->lines[i].lag;
        if (status->lines[i].has_lag)
            printf("outbox %-17s %lld to publish, the oldest %.1f s ago; %lld not done, the oldest %.1f s ago\n",
                   status->lines[i].name, (long long)lag->new_n, (double)lag->new_oldest_ms / 1e3,
                   (long long)lag->published_n, (double)lag->published_oldest_ms / 1e3);
    }
}

static void print_text(const struct status *status)
{
    for (size_t i = 0; i < status->lines_n; i++)
        printf("%-24s %-6s %8.1f ms\n", status->lines[i].name, status->lines[i].up ? "up" : "DOWN", status->lines[i].ms);
    print_lag(status);
    if (status->cluster == NULL) {
        printf("%-24s not known\n", "slots, id leases");
        return;
    }
    printf("%-24s %d on %d shards, map version %d\n", "slots", cluster_number(status, "slots"),
           cluster_number(status, "shards"), cluster_number(status, "slot_map_version"));
    printf("%-24s %d held, %d free\n", "id leases", cluster_number(status, "leases_held"),
           cluster_number(status, "leases_free"));
}

static int run(const struct config *config, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 2 || (argc == 2 && !json)) {
        fprintf(stderr, "usage: souk admin %s\n", admin_status.usage);
        return 2;
    }
    struct status status = {0};
    struct arena *arena = arena_new(STATUS_ARENA_BYTES);
    bool good = arena != NULL && collect(&status, config, arena);
    if (good)
        (json ? print_json : print_text)(&status);
    else
        fprintf(stderr, "souk admin status: out of memory\n");
    for (size_t i = 0; i < status.lines_n; i++)
        good = good && status.lines[i].up;
    good = good && status.cluster != NULL;
    json_object_put(status.cluster);
    arena_free(arena);
    return good ? 0 : 1;
}

const struct admin_command admin_status = {
    .name = "status",
    .usage = "status [--json]",
    .help = "Shows whether the databases and Redis answer, and how fast; how the slots are spread; how many nodes are\n"
            "leased for making ids. Exit code 1: something does not answer.",
    .run = run,
};
