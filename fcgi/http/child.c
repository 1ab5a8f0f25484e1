/* A process of the pool: a crew that serves whatever connection has something to read.
 *
 * nginx keeps connections open, and a kept one holds nothing but its descriptor. Once there is something to read the crew
 * serves one request of it and watches it again. libfcgi gets connections already accepted: with no listening socket of its
 * own, FCGX_Accept_r() returns as soon as the connection it has ends.
 */
#include "http/child.h"

#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/crew.h"
#include "http/cached.h"
#include "http/context.h"
#include "http/engine.h"
#include "observe/log.h"

enum {
    STACK_BYTES = 256 * 1024,
    DISCARD_BYTES_MAX = 1024 * 1024,
    MALLOC_ARENAS = 2,
    ID_TRIES_MAX = 4,
    ACCEPTS_MAX = 64, /* at once */
    ARENAS_IDLE_MAX = 64,
    LOOK_MS = 100
};

struct connection {
    struct crew_task task; /* first: what the crew runs is the connection */
    struct child *child;
    FCGX_Request fcgi;
    bool busy; /* under the child's lock: a request is under way, not just an open connection */
    struct connection *next, *before;
};

struct listening {
    struct crew_task task;
    struct child *child;
};

struct child {
    const struct pool *pool;
    struct engine engine;
    struct crew *crew;
    int listen_fd;
    struct listening listening;
    bool said_full;       /* who accepts alone looks at it */
    atomic_bool full;     /* no descriptor is left: the listener is watched again in a while */
    pthread_mutex_t lock; /* guards what follows */
    bool leaving;
    pthread_cond_t empty; /* the last connection has ended */
    struct connection *connections;
    struct arena *arenas[ARENAS_IDLE_MAX];
    size_t arenas_n;
};

static void leave_on_failure(const char *what)
{
    log_error("%s: %s; this process leaves and is replaced", what, strerror(errno));
    kill(getpid(), SIGTERM);
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
    if (!discard_body(fcgi->in)) {
        fcgi->keepConnection = 0;
        FCGX_Attach(fcgi); /* closing reads on after the answer: a client that meets a closed end may not look for it */
    }
    if (FCGX_GetError(fcgi->in) != 0)
        intake->broken = SOUK_BAD_REQUEST;
}

static struct arena *arena_take(struct child *child)
{
    pthread_mutex_lock(&child->lock);
    struct arena *arena = child->arenas_n > 0 ? child->arenas[--child->arenas_n] : NULL;
    pthread_mutex_unlock(&child->lock);
    return arena ? arena : arena_new((size_t)child->pool->config->arena_bytes_max);
}

static void arena_give(struct child *child, struct arena *arena)
{
    arena_reset(arena);
    pthread_mutex_lock(&child->lock);
    bool kept = child->arenas_n < ARENAS_IDLE_MAX;
    if (kept)
        child->arenas[child->arenas_n++] = arena;
    pthread_mutex_unlock(&child->lock);
    if (!kept)
        arena_free(arena);
}

/* False: there is no memory for it. */
static bool serve_request(struct child *child, FCGX_Request *fcgi)
{
    struct intake intake = {.broken = SOUK_OK};
    struct reply reply;
    struct arena *arena = arena_take(child);
    if (arena == NULL)
        return false;
    intake_read(&intake, fcgi->envp);
    read_body(fcgi, arena, &intake);
    engine_answer(&child->engine, arena, &intake, &reply);
    FCGX_PutStr(reply.head, (int)reply.head_len, fcgi->out);
    FCGX_PutStr(reply.body, (int)reply.body_len, fcgi->out);
    FCGX_Finish_r(fcgi);
    arena_give(child, arena);
    return true;
}

static void connection_end(struct connection *connection)
{
    struct child *child = connection->child;
    FCGX_Free(&connection->fcgi, 1);
    pthread_mutex_lock(&child->lock);
    *(connection->before ? &connection->before->next : &child->connections) = connection->next;
    if (connection->next)
        connection->next->before = connection->before;
    if (child->connections == NULL)
        pthread_cond_signal(&child->empty);
    pthread_mutex_unlock(&child->lock);
    free(connection);
}

static void mark_busy(struct connection *connection, bool busy)
{
    pthread_mutex_lock(&connection->child->lock);
    connection->busy = busy;
    pthread_mutex_unlock(&connection->child->lock);
}

static void serve(struct crew_task *task)
{
    struct connection *connection = (struct connection *)task;
    FCGX_Request *fcgi = &connection->fcgi;
    mark_busy(connection, true);
    bool open = FCGX_Accept_r(fcgi) == 0 && serve_request(connection->child, fcgi) && fcgi->ipcFd >= 0;
    if (open)
        mark_busy(connection, false);
    /* From here on the connection may be another thread's. */
    if (!open || !crew_watch(connection->child->crew, fcgi->ipcFd, task))
        connection_end(connection);
}

/* −1, and why in errno: there is none, or no memory for it. Under the lock, so that a child that leaves sees it or not at all. */
static int connection_accept(struct child *child, struct connection *connection)
{
    int fd = -1;
    errno = EAGAIN;
    pthread_mutex_lock(&child->lock);
    if (!child->leaving)
        fd = accept4(child->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        connection->next = child->connections;
        if (connection->next)
            connection->next->before = connection;
        child->connections = connection;
    }
    pthread_mutex_unlock(&child->lock);
    return fd;
}

