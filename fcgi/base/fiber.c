/* Waiting, under a crew or outside of one. See fiber.h. */
#include "base/fiber.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/clock.h"
#include "base/crew_inside.h"
#include "base/futex.h"

void sleeper_init(struct sleeper *sleeper, uint32_t state)
{
    sleeper->fiber = crew_fiber();
    atomic_store_explicit(&sleeper->state, state, memory_order_relaxed);
}

uint32_t sleeper_state(const struct sleeper *sleeper)
{
    return atomic_load_explicit(&sleeper->state, memory_order_acquire);
}

bool sleeper_wait(struct sleeper *sleeper, uint32_t state, int64_t until_us)
{
    bool in_time = true;
    while (in_time && sleeper_state(sleeper) == state)
        in_time = sleeper->fiber ? crew_sleep(sleeper, state, until_us) : futex_wait(&sleeper->state, state, until_us);
    return in_time;
}

void sleeper_wake(struct sleeper *sleeper, uint32_t state)
{
    if (sleeper->fiber) {
        crew_wake(sleeper, state);
        return;
    }
    _Atomic uint32_t *number = &sleeper->state;
    atomic_store_explicit(number, state, memory_order_release);
    futex_wake(number);
}

/* ---- conditions ---- */

enum cond_state { COND_WAITS, COND_SIGNALLED };

struct fiber_cond_waiter {
    struct sleeper sleeper;
    struct fiber_cond_waiter *next, *before;
};

static void take_out(struct fiber_cond *cond, struct fiber_cond_waiter *waiter)
{
    *(waiter->before ? &waiter->before->next : &cond->first) = waiter->next;
    *(waiter->next ? &waiter->next->before : &cond->last) = waiter->before;
}

bool fiber_cond_wait(struct fiber_cond *cond, pthread_mutex_t *mutex, int64_t until_us)
{
    struct fiber_cond_waiter waiter = {.before = cond->last};
    sleeper_init(&waiter.sleeper, COND_WAITS);
    *(cond->last ? &cond->last->next : &cond->first) = &waiter;
    cond->last = &waiter;
    pthread_mutex_unlock(mutex);
    (void)sleeper_wait(&waiter.sleeper, COND_WAITS, until_us);
    pthread_mutex_lock(mutex);
    if (sleeper_state(&waiter.sleeper) == COND_SIGNALLED)
        return true;
    take_out(cond, &waiter);
    return false;
}

void fiber_cond_signal(struct fiber_cond *cond)
{
    struct fiber_cond_waiter *waiter = cond->first;
    if (waiter == NULL)
        return;
    take_out(cond, waiter);
    sleeper_wake(&waiter->sleeper, COND_SIGNALLED);
}

void fiber_cond_broadcast(struct fiber_cond *cond)
{
    while (cond->first)
        fiber_cond_signal(cond);
}

/* ---- descriptors and pauses ---- */

static short thread_poll(int fd, short events, int64_t until_us)
{
    struct pollfd peer = {.fd = fd, .events = events};
    for (int64_t left_us; (left_us = until_us - clock_us()) > 0;) {
        struct timespec left = {.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000};
        int n = ppoll(&peer, 1, &left, NULL);
        if (n > 0)
            return peer.revents;
        if (n == 0 || errno != EINTR)
            return 0;
    }
    return 0;
}

/* The events of epoll(7) are those of poll(2). */
short fiber_poll(int fd, short events, int64_t until_us)
{
    struct fiber *fiber = crew_fiber();
    if (fiber == NULL)
        return thread_poll(fd, events, until_us);
    if (!crew_watch_for(fiber, fd, (uint32_t)events)) {
        fiber_blocks();
        short got = thread_poll(fd, events, until_us);
        fiber_goes_on();
        return got;
    }
    if (!sleeper_wait(&fiber->for_fd, FD_WAITS, until_us))
        (void)crew_watch_for(fiber, fd, 0);
    return sleeper_state(&fiber->for_fd) == FD_CAME ? (short)fiber->came : 0;
}

void fiber_pause(int64_t us)
{
    struct sleeper sleeper;
    sleeper_init(&sleeper, 0);
    (void)sleeper_wait(&sleeper, 0, clock_us() + us);
}

void fiber_yield(void)
{
    crew_yield();
}

void fiber_blocks(void)
{
    crew_block(true);
}

void fiber_goes_on(void)
{
    crew_block(false);
}

void **fiber_slots(void)
{
    static _Thread_local void *of_thread[FIBER_SLOTS];
    struct fiber *fiber = crew_fiber();
    return fiber ? fiber->slots : of_thread;
}
