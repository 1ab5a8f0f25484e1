#include "guard/guest.h"

#include "base/clock.h"
#include "guard/role.h"
#include "observe/log.h"

void guest_cart_take(struct token_keys *keys, struct store *store, struct redis *redis, struct id_maker *ids,
                     struct arena *arena, const char *token, int64_t account_id, int64_t deadline_us, const char **what)
{
    struct claims guest;
    enum cart_merge merge;
    *what = "kept";
    if (token_verify(keys, token, clock_unix_ms() / 1000, &guest) != SOUK_OK || guest.roles != ROLE_GUEST)
        return;
    enum souk_err err = cart_merge(store, redis, ids, arena, guest.account_id, account_id, deadline_us, &merge);
    if (err != SOUK_OK)
        log_warn("a guest's cart was not merged: %s", error_row(err)->code);
    else
        *what = merge == CART_MERGE_DONE ? "merged" : merge == CART_MERGE_LATER ? "merging" : "empty";
}
