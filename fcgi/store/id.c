/* Ids. See id.h: mint.c makes them; here are the lease, the thread that keeps it, the waiting, and the segments.
 *
 * The keeper thread renews the lease every ID_RENEW_MS, takes another when it was lost, and fetches segments. A segment
 * is a run of numbers of one slot that the database hands out when the clock has gone back too far to wait for it; each
 * slot has one in use and one in reserve, so that ids do not wait for the database in between.
 */
#include "store/id.h"

#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/mint.h"

enum {
    ID_LEASE_S = 30,
    ID_RENEW_MS = 10000,
    ID_AGAIN_MS = 500,        /* after a failure to lease or to fetch */
    ID_CALL_US = 2000000,     /* deadline of the keeper's calls */
    ID_WAIT_US = 250000,      /* how long id_make() waits for a lease or a segment */
    ID_FULL_US = 2000000,     /* and for its turn in a crowded slot */
    ID_BACK_WAIT_US = 10000,  /* a clock behind by more is not waited for */
    ID_BACK_QUIET_US = 5000,  /* a clock behind by more is an alarm */
    ID_SEGMENT_N = 1024,
    ID_SEGMENT_DATACENTRE = 31,
    ID_OWNER_BYTES = 65,
    ID_ARENA_BYTES = 65536
};

/* Numbers [next, end) in use and in reserve. */
struct segment {
    int64_t next, end;
    int64_t spare_next, spare_end;
    bool wanted; /* the keeper is to fill the reserve */
};

struct id_maker {
    struct mint mint;
    struct store *store;
    char owner[ID_OWNER_BYTES];
    atomic_bool behind; /* the alarm for the clock's present rollback has been raised */
    pthread_t keeper;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t called;  /* the keeper has something to do */
    struct fiber_cond changed; /* there is a new lease or segment */
    bool stop, hurry;
    bool leased;
    bool failing; /* said so in the log */
    unsigned datacentre, node;
    int64_t renew_at_us;
    int64_t may_try_us; /* not before this, however much id_make() hurries */
    struct segment segments[STORE_SLOTS];
};

static struct timespec timespec_of_us(int64_t us)
{
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = (us % 1000000) * 1000};
}

/* The owner's high-water: its clock, or its newest stamp when the clock has gone back behind that. */
static int64_t high_water_ms(struct id_maker *maker)
{
    int64_t high_ms = mint_high_ms(&maker->mint);
    int64_t now_ms = mint_clock_us() / 1000;
    return now_ms > high_ms ? now_ms : high_ms;
}

static int64_t number_in(struct json_object *body, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(body, name, &value) ? json_object_get_int64(value) : 0;
}

/* Calls a routine on global; *body is to be put. */
static enum souk_err ask_global(struct id_maker *maker, const char *routine, const struct param *params, size_t params_n,
                                bool repeatable, struct json_object **body, struct refusal *refusal)
{
    *body = NULL;
    struct arena *arena = arena_new(ID_ARENA_BYTES);
    if (arena == NULL)
        return SOUK_INTERNAL;
    struct call call = {routine, params, params_n, clock_us() + ID_CALL_US, .repeatable = repeatable};
    struct answer answer;
    enum souk_err err = store_call(maker->store, DB_GLOBAL, &call, arena, &answer, refusal);
    if (err == SOUK_OK) {
        *body = json_tokener_parse(answer.body);
        err = *body ? SOUK_OK : SOUK_INTERNAL;
    }
    arena_free(arena);
    return err;
}

/* What the database gave must be a lease; anything else is a fault there, not a reason to make wrong ids. */
static enum souk_err use_lease(struct id_maker *maker, const struct mint_lease *lease)
{
    if (lease->datacentre >= ID_SEGMENT_DATACENTRE || lease->node > 31 || lease->expires_ms <= ID_EPOCH_MS) {
        log_error("ids: the database gave a lease that is none");
        return SOUK_UNAVAILABLE;
    }
    mint_set_lease(&maker->mint, lease);
    return SOUK_OK;
}

