/* Borrowing: stock held in escrow on another shard comes to the shard that needs it.
 *
 * Lend at the donor (units leave, a transfer row stays), receive here (idempotent by the transfer's id), settle at the
 * donor. A crash between two of these leaves a transfer that the worker finishes. Each step is one local transaction.
 */
#ifndef SOUK_STORE_ESCROW_H
#define SOUK_STORE_ESCROW_H

#include <stdint.h>

#include "store/id.h"
#include "store/store.h"

/* Tries to bring `units` of (sku_id, pool) to `shard`: the SKU's home shard is asked first, then the others.
 * SOUK_OK: all came. SOUK_ORDER_OUT_OF_STOCK: every shard was asked and together they do not have them.
 * SOUK_UNAVAILABLE: a donor did not answer or units are in flight: ask again shortly. Units that did come stay. */
SOUK_CHECK enum souk_err escrow_borrow(struct store *store, struct id_maker *ids, int shard, int64_t sku_id,
                                       const char *pool, int64_t units, int64_t deadline_us, struct arena *arena);

#endif
