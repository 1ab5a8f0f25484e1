/* `souk worker`: starts a runner for each job and database, beats, and leaves when told. See worker.h. */
#include "worker/worker.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/context.h"
#include "observe/log.h"
#include "worker/consumers.h"
#include "worker/runner.h"

enum { HEARTBEAT_S = 60 };

static const struct job *const jobs[] = {
#define X(name) &job_##name,
    JOBS(X)
#undef X
#define X(name) &job_consume_##name,
    CONSUMERS(X)
#undef X
};

enum { JOBS_N = sizeof jobs / sizeof jobs[0], RUNNERS_MAX = JOBS_N * (CONFIG_SHARDS_MAX + 1) };

struct worker {
    struct context context;
    struct runner_stop stop;
    struct runner runners[RUNNERS_MAX];
    size_t runners_n;
};

static bool start(struct worker *worker, const struct job *job, int db)
{
    struct runner *runner = &worker->runners[worker->runners_n];
    *runner = (struct runner){.job = job, .db = db, .context = &worker->context, .stop = &worker->stop};
    if (runner_start(runner) != SOUK_OK)
        return false;
    worker->runners_n++;
    return true;
}

static bool start_all(struct worker *worker)
{
    for (size_t i = 0; i < JOBS_N; i++) {
        if ((!jobs[i]->per_shard || jobs[i]->also_global) && !start(worker, jobs[i], DB_GLOBAL))
            return false;
        for (int shard = 0; jobs[i]->per_shard && shard < worker->context.config->shards_n; shard++)
            if (!start(worker, jobs[i], shard))
                return false;
    }
    return true;
}

static void heartbeat(struct worker *worker)
{
    uint64_t runs = 0, errors = 0;
    size_t leads = 0;
    for (size_t i = 0; i < worker->runners_n; i++) {
        runs += atomic_exchange(&worker->runners[i].runs, 0);
        errors += atomic_exchange(&worker->runners[i].errors, 0);
        leads += atomic_load(&worker->runners[i].leads);
    }
    log_info("heartbeat: leads %zu of %zu jobs, %" PRIu64 " runs, %" PRIu64 " errors", leads, worker->runners_n, runs,
             errors);
}

static bool write_pid(const char *path)
{
    if (path[0] == '\0')
        return true;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    const bool written = fprintf(file, "%ld\n", (long)getpid()) > 0;
    return fclose(file) == 0 && written;
}

/* Beats until one of `signals` comes. */
static void wait_for_stop(struct worker *worker, const sigset_t *signals)
{
    const struct timespec beat = {.tv_sec = HEARTBEAT_S};
    int signal_number;
    while ((signal_number = sigtimedwait(signals, NULL, &beat)) != SIGTERM && signal_number != SIGINT)
        if (signal_number < 0)
            heartbeat(worker);
}

static void stop_all(struct worker *worker)
{
    runner_stop_all(&worker->stop);
    for (size_t i = 0; i < worker->runners_n; i++)
        runner_join(&worker->runners[i]);
}

int worker_run(const struct config *config)
{
    char message[256] = "out of memory";
    int code = 1;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread: all inherit it */
    signal(SIGPIPE, SIG_IGN);

    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL || runner_stop_init(&worker->stop) != SOUK_OK ||
        context_open(config, CONTEXT_ALL, &worker->context, message, sizeof message) != SOUK_OK) {
        fprintf(stderr, "souk worker: %s\n", message);
        goto out;
    }
    if (!write_pid(config->worker_pid_file)) {
        fprintf(stderr, "souk worker: cannot write %s\n", config->worker_pid_file);
        goto out;
    }
    if (start_all(worker)) {
        log_info("started: %zu jobs", worker->runners_n);
        wait_for_stop(worker, &signals);
        code = 0;
    } else {
        fprintf(stderr, "souk worker: cannot start a thread\n");
    }
    stop_all(worker);
    log_info("stopped");
    if (config->worker_pid_file[0])
        unlink(config->worker_pid_file);
out:
    if (worker)
        context_close(&worker->context);
    free(worker);
    return code;
}
