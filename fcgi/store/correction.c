/* Corrections of stock. See correction.h. */
#include "store/correction.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "store/escrow.h"
#include "store/soldout.h"

enum { ATTEMPTS_MAX = 3 };

static const char pool_main[] = "main";

struct making {
    struct store *store;
    struct id_maker *ids;
    struct arena *arena;
    const struct correction *correction;
    int64_t deadline_us;
};

static bool said(json_object *body, const char *state)
{
    const char *text = json_member_text(body, "state");
    return text != NULL && strcmp(text, state) == 0;
}

static enum souk_err write_down(struct store *store, struct arena *arena, int64_t correction_id, const char *state,
                                int64_t deadline_us, struct answer *answer)
{
    const struct param params[] = {param_int(correction_id), param_text(state)};
    const struct call call = {"correction_end", params, 2, deadline_us, .repeatable = true};
    return store_call(store, DB_GLOBAL, &call, arena, answer, NULL);
}

enum souk_err correction_finish(struct store *store, struct arena *arena, const struct correction_step *step,
                                int64_t deadline_us, struct answer *answer, bool *done)
{
    const struct param params[] = {param_int(step->correction_id), param_int(step->sku_id), param_text(step->pool),
                                   param_int(step->qty), param_text(step->reference)};
    const struct call call = {"stock_correct", params, sizeof params / sizeof params[0], deadline_us, .repeatable = true};
    enum souk_err err = store_call(store, step->shard, &call, arena, answer, NULL);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(arena, json_tokener_parse(answer->body), json_release);
    *done = said(body, "done");
    if (*done)
        soldout_clear(store_soldout(store), arena, step->sku_id, step->pool);
    return write_down(store, arena, step->correction_id, *done ? "done" : "refused", deadline_us, answer);
}

/* Brings free units of other shards home, as many as are missing there; what cannot be had now the next step notices. */
static enum souk_err bring_home(struct making *m, int home)
{
    const int64_t sku_id = m->correction->sku_id;
    const struct param params[] = {param_int(sku_id), param_text(pool_main), param_int(clock_unix_ms())};
    const struct call call = {"stock_peek", params, 3, m->deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(m->store, home, &call, m->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(m->arena, json_tokener_parse(answer.body), json_release);
    const int64_t missing = -m->correction->qty - json_member_number(body, "free");
    if (missing <= 0)
        return SOUK_OK;
    err = escrow_borrow(m->store, m->ids, home, sku_id, pool_main, missing, m->deadline_us, m->arena);
    return err == SOUK_ORDER_OUT_OF_STOCK ? SOUK_OK : err;
}

static enum souk_err begin(struct making *m, json_object **body)
{
    const struct correction *c = m->correction;
    int64_t correction_id;
    struct answer answer;
    enum souk_err err = id_make(m->ids, id_slot(c->sku_id), &correction_id);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {
        param_int(correction_id), c->account_id,     c->idempotency_key, c->body_hash, param_int(c->sku_id),
        param_int(store_shard_of(m->store, c->sku_id)), param_int(c->qty), c->reason,  c->reference,
    };
    const struct call call = {"correction_begin", params, sizeof params / sizeof params[0], m->deadline_us, .repeatable = true};
    err = store_call(m->store, DB_GLOBAL, &call, m->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    *body = arena_own(m->arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

/* One attempt under an id of its own: a refused one leaves a tombstone there. */
static enum souk_err attempt(struct making *m, struct answer *answer, bool *done)
{
    const struct correction *c = m->correction;
    json_object *body;
    enum souk_err err = begin(m, &body);
    if (err != SOUK_OK)
        return err;
    const struct correction_step step = {
        .correction_id = json_member_number(body, "correction_id"),
        .shard = (int)json_member_number(body, "shard"),
        .sku_id = c->sku_id,
        .pool = pool_main,
        .qty = c->qty,
        .reference = c->reference.text,
    };
    *done = said(body, "done");
    if (*done)
        return write_down(m->store, m->arena, step.correction_id, "done", m->deadline_us, answer);
    if (c->qty < 0)
        err = bring_home(m, step.shard);
    return err == SOUK_OK ? correction_finish(m->store, m->arena, &step, m->deadline_us, answer, done) : err;
}

enum souk_err correction_make(struct store *store, struct id_maker *ids, struct arena *arena,
                              const struct correction *correction, int64_t deadline_us, struct answer *answer,
                              struct refusal *refusal)
{
    struct making m = {store, ids, arena, correction, deadline_us};
    int64_t units = 0;
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        bool done = false;
        enum souk_err err = attempt(&m, answer, &done);
        if (err != SOUK_OK || done)
            return err;
        err = escrow_free_units(store, correction->sku_id, pool_main, deadline_us, arena, &units);
        if (err != SOUK_OK)
            return err;
        if (units < -correction->qty) {
            snprintf(refusal->detail, sizeof refusal->detail, "%" PRId64 " units are free", units);
            return SOUK_STOCK_RESERVED;
        }
    }
    return SOUK_UNAVAILABLE;
}
