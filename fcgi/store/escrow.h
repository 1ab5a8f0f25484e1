/* Borrowing: stock held in escrow on another shard comes to the shard that needs it.
 *
 * Lend at the donor (units leave, a transfer row stays), receive here (idempotent by the transfer's id), settle at the
 * donor. A crash between two of these leaves a transfer that the worker finishes. Each step is one local transaction.
 *
 * Who is short asks the SKU's home shard first, then those that have plenty. A loan brings some units more than were
 * missing while there are many. When there are few, as many as are missing go to the home shard from wherever they are
 * free, the borrower's own too, and from there to one borrower at a time, all it needs or none: two short shards cannot
 * swap the last units past each other. Nothing leaves for home when all shards together have too few, or when home does
 * not answer.
 */
#ifndef SOUK_STORE_ESCROW_H
#define SOUK_STORE_ESCROW_H

#include <stdint.h>

#include "store/id.h"
#include "store/store.h"

/* A shard that would keep fewer units than these has few left: its units move by way of the home shard. */
enum { ESCROW_FEW = 8 };

/* Tries to bring `units` of (sku_id, pool) to `shard`; the caller then asks its routine again.
 * SOUK_OK: they came, or so much has changed that the routine must say anew what it misses.
 * SOUK_ORDER_OUT_OF_STOCK: there was an instant during the call at which all shards together did not have them.
 * SOUK_UNAVAILABLE: a shard did not answer or units are in flight: ask again shortly. Units that did come stay. */
SOUK_CHECK enum souk_err escrow_borrow(struct store *store, struct id_maker *ids, int shard, int64_t sku_id,
                                       const char *pool, int64_t units, int64_t deadline_us, struct arena *arena);

/* What a routine refused with 30401, "<sku_id> <pool> <missing units>", of a coupon its code behind it. {0} at first, then kept
 * through all rounds of a request. */
struct escrow_missing {
    int64_t sku_id, units;
    char pool[33];
    char code[257]; /* of a coupon; else empty */
    int64_t denied_id; /* the SKU of which "there are not enough" was said once */
};

/* False: `detail` says nothing of the kind. */
SOUK_CHECK bool escrow_missing_read(const char *detail, struct escrow_missing *missing);

/* escrow_borrow() for what was refused. That there are not enough is final at once when none at all are free; else when it is
 * said of the same SKU again, and SOUK_OK the first time: what is free may have come to `shard` after the routine looked, which is
 * to look again. */
SOUK_CHECK enum souk_err escrow_borrow_missing(struct store *store, struct id_maker *ids, int shard,
                                               struct escrow_missing *missing, int64_t deadline_us, struct arena *arena);

/* Is none free on any shard, as far as was heard lately or is found by asking all? False also when that cannot be told. */
bool escrow_is_gone(struct store *store, int64_t sku_id, const char *pool, int64_t deadline_us, struct arena *arena);

/* Moves units between two shards because they are wanted there more: `units` that are free at `from`, or none. *moved
 * says how many left. Errors as store_call(); what left then is brought there by the worker. */
SOUK_CHECK enum souk_err escrow_move(struct store *store, struct id_maker *ids, int from, int to, int64_t sku_id,
                                     const char *pool, int64_t units, int64_t deadline_us, struct arena *arena,
                                     int64_t *moved);

/* Sends what is free of a SKU at `from` to its home shard, as far as it was not brought there just now. As escrow_move(). */
SOUK_CHECK enum souk_err escrow_gather(struct store *store, struct id_maker *ids, int from, int64_t sku_id,
                                       const char *pool, int64_t deadline_us, struct arena *arena, int64_t *moved);

/* Units that are free on all shards together, at an instant during the call. SOUK_UNAVAILABLE: a shard did not answer, or
 * units were under way all the time. */
SOUK_CHECK enum souk_err escrow_free_units(struct store *store, int64_t sku_id, const char *pool, int64_t deadline_us,
                                           struct arena *arena, int64_t *units);

#endif