/* One line when it begins, not one for every attempt. */
static void say_failing(struct id_maker *maker, enum souk_err err, const struct refusal *refusal)
{
    if (!maker->failing)
        log_warn("ids: no lease: %s", refusal->detail[0] ? refusal->detail : error_row(err)->code);
    maker->failing = true;
}

static enum souk_err lease_take(struct id_maker *maker)
{
    struct param params[] = {param_text(maker->owner), param_int(ID_LEASE_S), param_int(high_water_ms(maker))};
    int64_t asked_boot_ms = mint_now(&maker->mint).boot_ms;
    struct json_object *body;
    struct refusal refusal;
    enum souk_err err = ask_global(maker, "node_lease_take", params, 3, false, &body, &refusal);
    if (err) {
        say_failing(maker, err, &refusal);
        return SOUK_UNAVAILABLE;
    }
    struct mint_lease lease = {
        .datacentre = (unsigned)number_in(body, "datacentre"),
        .node = (unsigned)number_in(body, "node"),
        .not_before_ms = number_in(body, "not_before_ms"),
        .expires_ms = number_in(body, "expires_ms"),
        .boot_expires_ms = asked_boot_ms + ID_LEASE_S * 1000,
    };
    json_object_put(body);
    maker->datacentre = lease.datacentre;
    maker->node = lease.node;
    log_info("ids: datacentre %u node %u leased", lease.datacentre, lease.node);
    return use_lease(maker, &lease);
}

/* SOUK_CONFLICT: another has the pair; the mint makes nothing any more. */
static enum souk_err lease_renew(struct id_maker *maker)
{
    struct param params[] = {param_int(maker->datacentre), param_int(maker->node), param_text(maker->owner),
                             param_int(ID_LEASE_S), param_int(high_water_ms(maker))};
    int64_t asked_boot_ms = mint_now(&maker->mint).boot_ms;
    struct json_object *body;
    struct refusal refusal;
    enum souk_err err = ask_global(maker, "node_lease_renew", params, 5, true, &body, &refusal);
    if (err == SOUK_CONFLICT && refusal.detail[0]) {
        mint_drop_lease(&maker->mint);
        log_warn("ids: datacentre %u node %u is lost: %s", maker->datacentre, maker->node, refusal.detail);
        return SOUK_CONFLICT;
    }
    if (err) {
        say_failing(maker, err, &refusal);
        return SOUK_UNAVAILABLE;
    }
    struct mint_lease lease = {
        .datacentre = maker->datacentre,
        .node = maker->node,
        .expires_ms = number_in(body, "expires_ms"),
        .boot_expires_ms = asked_boot_ms + ID_LEASE_S * 1000,
    };
    json_object_put(body);
    return use_lease(maker, &lease);
}

static void lease_release(struct id_maker *maker)
{
    mint_drop_lease(&maker->mint);
    struct param params[] = {param_int(maker->datacentre), param_int(maker->node), param_text(maker->owner),
                             param_int(mint_high_ms(&maker->mint))};
    struct json_object *body;
    if (ask_global(maker, "node_lease_release", params, 4, true, &body, NULL) == SOUK_OK)
        json_object_put(body);
    else
        log_warn("ids: the lease could not be given back; it ends by itself within %d s", ID_LEASE_S);
}

static void plan_next(struct id_maker *maker, enum souk_err err)
{
    if (err == SOUK_OK)
        maker->failing = false;
    maker->renew_at_us = clock_us() + 1000 * (err ? ID_AGAIN_MS : ID_RENEW_MS);
    maker->may_try_us = err ? maker->renew_at_us : 0;
}

