/* The databases as an operator sees them. See database.h. */
#include "admin/database.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/session.h"
#include "store/store.h"

enum { DATABASE_CONNECT_US = 5000000, DATABASE_SQL_BYTES = 4096 };

static struct database owned(const struct config *config, const char *kind, int number, const struct config_db *db)
{
    struct database database = {.kind = kind, .number = number, .db = *db};
    snprintf(database.db.user, sizeof database.db.user, "%s", config->migrate_user);
    snprintf(database.db.password, sizeof database.db.password, "%s", config->migrate_password);
    return database;
}

size_t databases_of(const struct config *config, struct database out[DATABASES_MAX])
{
    size_t n = 0;
    out[n++] = owned(config, "global", DB_GLOBAL, &config->global);
    for (int shard = 0; shard < config->shards_n; shard++)
        out[n++] = owned(config, "shard", shard, &config->shards[shard]);
    if (config->sandbox_db.schema[0])
        out[n++] = owned(config, "sandbox", DB_SANDBOX, &config->sandbox_db);
    return n;
}

MYSQL *database_open(const struct database *database, const char *schema)
{
    char message[SESSION_MESSAGE_BYTES];
    MYSQL *mysql = session_open(&database->db, schema, clock_us() + DATABASE_CONNECT_US, message);
    if (mysql == NULL)
        fprintf(stderr, "souk admin: cannot enter %s as %s: %s\n", database->db.schema, database->db.user, message);
    return mysql;
}

bool database_run(MYSQL *mysql, const char *sql)
{
    if (session_query(mysql, sql, strlen(sql), clock_us() + DATABASE_TIMEOUT_US))
        return false;
    int more;
    do { /* a CALL has a status after its results */
        MYSQL_RES *rows = mysql_store_result(mysql);
        mysql_free_result(rows);
        more = mysql_next_result(mysql);
    } while (more == 0);
    return more < 0;
}

bool database_runf(MYSQL *mysql, const char *format, ...)
{
    char sql[DATABASE_SQL_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    return len >= 0 && (size_t)len < sizeof sql && database_run(mysql, sql);
}

MYSQL_RES *database_query(MYSQL *mysql, const char *sql)
{
    if (session_query(mysql, sql, strlen(sql), clock_us() + DATABASE_TIMEOUT_US))
        return NULL;
    return mysql_store_result(mysql);
}
