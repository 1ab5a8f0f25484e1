/* Corrections: units were counted, and there are more or fewer than the books say.
 *
 * Written down in global, once for each key; then one transaction on the SKU's home shard adds the units or takes free
 * ones away; then its outcome is written down. Units that have to go and are free elsewhere are brought home first. What
 * a crash cuts in half the worker finishes under the same id.
 */
#ifndef SOUK_STORE_CORRECTION_H
#define SOUK_STORE_CORRECTION_H

#include "base/arena.h"
#include "store/id.h"
#include "store/store.h"

/* The request for one. */
struct correction {
    struct param account_id, idempotency_key, body_hash;
    int64_t sku_id;
    int64_t qty; /* signed, not 0 */
    struct param reason, reference;
};

/* *answer: 201 and the correction, the same for each repetition of the key. SOUK_STOCK_RESERVED: fewer are free than are to
 * go; *refusal says how many; nothing changed, and the key may be used again. SOUK_IDEMPOTENCY_MISMATCH, SOUK_NOT_FOUND as
 * the routine says. Else as store_call(): the worker may still carry it out; the same key tells. */
SOUK_CHECK enum souk_err correction_make(struct store *store, struct id_maker *ids, struct arena *arena,
                                         const struct correction *correction, int64_t deadline_us, struct answer *answer,
                                         struct refusal *refusal);

/* Carries out what correction_begin wrote down and writes down what became of it. *done: it was; false: it was refused. */
struct correction_step {
    int64_t correction_id;
    int shard;
    int64_t sku_id;
    const char *pool;
    int64_t qty;
    const char *reference; /* NULL: none */
};
SOUK_CHECK enum souk_err correction_finish(struct store *store, struct arena *arena, const struct correction_step *step,
                                           int64_t deadline_us, struct answer *answer, bool *done);

#endif
