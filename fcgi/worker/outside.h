/* Steps of a job that call somebody outside, side by side, so that one who does not answer delays only itself. */
#ifndef SOUK_WORKER_OUTSIDE_H
#define SOUK_WORKER_OUTSIDE_H

#include <json-c/json.h>

#include "worker/jobs.h"

enum { OUTSIDE_THREADS_MAX = 8, OUTSIDE_US = 10000000, OUTSIDE_SETTLE_US = 5000000 };

/* One item. `run` has an arena of the thread's own, reset after the step. */
typedef void outside_step(struct job_run *run, json_object *item);

/* Does `step` for each element of `items` (NULL: none) in up to OUTSIDE_THREADS_MAX threads, and waits for all. Items not
 * begun when the worker is told to leave, or when the run's time is over, are left out: they are due again. Elements may
 * be read only by the step they are given to. */
void outside_each(struct job_run *run, json_object *items, outside_step *step);

#endif
