/* `souk admin audit`: proves the laws of the shop on its databases while it works. */
#include <stdio.h>
#include <string.h>

#include "admin/audit.h"
#include "admin/commands.h"
#include "base/clock.h"
#include "base/text.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024,
    CALL_TIMEOUT_MS = 30000,
    SECONDS_MAX = 86400,
    SECONDS_USUAL = 600,
    OUTBOX_S_USUAL = 120,
    SETTLE_MS_USUAL = 1500,
    EXIT_VIOLATED = 1,
    EXIT_UNFINISHED = 3
};

struct options {
    bool json;
    const char *law; /* NULL: all */
    int64_t seconds, outbox_s, settle_ms;
};

static bool read_number(const char *word, const char *flag, int64_t *out)
{
    const size_t len = strlen(flag);
    return strncmp(word, flag, len) == 0 && text_int64(word + len, strlen(word + len), out) && *out > 0 &&
           *out <= SECONDS_MAX;
}

static bool known(const char *name)
{
    for (size_t i = 0; i < AUDIT_LAWS_N; i++)
        if (strcmp(audit_laws[i].name, name) == 0)
            return true;
    return false;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    *options = (struct options){.seconds = SECONDS_USUAL, .outbox_s = OUTBOX_S_USUAL, .settle_ms = SETTLE_MS_USUAL};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            options->json = true;
        else if (strcmp(argv[i], "--law") == 0 && i + 1 < argc)
            options->law = argv[++i];
        else if (strncmp(argv[i], "--law=", 6) == 0)
            options->law = argv[i] + 6;
        else if (!read_number(argv[i], "--seconds=", &options->seconds) &&
                 !read_number(argv[i], "--outbox-s=", &options->outbox_s) &&
                 !read_number(argv[i], "--settle-ms=", &options->settle_ms))
            return false;
    }
    return options->law == NULL || known(options->law);
}

static void name_of(int db, char *out, size_t bytes)
{
    if (db == DB_GLOBAL)
        snprintf(out, bytes, "global");
    else
        snprintf(out, bytes, "shard %d", db);
}

static void print_line(const struct audit_law *law, const struct audit_result *result, enum souk_err err)
{
    const size_t n = json_object_array_length(result->violations);
    printf("%-13s %-9s %10lld examined %8lld ms   %s\n", law->name, n ? "BROKEN" : err ? "UNKNOWN" : "holds",
           (long long)result->examined, (long long)result->ms, law->about);
    for (size_t i = 0; i < n; i++)
        printf("  %s\n", json_object_to_json_string_ext(json_object_array_get_idx(result->violations, i),
                                                        JSON_C_TO_STRING_SPACED));
}

static json_object *law_json(const struct audit_law *law, const struct audit_result *result, enum souk_err err)
{
    char name[16];
    const bool broken = json_object_array_length(result->violations) > 0;
    json_object *line = json_object_new_object();
    json_object_object_add(line, "law", json_object_new_string(law->name));
    json_object_object_add(line, "result", json_object_new_string(broken ? "broken" : err ? "unknown" : "holds"));
    json_object_object_add(line, "examined", json_object_new_int64(result->examined));
    json_object_object_add(line, "ms", json_object_new_int64(result->ms));
    name_of(result->db, name, sizeof name);
    if (broken || err)
        json_object_object_add(line, "database", json_object_new_string(name));
    json_object_object_add(line, "violations", json_object_get(result->violations));
    return line;
}

/* Says in one line on stderr what is wrong first. */
static void say_first(const struct audit_law *law, const struct audit_result *result, enum souk_err err)
{
    char name[16];
    name_of(result->db, name, sizeof name);
    if (json_object_array_length(result->violations) > 0)
        fprintf(stderr, "souk admin audit: law %s is broken on %s: %s\n", law->name, name,
                json_object_to_json_string_ext(json_object_array_get_idx(result->violations, 0), JSON_C_TO_STRING_PLAIN));
    else
        fprintf(stderr, "souk admin audit: law %s could not be checked on %s: %s\n", law->name, name,
                err == SOUK_TIMEOUT ? "not done in time" : error_row(err)->code);
}

/* Checks the laws asked for, one after the other; the exit code. */
static int check_all(struct audit *audit, const struct options *options)
{
    int code = 0;
    json_object *lines = json_object_new_array();
    for (size_t i = 0; i < AUDIT_LAWS_N; i++) {
        struct audit_result result;
        if (options->law && strcmp(options->law, audit_laws[i].name) != 0)
            continue;
        enum souk_err err = audit_walk(audit, &audit_laws[i], &result);
        const bool broken = json_object_array_length(result.violations) > 0;
        if ((broken || err) && code == 0)
            say_first(&audit_laws[i], &result, err);
        if (broken)
            code = EXIT_VIOLATED;
        else if (err && code == 0)
            code = EXIT_UNFINISHED;
        if (options->json)
            json_object_array_add(lines, law_json(&audit_laws[i], &result, err));
        else
            print_line(&audit_laws[i], &result, err);
        json_object_put(result.violations);
    }
    if (options->json)
        printf("{\"holds\":%s,\"laws\":%s}\n", code ? "false" : "true",
               json_object_to_json_string_ext(lines, JSON_C_TO_STRING_PLAIN));
    json_object_put(lines);
    return code;
}

static int run(const struct config *config, int argc, char **argv)
{
    struct options options;
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: souk admin %s\n", admin_audit.usage);
        return 2;
    }
    struct config own = *config; /* one chunk may take longer than a request */
    own.call_timeout_ms = CALL_TIMEOUT_MS;
    struct audit audit = {
        .until_us = clock_us() + options.seconds * 1000000,
        .outbox_s = options.outbox_s,
        .settle_ms = options.settle_ms,
    };
    int code = EXIT_UNFINISHED;
    audit.arena = arena_new(ARENA_BYTES);
    if (audit.arena && store_new(&own, &audit.store) == SOUK_OK)
        code = check_all(&audit, &options);
    else
        fprintf(stderr, "souk admin audit: out of memory\n");
    store_free(audit.store);
    arena_free(audit.arena);
    return code;
}

const struct admin_command admin_audit = {
    .name = "audit",
    .usage = "audit [--json] [--law NAME] [--seconds=600] [--outbox-s=120] [--settle-ms=1500]",
    .help = "Checks on the live databases that the laws hold: stock, reserved, conservation, orders, shipping, money,\n"
            "idempotency, outbox, ids, broadcast, logins, promotions, flash. Reads a thousand keys at a time and locks nothing. What looks wrong\n"
            "is looked at again three times, --settle-ms apart, before it is said. An event of the outbox may be --outbox-s\n"
            "old. Exit code 1: a law is broken; the first violation is named on stderr, with its rows above. 3: a database\n"
            "did not answer, or --seconds were over.",
    .run = run,
};
