/* A process of the pool: threads that each accept a connection and serve it until nginx closes it.
 *
 * Of the idle threads one at a time waits for connections (the mutex covers accept, never a read), so a connection
 * wakes one thread and not all. libfcgi gets connections already accepted: with no listening socket of its own,
 * FCGX_Accept_r() returns as soon as the connection it has ends.
 */
#include "http/child.h"

#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/cached.h"
#include "http/context.h"
#include "http/engine.h"
#include "observe/log.h"

enum { STACK_BYTES = 256 * 1024, DISCARD_BYTES_MAX = 1024 * 1024, MALLOC_ARENAS = 2, ID_TRIES_MAX = 4 };

struct child;

struct worker {
    struct child *child;
    pthread_t thread;
    _Atomic int fd;     /* the connection it serves, −1: none */
    atomic_bool busy;   /* a request is under way, not just an open connection */
};

struct child {
    const struct pool *pool;
    struct engine engine;
    int listen_fd, wake_fd; /* wake_fd becomes readable, for good, when the child leaves */
    atomic_bool leaving;
    pthread_mutex_t accepting;
    pthread_mutex_t lock;   /* guards running */
    pthread_cond_t stopped; /* a thread has ended */
    int started, running;
    struct worker *workers;
};

static void leave_on_failure(const char *what)
{
    log_error("%s: %s; this process leaves and is replaced", what, strerror(errno));
    kill(getpid(), SIGTERM);
}

/* Waits for a connection; −1 when the child leaves. */
static int accept_one(struct child *child)
{
    struct pollfd fds[] = {{.fd = child->listen_fd, .events = POLLIN}, {.fd = child->wake_fd, .events = POLLIN}};
    int fd = -1;
    pthread_mutex_lock(&child->accepting);
    while (fd < 0 && !atomic_load(&child->leaving)) {
        if (poll(fds, 2, -1) < 0 || atomic_load(&child->leaving))
            continue;
        fd = accept4(child->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        /* Another process was first, or the client went away: wait again. Anything else (EMFILE) will not pass. */
        if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            leave_on_failure("accept");
            atomic_store(&child->leaving, true);
        }
    }
    pthread_mutex_unlock(&child->accepting);
    return fd;
}

/* Reads what is left, so that the connection is at the start of the next request. False: it is not worth it. */
static bool discard_body(FCGX_Stream *in)
{
    char bin[4096];
    size_t total = 0;
    for (int n = 1; n > 0 && total < DISCARD_BYTES_MAX; total += (size_t)n)
        n = FCGX_GetStr(bin, sizeof bin, in);
    return total < DISCARD_BYTES_MAX;
}

/* A body shorter than announced is one the client never finished: refused, never used. */
static void read_body(FCGX_Request *fcgi, struct arena *arena, struct intake *intake)
{
    const char *header = intake->content_length;
    char *end = NULL;
    long long announced = header && *header ? strtoll(header, &end, 10) : 0;
    bool malformed = end && *end;
    intake->body = "";
    if (announced > 0 && announced <= BODY_BYTES_MAX && !malformed) {
        char *body = arena_alloc(arena, (size_t)announced + 1);
        int got = body ? FCGX_GetStr(body, (int)announced, fcgi->in) : 0;
        intake->body = body ? body : "";
        intake->body_len = (size_t)got;
        if (got != announced)
            intake->broken = body ? SOUK_BAD_REQUEST : SOUK_TOO_LARGE;
    } else if (announced != 0 || malformed) {
        intake->broken = malformed || announced < 0 ? SOUK_BAD_REQUEST : SOUK_TOO_LARGE;
    }
    if (!discard_body(fcgi->in))
        fcgi->keepConnection = 0;
    if (FCGX_GetError(fcgi->in) != 0)
        intake->broken = SOUK_BAD_REQUEST;
}

static void serve_request(struct child *child, FCGX_Request *fcgi, struct arena *arena)
{
    struct intake intake = {.broken = SOUK_OK};
    struct reply reply;
    intake_read(&intake, fcgi->envp);
    read_body(fcgi, arena, &intake);
    engine_answer(&child->engine, arena, &intake, &reply);
    FCGX_PutStr(reply.head, (int)reply.head_len, fcgi->out);
    FCGX_PutStr(reply.body, (int)reply.body_len, fcgi->out);
    FCGX_Finish_r(fcgi);
    arena_reset(arena);
}

static void serve_connection(struct worker *worker, FCGX_Request *fcgi, int fd, struct arena *arena)
{
    fcgi->ipcFd = fd;
    /* Else FCGX_Accept_r() would take the fresh connection for a finished one and close it. */
    fcgi->keepConnection = 1;
    atomic_store(&worker->fd, fd);
    while (FCGX_Accept_r(fcgi) == 0) {
        atomic_store(&worker->busy, true);
        serve_request(worker->child, fcgi, arena);
        atomic_store(&worker->busy, false);
        if (fcgi->ipcFd < 0)
            break;
    }
    atomic_store(&worker->fd, -1);
}

