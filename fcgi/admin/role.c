/* `souk admin role`: what staff may do. Accounts live on the shard of their e-mail address, grants in global. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "admin/commands.h"
#include "base/clock.h"
#include "base/json.h"
#include "guard/email.h"
#include "guard/role.h"
#include "http/context.h"

enum { ARENA_BYTES_MAX = 4 * 1024 * 1024, LIST_PART = 200 };

/* One run of the command. */
struct run {
    struct context context;
    struct arena *arena;
    struct refusal refusal;
};

static int complain(const struct run *run, const char *what, enum souk_err err)
{
    const struct error_row *row = error_row(err);
    fprintf(stderr, "souk admin role: %s: %s%s%s\n", what, row->title, *run->refusal.detail ? ": " : "",
            run->refusal.detail);
    return 1;
}

/* CALLs a routine; its body as a tree that the arena owns. */
static enum souk_err call(struct run *run, int db, const char *routine, const struct param *params, size_t params_n,
                          json_object **out)
{
    struct answer answer = {0};
    const struct call call = {.routine = routine, .params = params, .params_n = params_n, .repeatable = true,
                              .deadline_us = clock_us() + run->context.config->deadline_ms * 1000};
    enum souk_err err = store_call(run->context.store, db, &call, run->arena, &answer, &run->refusal);
    if (err)
        return err;
    json_object *json = json_tokener_parse(answer.body);
    *out = json ? arena_own(run->arena, json, json_release) : NULL;
    return *out ? SOUK_OK : SOUK_INTERNAL;
}

/* Finds the account whose address `email` is. */
static enum souk_err find_account(struct run *run, const char *email, int64_t *account_id)
{
    const char *normal;
    enum souk_err err = email_normalise(run->arena, email, &normal);
    if (err)
        return err;
    json_object *json;
    const struct param params[] = {param_text(normal)};
    int shard = store_shard_of(run->context.store, id_slot_of_email(normal));
    err = call(run, shard, "account_find", params, 1, &json);
    if (err)
        return err;
    *account_id = json_member_number(json, "account_id");
    return SOUK_OK;
}

/* staff_grant or staff_revoke. */
static int change(struct run *run, const char *routine, const char *email, const char *role, bool as_json)
{
    int64_t account_id;
    if (!(role_bit(role) & ROLES_GRANTED)) {
        fprintf(stderr, "souk admin role: %s: the roles are merchant, support, admin and ops\n", role);
        return 2;
    }
    enum souk_err err = find_account(run, email, &account_id);
    if (err)
        return complain(run, email, err);
    json_object *json;
    const struct param params[] = {param_int(account_id), param_text(role)};
    err = call(run, DB_GLOBAL, routine, params, 2, &json);
    if (err)
        return complain(run, email, err);
    bool changed = json_object_get_boolean(json_object_object_get(json, "changed"));
    if (as_json)
        printf("{\"account_id\":\"%" PRId64 "\",\"role\":\"%s\",\"changed\":%s}\n", account_id, role,
               changed ? "true" : "false");
    else
        printf("%" PRId64 "  %s  %s\n", account_id, role,
               changed ? "done; counts from the next sign-in or refresh" : "was so already");
    return 0;
}

static void print_roles(json_object *list)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        printf("%s%s", i ? " " : "", json_object_get_string(json_object_array_get_idx(list, i)));
}

/* One account: its address is asked of its shard, "-" when that does not answer. */
static void print_account(struct run *run, const char *account_id, json_object *roles, bool as_json)
{
    json_object *json = NULL;
    const struct param params[] = {param_int(strtoll(account_id, NULL, 10))};
    enum souk_err err = call(run, store_shard_of(run->context.store, params[0].number), "account_get", params, 1, &json);
    const char *email = err ? "-" : json_member_text(json, "email");
    if (as_json) {
        printf("{\"account_id\":\"%s\",\"email\":%s,\"roles\":%s}\n", account_id,
               err ? "null" : json_object_to_json_string(json_object_object_get(json, "email")),
               json_object_to_json_string_ext(roles, JSON_C_TO_STRING_PLAIN));
    } else {
        printf("%-20s %-32s ", account_id, email);
        print_roles(roles);
        putchar('\n');
    }
}

static int list_one(struct run *run, const char *email, bool as_json)
{
    int64_t account_id;
    json_object *json;
    enum souk_err err = find_account(run, email, &account_id);
    if (!err)
        err = call(run, DB_GLOBAL, "staff_roles", (const struct param[]){param_int(account_id)}, 1, &json);
    if (err)
        return complain(run, email, err);
    print_account(run, arena_printf(run->arena, "%" PRId64, account_id), json_object_object_get(json, "roles"), as_json);
    return 0;
}

static int list_all(struct run *run, bool as_json)
{
    int64_t after = 0;
    size_t n = LIST_PART;
    while (n == LIST_PART) {
        json_object *json;
        arena_reset(run->arena);
        enum souk_err err = call(run, DB_GLOBAL, "staff_list",
                                 (const struct param[]){param_int(after), param_int(LIST_PART)}, 2, &json);
        if (err)
            return complain(run, "list", err);
        json_object *items = json_member_array(json, "items");
        n = json_object_array_length(items);
        for (size_t i = 0; i < n; i++) {
            json_object *item = json_object_array_get_idx(items, i);
            after = json_member_number(item, "account_id");
            print_account(run, json_member_text(item, "account_id"), json_object_object_get(item, "roles"), as_json);
        }
    }
    return 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: souk admin %s\n", admin_role.usage);
    return 2;
}

static int dispatch(struct run *run, int argc, char **argv, bool as_json)
{
    if (argc == 4 && strcmp(argv[1], "grant") == 0)
        return change(run, "staff_grant", argv[2], argv[3], as_json);
    if (argc == 4 && strcmp(argv[1], "revoke") == 0)
        return change(run, "staff_revoke", argv[2], argv[3], as_json);
    if (argc == 3 && strcmp(argv[1], "list") == 0)
        return list_one(run, argv[2], as_json);
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return list_all(run, as_json);
    return usage();
}

static int run(const struct config *config, int argc, char **argv)
{
    struct run run = {.arena = arena_new(ARENA_BYTES_MAX)};
    char message[256];
    bool as_json = argc > 1 && strcmp(argv[argc - 1], "--json") == 0;
    int code = 1;
    if (argc - as_json < 2)
        code = usage();
    else if (!run.arena || context_open(config, 0, &run.context, message, sizeof message))
        fprintf(stderr, "souk admin role: %s\n", run.arena ? message : "memory is out");
    else
        code = dispatch(&run, argc - as_json, argv, as_json);
    arena_free(run.arena);
    context_close(&run.context);
    return code;
}

const struct admin_command admin_role = {
    .name = "role",
    .usage = "role grant EMAIL ROLE | role revoke EMAIL ROLE | role list [EMAIL]  [--json]",
    .help = "What staff may do besides buying. ROLE is merchant, support, admin or ops. A grant counts from the account's\n"
            "next sign-in or refresh; after a revoke the access token lives on for 15 minutes at most. `list` without\n"
            "EMAIL shows everybody who has a role.\n"
            "Exit code 1: no account has this address, or a database did not answer. Flag: --json.",
    .run = run,
};
