/* The connections to one database. See pool.h. */
#include "store/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/session.h"

enum { DOWN_US_MIN = 100000, DOWN_US_MAX = 500000 };

struct pool {
    struct config_db db;
    int64_t connect_timeout_us;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct connection *idle;   /* connected, last used first */
    struct connection *closed; /* not connected */
    _Atomic int64_t down_until_us; /* 0: up */
    size_t connections_n;
    struct connection connections[];
};

struct pool *pool_new(const struct config *config, const struct config_db *db)
{
    assert(config->connections > 0);
    size_t n = (size_t)config->connections;
    struct pool *pool = calloc(1, sizeof *pool + n * sizeof *pool->connections);
    if (pool == NULL)
        return NULL;
    pool->db = *db;
    pool->connect_timeout_us = config->connect_timeout_ms * 1000;
    pool->connections_n = n;
    for (size_t i = 0; i < n; i++) {
        pool->connections[i].pool = pool;
        pool->connections[i].next = pool->closed;
        pool->closed = &pool->connections[i];
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

const char *pool_name(const struct pool *pool)
{
    return pool->db.schema;
}

static void disconnect(struct connection *connection)
{
    session_close(connection->mysql); /* first: statements of a closed session are freed without a word to the server */
    connection->mysql = NULL;
    for (size_t i = 0; i < connection->statements_n; i++)
        (void)mysql_stmt_close(connection->statements[i].stmt);
    connection->statements_n = 0;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->connections_n; i++)
        disconnect(&pool->connections[i]);
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static void put_back(struct connection *connection)
{
    struct pool *pool = connection->pool;
    pthread_mutex_lock(&pool->lock);
    struct connection **list = connection->mysql ? &pool->idle : &pool->closed;
    connection->next = *list;
    *list = connection;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

void pool_give(struct connection *connection, bool sound)
{
    if (!sound)
        disconnect(connection);
    put_back(connection);
}

/* May this thread try to connect now? While the database is down, one at a time may. */
static bool may_connect(struct pool *pool)
{
    int64_t now_us = clock_us();
    int64_t until_us = atomic_load(&pool->down_until_us);
    if (until_us == 0)
        return true;
    return now_us >= until_us &&
           atomic_compare_exchange_strong(&pool->down_until_us, &until_us, now_us + pool->connect_timeout_us);
}

static enum souk_err open_connection(struct connection *connection, int64_t deadline_us)
{
    struct pool *pool = connection->pool;
    if (!may_connect(pool))
        return SOUK_UNAVAILABLE;
    int64_t connect_by_us = clock_us() + pool->connect_timeout_us;
    bool hurried = connect_by_us > deadline_us;
    char message[SESSION_MESSAGE_BYTES];
    connection->mysql = session_open(&pool->db, pool->db.schema, hurried ? deadline_us : connect_by_us, message);
    if (connection->mysql == NULL) {
        if (hurried && clock_us() >= deadline_us)
            return SOUK_UNAVAILABLE; /* says nothing about the database */
        int64_t pause_us = DOWN_US_MIN + (int64_t)arc4random_uniform(DOWN_US_MAX - DOWN_US_MIN);
        if (atomic_exchange(&pool->down_until_us, clock_us() + pause_us) == 0)
            log_warn("%s: cannot connect: %s", pool->db.schema, message);
        return SOUK_UNAVAILABLE;
    }
    if (atomic_exchange(&pool->down_until_us, 0) != 0)
        log_info("%s: connected again", pool->db.schema);
    metrics_add(METRIC_MYSQL_CONNECTS, 1);
    return SOUK_OK;
}

/* An idle connection if there is one, else one that is not connected, else NULL at the deadline. */
static struct connection *wait_for_any(struct pool *pool, int64_t deadline_us)
{
    struct timespec until = {.tv_sec = deadline_us / 1000000, .tv_nsec = (deadline_us % 1000000) * 1000};
    struct connection *found = NULL;
    pthread_mutex_lock(&pool->lock);
    int failed = 0;
    while (pool->idle == NULL && pool->closed == NULL && failed == 0)
        failed = pthread_cond_timedwait(&pool->freed, &pool->lock, &until);
    struct connection **list = pool->idle ? &pool->idle : &pool->closed;
    found = *list;
    if (found != NULL)
        *list = found->next;
    pthread_mutex_unlock(&pool->lock);
    return found;
}

enum souk_err pool_take(struct pool *pool, int64_t deadline_us, struct connection **out)
{
    struct connection *connection = wait_for_any(pool, deadline_us);
    if (connection == NULL)
        return SOUK_UNAVAILABLE;
    if (connection->mysql != NULL && !session_alive(connection->mysql))
        disconnect(connection);
    if (connection->mysql == NULL) {
        enum souk_err err = open_connection(connection, deadline_us);
        if (err) {
            put_back(connection);
            return err;
        }
    }
    *out = connection;
    return SOUK_OK;
}
