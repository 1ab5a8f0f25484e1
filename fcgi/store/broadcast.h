/* Rows that stand on every shard with a version: price and state of SKUs, promotions, settings.
 *
 * A change commits on global together with a row of the table `broadcast` (routine broadcast_add), is then applied on
 * every shard by a routine that takes a JSON array and keeps the newer version of each row, and is done when all shards
 * have it. Applying twice or out of order is harmless. What a shard that cannot be reached has missed is finished by the
 * worker's job `broadcast`.
 */
#ifndef SOUK_STORE_BROADCAST_H
#define SOUK_STORE_BROADCAST_H

#include "store/store.h"

/* Calls `routine`(rows) on every shard, however many of them fail. `*missed`: a bit for each shard that has not taken
 * them; 0: every shard has. SOUK_OK, or the first shard's error: SOUK_UNAVAILABLE, SOUK_TIMEOUT and SOUK_CONFLICT pass
 * with time, a refusal does not (its detail is in `*refusal`, which may be NULL). No shard takes more than its share of
 * the time until the deadline. */
SOUK_CHECK enum souk_err broadcast_apply(struct store *store, struct arena *arena, const char *routine, const char *rows,
                                         int64_t deadline_us, uint64_t *missed, struct refusal *refusal);

/* Applies what waits of one aggregate and, when every shard has it, marks it as done. `*everywhere`: nothing waits any
 * more; false: the worker will finish it. An error only when global cannot be asked. */
SOUK_CHECK enum souk_err broadcast_settle(struct store *store, struct arena *arena, const char *routine,
                                          int64_t aggregate_id, int64_t deadline_us, bool *everywhere);

/* The same for up to `limit` of whatever has waited for at least `age_s_min` seconds, without the `skip` that have waited
 * longest. `*listed`: how many were there; `*found`: how many of them were tried; `*settled`: how many of these are done now. */
SOUK_CHECK enum souk_err broadcast_sweep(struct store *store, struct arena *arena, int limit, int64_t skip, int64_t age_s_min,
                                         int64_t deadline_us, int *listed, int *found, int *settled);

#endif
