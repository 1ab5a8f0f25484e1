/* The laws, and the comparisons between databases that some of them need. See audit.h.
 *
 * Within a database one statement sees one instant. Between two databases the order of asking does it: what is over at
 * one end was preceded by what must stand at the other, so the end is read first and its cause looked for afterwards.
 */
#include "admin/audit.h"
#include "base/clock.h"
#include "base/json.h"

enum { ASK_US = 30000000, OUTSIDE = -1 };

static enum souk_err read_body(struct audit *audit, int db, const char *routine, const struct param *params, size_t params_n,
                               json_object **body)
{
    const struct call call = {routine, params, params_n, clock_us() + ASK_US, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(audit->store, db, &call, audit->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    *body = arena_own(audit->arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

/* CALLs a routine and adds what it finds, with the shard where it found it. */
static enum souk_err ask(struct audit *audit, int db, const char *routine, const struct param *params, size_t params_n,
                         json_object *violations)
{
    json_object *body;
    enum souk_err err = read_body(audit, db, routine, params, params_n, &body);
    if (err != SOUK_OK)
        return err;
    json_object *found = json_member_array(body, "violations");
    for (size_t i = 0; found && i < json_object_array_length(found); i++) {
        json_object *one = json_object_array_get_idx(found, i);
        if (db != DB_GLOBAL && !json_object_object_get_ex(one, "shard", NULL))
            json_object_object_add(one, "shard", json_object_new_int(db));
        json_object_array_add(violations, json_object_get(one));
    }
    return found ? SOUK_OK : SOUK_INTERNAL;
}

static enum souk_err ask_items(struct audit *audit, int db, const char *routine, int64_t number, json_object *items,
                               json_object *violations)
{
    const struct param params[] = {param_int(number),
                                   param_text(json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN))};
    return ask(audit, db, routine, params, 2, violations);
}

/* The items whose other end is at `peer`. */
static json_object *of_peer(struct audit *audit, json_object *body, int peer)
{
    json_object *items = json_member_array(body, "items"), *some = json_object_new_array();
    for (size_t i = 0; items && i < json_object_array_length(items); i++)
        if (json_member_number(json_object_array_get_idx(items, i), "peer") == peer)
            json_object_array_add(some, json_object_get(json_object_array_get_idx(items, i)));
    return arena_own(audit->arena, some, json_release);
}

/* Transfers of shard `db` against their other ends, on other shards and outside. */
static enum souk_err follow_moves(struct audit *audit, int db, json_object *body, json_object *violations)
{
    enum souk_err err = SOUK_OK;
    for (int peer = OUTSIDE; err == SOUK_OK && peer < store_shards_n(audit->store); peer++) {
        json_object *items = of_peer(audit, body, peer);
        if (json_object_array_length(items) == 0)
            continue;
        err = peer == OUTSIDE ? ask_items(audit, DB_GLOBAL, "audit_outside", db, items, violations)
                              : ask_items(audit, peer, "audit_pairs", db, items, violations);
    }
    return err;
}

/* What came from outside against the shards that it went to. */
static enum souk_err follow_goods(struct audit *audit, int db, json_object *body, json_object *violations)
{
    (void)db;
    enum souk_err err = SOUK_OK;
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(audit->store); shard++) {
        json_object *items = of_peer(audit, body, shard);
        if (json_object_array_length(items) > 0)
            err = ask_items(audit, shard, "audit_pairs", OUTSIDE, items, violations);
    }
    return err;
}

static enum souk_err ask_shards(struct audit *audit, const char *routine, json_object *body, json_object *violations)
{
    json_object *items = json_member_array(body, "items");
    enum souk_err err = SOUK_OK;
    if (items == NULL || json_object_array_length(items) == 0)
        return SOUK_OK;
    const struct param params[] = {param_text(json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN))};
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(audit->store); shard++)
        err = ask(audit, shard, routine, params, 1, violations);
    return err;
}

static enum souk_err follow_ids(struct audit *audit, int db, json_object *body, json_object *violations)
{
    (void)db;
    return ask_shards(audit, "audit_strangers", body, violations);
}

/* CALLs routine(from, to, items) on each shard: the items are all that global has in that range of ids. */
static enum souk_err ask_copies(struct audit *audit, const char *routine, json_object *body, json_object *violations)
{
    json_object *items = json_member_array(body, "items");
    enum souk_err err = items ? SOUK_OK : SOUK_INTERNAL;
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {param_int(json_member_number(body, "from")), param_int(json_member_number(body, "to")),
                                   param_text(json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN))};
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(audit->store); shard++)
        err = ask(audit, shard, routine, params, 3, violations);
    return err;
}

static enum souk_err follow_skus(struct audit *audit, int db, json_object *body, json_object *violations)
{
    (void)db;
    return ask_copies(audit, "audit_sku_copies", body, violations);
}

