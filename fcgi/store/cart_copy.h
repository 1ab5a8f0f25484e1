/* The copy of a cart in Redis: which lines, which are ticked, and for a moment what it looks like.
 *
 * A copy is one string; integers are decimal digits, ids eight bytes big-endian, so that no script makes numbers of ids:
 *
 *     state 1 · lines 3 · base 16 · sku_id 8 each · version 16 · ticks, one bit for each line
 *
 * `base` is the version in MySQL that it was made from, `version` the one with the ticks set since. One script sets
 * ticks (cart_copy_tick); when they differ from what MySQL has, the account stands in the set of its shard from which
 * the worker makes them durable. A line never changes in a copy: whoever changes the cart in MySQL holds it first, which
 * takes the copy away and lets nobody make another one until it is released, or CART_HOLD_MS have passed.
 *
 * Every function is one round trip. SOUK_UNAVAILABLE: Redis did not answer, and what was asked may have happened.
 */
#ifndef SOUK_STORE_CART_COPY_H
#define SOUK_STORE_CART_COPY_H

#include <stdbool.h>

#include "store/redis.h"

enum { CART_LINES_MAX = 200, CART_HOLD_MS = 10000, CART_LEASE_MS = 3000, CART_BODY_MS = 900, CART_COPY_S = 3600 };

/* Which cart, and where its copy is. Made by cart_copy_of(). */
struct cart_key {
    struct redis *redis;
    struct arena *arena;
    const char *account_id;
    const char *copy, *body, *holders, *lease, *ticked;
};

/* `shard` is the account's. False: the arena is full. */
bool cart_copy_of(struct redis *redis, struct arena *arena, int shard, int64_t account_id, struct cart_key *out);

/* A copy, unpacked. */
struct cart_copy {
    int64_t base, version;
    size_t lines_n;
    int64_t sku_ids[CART_LINES_MAX];
    bool ticked[CART_LINES_MAX];
};

/* False: these bytes are no copy. */
bool cart_copy_unpack(const char *bytes, size_t len, struct cart_copy *out);

/* The ticked SKUs as the routines take them: ",42,43,". NULL: arena full. */
const char *cart_copy_ticked(struct arena *arena, const struct cart_copy *copy);

/* Sets or clears ticks, of `n` lines or, with n == 0, of all. `if_match` NULL: whatever the version. */
struct cart_tick {
    const int64_t *sku_ids;
    size_t n;
    bool ticked;
    const int64_t *if_match;
};
struct cart_ticked {
    int64_t version;
    int lines_n, ticked_n;
};

/* SOUK_NOT_FOUND: there is no copy, it is held, it has another version than if_match, or a line is not in it: nothing
 * was changed, MySQL has the last word. */
SOUK_CHECK enum souk_err cart_copy_tick(const struct cart_key *key, const struct cart_tick *tick, struct cart_ticked *out);

/* What stands there. */
struct cart_seen {
    bool held;         /* somebody is changing the cart: nothing may be stored */
    const char *shown; /* "<etag>\n<body>" of this very version; NULL: none */
    size_t shown_len;
    bool copied;
    struct cart_copy copy; /* when copied */
};

/* Neither held nor copied: the lease is taken under `token`, for cart_copy_store(). */
SOUK_CHECK enum souk_err cart_copy_see(const struct cart_key *key, const char *token, struct cart_seen *out);

/* Stores a copy (NULL: there is one of this version) and how the cart looks. Nothing is stored when the cart was held
 * since cart_copy_see(), or the copy there has another version. */
SOUK_CHECK enum souk_err cart_copy_store(const struct cart_key *key, const char *token, const struct cart_copy *copy,
                                         int64_t version, const char *etag, const char *body);

/* Holds the cart. *ticks: there was a copy with ticks that MySQL may not have; it stays until cart_copy_drop(). */
SOUK_CHECK enum souk_err cart_copy_hold(const struct cart_key *key, const char *token, bool *ticks, struct cart_copy *out);
void cart_copy_release(const struct cart_key *key, const char *token);

/* Takes the copy away if it has `version` still, whatever it is said to be made from by now. *stood: it had; may be NULL. */
SOUK_CHECK enum souk_err cart_copy_drop(const struct cart_key *key, int64_t version, bool *stood);

/* Takes the copy away if it was made from a version before `version`. */
SOUK_CHECK enum souk_err cart_copy_drop_before(const struct cart_key *key, int64_t version);

/* The ticks of `version`, set since `base`, are in MySQL. */
SOUK_CHECK enum souk_err cart_copy_kept(const struct cart_key *key, int64_t base, int64_t version);

#endif
