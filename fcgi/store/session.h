/* One session with a database server: opening it the way souk works (character set, time zone, isolation, limits) and
 * driving Connector/C's non-blocking calls, whose deadlines are exact to the millisecond where the blocking ones round
 * to whole seconds. Below the pool; `souk admin` uses it directly. One thread at a time per session.
 */
#ifndef SOUK_STORE_SESSION_H
#define SOUK_STORE_SESSION_H

#include <mariadb/mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"

/* Server and client errors that decide what happens next. */
enum {
    ERROR_TOO_MANY_CONNECTIONS = 1040,
    ERROR_SERVER_SHUTDOWN = 1053,
    ERROR_LOCK_WAIT = 1205,
    ERROR_DEADLOCK = 1213,
    ERROR_CHECKREAD = 1020,
    ERROR_UNKNOWN_STATEMENT = 1243,
    ERROR_ROUTINE_MISSING = 1305,
    ERROR_INTERRUPTED = 1317,
    ERROR_ROUTINE_PARAMETERS = 1318,
    ERROR_TABLE_CHANGED = 1412,
    ERROR_REPREPARE = 1615,
    ERROR_KILLED = 1927,
    ERROR_CLIENT_FIRST = 2000, /* 2000 to 2999: the connection, not the statement */
    ERROR_CLIENT_LAST = 2999
};

enum { SESSION_MESSAGE_BYTES = 256 };

/* Connects to `db` (its user and password, `schema` or none when NULL) and prepares the session. NULL on failure:
 * `message`, of SESSION_MESSAGE_BYTES, says why. Closed by session_close(). */
MYSQL *session_open(const struct config_db *db, const char *schema, int64_t deadline_us, char *message);

/* Connects and prepares nothing: for a server that only speaks the protocol (the search server). It may be sent several
 * statements at once. NULL and `message` as session_open(). */
MYSQL *session_connect(const struct config_db *db, int64_t deadline_us, char *message);

/* Accepts NULL. Never waits for the server, whatever state the session is in. */
void session_close(MYSQL *mysql);

/* True when the server has neither closed the idle session nor sent anything unasked. */
bool session_alive(MYSQL *mysql);

/* Text protocol; 0 or the error's number. A result is then fetched by mysql_store_result(). */
unsigned session_query(MYSQL *mysql, const char *sql, size_t len, int64_t deadline_us);

/* The result of the text query just run, read whole; *out is NULL where it has none. 0 or the error's number. */
unsigned session_result(MYSQL *mysql, MYSQL_RES **out, int64_t deadline_us);

/* On to the next result of the text query: 0, −1 past the last one, or the error's number. */
int session_more(MYSQL *mysql, int64_t deadline_us);

/* The steps of a prepared statement; 0 or the error's number. session_next() answers −1 past the last result. */
unsigned session_prepare(MYSQL *mysql, MYSQL_STMT *stmt, const char *sql, size_t len, int64_t deadline_us);
unsigned session_execute(MYSQL *mysql, MYSQL_STMT *stmt, int64_t deadline_us);
unsigned session_store(MYSQL *mysql, MYSQL_STMT *stmt, int64_t deadline_us);
int session_next(MYSQL *mysql, MYSQL_STMT *stmt, int64_t deadline_us);

/* The server says that a transaction is open in this session. */
bool session_in_transaction(MYSQL *mysql);

#endif
