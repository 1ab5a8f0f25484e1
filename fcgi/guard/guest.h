/* A guest who signs in brings a cart along. */
#ifndef SOUK_GUARD_GUEST_H
#define SOUK_GUARD_GUEST_H

#include "guard/token.h"
#include "store/cart.h"

/* Whose access token it is. SOUK_TOKEN_INVALID: nobody's; SOUK_TOKEN_EXPIRED; SOUK_FORBIDDEN: an account's, not a guest's. */
SOUK_CHECK enum souk_err guest_read(struct token_keys *keys, const char *token, int64_t *guest_id);

/* Brings the cart of the guest of `token` into the account's. Never fails what it is part of: *what says what became of
 * the guest's cart: "merged", "merging" (the worker finishes it within seconds), "empty", or "kept" (a token that is no
 * guest's, or the cart cannot be reached: nothing has happened, POST /v1/cart/merge tries again). */
void guest_cart_take(struct token_keys *keys, struct store *store, struct redis *redis, struct id_maker *ids,
                     struct arena *arena, const char *token, int64_t account_id, int64_t deadline_us, const char **what);

#endif
