/* The databases as an operator sees them: every schema of the configuration, entered as the user that owns the schemas.
 * Shared by the commands migrate and routines. */
#ifndef SOUK_ADMIN_DATABASE_H
#define SOUK_ADMIN_DATABASE_H

#include <mariadb/mysql.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"

enum { DATABASES_MAX = CONFIG_SHARDS_MAX + 2, DATABASE_TIMEOUT_US = 60000000 };

struct database {
    const char *kind; /* global, shard, sandbox: the folder in migrations/ and sql/ */
    int number;       /* DB_GLOBAL, DB_SANDBOX or the shard */
    struct config_db db;
};

/* Global, the shards, and the sandbox where there is one; returns how many. */
size_t databases_of(const struct config *config, struct database out[DATABASES_MAX]);

/* A session in `schema` (NULL: in none). NULL when it cannot be had: the reason was said on stderr. */
MYSQL *database_open(const struct database *database, const char *schema);

/* Runs one statement. False on failure; mysql_error() has the reason. */
bool database_run(MYSQL *mysql, const char *sql);

/* Runs one statement given by a format; parts that came from outside must be plain names. */
bool database_runf(MYSQL *mysql, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs one query and stores its result, freed by mysql_free_result(). NULL on failure. */
MYSQL_RES *database_query(MYSQL *mysql, const char *sql);

#endif
