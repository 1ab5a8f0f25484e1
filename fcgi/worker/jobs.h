/* The jobs of `souk worker`. A job is one line here and one file worker/<name>.c that defines
 * `const struct job job_<name>`. The worker runs each job in a thread of its own for every shard, one leader at a time
 * (GET_LOCK with the schema in its name); every step is guarded as if there were two. */
#ifndef SOUK_WORKER_JOBS_H
#define SOUK_WORKER_JOBS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"

struct consumer;
struct lead;

struct job_run {
    const struct context *context;
    const struct job *job;
    struct arena *arena; /* reset after each run */
    int shard;           /* DB_GLOBAL for a job that is not per shard */
    int64_t deadline_us;
    struct lead *lead;           /* of the run's thread */
    const atomic_bool *stopping; /* the worker is to leave: no new step, no new outside call */
    bool worked;                 /* set by a job with idle_ms: there was something to do */
    int64_t pause_ms;            /* set by a job: the pause after this run, instead of every_ms */
    bool goes_on;                /* set by job_skip(): the next run comes soon, also after one that failed */
};

struct job {
    const char *name;
    bool per_shard;   /* false: on global */
    bool also_global; /* per shard, and on global too */
    int64_t every_ms; /* pause after a run that found nothing more to do */
    int64_t idle_ms;  /* the pause doubles up to this while runs find nothing at all; 0: it does not */
    /* Does one bounded batch. *found says whether there may be more (then it is run again at once). */
    enum souk_err (*run)(struct job_run *run, bool *found);
    const struct consumer *consumer; /* for the jobs that consumers.h makes */
};

/* CALLs `routine` on `db` within the run's deadline (it may be repeated: writes of jobs are guarded) and parses its body,
 * which belongs to the run's arena. */
SOUK_CHECK enum souk_err job_call(struct job_run *run, int db, const char *routine, const struct param *params,
                                  size_t params_n, json_object **body);

/* Whether this worker still leads: for a run that lasts, in its own thread. */
bool job_leads(struct job_run *run);

/* By when one item of a list must be done: one whose shard hangs must not use up the time of all. */
int64_t job_item_deadline(const struct job_run *run);

/* Moves *skip, the number of the oldest items of a list that this pass leaves behind, after a page of which `failed` could not
 * be done: the next page begins behind these, so that what belongs to a dead shard hides nothing else. A new pass begins after
 * the `last` page, when nothing of it was left untried, or SKIP_MAX items. True: the pass goes on. */
bool job_skip(struct job_run *run, int64_t *skip, bool last, size_t failed);

#define JOBS(X) X(closer) X(payment) X(refund) X(reconcile) X(receipt) X(transfer) X(goods) X(correction) X(broadcast) X(rebalance) X(listing) X(purge) X(purge_global) X(relay) X(outbox) X(search) X(recommend) X(delivery) X(post) X(account_moves) X(account_erase) X(cart) X(cart_merge) X(upkeep) X(flash) X(flash_commit) X(flash_sweep)

#define X(name) extern const struct job job_##name;
JOBS(X)
#undef X

#endif