/* Renews or takes the lease; the lock is held, and let go during the calls. */
static void keep_lease(struct id_maker *maker)
{
    bool leased = maker->leased;
    pthread_mutex_unlock(&maker->lock);
    enum souk_err err = leased ? lease_renew(maker) : SOUK_CONFLICT;
    if (err == SOUK_CONFLICT) {
        leased = false;
        err = lease_take(maker);
    }
    pthread_mutex_lock(&maker->lock);
    maker->leased = leased || err == SOUK_OK;
    maker->hurry = false;
    plan_next(maker, err);
    fiber_cond_broadcast(&maker->changed);
}

/* Fills the reserve of one slot; the lock is held, and let go during the call. */
static bool fill_segment(struct id_maker *maker, unsigned slot)
{
    pthread_mutex_unlock(&maker->lock);
    struct param params[] = {param_int(slot), param_int(ID_SEGMENT_N)};
    struct json_object *body;
    enum souk_err err = ask_global(maker, "id_segment_take", params, 2, true, &body, NULL);
    int64_t first = err ? 0 : number_in(body, "first");
    json_object_put(body);
    pthread_mutex_lock(&maker->lock);
    if (first <= 0)
        return false;
    metrics_add(METRIC_ID_SEGMENTS, 1);
    struct segment *segment = &maker->segments[slot];
    segment->wanted = false;
    segment->spare_next = first;
    segment->spare_end = first + ID_SEGMENT_N;
    fiber_cond_broadcast(&maker->changed);
    return true;
}

static void fill_segments(struct id_maker *maker)
{
    for (unsigned slot = 0; slot < STORE_SLOTS && !maker->stop; slot++)
        if (maker->segments[slot].wanted && !fill_segment(maker, slot))
            break;
}

static bool any_wanted(const struct id_maker *maker)
{
    for (unsigned slot = 0; slot < STORE_SLOTS; slot++)
        if (maker->segments[slot].wanted)
            return true;
    return false;
}

static void *keep(void *argument)
{
    struct id_maker *maker = argument;
    pthread_mutex_lock(&maker->lock);
    while (!maker->stop) {
        if (maker->hurry || clock_us() >= maker->renew_at_us)
            keep_lease(maker);
        fill_segments(maker);
        int64_t until_us = any_wanted(maker) ? clock_us() + ID_AGAIN_MS * 1000 : maker->renew_at_us;
        struct timespec until = timespec_of_us(until_us);
        if (!maker->stop && !maker->hurry)
            (void)pthread_cond_timedwait(&maker->called, &maker->lock, &until);
    }
    pthread_mutex_unlock(&maker->lock);
    return NULL;
}

static void init_waiting(struct id_maker *maker)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&maker->called, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&maker->lock, NULL);
}

/* What is left to do once the keeper has ended. */
static void forget(struct id_maker *maker)
{
    if (maker->leased)
        lease_release(maker);
    pthread_cond_destroy(&maker->called);
    pthread_mutex_destroy(&maker->lock);
    free(maker);
}

enum souk_err id_maker_new(struct store *store, struct id_maker **out)
{
    *out = NULL;
    struct id_maker *maker = calloc(1, sizeof *maker);
    if (maker == NULL)
        return SOUK_INTERNAL;
    maker->store = store;
    mint_init(&maker->mint);
    init_waiting(maker);
    char host[33] = "";
    (void)gethostname(host, sizeof host - 1);
    snprintf(maker->owner, sizeof maker->owner, "%s:%ld:%08x%08x", host, (long)getpid(), arc4random(), arc4random());

    enum souk_err err = lease_take(maker);
    maker->leased = err == SOUK_OK;
    plan_next(maker, err);
    if (pthread_create(&maker->keeper, NULL, keep, maker) != 0) {
        forget(maker);
        return SOUK_INTERNAL;
    }
    *out = maker;
    return err;
}

