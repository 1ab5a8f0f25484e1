#include "store/claim_move.h"

#include <string.h>

#include "base/json.h"

enum { STEPS_MAX = 4 };

struct mover {
    struct store *store;
    struct id_maker *ids;
    struct arena *arena;
    int64_t account_id, deadline_us;
};

static enum souk_err call(struct mover *mover, int db, const char *routine, const struct param *params, size_t params_n,
                          json_object **body)
{
    const struct call call = {routine, params, params_n, mover->deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(mover->store, db, &call, mover->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    *body = arena_own(mover->arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

/* A routine of the shard of an address. */
static enum souk_err call_claim(struct mover *mover, const char *routine, const char *email, json_object **body)
{
    const int64_t slot = id_slot_of_email(email);
    const struct param params[] = {param_text(email), param_int(mover->account_id), param_int(slot)};
    return call(mover, store_shard_of(mover->store, slot), routine, params, 3, body);
}

static enum souk_err claim(struct mover *mover, const char *email)
{
    json_object *body;
    int64_t mail_old, mail_new;
    enum souk_err err = call_claim(mover, "login_claim_take", email, &body);
    if (err == SOUK_OK)
        err = id_make(mover->ids, id_slot(mover->account_id), &mail_old);
    if (err == SOUK_OK)
        err = id_make(mover->ids, id_slot(mover->account_id), &mail_new);
    if (err != SOUK_OK)
        return err;
    const int64_t claimed = json_member_number(body, "claimed");
    const struct param params[] = {param_int(mover->account_id), param_text(email), param_int(claimed),
                                   param_int(mail_old), param_int(mail_new)};
    err = call(mover, store_shard_of(mover->store, mover->account_id), "claim_move_claimed", params, 5, &body);
    return err == SOUK_OK && !claimed ? SOUK_ACCOUNT_EMAIL_TAKEN : err;
}

static enum souk_err drop(struct mover *mover, const char *email)
{
    json_object *body;
    enum souk_err err = call_claim(mover, "login_claim_drop", email, &body);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {param_int(mover->account_id), param_text(email)};
    return call(mover, store_shard_of(mover->store, mover->account_id), "claim_move_dropped", params, 2, &body);
}

enum souk_err claim_move_finish(struct store *store, struct id_maker *ids, struct arena *arena, int64_t account_id,
                                int64_t deadline_us)
{
    struct mover mover = {store, ids, arena, account_id, deadline_us};
    for (int i = 0; i < STEPS_MAX; i++) {
        json_object *next;
        enum souk_err err = call(&mover, store_shard_of(store, account_id), "claim_move_next",
                                 (const struct param[]){param_int(account_id)}, 1, &next);
        if (err != SOUK_OK)
            return err;
        const char *step = json_member_text(next, "step"), *email = json_member_text(next, "email");
        if (!step || !email || strcmp(step, "none") == 0)
            return SOUK_OK;
        err = strcmp(step, "claim") == 0 ? claim(&mover, email) : drop(&mover, email);
        if (err != SOUK_OK)
            return err;
    }
    return SOUK_CONFLICT;
}
