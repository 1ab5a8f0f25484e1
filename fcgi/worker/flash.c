/* Flash sales as time passes: they open, their gates are kept right, they close.
 *
 * What is to be done stands in global (routine flash_due). Of each open sale, twice a second: its units come into its pool, its
 * gate hears what has changed and which orders gave their units back, and is made anew where Redis has lost it
 * (worker/flash_gate.c). Whatever cannot be done now is done with the next run: a database or a Redis that is away is no error
 * here, or the pauses would grow while a crowd waits.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/broadcast.h"
#include "store/escrow.h"
#include "worker/flash_gate.h"

enum {
    EVERY_MS = 500,
    DRAIN_MS = 1000,      /* a sale that is over closes when this long nothing waits to be ordered */
    DRAIN_MS_MAX = 15000, /* and then in any case */
    SPREAD_UNITS = 4,     /* for each shard, so many units at least are dealt out evenly */
    SEARCH_US = 5000000,  /* between two searches for units of a sale that are not at home */
    SEARCHES_N = 256      /* more than flash_due lists */
};

static struct flash_sale read_sale(json_object *item)
{
    return (struct flash_sale){
        .sale_id = json_member_number(item, "sale_id"),
        .sku_id = json_member_number(item, "sku_id"),
        .epoch = json_member_number(item, "epoch"),
        .units = json_member_number(item, "units"),
        .starts_ms = json_member_number(item, "starts_ms"),
        .over_ms = json_member_number(item, "over_ms"),
        .pool = json_member_text(item, "pool"),
        .state = json_member_text(item, "state"),
        .item = item,
    };
}

static enum souk_err advance(struct job_run *run, struct flash_sale *sale, const char *step, bool *advanced)
{
    const struct param params[] = {param_int(sale->sale_id), param_text(step), param_int(sale->epoch)};
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "flash_advance", params, 3, &body);
    *advanced = err == SOUK_OK && json_member_number(body, "advanced");
    if (err == SOUK_OK) {
        sale->epoch = json_member_number(body, "epoch");
        sale->state = json_member_text(body, "state");
    }
    if (*advanced && strcmp(step, "renew") != 0)
        log_info("flash sale %" PRId64 " is %s", sale->sale_id, sale->state);
    return err;
}

enum souk_err flash_everywhere(struct job_run *run, const struct flash_sale *sale, bool *everywhere)
{
    return broadcast_settle(run->context->store, run->arena, "flash_apply", sale->sale_id, run->deadline_us, everywhere);
}

enum souk_err flash_renew(struct job_run *run, struct flash_sale *sale, bool *renewed)
{
    bool everywhere;
    *renewed = false;
    enum souk_err err = flash_everywhere(run, sale, &everywhere); /* not yet another one while a shard lacks the last */
    if (err == SOUK_OK && everywhere)
        err = advance(run, sale, "renew", renewed);
    if (err != SOUK_OK || !*renewed)
        return err;
    return flash_everywhere(run, sale, renewed);
}

/* Units from main into the sale's pool, at home. */
static enum souk_err allot_once(struct job_run *run, struct flash_sale *sale, int64_t *missing)
{
    int64_t move_id;
    json_object *body;
    enum souk_err err = id_make(run->context->ids, id_slot(sale->sale_id), &move_id);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {param_int(sale->sale_id), param_int(move_id)};
    err = job_call(run, store_shard_of(run->context->store, sale->sale_id), "flash_allot", params, 2, &body);
    if (err != SOUK_OK)
        return err;
    sale->allotted = json_member_number(body, "allotted");
    *missing = json_member_number(body, "missing");
    return SOUK_OK;
}

/* What other shards have free in main comes home: as much as is missing, or all there is. */
static enum souk_err bring_home(struct job_run *run, const struct flash_sale *sale, int64_t missing)
{
    struct store *store = run->context->store;
    int64_t units = 0;
    enum souk_err err = escrow_free_units(store, sale->sku_id, "main", run->deadline_us, run->arena, &units);
    if (err == SOUK_OK && units == 0)
        return SOUK_ORDER_OUT_OF_STOCK;
    if (err != SOUK_OK || units > missing)
        units = missing;
    return escrow_borrow(store, run->context->ids, store_shard_of(store, sale->sale_id), sale->sku_id, "main", units,
                         run->deadline_us, run->arena);
}

/* When units of a sale were last looked for; one thread looks. */
static struct search {
    int64_t sale_id, at_us;
} searches[SEARCHES_N];

