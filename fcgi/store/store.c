/* The databases behind one door: which pools there are, where a slot lives, what a database says of its routines.
 * See store.h; the calls themselves are in call.c. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "observe/log.h"
#include "store/combine.h"
#include "store/inside.h"
#include "store/session.h"

enum { DESCRIBE_TIMEOUT_US = 2000000 };

struct param param_text(const char *text)
{
    if (text == NULL)
        return param_null();
    return (struct param){.type = PARAM_TEXT, .text = text, .len = strlen(text)};
}

static bool pools_new(struct store *store, const struct config *config)
{
    store->global = pool_new(config, &config->global);
    bool made = store->global != NULL;
    for (int shard = 0; made && shard < config->shards_n; shard++) {
        store->shards[shard] = pool_new(config, &config->shards[shard]);
        made = store->shards[shard] != NULL;
    }
    if (made && config->sandbox_db.schema[0]) {
        store->sandbox = pool_new(config, &config->sandbox_db);
        made = store->sandbox != NULL;
    }
    return made;
}

enum souk_err store_new(const struct config *config, struct store **out)
{
    assert(config->shards_n > 0 && config->shards_n <= CONFIG_SHARDS_MAX);
    *out = NULL;
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return SOUK_INTERNAL;
    store->config = config;
    store->soldout = soldout_new();
    store->combiner = combiner_new(config);
    if (store->soldout == NULL || store->combiner == NULL || !pools_new(store, config)) {
        store_free(store);
        return SOUK_INTERNAL;
    }
    slots_init(&store->slots, config->shards_n);
    if (config->global.schema[0] && slots_reload(&store->slots, store) != SOUK_OK)
        log_warn("no slot map from %s yet: assuming that of a first deploy", config->global.schema);
    *out = store;
    return SOUK_OK;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    pool_free(store->global);
    pool_free(store->sandbox);
    for (int shard = 0; shard < CONFIG_SHARDS_MAX; shard++)
        pool_free(store->shards[shard]);
    combiner_free(store->combiner);
    soldout_free(store->soldout);
    free(store);
}

struct soldout *store_soldout(struct store *store)
{
    return store->soldout;
}

struct pool *store_pool(struct store *store, int db)
{
    if (db == DB_GLOBAL)
        return store->global;
    if (db == DB_SANDBOX)
        return store->sandbox;
    assert(db >= 0 && db < store->config->shards_n);
    return store->shards[db];
}

int store_shard_of(struct store *store, int64_t id)
{
    if (atomic_load_explicit(&store->slots.version, memory_order_relaxed) == 0)
        store_reload_slots(store);
    return atomic_load_explicit(&store->slots.shard[id & (STORE_SLOTS - 1)], memory_order_relaxed);
}

int store_shards_n(const struct store *store)
{
    return store->config->shards_n;
}

void store_reload_slots(struct store *store)
{
    if (slots_reload(&store->slots, store) != SOUK_OK)
        log_debug("the slot map could not be reloaded");
}

static const char describe_sql[] =
    "SELECT ROUTINE_NAME, '', '', 0 FROM information_schema.ROUTINES "
    "WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE' UNION ALL "
    "SELECT SPECIFIC_NAME, PARAMETER_NAME, LOWER(DATA_TYPE), ORDINAL_POSITION FROM information_schema.PARAMETERS "
    "WHERE SPECIFIC_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE' AND ORDINAL_POSITION > 0 ORDER BY 1, 4";

static enum souk_err read_params(MYSQL_RES *rows, struct routine_param **out, size_t *out_n)
{
    struct routine_param *params = calloc((size_t)mysql_num_rows(rows) + 1, sizeof *params);
    if (params == NULL)
        return SOUK_UNAVAILABLE;
    size_t n = 0;
    for (MYSQL_ROW row = mysql_fetch_row(rows); row != NULL; row = mysql_fetch_row(rows), n++) {
        snprintf(params[n].routine, sizeof params[n].routine, "%s", row[0]);
        snprintf(params[n].name, sizeof params[n].name, "%s", row[1]);
        snprintf(params[n].type, sizeof params[n].type, "%s", row[2]);
    }
    *out = params;
    *out_n = n;
    return SOUK_OK;
}

enum souk_err store_describe(struct store *store, int db, struct routine_param **out, size_t *out_n)
{
    *out = NULL;
    *out_n = 0;
    struct pool *pool = store_pool(store, db);
    if (pool == NULL)
        return SOUK_NOT_FOUND;
    int64_t deadline_us = clock_us() + DESCRIBE_TIMEOUT_US;
    struct connection *connection;
    enum souk_err err = pool_take(pool, deadline_us, &connection);
    if (err)
        return err;
    bool sound = session_query(connection->mysql, describe_sql, sizeof describe_sql - 1, deadline_us) == 0;
    MYSQL_RES *rows = sound ? mysql_store_result(connection->mysql) : NULL;
    err = rows ? read_params(rows, out, out_n) : SOUK_UNAVAILABLE;
    mysql_free_result(rows);
    pool_give(connection, rows != NULL);
    return err;
}

const struct routine_param *store_described(const struct routine_param *all, size_t n, const char *routine, size_t *out_n)
{
    *out_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].name[0] != '\0' || strcmp(all[i].routine, routine) != 0)
            continue;
        for (size_t at = i + 1; at < n && all[at].name[0] != '\0'; at++)
            ++*out_n;
        return &all[i + 1];
    }
    return NULL;
}

enum souk_err store_ping(struct store *store, int db, int64_t timeout_ms)
{
    int64_t deadline_us = clock_us() + timeout_ms * 1000;
    struct pool *pool = store_pool(store, db);
    struct connection *connection;
    enum souk_err err = pool ? pool_take(pool, deadline_us, &connection) : SOUK_UNAVAILABLE;
    if (err)
        return err;
    static const char sql[] = "SELECT 1";
    bool sound = session_query(connection->mysql, sql, sizeof sql - 1, deadline_us) == 0;
    MYSQL_RES *rows = sound ? mysql_store_result(connection->mysql) : NULL;
    sound = rows != NULL;
    mysql_free_result(rows);
    connection->failed = !sound;
    pool_give(connection, sound);
    return sound ? SOUK_OK : SOUK_UNAVAILABLE;
}
