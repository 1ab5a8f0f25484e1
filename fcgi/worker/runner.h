/* One job on one database in one thread: become leader, run a batch, pause, again. */
#ifndef SOUK_WORKER_RUNNER_H
#define SOUK_WORKER_RUNNER_H

#include <pthread.h>

#include "worker/jobs.h"

/* Set once to make every runner leave; wakes those that pause. */
struct runner_stop {
    pthread_mutex_t mutex;
    pthread_cond_t wake; /* on CLOCK_MONOTONIC */
    atomic_bool stopping;
};

struct runner {
    const struct job *job;
    int db;
    const struct context *context;
    struct runner_stop *stop;
    pthread_t thread;
    atomic_bool leads;
    atomic_uint_fast64_t runs, errors; /* for the heartbeat */
};

SOUK_CHECK enum souk_err runner_stop_init(struct runner_stop *stop);
void runner_stop_all(struct runner_stop *stop);

/* The caller has filled job, db, context and stop. The thread is joined by runner_join(). */
SOUK_CHECK enum souk_err runner_start(struct runner *runner);
void runner_join(struct runner *runner);

#endif
