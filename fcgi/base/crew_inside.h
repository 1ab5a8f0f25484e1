/* What base/crew.c and base/fiber.c share. */
#ifndef SOUK_BASE_CREW_INSIDE_H
#define SOUK_BASE_CREW_INSIDE_H

#include <pthread.h>
#include <ucontext.h>

#include "base/crew.h"
#include "base/fiber.h"

struct fiber {
    struct crew_task task; /* in the crew's line when it is to go on; first, so that one is the other */
    struct crew *crew;
    ucontext_t context;
    void *stack;
    void *sanitizer; /* what a sanitizer knows of the stack */
    struct fiber *spare; /* the next in the list of those that do nothing */
    void *slots[FIBER_SLOTS];
    struct sleeper for_fd; /* state: FD_WAITS, FD_CAME */
    uint32_t came;         /* events of epoll */
    uint16_t nth;          /* wait for a descriptor */
    /* under the crew's lock */
    struct sleeper *asleep; /* it sleeps there; NULL: it does not */
    bool late;              /* its time was over */
    int64_t until_us;       /* 0: it stands in no list of times */
    struct fiber *sooner, *later;
};

enum fd_state { FD_WAITS, FD_CAME };

/* The fiber that runs this; NULL outside of a crew. */
struct fiber *crew_fiber(void);

/* Sleeps as sleeper_wait() for a fiber, once: may come back without a reason. False: the time is over. */
bool crew_sleep(struct sleeper *sleeper, uint32_t state, int64_t until_us);

/* sleeper_wake() for a fiber. */
void crew_wake(struct sleeper *sleeper, uint32_t state);

/* Begins a wait: has the fiber's for_fd woken once the descriptor is ready for `events`. With 0: not any more. */
bool crew_watch_for(struct fiber *fiber, int fd, uint32_t events);

void crew_yield(void);
void crew_block(bool begins);

#endif
