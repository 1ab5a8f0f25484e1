/* Many tasks on few threads: what waits holds none, what blocks is replaced, and nobody is forgotten. */
#include "base/crew.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "unit.h"

enum { JOBS_MAX = 200, THREADS_MAX = 16 };

struct job {
    struct crew_task task;
    int fd, n;
    void (*work)(struct job *job);
    atomic_bool good;
};

static struct crew *crew;
static struct job jobs[JOBS_MAX];
static int jobs_n;
static _Atomic int begun, done;

/* What they wait for together. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fiber_cond opened;
static atomic_bool open_now;

/* The threads that were seen at work. */
static pthread_t seen[THREADS_MAX + 1];
static int seen_n;

static void note_thread(void)
{
    pthread_mutex_lock(&lock);
    int i = 0;
    while (i < seen_n && !pthread_equal(seen[i], pthread_self()))
        i++;
    if (i == seen_n && seen_n <= THREADS_MAX)
        seen[seen_n++] = pthread_self();
    pthread_mutex_unlock(&lock);
}

static void run_job(struct crew_task *task)
{
    struct job *job = (struct job *)task;
    note_thread();
    atomic_fetch_add(&begun, 1);
    job->work(job);
    note_thread();
    atomic_fetch_add(&done, 1);
}

static void begin(int threads_max, size_t tasks_max)
{
    const struct crew_plan plan = {.threads_max = threads_max, .stack_bytes = 65536, .tasks_max = tasks_max};
    CU_ASSERT_EQUAL_FATAL(crew_start(&plan, &crew), SOUK_OK);
    jobs_n = seen_n = 0;
    opened = (struct fiber_cond){0};
    open_now = false;
    atomic_store(&begun, 0);
    atomic_store(&done, 0);
}

/* There is something to read at once. */
static struct job *give(void (*work)(struct job *job))
{
    struct job *job = &jobs[jobs_n];
    *job = (struct job){.task = {.run = run_job}, .fd = eventfd(1, EFD_CLOEXEC), .n = jobs_n, .work = work};
    jobs_n++;
    CU_ASSERT_TRUE_FATAL(job->fd >= 0 && crew_watch(crew, job->fd, &job->task));
    return job;
}

/* True: `count` became `n` within `ms`. */
static bool becomes(_Atomic int *count, int n, int ms)
{
    for (int64_t until_us = clock_us() + ms * 1000; atomic_load(count) != n && clock_us() < until_us;)
        usleep(500);
    return atomic_load(count) == n;
}

static void end(void)
{
    CU_ASSERT_TRUE(becomes(&done, jobs_n, 5000));
    crew_end(crew);
    for (int i = 0; i < jobs_n; i++)
        close(jobs[i].fd);
}

static void wait_open(struct job *job)
{
    pthread_mutex_lock(&lock);
    while (!open_now)
        (void)fiber_cond_wait(&opened, &lock, 0);
    pthread_mutex_unlock(&lock);
    job->good = true;
}

static void open_all(void)
{
    pthread_mutex_lock(&lock);
    open_now = true;
    fiber_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
}

static bool all_good(void)
{
    bool good = true;
    for (int i = 0; i < jobs_n; i++)
        good = good && jobs[i].good;
    return good;
}

static void test_waiting_holds_no_thread(void)
{
    begin(2, JOBS_MAX);
    for (int i = 0; i < JOBS_MAX; i++)
        give(wait_open);
    CU_ASSERT_TRUE(becomes(&begun, JOBS_MAX, 5000));
    CU_ASSERT_EQUAL(atomic_load(&done), 0);
    open_all();
    end();
    CU_ASSERT_TRUE(all_good());
    CU_ASSERT_TRUE(seen_n <= 2);
}

static void just_run(struct job *job)
{
    job->good = true;
}

