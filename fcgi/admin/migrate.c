/* `souk admin migrate`: brings the schemas of every database up to the plans in migrations/.
 *
 * The slot map is made at the first deploy, for the shards that are configured then. Afterwards a configuration with
 * another number of shards is refused before anything is touched: slots do not move by themselves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/commands.h"
#include "admin/routines.h"
#include "admin/sqitch.h"
#include "store/session.h"
#include "store/store.h"

enum { SLOT_LIST_BYTES = STORE_SLOTS * 4 + 64 };

/* One line of the table. */
struct migration {
    struct database database;
    struct sqitch_plan *plan;
    int deployed;
    int pending;
    const char *state;
};

static int number_of(MYSQL *mysql, const char *sql, int missing)
{
    MYSQL_RES *rows = database_query(mysql, sql);
    MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
    int number = row && row[0] ? atoi(row[0]) : missing;
    mysql_free_result(rows);
    return number;
}

/* Shards the slot map knows; 0: there is no map yet, −1: the database cannot be entered. */
static int mapped_shards(const struct database *global)
{
    MYSQL *mysql = database_open(global, NULL);
    if (mysql == NULL)
        return -1;
    char sql[CONFIG_TEXT_MAX + 64];
    snprintf(sql, sizeof sql, "SELECT COUNT(DISTINCT shard) FROM `%s`.slot_map", global->db.schema);
    int shards = number_of(mysql, sql, 0);
    session_close(mysql);
    return shards;
}

static bool shards_agree(const struct config *config, const struct database *global)
{
    int mapped = mapped_shards(global);
    if (mapped > 0 && mapped != config->shards_n)
        fprintf(stderr,
                "souk admin migrate: the slots of this shop are spread over %d shards, but %d are configured: configure "
                "%d again (make run: SHARDS=%d), or begin anew with another state folder\n",
                mapped, config->shards_n, mapped, mapped);
    return mapped == 0 || mapped == config->shards_n;
}

/* Reads the slots of `shard` from the map as a JSON array. */
static bool slots_of(MYSQL *global, int shard, char list[SLOT_LIST_BYTES])
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT slot FROM slot_map WHERE shard = %d ORDER BY slot", shard);
    MYSQL_RES *rows = database_query(global, sql);
    if (rows == NULL)
        return false;
    size_t len = (size_t)snprintf(list, SLOT_LIST_BYTES, "[");
    for (MYSQL_ROW row = mysql_fetch_row(rows); row != NULL; row = mysql_fetch_row(rows))
        len += (size_t)snprintf(list + len, SLOT_LIST_BYTES - len, "%s%s", len > 1 ? "," : "", row[0]);
    snprintf(list + len, SLOT_LIST_BYTES - len, "]");
    mysql_free_result(rows);
    return true;
}

/* Tells one shard which slots it serves, unless it knows some. The routines must be loaded for that. */
static bool seed_shard(MYSQL *global, const struct database *database)
{
    char list[SLOT_LIST_BYTES];
    MYSQL *mysql = database_open(database, database->db.schema);
    bool good = mysql != NULL;
    if (good && number_of(mysql, "SELECT COUNT(*) FROM slot_owner", 0) == 0)
        good = slots_of(global, database->number, list) && database_runf(mysql, "CALL slot_owner_set('%s')", list);
    if (mysql != NULL && !good)
        fprintf(stderr, "souk admin migrate: %s: %s\n", database->db.schema, mysql_error(mysql));
    session_close(mysql);
    return good;
}

static bool seeded(const struct migration *migrations, size_t n)
{
    bool all = true;
    for (size_t i = 0; all && i < n; i++) {
        const struct database *database = &migrations[i].database;
        if (database->number == DB_SANDBOX)
            continue;
        MYSQL *mysql = database_open(database, database->db.schema);
        const char *table = database->number == DB_GLOBAL ? "SELECT COUNT(*) FROM slot_map" : "SELECT COUNT(*) FROM slot_owner";
        all = mysql != NULL && number_of(mysql, table, 0) > 0;
        session_close(mysql);
    }
    return all;
}