void id_maker_free(struct id_maker *maker)
{
    if (maker == NULL)
        return;
    pthread_mutex_lock(&maker->lock);
    maker->stop = true;
    pthread_cond_signal(&maker->called);
    pthread_mutex_unlock(&maker->lock);
    pthread_join(maker->keeper, NULL);
    forget(maker);
}

/* Wakes the keeper and waits for what it brings. False: nothing came by `until_us`. The lock is held. */
static bool wait_changed(struct id_maker *maker, int64_t until_us)
{
    pthread_cond_signal(&maker->called);
    return fiber_cond_wait(&maker->changed, &maker->lock, until_us);
}

/* False: there will be none in time. */
static bool wait_lease(struct id_maker *maker, int64_t until_us)
{
    pthread_mutex_lock(&maker->lock);
    maker->hurry |= clock_us() >= maker->may_try_us;
    bool came = wait_changed(maker, until_us);
    pthread_mutex_unlock(&maker->lock);
    return came;
}

static enum souk_err take_from_segment(struct id_maker *maker, unsigned slot, int64_t *id)
{
    int64_t until_us = clock_us() + ID_WAIT_US;
    struct segment *segment = &maker->segments[slot];
    enum souk_err err = SOUK_OK;
    pthread_mutex_lock(&maker->lock);
    while (segment->next == segment->end && segment->spare_next == segment->spare_end && err == SOUK_OK) {
        segment->wanted = true;
        if (!wait_changed(maker, until_us))
            err = SOUK_UNAVAILABLE;
    }
    if (segment->next == segment->end) {
        segment->next = segment->spare_next;
        segment->end = segment->spare_end;
        segment->spare_next = segment->spare_end;
        segment->wanted = true;
        pthread_cond_signal(&maker->called);
    }
    if (segment->next < segment->end) {
        int64_t number = segment->next++;
        *id = number >> 9 << 22 | (int64_t)ID_SEGMENT_DATACENTRE << 17 | (number & 511) << 8 | slot;
        err = SOUK_OK;
    }
    pthread_mutex_unlock(&maker->lock);
    return err;
}

/* The clock is behind: waited for when it is little, otherwise *from_segment. */
static void clock_went_back(struct id_maker *maker, int64_t by_us, bool *from_segment)
{
    if (by_us > ID_BACK_QUIET_US && !atomic_exchange(&maker->behind, true)) {
        metrics_add(METRIC_ID_CLOCK_ALARMS, 1);
        log_warn("ids: the clock is %lld ms behind", (long long)by_us / 1000);
    }
    *from_segment = by_us > ID_BACK_WAIT_US;
    if (*from_segment)
        return;
    metrics_add(METRIC_ID_CLOCK_WAITS, 1);
    fiber_pause(by_us);
}

enum souk_err id_make(struct id_maker *maker, unsigned slot, int64_t *out)
{
    assert(slot < STORE_SLOTS);
    int64_t began_us = 0;
    for (;;) {
        struct mint_times now = mint_now(&maker->mint);
        int64_t wait_us;
        bool from_segment = false;
        enum mint_result result = mint_take(&maker->mint, slot, &now, out, &wait_us);
        if (result == MINT_OK) {
            if (atomic_load_explicit(&maker->behind, memory_order_relaxed))
                atomic_store(&maker->behind, false);
            return SOUK_OK;
        }
        if (began_us == 0)
            began_us = clock_us();
        if (result == MINT_FULL)
            fiber_pause(wait_us);
        else if (result == MINT_BACK)
            clock_went_back(maker, wait_us, &from_segment);
        else if (!wait_lease(maker, began_us + ID_WAIT_US))
            return SOUK_UNAVAILABLE;
        if (from_segment)
            return take_from_segment(maker, slot, out);
        if (clock_us() - began_us > ID_FULL_US)
            return SOUK_UNAVAILABLE;
    }
}

unsigned id_slot_of_email(const char *normalised_email)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)normalised_email, strlen(normalised_email));
    return digest[sizeof digest - 1];
}