/* As many as may begin wait for what another brings that may not begin before: it comes from outside, and all is well. */
static void test_no_more_begin(void)
{
    begin(2, 5);
    for (int i = 0; i < 20; i++)
        give(wait_open);
    CU_ASSERT_TRUE(becomes(&begun, 5, 5000));
    struct job *later = give(just_run);
    usleep(20000);
    CU_ASSERT_EQUAL(atomic_load(&begun), 5);
    CU_ASSERT_FALSE(later->good);
    open_all();
    end();
    CU_ASSERT_TRUE(all_good());
}

static void wait_in_vain(struct job *job)
{
    int64_t began_us = clock_us();
    pthread_mutex_lock(&lock);
    bool came = fiber_cond_wait(&opened, &lock, began_us + 20000 * (1 + job->n % 5));
    pthread_mutex_unlock(&lock);
    int64_t waited_us = clock_us() - began_us;
    job->good = !came && waited_us >= 20000 * (1 + job->n % 5);
}

static void pause_20_ms(struct job *job)
{
    int64_t began_us = clock_us();
    fiber_pause(20000);
    job->good = clock_us() - began_us >= 20000;
}

static void test_times(void)
{
    begin(2, JOBS_MAX);
    struct job *waits = give(wait_open);
    for (int i = 0; i < 50; i++)
        give(i % 2 ? wait_in_vain : pause_20_ms);
    CU_ASSERT_TRUE(becomes(&done, 50, 5000));
    CU_ASSERT_FALSE(waits->good);
    open_all(); /* whose time was over stands in the condition's list no more */
    end();
    CU_ASSERT_TRUE(all_good());
}

static int pipes[2];

static void poll_pipe(struct job *job)
{
    char byte;
    bool nothing = fiber_poll(pipes[0], POLLIN, clock_us() + 30000) == 0;
    bool something = fiber_poll(pipes[0], POLLIN, clock_us() + 5000000) == POLLIN && read(pipes[0], &byte, 1) == 1;
    bool hung_up = (fiber_poll(pipes[0], POLLIN, clock_us() + 5000000) & POLLHUP) != 0;
    job->good = nothing && something && hung_up;
}

static void test_descriptors(void)
{
    begin(2, JOBS_MAX);
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    struct job *job = give(poll_pipe);
    usleep(80000);
    CU_ASSERT_EQUAL(write(pipes[1], "x", 1), 1);
    usleep(20000);
    CU_ASSERT_FALSE(job->good);
    close(pipes[1]);
    end();
    CU_ASSERT_TRUE(job->good);
    close(pipes[0]);
}

static void block_300_ms(struct job *job)
{
    fiber_blocks();
    usleep(300000);
    fiber_goes_on();
    job->good = true;
}

/* Another is served while so many block. */
static void serve_beside(int threads_max, int blocking_n)
{
    begin(threads_max, JOBS_MAX);
    for (int i = 0; i < blocking_n; i++)
        give(block_300_ms);
    CU_ASSERT_TRUE(becomes(&begun, blocking_n, 200));
    give(just_run);
    CU_ASSERT_TRUE(becomes(&done, 1, 200));
    end();
    CU_ASSERT_TRUE(all_good());
}

static void test_blocking_is_replaced(void)
{
    serve_beside(8, 6);
}

static void test_blocking_leaves_threads(void)
{
    serve_beside(5, 12); /* more want to block than there are threads */
}

static void stall(struct job *job)
{
    while (!open_now)
        usleep(1000);
    job->good = true;
}

static void test_silent_blocking_is_found(void)
{
    begin(12, JOBS_MAX);
    for (int i = 0; i < 8; i++)
        give(stall);
    give(just_run);
    for (int looks = 0; looks < 40 && atomic_load(&done) == 0; looks++) {
        usleep(5000);
        crew_look(crew);
    }
    CU_ASSERT_EQUAL(atomic_load(&done), 1);
    open_now = true;
    end();
    CU_ASSERT_TRUE(all_good());
}

static void keep_slots(struct job *job)
{
    bool fresh = true;
    for (int i = 0; i < 20; i++) {
        void **slots = fiber_slots();
        fresh = fresh && (i == 0 || slots[0] == job);
        slots[0] = job;
        if (i % 2)
            fiber_pause(1000);
        else
            fiber_yield();
    }
    fiber_slots()[0] = NULL;
    job->good = fresh;
}

