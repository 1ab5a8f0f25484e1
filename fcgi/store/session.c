/* One session with a database server. See session.h.
 *
 * Connector/C runs a non-blocking call on a stack of its own and comes back when it would wait, naming what for; we
 * wait with a deadline and let it go on. At the deadline it is told so (MYSQL_WAIT_TIMEOUT), fails as if the
 * connection had been lost, and the session is good for nothing but session_close().
 */
#include "store/session.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/fiber.h"

/* Procedures keep the sql_mode of the session that creates them, so loader and application share this one.
 * lock_wait_timeout: a CALL waiting behind a migration must not outlive its caller for hours. */
static const char *const session_setup[] = {
    "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 1, lock_wait_timeout = 2, "
    "group_concat_max_len = 4194304, sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void)
{
    (void)mysql_library_init(0, NULL, NULL);
}

static short events_of(int status)
{
    int events = 0;
    if (status & MYSQL_WAIT_READ)
        events |= POLLIN;
    if (status & MYSQL_WAIT_WRITE)
        events |= POLLOUT;
    if (status & MYSQL_WAIT_EXCEPT)
        events |= POLLPRI;
    return (short)events;
}

/* Waits for what `status` asks for and returns what came. A hang-up counts as what was asked: the call finds out. */
static int wait_for(MYSQL *mysql, int status, int64_t deadline_us)
{
    if (clock_us() >= deadline_us)
        return MYSQL_WAIT_TIMEOUT;
    short events = fiber_poll(mysql_get_socket(mysql), events_of(status), deadline_us);
    if (events == 0)
        return MYSQL_WAIT_TIMEOUT;
    int came = 0;
    if (events & POLLIN)
        came |= MYSQL_WAIT_READ;
    if (events & POLLOUT)
        came |= MYSQL_WAIT_WRITE;
    if (events & POLLPRI)
        came |= MYSQL_WAIT_EXCEPT;
    return came ? came : status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT);
}

static unsigned query_on(MYSQL *mysql, const char *sql, size_t len, int64_t deadline_us)
{
    int failed = 0;
    int status = mysql_real_query_start(&failed, mysql, sql, (unsigned long)len);
    while (status != 0)
        status = mysql_real_query_cont(&failed, mysql, wait_for(mysql, status, deadline_us));
    return failed ? mysql_errno(mysql) : 0;
}

static bool connect_on(MYSQL *mysql, const struct config_db *db, const char *schema, unsigned long flags,
                       int64_t deadline_us)
{
    const char *host = db->socket[0] ? "localhost" : db->host;
    const char *path = db->socket[0] ? db->socket : NULL;
    MYSQL *connected = NULL;
    if (path == NULL)
        fiber_blocks(); /* the library looks the host up before it gives its thread back */
    int status = mysql_real_connect_start(&connected, mysql, host, db->user, db->password, schema,
                                          (unsigned)db->port, path, flags);
    if (path == NULL)
        fiber_goes_on();
    while (status != 0)
        status = mysql_real_connect_cont(&connected, mysql, wait_for(mysql, status, deadline_us));
    return connected != NULL;
}

static MYSQL *new_session(char *message)
{
    pthread_once(&library_once, library_init);
    MYSQL *mysql = mysql_init(NULL);
    if (mysql == NULL) {
        snprintf(message, SESSION_MESSAGE_BYTES, "out of memory");
        return NULL;
    }
    bool off = false;
    mysql_options(mysql, MYSQL_OPT_NONBLOCK, 0);
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &off);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &(unsigned){0});
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    return mysql;
}

static MYSQL *ready_or_closed(MYSQL *mysql, bool ready, char *message)
{
    if (ready)
        return mysql;
    snprintf(message, SESSION_MESSAGE_BYTES, "%s (%u)", mysql_error(mysql), mysql_errno(mysql));
    session_close(mysql);
    return NULL;
}

MYSQL *session_open(const struct config_db *db, const char *schema, int64_t deadline_us, char *message)
{
    MYSQL *mysql = new_session(message);
    if (mysql == NULL)
        return NULL;
    bool ready = connect_on(mysql, db, schema, 0, deadline_us);
    for (size_t i = 0; ready && i < sizeof session_setup / sizeof *session_setup; i++)
        ready = query_on(mysql, session_setup[i], strlen(session_setup[i]), deadline_us) == 0;
    return ready_or_closed(mysql, ready, message);
}