/* False, and why in errno: there is none, or nothing left for it. */
static bool connection_begin(struct child *child)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return false;
    connection->task.run = serve;
    connection->child = child;
    FCGX_InitRequest(&connection->fcgi, -1, 0);
    /* Else FCGX_Accept_r() would take the fresh connection for a finished one and close it. */
    connection->fcgi.keepConnection = 1;
    connection->busy = true;
    int fd = connection->fcgi.ipcFd = connection_accept(child, connection);
    if (fd < 0) {
        int why = errno;
        free(connection);
        errno = why;
        return false;
    }
    /* Else libfcgi, before it closes, holds the thread until the client has closed, or for as long as pool_run() says. */
    FCGX_Detach(&connection->fcgi);
    mark_busy(connection, false);
    if (crew_watch(child->crew, fd, &connection->task))
        return true;
    connection_end(connection);
    return false;
}

static bool is_leaving(struct child *child)
{
    pthread_mutex_lock(&child->lock);
    bool leaving = child->leaving;
    pthread_mutex_unlock(&child->lock);
    return leaving;
}

static void watch_listener(struct child *child)
{
    if (!crew_watch(child->crew, child->listen_fd, &child->listening.task))
        leave_on_failure("accept");
}

/* Those who come wait in the line of the listening socket until a connection ends. */
static void wait_for_room(struct child *child)
{
    if (!child->said_full)
        log_warn("accept: %s; who comes waits until a connection ends", strerror(errno));
    child->said_full = true;
    atomic_store(&child->full, true);
}

static void accept_some(struct crew_task *task)
{
    struct child *child = ((struct listening *)task)->child;
    int n = 0;
    while (n < ACCEPTS_MAX && connection_begin(child))
        n++;
    if (is_leaving(child))
        return;
    child->said_full = child->said_full && n == 0;
    /* Another process was first, or the client went away: wait again. */
    if (n == ACCEPTS_MAX || errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        watch_listener(child);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        wait_for_room(child);
    else
        leave_on_failure("accept");
}

static bool start_crew(struct child *child)
{
    const struct crew_plan plan = {
        .threads_max = child->pool->threads,
        .stack_bytes = STACK_BYTES,
        .tasks_max = (size_t)child->pool->config->nginx_connections,
    };
    child->listening = (struct listening){.task = {.run = accept_some}, .child = child};
    if (crew_start(&plan, &child->crew) == SOUK_OK && crew_watch(child->crew, child->listen_fd, &child->listening.task))
        return true;
    log_error("cannot start threads: %s", strerror(errno));
    return false;
}

/* Waits up to `ms` until no connection is open. */
static bool wait_empty(struct child *child, int64_t ms)
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
    while (child->connections && waited != ETIMEDOUT)
        waited = pthread_cond_clockwait(&child->empty, &child->lock, CLOCK_MONOTONIC, &until);
    bool empty = child->connections == NULL;
    pthread_mutex_unlock(&child->lock);
    return empty;
}

/* nginx has had its time to close what it kept; what is idle now will not be used again. */
static void shut_idle(struct child *child)
{
    pthread_mutex_lock(&child->lock);
    for (struct connection *connection = child->connections; connection; connection = connection->next)
        if (!connection->busy)
            shutdown(connection->fcgi.ipcFd, SHUT_RD);
    pthread_mutex_unlock(&child->lock);
}

static void drain(struct child *child)
{
    const struct config *config = child->pool->config;
    pthread_mutex_lock(&child->lock);
    child->leaving = true;
    pthread_mutex_unlock(&child->lock);
    bool empty = wait_empty(child, config->drain_ms_max);
    for (int round = 0; !empty && round < 4; round++) {
        shut_idle(child);
        empty = wait_empty(child, config->deadline_ms / 4 + 250);
    }
    if (!empty) {
        log_warn("leaving with requests still under way after their deadline");
        _exit(CHILD_LEFT);
    }
    crew_end(child->crew);
    while (child->arenas_n > 0)
        arena_free(child->arenas[--child->arenas_n]);
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
    static const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGQUIT);
    int got;
    while ((got = sigtimedwait(&set, NULL, &look)) < 0) {
        crew_look(child->crew);
        if (atomic_exchange(&child->full, false))
            watch_listener(child);
    }
    if (got == SIGQUIT)
        atomic_store(&child->engine.draining, true);
}

/* Before anything else in the process: threads would each take an arena of malloc's for themselves. Where jemalloc stands
 * before libc's malloc this is without effect. */
static void settle_in(void)
{
    struct rlimit files;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
    /* Each connection of nginx holds one, and nothing here cares how high their numbers are. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

int child_run(const struct pool *pool, const struct table *table, int listen_fd, struct pool_shared *shared,
              _Atomic int *ready)
{
    char message[256];
    struct child child = {.pool = pool,
                          .engine = {.table = table, .rows_state = &shared->rows_state},
                          .listen_fd = listen_fd,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .empty = PTHREAD_COND_INITIALIZER};
    int code = CHILD_CANNOT_START;
    settle_in();
    if (FCGX_Init() != 0) {
        log_error("cannot start: out of memory");
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
    if (start_crew(&child)) {
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
    return code;
}
