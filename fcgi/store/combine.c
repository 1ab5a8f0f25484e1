/* The queues. See combine.h; a batch on its way is in batch.c.
 *
 * A request waits as a struct waiter on its own stack, in its queue's list. Who may touch it follows its state,
 * which changes under the queue's lock, but for the last step: a leader that has the answers says DONE without it.
 *   WAITING  in the list; it may take itself out when its deadline passes
 *   LEADING  in the list; it is to send what waits
 *   SENT     out of the list, in the hands of a leader; when it is put off it goes back to the front, WAITING
 *   DONE     its answer is there; nobody else touches it again
 * Each sleeps on its own state: nobody is woken for nothing, and none meets the lock on its way out.
 */
#include "store/combine.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "observe/metrics.h"
#include "store/batch.h"
#include "store/inside.h"

enum waiter_state { WAITING, LEADING, SENT, DONE };

struct waiter {
    struct sleeper sleeper; /* its state */
    struct waiter *next, *before;
    int64_t since_us;
    struct batch_item item;
};

/* Of one routine on one database. Made when first used, kept until the store ends. */
struct queue {
    struct queue *next;
    const char *routine;
    int db;
    pthread_mutex_t lock;
    struct waiter *first, *last;
    int64_t waiting_n, leaders_n;
    _Atomic int64_t *waiting_all; /* in all queues of the process, for people to see */
};

struct combiner {
    const struct config *config;
    pthread_mutex_t lock; /* for adding a queue */
    struct queue *_Atomic queues;
};

struct combiner *combiner_new(const struct config *config)
{
    struct combiner *combiner = calloc(1, sizeof *combiner);
    if (combiner == NULL)
        return NULL;
    combiner->config = config;
    pthread_mutex_init(&combiner->lock, NULL);
    return combiner;
}

void combiner_free(struct combiner *combiner)
{
    if (combiner == NULL)
        return;
    for (struct queue *queue = atomic_load(&combiner->queues), *next; queue != NULL; queue = next) {
        assert(queue->first == NULL && queue->leaders_n == 0);
        next = queue->next;
        pthread_mutex_destroy(&queue->lock);
        free(queue);
    }
    pthread_mutex_destroy(&combiner->lock);
    free(combiner);
}

static struct queue *look_for(struct combiner *combiner, const char *routine, int db)
{
    struct queue *queue = atomic_load_explicit(&combiner->queues, memory_order_acquire);
    while (queue != NULL && (queue->db != db || strcmp(queue->routine, routine) != 0))
        queue = queue->next;
    return queue;
}

/* NULL when memory is out. */
static struct queue *find_queue(struct combiner *combiner, const char *routine, int db)
{
    struct queue *queue = look_for(combiner, routine, db);
    if (queue != NULL)
        return queue;
    pthread_mutex_lock(&combiner->lock);
    queue = look_for(combiner, routine, db);
    if (queue == NULL && (queue = calloc(1, sizeof *queue)) != NULL) {
        queue->routine = routine;
        queue->db = db;
        queue->waiting_all = metrics_gauge(GAUGE_COMBINE_WAITING);
        pthread_mutex_init(&queue->lock, NULL);
        queue->next = atomic_load(&combiner->queues);
        atomic_store_explicit(&combiner->queues, queue, memory_order_release);
    }
    pthread_mutex_unlock(&combiner->lock);
    return queue;
}

static enum waiter_state state_of(const struct waiter *waiter)
{
    return (enum waiter_state)sleeper_state(&waiter->sleeper);
}

static void set_state(struct waiter *waiter, enum waiter_state state)
{
    atomic_store_explicit(&waiter->sleeper.state, state, memory_order_relaxed);
}

static void append(struct queue *queue, struct waiter *waiter)
{
    waiter->before = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = waiter;
    queue->last = waiter;
    queue->waiting_n++;
    atomic_fetch_add_explicit(queue->waiting_all, 1, memory_order_relaxed);
}

