/* `souk admin reconcile`: compares a provider's statement of one day with the books, now. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "admin/commands.h"
#include "base/clock.h"
#include "base/json.h"
#include "domain/reconcile.h"
#include "http/context.h"

enum { ARENA_BYTES = 8 << 20, STATEMENT_US = 600000000 };

/* The report in words. How many differences are open. */
static int64_t say(json_object *report, bool aloud)
{
    json_object *classes = json_member_array(report, "differences");
    int64_t open = 0;
    if (aloud)
        printf("%s %s: %lld lines, %lld in order\n", json_member_text(report, "channel"), json_member_text(report, "day"),
               (long long)json_member_number(report, "lines"), (long long)json_member_number(report, "matched"));
    for (size_t i = 0; classes && i < json_object_array_length(classes); i++) {
        json_object *class = json_object_array_get_idx(classes, i);
        open += json_member_number(class, "open");
        if (aloud)
            printf("  %-24s %lld open, %lld closed\n", json_member_text(class, "class"),
                   (long long)json_member_number(class, "open"), (long long)json_member_number(class, "closed"));
    }
    return open;
}

static int reconcile(struct context *context, struct arena *arena, const char *name, const char *day, bool as_json)
{
    const struct channel *channel = channel_find(context->config, name);
    const char *report = NULL;
    enum souk_err err = channel == NULL ? SOUK_PAYMENT_CHANNEL
                                        : reconcile_day(context, arena, channel, day, clock_us() + STATEMENT_US, NULL, &report);
    if (err != SOUK_OK) {
        fprintf(stderr, "souk admin reconcile: %s %s: %s\n", name, day,
                err == SOUK_NOT_FOUND ? "there is no statement of this day yet" : error_row(err)->title);
        return 1;
    }
    if (as_json)
        puts(report);
    json_object *body = arena_own(arena, json_tokener_parse(report), json_release);
    return say(body, !as_json) > 0 ? 3 : 0;
}

static int run(const struct config *config, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    size_t words_n = 0;
    bool as_json = false;
    char message[256];
    struct context context = {.config = config};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            as_json = true;
        else if (words_n < 2)
            words[words_n++] = argv[i];
        else
            words_n = 3;
    }
    if (words_n != 2) {
        fprintf(stderr, "usage: souk admin %s\n", admin_reconcile.usage);
        return 2;
    }
    struct arena *arena = arena_new(ARENA_BYTES);
    if (arena == NULL || context_open(config, CONTEXT_IDS, &context, message, sizeof message) != SOUK_OK) {
        fprintf(stderr, "souk admin reconcile: %s\n", arena ? message : "out of memory");
        arena_free(arena);
        return 1;
    }
    const int code = reconcile(&context, arena, words[0], words[1], as_json);
    arena_free(arena);
    context_close(&context);
    return code;
}

const struct admin_command admin_reconcile = {
    .name = "reconcile",
    .usage = "reconcile [--json] CHANNEL DAY",
    .help = "Compares the statement of a payment channel's DAY (2026-11-28) with the books: writes what callbacks that never\n"
            "came would have said, books fees, lists the rest for a person. Running it again is harmless.\n"
            "Exit codes: 0 nothing is open, 1 failed, 2 usage, 3 differences are open (GET /v1/admin/reconciliation).\n",
    .run = run,
};
