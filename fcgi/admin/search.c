/* `souk admin search`: how far the search indexes are, and building the search server's anew while it goes on answering. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/commands.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/store.h"

enum { ARENA_BYTES = 65536, POLL_US = 200000, CALL_US = 5000000, SILENCE_US = 30000000 };

/* What search_state says, as text that changes when something moves. */
struct progress {
    int64_t epoch, building, words_due, server_due, products;
    char built_to[24];
};

static bool call(struct store *store, struct arena *arena, const char *routine, const struct param *params, size_t n,
                 json_object **body)
{
    const struct call made = {routine, params, n, clock_us() + CALL_US, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(store, DB_GLOBAL, &made, arena, &answer, NULL);
    *body = err == SOUK_OK ? arena_own(arena, json_tokener_parse(answer.body), json_release) : NULL;
    if (*body == NULL)
        fprintf(stderr, "souk admin search: %s\n", error_row(err == SOUK_OK ? SOUK_INTERNAL : err)->title);
    return *body != NULL;
}

static bool read_progress(struct store *store, struct arena *arena, struct progress *progress)
{
    json_object *body;
    memset(progress, 0, sizeof *progress);
    if (!call(store, arena, "search_state", NULL, 0, &body))
        return false;
    progress->epoch = json_member_number(body, "epoch");
    progress->building = json_member_number(body, "building");
    progress->words_due = json_member_number(body, "words_due");
    progress->server_due = json_member_number(body, "server_due");
    progress->products = json_member_number(body, "products");
    const char *built_to = json_member_text(body, "built_to");
    snprintf(progress->built_to, sizeof progress->built_to, "%s", built_to ? built_to : "");
    return true;
}

static int show(struct store *store, struct arena *arena)
{
    struct progress progress;
    if (!read_progress(store, arena, &progress))
        return 1;
    printf("%-24s %" PRId64 "%s\n", "products", progress.products, progress.products >= 100000 ? " or more" : "");
    printf("%-24s %" PRId64 "\n", "words due", progress.words_due);
    printf("%-24s %" PRId64 "\n", "server due", progress.server_due);
    printf("%-24s %" PRId64 "%s\n", "index of the server", progress.epoch, progress.epoch ? "" : " (there is none that is whole)");
    if (progress.building)
        printf("%-24s %" PRId64 ", up to product %s\n", "being built", progress.building, progress.built_to);
    return 0;
}

/* Waits until an index newer than `epoch` is in use and no words are due. The worker does the work: when nothing moves for
 * SILENCE_US there is none, or no search server. */
static int await(struct store *store, struct arena *arena, int64_t epoch)
{
    struct progress before = {0}, now;
    int64_t moved_us = clock_us();
    while (read_progress(store, arena, &now)) {
        arena_reset(arena);
        if (now.epoch > epoch && now.words_due == 0) {
            printf("index %" PRId64 " is in use, %" PRId64 " products\n", now.epoch, now.products);
            return 0;
        }
        if (memcmp(&before, &now, sizeof now) != 0)
            moved_us = clock_us();
        if (clock_us() - moved_us > SILENCE_US) {
            fprintf(stderr, "souk admin search: nothing has moved for %d s: is souk worker running, and the search server? "
                    "The rebuild stays asked for\n", SILENCE_US / 1000000);
            return 1;
        }
        before = now;
        usleep(POLL_US);
    }
    return 1;
}

static int rebuild(struct store *store, struct arena *arena, bool words)
{
    const struct param params[] = {param_int(words)};
    json_object *body;
    if (!call(store, arena, "search_rebuild", params, 1, &body))
        return 1;
    return await(store, arena, json_member_number(body, "epoch"));
}

static int run(const struct config *config, int argc, char **argv)
{
    const bool shows = argc == 1, rebuilds = argc >= 2 && strcmp(argv[1], "rebuild") == 0;
    const bool words = argc == 3 && strcmp(argv[2], "--words") == 0;
    if (!shows && (!rebuilds || argc > 3 || (argc == 3 && !words))) {
        fprintf(stderr, "usage: souk admin %s\n", admin_search.usage);
        return 2;
    }
    struct store *store = NULL;
    struct arena *arena = arena_new(ARENA_BYTES);
    int code = 1;
    if (arena == NULL || store_new(config, &store) != SOUK_OK)
        fprintf(stderr, "souk admin search: out of memory\n");
    else
        code = shows ? show(store, arena) : rebuild(store, arena, words);
    store_free(store);
    arena_free(arena);
    return code;
}

const struct admin_command admin_search = {
    .name = "search",
    .usage = "search [rebuild [--words]]",
    .help = "Shows how far the search indexes are. rebuild: the worker builds the search server's index anew beside the one in\n"
            "use, which goes on answering, and moves over when it is whole; this waits for it. --words: the words of all\n"
            "products are made anew as well. Exit code 1: a database, the worker or the search server is away.",
    .run = run,
};
