#include "worker/outside.h"

#include <pthread.h>

#include "base/clock.h"
#include "observe/log.h"

enum { STEP_BYTES = 1 << 20 };

struct crowd {
    struct job_run *run;
    json_object *items;
    size_t items_n;
    atomic_size_t next;
    outside_step *step;
};

static void *work(void *argument)
{
    struct crowd *crowd = argument;
    struct job_run own = *crowd->run;
    own.arena = arena_new(STEP_BYTES);
    if (own.arena == NULL) {
        log_error("%s: out of memory", own.job->name);
        return NULL;
    }
    for (;;) {
        const size_t i = atomic_fetch_add(&crowd->next, 1);
        if (i >= crowd->items_n || atomic_load(own.stopping) || clock_us() >= own.deadline_us)
            break;
        crowd->step(&own, json_object_array_get_idx(crowd->items, i));
        arena_reset(own.arena);
    }
    arena_free(own.arena);
    return NULL;
}

void outside_each(struct job_run *run, json_object *items, outside_step *step)
{
    struct crowd crowd = {.run = run, .items = items, .items_n = items ? json_object_array_length(items) : 0, .step = step};
    pthread_t threads[OUTSIDE_THREADS_MAX];
    size_t threads_n = 0;
    const size_t wanted = crowd.items_n < OUTSIDE_THREADS_MAX ? crowd.items_n : OUTSIDE_THREADS_MAX;
    atomic_init(&crowd.next, 0);
    while (threads_n + 1 < wanted && pthread_create(&threads[threads_n], NULL, work, &crowd) == 0)
        threads_n++;
    if (crowd.items_n > 0)
        work(&crowd);
    for (size_t i = 0; i < threads_n; i++)
        pthread_join(threads[i], NULL);
}
