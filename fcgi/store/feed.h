/* What happens in the databases, as this process hears of it: one thread reads the Redis streams that the relay of
 * souk worker publishes (souk:events:<schema>) and tells those who listen.
 *
 * The relay leaves beside each stream the time until which everything committed has been published
 * (souk:events:<schema>:fresh). Once what was in the stream has been told, the listeners know everything up to that time:
 * feed_fresh_ms(). It stands still while the relay, Redis or the database is away.
 *
 * Redis may be emptied at any time. One life of it has a random name, the epoch (key souk:epoch), which whoever misses it
 * gives; another epoch means that events may have been lost, and listeners begin anew.
 */
#ifndef SOUK_STORE_FEED_H
#define SOUK_STORE_FEED_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"

enum { FEED_BATCH_MAX = 500, FEED_EVENT_IDS_MAX = 128 };

/* Names the place of an event in all streams; the same in every process. */
struct feed_event {
    const char *topic;
    const char *stamp;
    bool all;   /* it names more ids than are listed */
    bool shard; /* it comes from a shard, not from global */
    size_t ids_n;
    int64_t *ids; /* the aggregate, and product_id, sku_id, category_id, sku_ids of the payload */
};

struct feed_listener {
    void *user;
    bool (*hears)(void *user, const char *topic, bool shard); /* events of others are not told, unless another one hears them */
    /* `redis` may be used for commands, all of them answered before it returns; false: that failed, tell again. */
    bool (*tell)(void *user, redisContext *redis, const struct feed_event *events, size_t n);
    void (*begin_anew)(void *user, uint64_t epoch);
    void (*turn)(void *user); /* several times a second; may be NULL */
};

struct feed;

/* Starts the thread. `listeners` are copied, at most 4. */
SOUK_CHECK enum souk_err feed_new(const struct config *config, const struct feed_listener *listeners, size_t n,
                                  struct feed **out);
void feed_free(struct feed *feed); /* accepts NULL */

/* Unix time in ms: everything committed until then, on global or on global and all shards, has been told. 0: nothing is
 * known. */
int64_t feed_fresh_ms(const struct feed *feed, bool shards);

/* The epoch, 0 while it is not known. */
uint64_t feed_epoch(const struct feed *feed);

#endif
