/* One job on one database in one thread. See runner.h.
 *
 * Who does not lead asks again every STANDBY_MS, so that a dead leader's work is taken over within seconds. An error
 * makes the pauses longer, up to PAUSE_MS_MAX, at random so that workers do not come back in step; but not within a pass that
 * goes on behind what failed.
 */
#include "worker/runner.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "observe/log.h"
#include "store/lead.h"

enum {
    STANDBY_MS = 2000,
    PAUSE_MS_MIN = 500,
    PAUSE_MS_MAX = 8000,
    GOES_ON_MS = 100,
    LEAD_US = 2000000,
    RUN_US = 10000000,
    ITEM_US = 1500000,
    ARENA_BYTES = 8 * 1024 * 1024,
    SKIP_MAX = 10000
};

enum souk_err runner_stop_init(struct runner_stop *stop)
{
    pthread_condattr_t clock;
    atomic_init(&stop->stopping, false);
    if (pthread_condattr_init(&clock) != 0)
        return SOUK_UNAVAILABLE;
    const bool ready = pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0 &&
                       pthread_cond_init(&stop->wake, &clock) == 0 && pthread_mutex_init(&stop->mutex, NULL) == 0;
    pthread_condattr_destroy(&clock);
    return ready ? SOUK_OK : SOUK_UNAVAILABLE;
}

void runner_stop_all(struct runner_stop *stop)
{
    pthread_mutex_lock(&stop->mutex);
    atomic_store(&stop->stopping, true);
    pthread_cond_broadcast(&stop->wake);
    pthread_mutex_unlock(&stop->mutex);
}

static void pause_ms(struct runner_stop *stop, int64_t ms)
{
    const int64_t until_us = clock_us() + ms * 1000;
    const struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = (until_us % 1000000) * 1000};
    pthread_mutex_lock(&stop->mutex);
    while (!atomic_load(&stop->stopping) && clock_us() < until_us)
        pthread_cond_timedwait(&stop->wake, &stop->mutex, &until);
    pthread_mutex_unlock(&stop->mutex);
}

/* Half of `ms` and up to as much again. */
static int64_t jitter(unsigned *seed, int64_t ms)
{
    return ms / 2 + (int64_t)rand_r(seed) % (ms + 1);
}

static int64_t backoff_ms(unsigned *seed, unsigned failures)
{
    int64_t ms = PAUSE_MS_MIN;
    for (unsigned i = 1; i < failures && ms < PAUSE_MS_MAX; i++)
        ms *= 2;
    return jitter(seed, ms < PAUSE_MS_MAX ? ms : PAUSE_MS_MAX);
}

static void say_lead(struct runner *runner, enum souk_err err)
{
    const bool leads = err == SOUK_OK;
    if (atomic_exchange(&runner->leads, leads) != leads)
        log_info("%s on database %d: %s", runner->job->name, runner->db,
                 leads ? "leading" : err == SOUK_CONFLICT ? "another worker leads" : "lead lost");
}

/* Runs one batch and says in *ms how long to wait before the next, counted from the pause before, `last_ms`. 0 after a
 * failure: longer each time. */
static enum souk_err run_batch(struct runner *runner, struct lead *lead, struct arena *arena, int64_t last_ms, int64_t *ms)
{
    const struct job *job = runner->job;
    bool found = false;
    struct job_run run = {
        .context = runner->context,
        .job = runner->job,
        .arena = arena,
        .shard = runner->db,
        .deadline_us = clock_us() + RUN_US,
        .lead = lead,
        .stopping = &runner->stop->stopping,
    };
    enum souk_err err = job->run(&run, &found);
    arena_reset(arena);
    atomic_fetch_add(&runner->runs, 1);
    if (err != SOUK_OK) {
        *ms = run.goes_on ? GOES_ON_MS : 0;
        return err;
    }
    *ms = found ? 0 : run.goes_on ? GOES_ON_MS : run.pause_ms ? run.pause_ms : job->every_ms;
    if (!found && !run.worked && last_ms >= job->every_ms && job->idle_ms > 0)
        *ms = 2 * last_ms < job->idle_ms ? 2 * last_ms : job->idle_ms;
    return err;
}

/* Asks for the lead and runs a batch. *ms: the pause before, then the pause to make. */
static enum souk_err turn(struct runner *runner, struct lead *lead, struct arena *arena, int64_t *ms)
{
    const int64_t last_ms = *ms;
    enum souk_err err = lead_hold(lead, clock_us() + LEAD_US);
    say_lead(runner, err);
    *ms = err == SOUK_CONFLICT ? STANDBY_MS : 0;
    if (err != SOUK_OK)
        return err == SOUK_CONFLICT ? SOUK_OK : err;
    return run_batch(runner, lead, arena, last_ms, ms);
}

static void *runner_main(void *argument)
{
    struct runner *runner = argument;
    unsigned seed = (unsigned)clock_us() ^ (unsigned)(runner->db + 2) * 2654435761u, failures = 0;
    struct lead *lead = lead_new(runner->context->config, runner->db, runner->job->name);
    struct arena *arena = arena_new(ARENA_BYTES);
    int64_t ms = 0;
    while (lead && arena && !atomic_load(&runner->stop->stopping)) {
        enum souk_err err = turn(runner, lead, arena, &ms);
        if (err == SOUK_OK) {
            failures = 0;
            pause_ms(runner->stop, ms ? jitter(&seed, ms) : 0);
            continue;
        }
        atomic_fetch_add(&runner->errors, 1);
        if (failures == 0)
            log_warn("%s on database %d: %s; trying again", runner->job->name, runner->db, error_row(err)->code);
        failures += failures == 0 || ms == 0; /* a pass counts once */
        pause_ms(runner->stop, ms ? jitter(&seed, ms) : backoff_ms(&seed, failures));
    }
    if (lead == NULL || arena == NULL)
        log_error("%s on database %d: out of memory", runner->job->name, runner->db);
    arena_free(arena);
    lead_free(lead);
    return NULL;
}

bool job_leads(struct job_run *run)
{
    return lead_hold(run->lead, clock_us() + LEAD_US) == SOUK_OK;
}

enum souk_err job_call(struct job_run *run, int db, const char *routine, const struct param *params, size_t params_n,
                       json_object **body)
{
    const struct call call = {routine, params, params_n, run->deadline_us, .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(run->context->store, db, &call, run->arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    *body = arena_own(run->arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

int64_t job_item_deadline(const struct job_run *run)
{
    const int64_t until_us = clock_us() + ITEM_US;
    return until_us < run->deadline_us ? until_us : run->deadline_us;
}

bool job_skip(struct job_run *run, int64_t *skip, bool last, size_t failed)
{
    const bool goes_on = !last && *skip + (int64_t)failed <= SKIP_MAX;
    *skip = goes_on ? *skip + (int64_t)failed : 0;
    run->goes_on = goes_on;
    return goes_on;
}

enum souk_err runner_start(struct runner *runner)
{
    return pthread_create(&runner->thread, NULL, runner_main, runner) == 0 ? SOUK_OK : SOUK_UNAVAILABLE;
}

void runner_join(struct runner *runner)
{
    pthread_join(runner->thread, NULL);
}