/* The sale's own, or the oldest for one that has none. */
static struct search *search_of(const struct flash_sale *sale)
{
    struct search *found = &searches[0];
    for (size_t i = 1; i < SEARCHES_N && found->sale_id != sale->sale_id; i++)
        if (searches[i].sale_id == sale->sale_id || searches[i].at_us < found->at_us)
            found = &searches[i];
    return found;
}

static enum souk_err allot(struct job_run *run, struct flash_sale *sale)
{
    int64_t missing = 0;
    enum souk_err err = allot_once(run, sale, &missing);
    if (err != SOUK_OK || missing == 0)
        return err;
    struct search *search = search_of(sale);
    if (search->sale_id == sale->sale_id && clock_us() - search->at_us < SEARCH_US)
        return SOUK_OK;
    const enum souk_err borrowed = bring_home(run, sale, missing);
    *search = (struct search){sale->sale_id, clock_us()}; /* also of one that waited long for a shard */
    err = allot_once(run, sale, &missing);
    if (err == SOUK_OK && missing > 0)
        log_info("flash sale %" PRId64 ": %" PRId64 " of %" PRId64 " units are not to be had (%s)", sale->sale_id, missing,
                 sale->units, borrowed ? error_row(borrowed)->code : "not yet");
    return err;
}

/* The units of a sale that has just opened, dealt out to the shards: later ones are borrowed as they are wanted. */
static void spread(struct job_run *run, const struct flash_sale *sale)
{
    struct store *store = run->context->store;
    const int shards_n = store_shards_n(store), home = store_shard_of(store, sale->sale_id);
    const int64_t each = sale->allotted / shards_n;
    for (int shard = 0; each >= SPREAD_UNITS && shard < shards_n; shard++) {
        int64_t moved;
        if (shard != home && escrow_move(store, run->context->ids, home, shard, sale->sku_id, sale->pool, each, run->deadline_us,
                                         run->arena, &moved) != SOUK_OK)
            log_info("flash sale %" PRId64 ": shard %d borrows its units later", sale->sale_id, shard);
    }
}

static enum souk_err tend(struct job_run *run, struct flash_sale *sale)
{
    bool open = false;
    enum souk_err err = allot(run, sale);
    if (err == SOUK_OK)
        err = flash_gate_tune(run, sale, &open);
    if (err == SOUK_OK && !open)
        err = flash_gate_build(run, sale, &open);
    return open ? flash_gate_return(run, sale) : err; /* a gate that is not open would not hear of them */
}

static enum souk_err open_sale(struct job_run *run, struct flash_sale *sale)
{
    bool advanced, everywhere = false, open;
    enum souk_err err = advance(run, sale, "open", &advanced);
    if (err == SOUK_OK)
        err = flash_everywhere(run, sale, &everywhere);
    if (err != SOUK_OK || !everywhere || strcmp(sale->state, "open") != 0)
        return err;
    err = allot(run, sale);
    if (err == SOUK_OK && advanced)
        spread(run, sale);
    return err == SOUK_OK ? flash_gate_build(run, sale, &open) : err;
}

static enum souk_err close_sale(struct job_run *run, struct flash_sale *sale)
{
    int64_t waiting = 0;
    bool advanced, everywhere;
    if (sale->over_ms < DRAIN_MS ||
        (sale->over_ms < DRAIN_MS_MAX && (flash_gate_waiting(run, &waiting) != SOUK_OK || waiting > 0)))
        return tend(run, sale);
    enum souk_err err = advance(run, sale, "close", &advanced);
    return err == SOUK_OK ? flash_everywhere(run, sale, &everywhere) : err;
}

static enum souk_err step(struct job_run *run, struct flash_sale *sale)
{
    if (strcmp(sale->state, "open") != 0 && strcmp(sale->state, "scheduled") != 0)
        return flash_gate_remove(run, sale);
    if (sale->over_ms >= 0)
        return close_sale(run, sale);
    return strcmp(sale->state, "open") == 0 ? tend(run, sale) : open_sale(run, sale);
}

static enum souk_err run_flash(struct job_run *run, bool *found)
{
    json_object *body;
    *found = false;
    enum souk_err err = job_call(run, DB_GLOBAL, "flash_due", NULL, 0, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    for (size_t i = 0; items && i < json_object_array_length(items) && !atomic_load(run->stopping); i++) {
        struct flash_sale sale = read_sale(json_object_array_get_idx(items, i));
        err = step(run, &sale);
        if (err != SOUK_OK)
            log_info("flash sale %" PRId64 " is looked at again: %s", sale.sale_id, error_row(err)->code);
    }
    return SOUK_OK;
}

const struct job job_flash = {.name = "flash", .per_shard = false, .every_ms = EVERY_MS, .run = run_flash};
