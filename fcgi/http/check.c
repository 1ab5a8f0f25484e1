#include "http/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The SQL types a field may meet, space-separated with a space at either end. */
static const char *family(enum field_type type)
{
    switch (type) {
    case FIELD_ID:
    case FIELD_INT:
    case FIELD_NEW_ID:
    case FIELD_IF_MATCH:
    case FIELD_SETTING:
        return " bigint int ";
    case FIELD_BOOL:
        return " tinyint bigint int ";
    case FIELD_BODY_HASH:
        return " varbinary binary ";
    case FIELD_OBJECT:
    case FIELD_ARRAY:
        return " json longtext mediumtext text ";
    case FIELD_STRING:
        return " varchar char text mediumtext longtext ";
    case FIELD_EMAIL:
    case FIELD_LETTERS:
    case FIELD_ENUM:
    case FIELD_CURSOR:
    case FIELD_IDEMPOTENCY_KEY:
    case FIELD_CLIENT_IP:
        return " varchar char ";
    }
    return " ";
}

static bool in_family(enum field_type type, const char *sql_type)
{
    char word[80];
    snprintf(word, sizeof word, " %s ", sql_type);
    return strstr(family(type), word) != NULL;
}

/* The routines of one database, asked once. */
struct described {
    bool asked, away;
    struct routine_param *params;
    size_t params_n;
};

struct check {
    struct store *store;
    void (*say)(const char *line);
    const struct route *route;
    int db;
    struct described described[CONFIG_SHARDS_MAX + 2]; /* by db − DB_SANDBOX */
};

static const char *db_name(int db, char out[24])
{
    if (db == DB_GLOBAL)
        return "global";
    if (db == DB_SANDBOX)
        return "sandbox";
    snprintf(out, 24, "shard.%d", db);
    return out;
}

static enum check_result disagree(const struct check *check, const char *what, const char *name, const char *type)
{
    char line[512], db[24];
    snprintf(line, sizeof line, "%s %s: routine %s on %s: %s%s%s%s%s", method_name(check->route->method),
             check->route->path, check->route->routine, db_name(check->db, db), what, *name ? " " : "", name,
             *type ? " of type " : "", type);
    check->say(line);
    return CHECK_DISAGREES;
}

static enum check_result compare(const struct check *check, const struct routine_param *params, size_t params_n)
{
    const struct route *route = check->route;
    for (size_t i = 0; i < route->fields_n; i++) {
        char expected[80];
        snprintf(expected, sizeof expected, "in_%s", route->fields[i].name);
        if (i >= params_n)
            return disagree(check, "has no parameter", expected, "");
        if (strcasecmp(params[i].name, expected) != 0)
            return disagree(check, "expected another parameter in the place of", params[i].name, params[i].type);
        if (!in_family(route->fields[i].type, params[i].type))
            return disagree(check, "cannot take the field as parameter", params[i].name, params[i].type);
    }
    if (params_n > route->fields_n)
        return disagree(check, "the row has no field for parameter", params[route->fields_n].name, "");
    return CHECK_AGREES;
}

/* A routine that takes a batch has one parameter, whatever the fields are. */
static enum check_result compare_batch(const struct check *check, const struct routine_param *params, size_t params_n)
{
    if (params_n != 1 || strcasecmp(params[0].name, "in_requests") != 0 || !in_family(FIELD_ARRAY, params[0].type))
        return disagree(check, "should take one parameter, in_requests LONGTEXT", "", "");
    return CHECK_AGREES;
}

static const struct described *describe(struct check *check, int db)
{
    struct described *described = &check->described[db - DB_SANDBOX];
    if (!described->asked)
        described->away = store_describe(check->store, db, &described->params, &described->params_n) == SOUK_UNAVAILABLE;
    described->asked = true;
    return described;
}

static enum check_result check_on(struct check *check, int db)
{
    check->db = db;
    const struct described *described = describe(check, db);
    if (described->away)
        return CHECK_INCOMPLETE;
    size_t params_n;
    const struct routine_param *params =
        store_described(described->params, described->params_n, check->route->routine, &params_n);
    if (params == NULL)
        return disagree(check, "does not exist; run `souk admin routines`", "", "");
    if (check->route->flags & ROUTE_COMBINE)
        return compare_batch(check, params, params_n);
    /* A handler makes the call itself, with parameters of its own. */
    return check->route->handle ? CHECK_AGREES : compare(check, params, params_n);
}

static enum check_result worse(enum check_result a, enum check_result b)
{
    if (a == CHECK_DISAGREES || b == CHECK_DISAGREES)
        return CHECK_DISAGREES;
    return a == CHECK_INCOMPLETE ? a : b;
}

static enum check_result check_row(struct check *check)
{
    switch (check->route->shard_by) {
    case SHARD_GLOBAL:
        return check_on(check, DB_GLOBAL);
    case SHARD_SANDBOX:
        return check_on(check, DB_SANDBOX);
    case SHARD_NONE:
        return CHECK_AGREES;
    case SHARD_BY_ID:
    case SHARD_BY_EMAIL:
    case SHARD_ALL:
        break;
    }
    enum check_result result = CHECK_AGREES;
    for (int db = 0; db < store_shards_n(check->store); db++)
        result = worse(result, check_on(check, db));
    return result;
}

enum check_result check_rows(const struct table *table, struct store *store, void (*say)(const char *line))
{
    struct check check = {.store = store, .say = say};
    enum check_result result = CHECK_AGREES;
    for (size_t i = 0; i < table_rows_n(table); i++) {
        check.route = table_row(table, i)->route;
        if (check.route->routine)
            result = worse(result, check_row(&check));
    }
    for (size_t i = 0; i < sizeof check.described / sizeof check.described[0]; i++)
        free(check.described[i].params);
    return result;
}
