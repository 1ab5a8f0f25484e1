/* `souk admin mail`: what waits to be sent and what was given up, over all shards. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/commands.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "http/context.h"

enum { ARENA_BYTES_MAX = 4 * 1024 * 1024, LIST_MAX = 1000 };

static enum souk_err call(const struct context *context, struct arena *arena, int db, const char *routine,
                          const struct param *params, size_t params_n, json_object **out)
{
    struct answer answer = {0};
    const struct call call = {.routine = routine, .params = params, .params_n = params_n, .repeatable = true,
                              .deadline_us = clock_us() + context->config->deadline_ms * 1000};
    enum souk_err err = store_call(context->store, db, &call, arena, &answer, NULL);
    if (err)
        return err;
    *out = arena_own(arena, json_tokener_parse(answer.body), json_release);
    return *out ? SOUK_OK : SOUK_INTERNAL;
}

static void print_item(json_object *item, bool as_json)
{
    if (as_json) {
        puts(json_object_to_json_string_ext(item, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        return;
    }
    const char *email = json_member_text(item, "email"), *error = json_member_text(item, "last_error");
    printf("%s  %-18s %-32s %s  %" PRId64 " attempts  %s\n", json_member_text(item, "mail_id"),
           json_member_text(item, "kind"), email ? email : "-", json_member_text(item, "created_at"),
           json_member_number(item, "attempts"), error ? error : "");
}

static enum souk_err list_shard(const struct context *context, struct arena *arena, int shard, const char *state,
                                bool as_json)
{
    json_object *body;
    const struct param params[] = {param_text(state), param_int(LIST_MAX)};
    enum souk_err err = call(context, arena, shard, "mail_list", params, 2, &body);
    json_object *items = err ? NULL : json_member_array(body, "items");
    for (size_t i = 0; items && i < json_object_array_length(items); i++)
        print_item(json_object_array_get_idx(items, i), as_json);
    if (!err && !as_json)
        fprintf(stderr, "shard %d: %" PRId64 " wait, %" PRId64 " were given up\n", shard,
                json_member_number(body, "pending"), json_member_number(body, "failed"));
    return err;
}

static int list(const struct context *context, struct arena *arena, const char *state, bool as_json)
{
    enum souk_err err = SOUK_OK;
    for (int shard = 0; !err && shard < context->config->shards_n; shard++)
        err = list_shard(context, arena, shard, state, as_json);
    if (err)
        fprintf(stderr, "souk admin mail: %s\n", error_row(err)->title);
    return err ? 1 : 0;
}

static int retry(const struct context *context, struct arena *arena, const char *id)
{
    int64_t mail_id;
    json_object *body;
    if (!text_int64(id, strlen(id), &mail_id)) {
        fprintf(stderr, "souk admin mail: %s is no mail's number\n", id);
        return 2;
    }
    const struct param params[] = {param_int(mail_id)};
    enum souk_err err = call(context, arena, store_shard_of(context->store, mail_id), "mail_retry", params, 1, &body);
    if (err)
        fprintf(stderr, "souk admin mail: %s: %s\n", id, error_row(err)->title);
    else
        printf("%s is tried again\n", id);
    return err ? 1 : 0;
}

static bool is_state(const char *word)
{
    static const char *const states[] = {"pending", "failed", "sent", "dropped"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i], word) == 0)
            return true;
    return false;
}

static int run(const struct config *config, int argc, char **argv)
{
    const bool as_json = argc > 1 && strcmp(argv[argc - 1], "--json") == 0;
    const int words = argc - as_json;
    const bool retries = words == 3 && strcmp(argv[1], "retry") == 0;
    const bool lists = words >= 2 && words <= 3 && strcmp(argv[1], "list") == 0 && (words == 2 || is_state(argv[2]));
    struct context context = {.config = config};
    struct arena *arena = arena_new(ARENA_BYTES_MAX);
    char message[256];
    int code = 2;
    if (!retries && !lists)
        fprintf(stderr, "usage: souk admin %s\n", admin_mail.usage);
    else if (!arena || context_open(config, 0, &context, message, sizeof message))
        fprintf(stderr, "souk admin mail: %s\n", arena ? message : "memory is out");
    else
        code = retries ? retry(&context, arena, argv[2]) : list(&context, arena, words == 3 ? argv[2] : "failed", as_json);
    arena_free(arena);
    context_close(&context);
    return code;
}

const struct admin_command admin_mail = {
    .name = "mail",
    .usage = "mail list [failed|pending|sent|dropped] [--json] | mail retry MAIL_ID",
    .help = "Lists mail, newest first, at most 1,000 of each shard: by default what was given up after a day. `retry` sends a\n"
            "mail that was given up again, or one that waits at once.\n"
            "Exit code 1: a database did not answer, or there is no such mail.",
    .run = run,
};
