/* The connections to one database. See pool.h. */
#include "store/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "guard/breaker.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/session.h"

/* A wait for a row's lock (1 s) is not yet slow: a hot row must not close the whole database. */
static const struct breaker_rules breaker_rules = {
    .window = 32, .window_ms = 10000, .calls_min = 10, .failed_percent_max = 50, .slow_percent_max = 80, .slow_ms = 1500,
    .open_ms_min = 100, .open_ms_max = 500, .probes = 2,
};

struct pool {
    struct config_db db;
    int64_t connect_timeout_us;
    pthread_mutex_t lock;
    struct fiber_cond freed;
    struct connection *idle;   /* connected, last used first */
    struct connection *closed; /* not connected */
    struct breaker breaker;
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
    pthread_mutex_init(&pool->lock, NULL);
    breaker_init(&pool->breaker, db->schema, &breaker_rules);
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
    fiber_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

void pool_give(struct connection *connection, bool sound)
{
    enum breaker_outcome outcome = connection->failed ? BREAKER_FAILED : sound ? BREAKER_GOOD : BREAKER_UNKNOWN;
    if (connection->heavy && connection->failed)
        outcome = BREAKER_UNKNOWN;
    breaker_report(&connection->pool->breaker, outcome, connection->heavy ? 0 : clock_us() - connection->taken_us);
    if (!sound)
        disconnect(connection);
    put_back(connection);
}

static enum souk_err open_connection(struct connection *connection, int64_t deadline_us)
{
    struct pool *pool = connection->pool;
    int64_t connect_by_us = clock_us() + pool->connect_timeout_us;
    bool hurried = connect_by_us > deadline_us;
    char message[SESSION_MESSAGE_BYTES];
    connection->mysql = session_open(&pool->db, pool->db.schema, hurried ? deadline_us : connect_by_us, message);
    if (connection->mysql == NULL) {
        if (hurried && clock_us() >= deadline_us) {
            breaker_report(&pool->breaker, BREAKER_UNKNOWN, 0); /* says nothing about the database */
            return SOUK_UNAVAILABLE;
        }
        if (!breaker_is_open(&pool->breaker))
            log_warn("%s: cannot connect: %s", pool->db.schema, message);
        breaker_report(&pool->breaker, BREAKER_DEAD, 0);
        return SOUK_UNAVAILABLE;
    }
    metrics_add(METRIC_MYSQL_CONNECTS, 1);
    return SOUK_OK;
}

/* An idle connection if there is one, else one that is not connected, else NULL at the deadline. */
static struct connection *wait_for_any(struct pool *pool, int64_t deadline_us)
{
    struct connection *found = NULL;
    pthread_mutex_lock(&pool->lock);
    bool in_time = true;
    while (pool->idle == NULL && pool->closed == NULL && in_time)
        in_time = fiber_cond_wait(&pool->freed, &pool->lock, deadline_us);
    struct connection **list = pool->idle ? &pool->idle : &pool->closed;
    found = *list;
    if (found != NULL)
        *list = found->next;
    pthread_mutex_unlock(&pool->lock);
    return found;
}

enum souk_err pool_take(struct pool *pool, int64_t deadline_us, struct connection **out)
{
    if (!breaker_allow(&pool->breaker, pool->connect_timeout_us))
        return SOUK_UNAVAILABLE;
    struct connection *connection = wait_for_any(pool, deadline_us);
    if (connection == NULL) {
        breaker_report(&pool->breaker, BREAKER_UNKNOWN, 0); /* all are busy: it is the caller who gave up */
        return SOUK_UNAVAILABLE;
    }
    if (connection->mysql != NULL && !session_alive(connection->mysql))
        disconnect(connection);
    if (connection->mysql == NULL) {
        enum souk_err err = open_connection(connection, deadline_us);
        if (err) {
            put_back(connection);
            return err;
        }
    }
    connection->taken_us = clock_us();
    connection->failed = connection->heavy = false;
    *out = connection;
    return SOUK_OK;
}
