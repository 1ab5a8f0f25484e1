/* The jobs of `souk worker`. A job is one line here and one file worker/<name>.c that defines
 * `const struct job job_<name>`. The worker runs each job in a thread of its own for every shard, one leader at a time
 * (GET_LOCK with the schema in its name); every step is guarded as if there were two. */
#ifndef SOUK_WORKER_JOBS_H
#define SOUK_WORKER_JOBS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"

struct job_run {
    const struct context *context;
    struct arena *arena; /* reset after each run */
    int shard;           /* DB_GLOBAL for a job that is not per shard */
    int64_t deadline_us;
    const atomic_bool *stopping; /* the worker is to leave: no new step, no new outside call */
};

struct job {
    const char *name;
    bool per_shard;
    int64_t every_ms; /* pause after a run that found nothing to do */
    /* Does one bounded batch. *found says whether there may be more (then it is run again at once). */
    enum souk_err (*run)(struct job_run *run, bool *found);
};

#define JOBS(X) X(closer) X(transfer) X(goods) X(purge)

#define X(name) extern const struct job job_##name;
JOBS(X)
#undef X

#endif