static void put_back(struct queue *queue, struct waiter *waiter)
{
    waiter->before = NULL;
    waiter->next = queue->first;
    *(queue->first ? &queue->first->before : &queue->last) = waiter;
    queue->first = waiter;
    queue->waiting_n++;
    atomic_fetch_add_explicit(queue->waiting_all, 1, memory_order_relaxed);
}

static void take_out(struct queue *queue, struct waiter *waiter)
{
    *(waiter->before ? &waiter->before->next : &queue->first) = waiter->next;
    *(waiter->next ? &waiter->next->before : &queue->last) = waiter->before;
    queue->waiting_n--;
    atomic_fetch_sub_explicit(queue->waiting_all, 1, memory_order_relaxed);
}

/* Joins the queue, or not when it is full. Leads at once when there are leaders to spare. */
static bool join(struct queue *queue, struct waiter *waiter, const struct config *config)
{
    pthread_mutex_lock(&queue->lock);
    bool room = queue->waiting_n < config->queue_max;
    if (room) {
        bool leads = queue->leaders_n < config->combine_leaders;
        queue->leaders_n += leads;
        set_state(waiter, leads ? LEADING : WAITING);
        append(queue, waiter);
    }
    pthread_mutex_unlock(&queue->lock);
    return room;
}

/* Leaves without having been sent, if that is still so. */
static bool give_up(struct queue *queue, struct waiter *waiter)
{
    pthread_mutex_lock(&queue->lock);
    bool waiting = state_of(waiter) == WAITING;
    if (waiting)
        take_out(queue, waiter);
    pthread_mutex_unlock(&queue->lock);
    return waiting;
}

/* The requests that waited longest, the leader's own among them when it was promoted. Those of another leader that has
 * not begun yet stay. */
static size_t take_batch(struct queue *queue, struct waiter *leader, struct batch_item *items[], struct waiter *waiters[],
                         const struct config *config)
{
    int64_t now_us = clock_us();
    size_t n = 0, bytes = leader->item.request->fields_len;
    pthread_mutex_lock(&queue->lock);
    take_out(queue, leader);
    waiters[n++] = leader;
    for (struct waiter *waiter = queue->first, *next; waiter && n < (size_t)config->combine_max; waiter = next) {
        next = waiter->next;
        bytes += waiter->item.request->fields_len + BATCH_REQUEST_BYTES;
        if (bytes > BATCH_BYTES_MAX)
            break;
        if (state_of(waiter) != WAITING || waiter->item.request->deadline_us <= now_us)
            continue;
        take_out(queue, waiter);
        set_state(waiter, SENT);
        waiters[n++] = waiter;
    }
    pthread_mutex_unlock(&queue->lock);
    for (size_t i = 0; i < n; i++) {
        items[i] = &waiters[i]->item;
        metrics_observe(METRIC_COMBINE_WAIT, now_us - waiters[i]->since_us);
    }
    return n;
}

/* Those that were put off wait again, before all others; the rest of the batch is left in `waiters`. */
static size_t put_back_undecided(struct queue *queue, struct waiter *waiters[], size_t n)
{
    struct waiter *undecided[COMBINE_MAX];
    size_t undecided_n = 0, decided_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (waiters[i]->item.put_off)
            undecided[undecided_n++] = waiters[i];
        else
            waiters[decided_n++] = waiters[i];
    }
    if (undecided_n > 0) {
        pthread_mutex_lock(&queue->lock);
        while (undecided_n > 0) {
            struct waiter *waiter = undecided[--undecided_n];
            put_back(queue, waiter);
            sleeper_wake(&waiter->sleeper, WAITING); /* it looks after its deadline again; the lock keeps it there */
        }
        pthread_mutex_unlock(&queue->lock);
    }
    return decided_n;
}

/* The first of those that wait leads now. */
static void pass_on(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct waiter *heir = queue->first;
    while (heir != NULL && state_of(heir) != WAITING)
        heir = heir->next;
    if (heir != NULL)
        sleeper_wake(&heir->sleeper, LEADING);
    else
        queue->leaders_n--;
    pthread_mutex_unlock(&queue->lock);
}