static void test_slots_are_kept(void)
{
    begin(4, JOBS_MAX);
    for (int i = 0; i < 60; i++)
        give(keep_slots);
    end();
    CU_ASSERT_TRUE(all_good());
    fiber_slots()[1] = crew; /* outside of a crew they are the thread's */
    CU_ASSERT_PTR_EQUAL(fiber_slots()[1], crew);
    fiber_slots()[1] = NULL;
}

/* A thread and fibers wake each other, many times, on few threads. */
enum { TURNS = 2000, PAIRS = 8 };

static struct pair {
    struct sleeper *fiber, *thread;
    pthread_mutex_t lock;
} pairs[PAIRS];

static void take_turns(struct job *job)
{
    struct pair *pair = &pairs[job->n];
    struct sleeper mine;
    bool in_time = true;
    for (int i = 0; i < TURNS && in_time; i++) {
        sleeper_init(&mine, 0);
        pthread_mutex_lock(&pair->lock);
        pair->fiber = &mine;
        struct sleeper *thread = pair->thread;
        pair->thread = NULL;
        pthread_mutex_unlock(&pair->lock);
        if (thread)
            sleeper_wake(thread, 1);
        in_time = sleeper_wait(&mine, 0, clock_us() + 5000000);
    }
    job->good = in_time;
}

static void *wake_in_turn(void *user)
{
    struct pair *pair = user;
    for (int i = 0; i < TURNS;) {
        struct sleeper mine;
        sleeper_init(&mine, 0);
        pthread_mutex_lock(&pair->lock);
        struct sleeper *fiber = pair->fiber;
        pair->fiber = NULL;
        if (fiber == NULL)
            pair->thread = &mine;
        pthread_mutex_unlock(&pair->lock);
        if (fiber) {
            sleeper_wake(fiber, 1);
            i++;
        } else if (!sleeper_wait(&mine, 0, clock_us() + 5000000)) {
            break;
        }
    }
    return NULL;
}

static void test_wakes_are_not_lost(void)
{
    pthread_t threads[PAIRS];
    begin(3, JOBS_MAX);
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = (struct pair){.fiber = NULL};
        pthread_mutex_init(&pairs[i].lock, NULL);
        pthread_create(&threads[i], NULL, wake_in_turn, &pairs[i]);
    }
    for (int i = 0; i < PAIRS; i++)
        give(take_turns);
    for (int i = 0; i < PAIRS; i++)
        pthread_join(threads[i], NULL);
    end();
    CU_ASSERT_TRUE(all_good());
}

/* Outside of a crew they wait as threads do. */
static void test_threads(void)
{
    int64_t began_us = clock_us();
    fiber_pause(10000);
    CU_ASSERT_TRUE(clock_us() - began_us >= 10000);
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    CU_ASSERT_EQUAL(fiber_poll(pipes[0], POLLIN, clock_us() + 10000), 0);
    CU_ASSERT_EQUAL(fiber_poll(pipes[1], POLLOUT, clock_us() + 10000), POLLOUT);
    close(pipes[0]);
    close(pipes[1]);
    pthread_mutex_lock(&lock);
    opened = (struct fiber_cond){0};
    CU_ASSERT_FALSE(fiber_cond_wait(&opened, &lock, clock_us() + 10000));
    pthread_mutex_unlock(&lock);
    fiber_yield();
    fiber_blocks();
    fiber_goes_on();
}

UNIT_SUITE(crew, UNIT_TEST(test_waiting_holds_no_thread), UNIT_TEST(test_no_more_begin), UNIT_TEST(test_times),
           UNIT_TEST(test_descriptors), UNIT_TEST(test_blocking_is_replaced), UNIT_TEST(test_blocking_leaves_threads),
           UNIT_TEST(test_silent_blocking_is_found),
           UNIT_TEST(test_slots_are_kept), UNIT_TEST(test_wakes_are_not_lost), UNIT_TEST(test_threads))