static void *worker_main(void *user)
{
    struct worker *worker = user;
    struct child *child = worker->child;
    struct arena *arena = arena_new((size_t)child->pool->config->arena_bytes_max);
    FCGX_Request fcgi;
    FCGX_InitRequest(&fcgi, -1, 0);
    if (!arena)
        leave_on_failure("arena");
    for (int fd; arena && (fd = accept_one(child)) >= 0;)
        serve_connection(worker, &fcgi, fd, arena);
    arena_free(arena);
    pthread_mutex_lock(&child->lock);
    child->running--;
    pthread_cond_signal(&child->stopped);
    pthread_mutex_unlock(&child->lock);
    return NULL;
}

static bool start_workers(struct child *child)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int failed = 0;
    for (int i = 0; i < child->pool->threads && failed == 0; i++) {
        struct worker *worker = &child->workers[i];
        worker->child = child;
        atomic_store(&worker->fd, -1);
        pthread_mutex_lock(&child->lock);
        failed = pthread_create(&worker->thread, &attr, worker_main, worker);
        child->running += failed == 0;
        child->started += failed == 0;
        pthread_mutex_unlock(&child->lock);
    }
    pthread_attr_destroy(&attr);
    if (failed != 0)
        log_error("cannot start %d threads: %s", child->pool->threads, strerror(failed));
    return failed == 0;
}

/* Waits up to `ms` until no thread runs. */
static bool wait_stopped(struct child *child, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int waited = 0;
    pthread_mutex_lock(&child->lock);
    while (child->running > 0 && waited != ETIMEDOUT)
        waited = pthread_cond_clockwait(&child->stopped, &child->lock, CLOCK_MONOTONIC, &until);
    bool stopped = child->running == 0;
    pthread_mutex_unlock(&child->lock);
    return stopped;
}

/* nginx has had its time to close what it kept; what is idle now will not be used again. */
static void shut_idle(struct child *child)
{
    for (int i = 0; i < child->started; i++) {
        int fd = atomic_load(&child->workers[i].fd);
        if (fd >= 0 && !atomic_load(&child->workers[i].busy))
            shutdown(fd, SHUT_RD);
    }
}

static void drain(struct child *child)
{
    const struct config *config = child->pool->config;
    eventfd_t one = 1;
    atomic_store(&child->leaving, true);
    if (eventfd_write(child->wake_fd, one) != 0)
        log_error("eventfd: %s", strerror(errno));
    bool stopped = wait_stopped(child, config->drain_ms_max);
    for (int round = 0; !stopped && round < 4; round++) {
        shut_idle(child);
        stopped = wait_stopped(child, config->deadline_ms / 4 + 250);
    }
    if (!stopped) {
        log_warn("leaving with requests still under way after their deadline");
        _exit(CHILD_LEFT);
    }
    for (int i = 0; i < child->started; i++)
        pthread_join(child->workers[i].thread, NULL);
}

/* During a reload the old children serve on until this one says ready: it says so once it can make ids. When the
 * global database is away it serves what needs none; id_make() waits a little each time. */
static void wait_for_ids(const struct context *context)
{
    int64_t id;
    for (int tries = 0; context->ids && tries < ID_TRIES_MAX; tries++) {
        if (id_make(context->ids, 0, &id) == SOUK_OK)
            return;
    }
}

static void wait_for_orders(struct child *child)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGQUIT);
    int got = 0;
    while (sigwait(&set, &got) != 0)
        continue;
    if (got == SIGQUIT)
        atomic_store(&child->engine.draining, true);
}

/* Before anything else in the process: threads would each take an arena of malloc's for themselves. Where jemalloc stands
 * before libc's malloc this is without effect. */
static void settle_in(void)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
}

int child_run(const struct pool *pool, const struct table *table, int listen_fd, struct pool_shared *shared,
              _Atomic int *ready)
{
    char message[256];
    struct child child = {.pool = pool,
                          .engine = {.table = table, .rows_state = &shared->rows_state},
                          .listen_fd = listen_fd,
                          .wake_fd = eventfd(0, EFD_CLOEXEC),
                          .accepting = PTHREAD_MUTEX_INITIALIZER,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .stopped = PTHREAD_COND_INITIALIZER,
                          .workers = calloc((size_t)pool->threads, sizeof(struct worker))};
    int code = CHILD_CANNOT_START;
    settle_in();
    if (!child.workers || child.wake_fd < 0 || FCGX_Init() != 0) {
        log_error("cannot start: out of memory or file descriptors");
        goto out;
    }
    if (context_open(pool->config, pool->needs, &child.engine.context, message, sizeof message) != SOUK_OK) {
        log_error("cannot start: %s", message);
        goto out;
    }
    if (cached_open(&child.engine.context, table) != SOUK_OK) {
        log_error("cannot start: no memory or threads for the cache");
        goto out;
    }
    wait_for_ids(&child.engine.context);
    if (pool->child_start)
        pool->child_start(&child.engine.context);
    if (start_workers(&child)) {
        atomic_store(ready, 1);
        kill(getppid(), SIGUSR1);
        wait_for_orders(&child);
        code = CHILD_LEFT;
    }
    atomic_store(ready, 0);
    drain(&child);
    if (pool->child_stop)
        pool->child_stop();
out:
    cached_close(&child.engine.context);
    context_close(&child.engine.context);
    free(child.workers);
    if (child.wake_fd >= 0)
        close(child.wake_fd);
    return code;
}
