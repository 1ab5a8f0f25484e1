/* Goods received: units come in from outside and are dealt out to the shards.
 *
 * The receipt and its parts are one transaction in global, once for each reference; each part is then a transfer like
 * any other: received by its shard, idempotent by its id, and settled. What a crash or a shard that is down leaves in
 * flight the worker finishes.
 */
#ifndef SOUK_STORE_GOODS_H
#define SOUK_STORE_GOODS_H

#include <stdint.h>

#include "base/arena.h"
#include "store/id.h"
#include "store/store.h"

/* One delivery. `reference` is the merchant's own number of it, at most 190 characters. */
struct goods {
    int64_t sku_id;
    int64_t qty;
    const char *reference;
};

/* Which shard is to get how many, as the routine goods_receive takes it (JSON in the arena): fewer than four for each
 * shard all to the SKU's home shard, more evenly, what is left over to the home shard. */
SOUK_CHECK enum souk_err goods_deal(struct store *store, struct id_maker *ids, struct arena *arena,
                                    const struct goods *goods, const char **parts);

/* Brings what is in flight of the receipt that goods_receive answered with (*answer) to its shards. *answer afterwards:
 * 201 all units placed, 202 some are on their way. */
SOUK_CHECK enum souk_err goods_place(struct store *store, struct arena *arena, int64_t deadline_us, struct answer *answer);

/* All of it for callers that need no answer: SOUK_OK also when some units are still on their way. The same reference again
 * is received once, and goes on with what is in flight. SOUK_STOCK_REFERENCE: the reference stands for another delivery.
 * SOUK_NOT_FOUND: no such SKU. Else as store_call(); then call again. */
SOUK_CHECK enum souk_err stock_distribute(struct store *store, struct id_maker *ids, struct arena *arena, int64_t sku_id,
                                          int64_t qty, const char *reference, int64_t deadline_us);

/* Units under way from one place to another; a row of goods_under_way or stock_under_way. Text lives in the arena. */
struct transfer {
    int64_t transfer_id;
    int from; /* shard that lent them; −1: from outside */
    int to;   /* shard that is to have them */
    int64_t sku_id;
    const char *pool;
    int64_t qty;
    const char *reference; /* of the receipt; NULL between shards */
};

/* Receives the units at `to` and settles at `from`, or, where a tombstone stands at `to`, takes them back. Safe to
 * repeat. Errors as store_call(): the transfer stays in flight. */
SOUK_CHECK enum souk_err transfer_finish(struct store *store, struct arena *arena, const struct transfer *transfer,
                                         int64_t deadline_us);

#endif
