/* The connections of this process to one database: at most so many, opened when needed, prepared statements kept with
 * each. Internal to store/. Thread-safe; a connection belongs to one thread between pool_take() and pool_give().
 *
 * A breaker (guard/breaker.h) stands before them: a database that refuses, fails or is slow is left alone for a short random
 * time and asked again by one thread only, so that everybody else fails fast meanwhile.
 */
#ifndef SOUK_STORE_POOL_H
#define SOUK_STORE_POOL_H

#include <mariadb/mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"

enum { CONNECTION_STATEMENTS_MAX = 64, ROUTINE_NAME_MAX = 64 };

/* CALL of one routine with so many parameters, prepared on one connection. */
struct statement {
    char routine[ROUTINE_NAME_MAX + 1];
    size_t params_n;
    MYSQL_STMT *stmt;
    uint64_t used; /* when, in the connection's count of uses */
};

struct connection {
    struct pool *pool;
    struct connection *next; /* in the pool's list */
    MYSQL *mysql;            /* NULL: not connected */
    struct statement statements[CONNECTION_STATEMENTS_MAX];
    size_t statements_n;
    uint64_t uses;
    int64_t taken_us;
    bool failed;             /* in this use: it broke, or did not answer in time */
    bool heavy;              /* in this use: how long it took, or that it was given up, says nothing about the database */
};

struct pool;

/* No connection is opened yet. NULL when memory is out. */
struct pool *pool_new(const struct config *config, const struct config_db *db);

/* Closes everything; every connection must have been given back. Accepts NULL. */
void pool_free(struct pool *pool);

/* The schema, for messages. */
const char *pool_name(const struct pool *pool);

/* A live connection, opened if need be. SOUK_UNAVAILABLE: none became free before the deadline, or the database
 * cannot be reached. */
SOUK_CHECK enum souk_err pool_take(struct pool *pool, int64_t deadline_us, struct connection **out);

/* `sound` false: something surprising happened, the connection is closed. */
void pool_give(struct connection *connection, bool sound);

#endif
