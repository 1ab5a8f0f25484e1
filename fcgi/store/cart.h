/* Carts between MySQL, where they are kept, and Redis, where their ticks change.
 *
 * Lines and quantities are in MySQL before they are acknowledged. Ticks are set in the copy in Redis and made durable by
 * the worker within CART_TICKS_LATE_MS, or before the cart is changed, merged or ordered from: when Redis is lost, ticks
 * of that long may be lost with it, and nothing else. Without Redis everything goes to MySQL at once.
 */
#ifndef SOUK_STORE_CART_H
#define SOUK_STORE_CART_H

#include "store/cart_copy.h"
#include "store/id.h"
#include "store/store.h"

enum { CART_TICKS_LATE_MS = 1000, CART_TOKEN_LEN = 16 };

/* One cart and on whose behalf. Made by cart_of(). */
struct cart {
    struct store *store;
    struct arena *arena;
    int64_t account_id;
    int64_t deadline_us;
    struct cart_key key;
    struct refusal *refusal; /* may be NULL */
    char token[CART_TOKEN_LEN + 1];
    bool cached; /* while it is held: Redis knows that it is */
};

/* False: the arena is full. */
bool cart_of(struct store *store, struct redis *redis, struct arena *arena, int64_t account_id, int64_t deadline_us,
             struct cart *out);

/* Before anything in MySQL changes the cart: its ticks are made durable and its copy is gone, and no other one is made
 * until cart_release(). An error: the cart is not held. cart->cached goes to the routine as in_cached. */
SOUK_CHECK enum souk_err cart_hold(struct cart *cart);

/* After the change. `outcome` is what the call gave: while it is unknown, the hold stays until it ends by itself. */
void cart_release(struct cart *cart, enum souk_err outcome);

/* The cart as it is shown (routine cart_get), from Redis where it can be. */
SOUK_CHECK enum souk_err cart_show(struct cart *cart, struct answer *answer);

/* Ticks lines in Redis. SOUK_NOT_FOUND: that cannot be, or Redis may not decide: the routine cart_select is to, while the
 * cart is held. */
SOUK_CHECK enum souk_err cart_tick(struct cart *cart, const struct cart_tick *tick, struct answer *answer);

/* What became of a guest's cart. */
enum cart_merge { CART_MERGE_EMPTY, CART_MERGE_DONE, CART_MERGE_LATER };

/* Brings the lines of `guest_id` into the cart of `account_id`, in two steps. CART_MERGE_LATER: the first is done and
 * the worker does the second. An error: nothing has happened yet. */
SOUK_CHECK enum souk_err cart_merge(struct store *store, struct redis *redis, struct id_maker *ids, struct arena *arena,
                                    int64_t guest_id, int64_t account_id, int64_t deadline_us, enum cart_merge *out);

/* The second step, also for the worker: `lines` is JSON as routine cart_merge takes it. May be repeated. */
SOUK_CHECK enum souk_err cart_merge_into(struct cart *cart, int64_t merge_id, const char *lines);

/* The third: the guest's cart is emptied. May be repeated. */
SOUK_CHECK enum souk_err cart_merge_finish(struct cart *guest, int64_t merge_id);

#endif
