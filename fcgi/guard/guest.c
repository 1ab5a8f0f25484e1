#include "guard/guest.h"

#include "base/clock.h"
#include "guard/role.h"
#include "observe/log.h"

enum souk_err guest_read(struct token_keys *keys, const char *token, int64_t *guest_id)
{
    struct claims claims;
    enum souk_err err = token_verify(keys, token, clock_unix_ms() / 1000, &claims);
    if (err != SOUK_OK)
        return err;
    *guest_id = claims.account_id;
    return claims.roles == ROLE_GUEST ? SOUK_OK : SOUK_FORBIDDEN;
}

void guest_cart_take(struct token_keys *keys, struct store *store, struct redis *redis, struct id_maker *ids,
                     struct arena *arena, const char *token, int64_t account_id, int64_t deadline_us, const char **what)
{
    int64_t guest_id;
    enum cart_merge merge;
    *what = "kept";
    if (guest_read(keys, token, &guest_id) != SOUK_OK)
        return;
    enum souk_err err = cart_merge(store, redis, ids, arena, guest_id, account_id, deadline_us, &merge);
    if (err != SOUK_OK)
        log_warn("a guest's cart was not merged: %s", error_row(err)->code);
    else
        *what = merge == CART_MERGE_DONE ? "merged" : merge == CART_MERGE_LATER ? "merging" : "empty";
}