/* What promotions are for, on the first shard against the others. */
static enum souk_err compare_targets(struct audit *audit, json_object *body, json_object *violations)
{
    const struct param range[] = {param_int(json_member_number(body, "from")), param_int(json_member_number(body, "to"))};
    json_object *first;
    enum souk_err err = read_body(audit, 0, "audit_targets", range, 2, &first);
    json_object *items = err == SOUK_OK ? json_member_array(first, "items") : NULL;
    if (items == NULL)
        return err == SOUK_OK ? SOUK_INTERNAL : err;
    const struct param params[] = {param_text(json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN))};
    for (int shard = 1; err == SOUK_OK && shard < store_shards_n(audit->store); shard++)
        err = ask(audit, shard, "audit_targets_same", params, 1, violations);
    return err;
}

static enum souk_err follow_pricing(struct audit *audit, int db, json_object *body, json_object *violations)
{
    (void)db;
    enum souk_err err = ask_copies(audit, "audit_pricing_copies", body, violations);
    if (err == SOUK_OK)
        err = ask_copies(audit, "audit_target_copies", body, violations);
    return err == SOUK_OK ? compare_targets(audit, body, violations) : err;
}

/* Claims on addresses against the accounts, wherever these are, and the other way round. */
static enum souk_err follow_claims(struct audit *audit, int db, json_object *body, json_object *violations)
{
    (void)db;
    return ask_shards(audit, "audit_claimants", body, violations);
}

static enum souk_err follow_accounts(struct audit *audit, int db, json_object *body, json_object *violations)
{
    (void)db;
    return ask_shards(audit, "audit_claimed", body, violations);
}

/* The slot map against what the shards say that they serve. */
static enum souk_err follow_map(struct audit *audit, int db, json_object *body, json_object *violations)
{
    (void)db;
    enum souk_err err = SOUK_OK;
    json_object *map = json_member_array(body, "shards");
    for (int shard = 0; err == SOUK_OK && shard < store_shards_n(audit->store); shard++)
        err = ask_items(audit, shard, "audit_owner", shard, map, violations);
    return err;
}

const struct audit_law audit_laws[AUDIT_LAWS_N] = {
    {"stock", "0 ≤ reserved ≤ on_hand, and both are the sums of their movements", {{.routine = "audit_stock"}}},
    {"reserved", "open orders hold the units and coupons of their lines, nobody else holds any, and every movement has its reason",
     {{.routine = "audit_reserved"}, {.routine = "audit_reserving"}}},
    {"conservation", "what came from outside is on hand or under way: every transfer stands at both its ends",
     {{.routine = "audit_transfers"},
      {.routine = "audit_moves", .follow = follow_moves},
      {.routine = "audit_goods", .global = true, .follow = follow_goods},
      {.routine = "audit_receipts", .global = true}}},
    {"orders", "an order is the fold of its events, its amounts those of its lines, and what its events tell of is there",
     {{.routine = "audit_orders"},
      {.routine = "audit_order_terms"},
      {.routine = "audit_order_lines"},
      {.routine = "audit_order_parts"}}},
    {"shipping", "an order is as far as its parcels are; what left or came back is in stock and money as it says",
     {{.routine = "audit_shipments"}, {.routine = "audit_returns"}}},
    {"money", "debits equal credits; an order is PAID, or beyond, exactly when all of it was captured; no more goes back than came, no "
              "money is kept that no order needs, and no order waits for a refund that nobody gives",
     {{.routine = "audit_payments"}, {.routine = "audit_ledger"}, {.routine = "audit_refunds"}}},
    {"idempotency", "stored answers name orders that are there, each order once", {{.routine = "audit_idempotency"}}},
    {"outbox", "no event is older than it may be and not done", {{.routine = "audit_outbox", .both = true, .once = true}}},
    {"ids", "an id names one thing and lies in a slot that its shard serves",
     {{.routine = "audit_slots"},
      {.routine = "audit_ids", .global = true, .follow = follow_ids},
      {.routine = "audit_map", .global = true, .once = true, .follow = follow_map}}},
    {"broadcast", "every shard has every SKU, promotion, way to ship, tax, flash sale and hold rule as global has it, at its version, "
                  "and no others",
     {{.routine = "audit_sku_wanted", .global = true, .follow = follow_skus},
      {.routine = "audit_pricing_wanted", .global = true, .follow = follow_pricing}}},
    {"logins", "an address is claimed by accounts that have it, and every account can be signed in to with its address",
     {{.routine = "audit_claims", .follow = follow_claims}, {.routine = "audit_accounts", .follow = follow_accounts}}},
    {"promotions", "uses of promotions are counted as orders have them, take off what orders were spared, and coupons are issued as "
                   "limits say",
     {{.routine = "audit_promotions"},
      {.routine = "audit_order_promotions"},
      {.routine = "audit_order_discounts"},
      {.routine = "audit_quotas", .global = true}}},
    {"flash", "sales have the units they were given, and accounts those of their orders", {{.routine = "audit_flash"}}},
};
