/* A crew: a few threads that run many tasks.
 *
 * As many threads are at work as there are processors. A task that waits (base/fiber.h) keeps its stack and leaves the
 * thread to the next; one that blocks its thread has another take its place. One thread at a time looks what has become
 * ready, all others sleep: under load much is found ready at once, and nobody has to be woken for it.
 */
#ifndef SOUK_BASE_CREW_H
#define SOUK_BASE_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct crew;

/* Something in a crew's line: a task, or a fiber that goes on. The crew's own but for what its owner sets before use. */
struct crew_task {
    void (*run)(struct crew_task *task); /* NULL: a fiber */
    struct crew_task *next;
};

struct crew_plan {
    int threads_max;  /* at work and blocked; made when needed. Of what blocks, as much waits that some are left to work */
    size_t tasks_max; /* begun at once; the next begins when one has ended */
    size_t stack_bytes;
};

/* Starts a crew. One to a process. */
SOUK_CHECK enum souk_err crew_start(const struct crew_plan *plan, struct crew **out);

/* Runs the task once when there is something to read from `fd`, or when its peer hung up. False: out of descriptors or
 * memory. To be asked again each time; a closed descriptor needs no forgetting. */
SOUK_CHECK bool crew_watch(struct crew *crew, int fd, struct crew_task *task);

/* To be called now and then (some 100 ms) by a thread that is not the crew's: has another thread take over where all of
 * them block without having said so. */
void crew_look(struct crew *crew);

/* Ends the threads once they have done what they are at. Nothing may wait any more. Accepts NULL. */
void crew_end(struct crew *crew);

#endif