/* Makes the slot map. The routines come first, as far as they compile: the map's own are among them. */
static bool seed(const struct config *config, const struct migration *migrations, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct routines_result result;
        if (!routines_apply(&migrations[i].database, config->sql_dir, &result))
            fprintf(stderr, "souk admin migrate: %s: not all routines could be loaded\n", migrations[i].database.db.schema);
    }
    MYSQL *global = database_open(&migrations[0].database, migrations[0].database.db.schema);
    if (global == NULL)
        return false;
    bool good = database_runf(global, "CALL slot_map_init(%d)", config->shards_n);
    if (!good)
        fprintf(stderr, "souk admin migrate: %s: %s\n", migrations[0].database.db.schema, mysql_error(global));
    for (size_t i = 0; good && i < n; i++)
        if (migrations[i].database.number >= 0)
            good = seed_shard(global, &migrations[i].database);
    session_close(global);
    return good;
}

static bool deploy_one(struct migration *migration)
{
    migration->state = "unreachable";
    if (!sqitch_compare(migration->plan, &migration->database, &migration->deployed, &migration->pending))
        return false;
    migration->state = "up to date";
    if (migration->pending == 0)
        return true;
    bool good = sqitch_deploy(migration->plan, &migration->database);
    migration->state = good ? "deployed" : "failed";
    return sqitch_compare(migration->plan, &migration->database, &migration->deployed, &migration->pending) && good;
}

static void print_table(const struct migration *migrations, size_t n, bool json)
{
    printf(json ? "[" : "%-24s %-16s %8s %8s  %s\n", "database", "project", "deployed", "pending", "state");
    for (size_t i = 0; i < n; i++) {
        const struct migration *row = &migrations[i];
        printf(json ? "{\"database\":\"%s\",\"project\":\"%s\",\"deployed\":%d,\"pending\":%d,\"state\":\"%s\"}%s"
                    : "%-24s %-16s %8d %8d  %s%s",
               row->database.db.schema, row->plan->project, row->deployed, row->pending, row->state,
               !json ? "\n" : i + 1 < n ? "," : "]\n");
    }
}

/* The plans are large; one of each kind is shared by the databases of that kind. */
static struct sqitch_plan *read_plans(const struct config *config, struct migration *migrations, size_t n)
{
    static const char *const kinds[] = {"global", "shard", "sandbox"};
    enum { KINDS_N = sizeof kinds / sizeof *kinds };
    struct sqitch_plan *plans = calloc(KINDS_N, sizeof *plans);
    for (size_t kind = 0; plans != NULL && kind < KINDS_N; kind++) {
        if (!sqitch_plan_read(config->migrations_dir, kinds[kind], &plans[kind])) {
            free(plans);
            return NULL;
        }
        for (size_t i = 0; i < n; i++)
            if (strcmp(migrations[i].database.kind, kinds[kind]) == 0)
                migrations[i].plan = &plans[kind];
    }
    return plans;
}

static int run(const struct config *config, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 2 || (argc == 2 && !json)) {
        fprintf(stderr, "usage: souk admin %s\n", admin_migrate.usage);
        return 2;
    }
    static struct migration migrations[DATABASES_MAX];
    static struct database databases[DATABASES_MAX];
    size_t n = databases_of(config, databases);
    for (size_t i = 0; i < n; i++)
        migrations[i].database = databases[i];
    struct sqitch_plan *plans = read_plans(config, migrations, n);
    bool good = plans != NULL && shards_agree(config, &databases[0]);
    if (good) {
        for (size_t i = 0; i < n; i++)
            good = deploy_one(&migrations[i]) && good;
        print_table(migrations, n, json);
        good = good && (seeded(migrations, n) || seed(config, migrations, n));
    }
    free(plans);
    return good ? 0 : 1;
}

const struct admin_command admin_migrate = {
    .name = "migrate",
    .usage = "migrate [--json]",
    .help = "Deploys what is pending of migrations/global, shard and sandbox to every database (sqitch deploy --verify,\n"
            "one registry per database) and prints a table of where each stands. The first deploy also loads the\n"
            "routines and spreads the slots over the configured shards. Harmless to repeat, and quick.\n"
            "Exit code 1: a migration failed, a database is not there, or the number of shards has changed.",
    .run = run,
};