MYSQL *session_connect(const struct config_db *db, int64_t deadline_us, char *message)
{
    MYSQL *mysql = new_session(message);
    return mysql ? ready_or_closed(mysql, connect_on(mysql, db, NULL, CLIENT_MULTI_STATEMENTS, deadline_us), message) : NULL;
}

void session_close(MYSQL *mysql)
{
    if (mysql == NULL)
        return;
    /* A full socket buffer would make the farewell wait: nothing more is sent when the peer does not take it. */
    int fd = mysql_get_socket(mysql);
    struct pollfd peer = {.fd = fd, .events = POLLOUT};
    if (fd >= 0 && (poll(&peer, 1, 0) != 1 || peer.revents != POLLOUT))
        (void)shutdown(fd, SHUT_RDWR);
    mysql_close(mysql);
}

bool session_alive(MYSQL *mysql)
{
    struct pollfd peer = {.fd = mysql_get_socket(mysql), .events = POLLIN | POLLRDHUP};
    return peer.fd >= 0 && poll(&peer, 1, 0) == 0;
}

unsigned session_query(MYSQL *mysql, const char *sql, size_t len, int64_t deadline_us)
{
    return query_on(mysql, sql, len, deadline_us);
}

unsigned session_result(MYSQL *mysql, MYSQL_RES **out, int64_t deadline_us)
{
    *out = NULL;
    if (mysql_field_count(mysql) == 0)
        return 0;
    int status = mysql_store_result_start(out, mysql);
    while (status != 0)
        status = mysql_store_result_cont(out, mysql, wait_for(mysql, status, deadline_us));
    return *out ? 0 : mysql_errno(mysql);
}

int session_more(MYSQL *mysql, int64_t deadline_us)
{
    int result = 0;
    int status = mysql_next_result_start(&result, mysql);
    while (status != 0)
        status = mysql_next_result_cont(&result, mysql, wait_for(mysql, status, deadline_us));
    return result > 0 ? (int)mysql_errno(mysql) : result;
}

unsigned session_prepare(MYSQL *mysql, MYSQL_STMT *stmt, const char *sql, size_t len, int64_t deadline_us)
{
    int failed = 0;
    int status = mysql_stmt_prepare_start(&failed, stmt, sql, (unsigned long)len);
    while (status != 0)
        status = mysql_stmt_prepare_cont(&failed, stmt, wait_for(mysql, status, deadline_us));
    return failed ? mysql_stmt_errno(stmt) : 0;
}

unsigned session_execute(MYSQL *mysql, MYSQL_STMT *stmt, int64_t deadline_us)
{
    int failed = 0;
    int status = mysql_stmt_execute_start(&failed, stmt);
    while (status != 0)
        status = mysql_stmt_execute_cont(&failed, stmt, wait_for(mysql, status, deadline_us));
    return failed ? mysql_stmt_errno(stmt) : 0;
}

unsigned session_store(MYSQL *mysql, MYSQL_STMT *stmt, int64_t deadline_us)
{
    int failed = 0;
    int status = mysql_stmt_store_result_start(&failed, stmt);
    while (status != 0)
        status = mysql_stmt_store_result_cont(&failed, stmt, wait_for(mysql, status, deadline_us));
    return failed ? mysql_stmt_errno(stmt) : 0;
}

int session_next(MYSQL *mysql, MYSQL_STMT *stmt, int64_t deadline_us)
{
    int result = 0;
    int status = mysql_stmt_next_result_start(&result, stmt);
    while (status != 0)
        status = mysql_stmt_next_result_cont(&result, stmt, wait_for(mysql, status, deadline_us));
    return result > 0 ? (int)mysql_stmt_errno(stmt) : result;
}

bool session_in_transaction(MYSQL *mysql)
{
    unsigned status = 0;
    return mariadb_get_infov(mysql, MARIADB_CONNECTION_SERVER_STATUS, &status) == 0 &&
           (status & SERVER_STATUS_IN_TRANS) != 0;
}