/* The leader's own deadline passed while it waited: another leads. */
static bool leads_too_late(struct queue *queue, struct waiter *leader)
{
    if (leader->item.request->deadline_us > clock_us())
        return false;
    pthread_mutex_lock(&queue->lock);
    take_out(queue, leader);
    pthread_mutex_unlock(&queue->lock);
    pass_on(queue);
    return true;
}

/* False: too late, nothing was sent. */
static bool lead(struct store *store, struct queue *queue, struct waiter *leader)
{
    struct batch_item *items[COMBINE_MAX];
    struct waiter *waiters[COMBINE_MAX];
    if (leads_too_late(queue, leader))
        return false;
    size_t n = take_batch(queue, leader, items, waiters, store->config);
    batch_send(store, queue->db, items, n);
    n = put_back_undecided(queue, waiters, n);
    pass_on(queue);
    for (size_t i = 1; i < n; i++) /* the first, never put off, is the leader */
        sleeper_wake(&waiters[i]->sleeper, DONE);
    return true;
}

/* Combining is off, or there is no queue: a batch of one, straight through. */
static void send_alone(struct store *store, int db, struct waiter *waiter)
{
    struct batch_item *item = &waiter->item;
    batch_send(store, db, &item, 1);
}

static void wait_and_send(struct store *store, struct queue *queue, struct waiter *waiter)
{
    if (!join(queue, waiter, store->config)) {
        metrics_add(METRIC_COMBINE_FULL, 1);
        waiter->item.err = SOUK_UNAVAILABLE;
        return;
    }
    if (state_of(waiter) == LEADING)
        fiber_yield(); /* what came together with it goes with it */
    bool in_time, leads;
    do {
        in_time = sleeper_wait(&waiter->sleeper, WAITING, waiter->item.request->deadline_us) || !give_up(queue, waiter);
        leads = in_time && state_of(waiter) == LEADING;
        if (leads)
            in_time = lead(store, queue, waiter);
        else if (in_time)
            (void)sleeper_wait(&waiter->sleeper, SENT, 0);
    } while (in_time && !leads && state_of(waiter) != DONE);
    if (!in_time) {
        metrics_add(METRIC_COMBINE_LATE, 1);
        waiter->item.err = SOUK_UNAVAILABLE;
    }
}

enum souk_err combine_call(struct store *store, int db, const struct combine_request *request, struct arena *arena,
                           struct answer *answer, struct refusal *refusal)
{
    struct waiter waiter = {.since_us = clock_us(), .item = {.request = request, .arena = arena, .err = SOUK_INTERNAL}};
    struct queue *queue = store->config->combine ? find_queue(store->combiner, request->routine, db) : NULL;
    sleeper_init(&waiter.sleeper, WAITING);
    if (request->fields_len > BATCH_BYTES_MAX)
        return SOUK_TOO_LARGE;
    if (queue != NULL)
        wait_and_send(store, queue, &waiter);
    else
        send_alone(store, db, &waiter);
    *answer = waiter.item.answer;
    if (refusal)
        *refusal = waiter.item.refusal;
    return waiter.item.err;
}

void combine_send(struct store *store, int db, const struct combine_request *requests, size_t n, struct arena *arena,
                  struct combine_outcome *outcomes)
{
    struct batch_item items[COMBINE_MAX], *sent[COMBINE_MAX];
    assert(n > 0 && n <= COMBINE_MAX);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct batch_item){.request = &requests[i], .arena = arena, .err = SOUK_INTERNAL};
        sent[i] = &items[i];
    }
    for (size_t left = n; left > 0;) {
        batch_send(store, db, sent, left);
        size_t undecided = 0;
        for (size_t i = 0; i < left; i++)
            if (sent[i]->put_off)
                sent[undecided++] = sent[i];
        left = undecided;
    }
    for (size_t i = 0; i < n; i++)
        outcomes[i] = (struct combine_outcome){items[i].err, items[i].answer, items[i].refusal};
}
