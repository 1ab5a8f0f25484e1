/* Steps of a job that call somebody outside, side by side, so that one who does not answer delays only itself. */
#ifndef SOUK_WORKER_OUTSIDE_H
#define SOUK_WORKER_OUTSIDE_H

#include <json-c/json.h>

#include "worker/jobs.h"

enum { OUTSIDE_THREADS_MAX = 64, OUTSIDE_EACH_MAX = 8, OUTSIDE_US = 10000000, OUTSIDE_SETTLE_US = 5000000 };

/* One item. `run` has an arena of the thread's own, reset after the step. */
typedef void outside_step(struct job_run *run, json_object *item);

/* What has a provider each, its channel, and is due. A lane is a channel, or a part of what a channel has to do. */
struct outside_work {
    /* Parameters: a JSON array of what is under way [{"lane", "id"}], how many of one lane may be, how many items in all.
     * Gives {"items": […]} of which each is begun at once: nothing is taken that would wait for a thread. */
    const char *routine;
    const char *id_name; /* the member of an item that names it, a number; "lane" names its lane */
    outside_step *step;
};

/* Takes items and does their steps, up to OUTSIDE_EACH_MAX of one lane at a time, and goes on taking until nothing is
 * under way, or another worker leads: past the run's time while a provider keeps steps waiting, so that others' items do not
 * wait with them. Sets run->worked. */
SOUK_CHECK enum souk_err outside_take(struct job_run *run, const struct outside_work *work);

#endif
