#include "worker/outside.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"

enum { STEP_BYTES = 1 << 20, TAKE_BYTES = 4 << 20, TAKE_US = 5000000, LOOK_MS = 200, LANE_BYTES = 33 };

/* A thread's place and the one item it does. */
struct place {
    struct gang *gang;
    json_object *item;   /* the place's own; NULL: the place is free */
    struct arena *arena; /* kept from item to item */
    pthread_t thread;
    char lane[LANE_BYTES];
    int64_t id;
    bool ended; /* under the gang's lock */
};

struct gang {
    struct job_run *run;
    const struct outside_work *work;
    pthread_mutex_t lock;
    pthread_cond_t end;
    size_t busy_n;  /* places that are not free */
    size_t ended_n; /* of them, under the lock */
    struct place places[OUTSIDE_THREADS_MAX];
};

static struct gang *gang_new(struct job_run *run, const struct outside_work *work)
{
    pthread_condattr_t clock;
    struct gang *gang = calloc(1, sizeof *gang);
    if (gang == NULL)
        return NULL;
    gang->run = run;
    gang->work = work;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&gang->end, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&gang->lock, NULL);
    return gang;
}

/* Once nothing is under way. */
static void gang_free(struct gang *gang)
{
    for (size_t i = 0; i < OUTSIDE_THREADS_MAX; i++)
        arena_free(gang->places[i].arena);
    pthread_cond_destroy(&gang->end);
    pthread_mutex_destroy(&gang->lock);
    free(gang);
}

static void *work_one(void *argument)
{
    struct place *place = argument;
    struct gang *gang = place->gang;
    struct job_run own = *gang->run;
    own.arena = place->arena;
    own.deadline_us = clock_us() + OUTSIDE_US + OUTSIDE_SETTLE_US;
    gang->work->step(&own, place->item);
    pthread_mutex_lock(&gang->lock);
    place->ended = true;
    gang->ended_n++;
    pthread_cond_signal(&gang->end);
    pthread_mutex_unlock(&gang->lock);
    return NULL;
}

static void clear(struct gang *gang, struct place *place)
{
    json_object_put(place->item);
    place->item = NULL;
    if (place->arena != NULL)
        arena_reset(place->arena);
    gang->busy_n--;
}

/* Makes the places whose steps have ended free again. */
static void clear_ended(struct gang *gang)
{
    for (size_t i = 0; i < OUTSIDE_THREADS_MAX; i++) {
        struct place *place = &gang->places[i];
        pthread_mutex_lock(&gang->lock);
        const bool ended = place->ended;
        place->ended = false;
        gang->ended_n -= ended;
        pthread_mutex_unlock(&gang->lock);
        if (!ended)
            continue;
        pthread_join(place->thread, NULL);
        clear(gang, place);
    }
}

/* Begins `item`, which becomes the place's. One that cannot be begun is due again as if it had failed. */
static void begin(struct gang *gang, json_object *item)
{
    const char *lane = json_member_text(item, "lane");
    struct place *place = gang->places;
    while (place < gang->places + OUTSIDE_THREADS_MAX - 1 && place->item != NULL)
        place++;
    assert(place->item == NULL); /* no more are taken than there are places */
    place->gang = gang;
    place->item = item;
    place->id = json_member_number(item, gang->work->id_name);
    snprintf(place->lane, sizeof place->lane, "%s", lane ? lane : "");
    gang->busy_n++;
    if (place->arena == NULL)
        place->arena = arena_new(STEP_BYTES);
    if (place->arena != NULL && pthread_create(&place->thread, NULL, work_one, place) == 0)
        return;
    log_error("%s: no thread for an item", gang->run->job->name);
    clear(gang, place);
}

/* [{"lane", "id"}] of what is under way. */
static void put_busy(const struct gang *gang, struct buffer *out)
{
    buffer_puts(out, "[");
    for (const struct place *place = gang->places; place < gang->places + OUTSIDE_THREADS_MAX; place++) {
        if (place->item == NULL)
            continue;
        buffer_puts(out, out->len > 1 ? ",{\"lane\":" : "{\"lane\":");
        buffer_json_string(out, place->lane);
        buffer_printf(out, ",\"id\":\"%" PRId64 "\"}", place->id);
    }
    buffer_puts(out, "]");
}

/* Takes what there are threads for and begins it. */
static enum souk_err take(struct gang *gang, struct arena *arena, size_t *n)
{
    struct job_run own = *gang->run;
    own.arena = arena;
    own.deadline_us = clock_us() + TAKE_US;
    struct buffer busy = buffer_in(arena, 4096);
    put_busy(gang, &busy);
    *n = 0;
    if (busy.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(busy.data), param_int(OUTSIDE_EACH_MAX),
                                   param_int((int64_t)(OUTSIDE_THREADS_MAX - gang->busy_n))};
    json_object *body;
    enum souk_err err = job_call(&own, own.shard, gang->work->routine, params, 3, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    *n = items ? json_object_array_length(items) : 0;
    /* References are counted without a lock: the list lets an item go before its thread has it. */
    for (size_t i = 0; i < *n && gang->busy_n < OUTSIDE_THREADS_MAX; i++) {
        json_object *item = json_object_get(json_object_array_get_idx(items, i));
        json_object_array_put_idx(items, i, NULL);
        begin(gang, item);
    }
    arena_reset(arena);
    return err;
}

/* Until half of what one lane may have is free, or until it is time to look for what others have. */
static void wait_for_ends(struct gang *gang)
{
    const int64_t until_us = clock_us() + LOOK_MS * 1000;
    const struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = (until_us % 1000000) * 1000};
    pthread_mutex_lock(&gang->lock);
    while (gang->ended_n < gang->busy_n && gang->ended_n < OUTSIDE_EACH_MAX / 2 && clock_us() < until_us)
        pthread_cond_timedwait(&gang->end, &gang->lock, &until);
    pthread_mutex_unlock(&gang->lock);
    clear_ended(gang);
}

enum souk_err outside_take(struct job_run *run, const struct outside_work *work)
{
    struct gang *gang = gang_new(run, work);
    struct arena *arena = arena_new(TAKE_BYTES);
    enum souk_err err = gang && arena ? SOUK_OK : SOUK_UNAVAILABLE;
    bool goes_on = err == SOUK_OK;
    while (goes_on && !atomic_load(run->stopping) && job_leads(run)) {
        size_t n = 0;
        err = take(gang, arena, &n);
        run->worked = run->worked || n > 0;
        goes_on = gang->busy_n > 0; /* also after an error: who is slow would have it wait for others' items */
        if (goes_on)
            wait_for_ends(gang);
    }
    while (gang && gang->busy_n > 0)
        wait_for_ends(gang);
    arena_free(arena);
    if (gang)
        gang_free(gang);
    return err;
}
