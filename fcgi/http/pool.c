/* The master of a pool: starts, replaces and retires children, and holds the socket.
 *
 * It opens no database and starts no thread, so that it can fork at any time. What it must ask a database (do rows and
 * routines agree?) it asks in a process of its own, the checker.
 */
#include "http/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/check.h"
#include "http/child.h"
#include "http/engine.h"
#include "http/listener.h"
#include "observe/log.h"
#include "observe/metrics.h"

enum {
    CHILDREN_MAX = 64,
    RETIRED_MAX = 512,
    ARGS_MAX = 32,
    TICK_MS = 1000,
    TICK_SHORT_MS = 50,
    RESPAWN_MS = 100,          /* doubled with each failure in a row */
    RESPAWN_MS_MAX = 5000,
    HEALTHY_US = 5000000,      /* a child that lived this long did not fail at start */
    RECHECK_US = 5000000,
    TEST_MS_MAX = 10000,
    CHECK_DEADLINE_S = 30
};

struct slot {
    pid_t pid; /* 0: none */
    int64_t started_us, respawn_us;
    int failures;
};

struct master {
    const struct pool *pool;
    struct table *table;
    struct listener listener;
    struct pool_shared *shared;
    struct slot slots[CHILDREN_MAX];
    pid_t retired[RETIRED_MAX]; /* told, or still to be told, to leave */
    size_t retired_n;
    bool told;                  /* the retired know */
    pid_t checker;              /* 0: none running */
    int64_t check_us;           /* when to check again; 0: no need */
    bool may_serve;             /* the first check is through */
    bool was_ready;             /* every child was ready once */
    char args_text[4096];
    char *args[ARGS_MAX + 2];
};

static const char RETIRED_ENV[] = "SOUK_RETIRED";

/* Errors before the pool runs are for whoever started it: one plain line. */
static int cannot_start(const struct pool *pool, const char *why)
{
    fprintf(stderr, "souk %s: %s\n", pool->role, why);
    return 1;
}

/* How this process was started, to start it again as what then lies on disk. */
static bool read_args(struct master *master)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, master->args_text, sizeof master->args_text - 1) : -1;
    if (fd >= 0)
        close(fd);
    size_t n = 0;
    for (char *at = master->args_text; len > 0 && at < master->args_text + len && n < ARGS_MAX; at += strlen(at) + 1)
        master->args[n++] = at;
    return n > 0;
}

/* Renamed into place: whoever reads it during a reload finds a number in it. */
static void write_pid_file(const struct pool *pool)
{
    char fresh[CONFIG_TEXT_MAX + 8];
    if (!pool->pid_file[0])
        return;
    snprintf(fresh, sizeof fresh, "%s.new", pool->pid_file);
    FILE *file = fopen(fresh, "we");
    bool written = file && fprintf(file, "%d\n", (int)getpid()) > 0;
    if (file)
        written = fclose(file) == 0 && written;
    if (!written || rename(fresh, pool->pid_file) != 0)
        log_error("%s: %s", pool->pid_file, strerror(errno));
}

static void block_signals(sigset_t *set)
{
    static const int wanted[] = {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGCHLD, SIGUSR1};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        sigaddset(set, wanted[i]);
    sigprocmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* ---- the checker ---- */

static void say_disagreement(const char *line)
{
    log_error("%s", line);
}

static int checker_main(const struct master *master)
{
    struct store *store = NULL;
    alarm(CHECK_DEADLINE_S);
    if (store_new(master->pool->config, &store) != SOUK_OK)
        return CHECK_INCOMPLETE;
    return (int)check_rows(master->table, store, say_disagreement);
}

static void start_checker(struct master *master)
{
    master->check_us = 0;
    master->checker = fork();
    if (master->checker == 0)
        _exit(checker_main(master));
    if (master->checker < 0) {
        log_error("fork: %s", strerror(errno));
        master->checker = 0;
        master->check_us = clock_us() + RECHECK_US;
    }
}

/* False: the pool must not start. With children serving already, disagreement is told and asked about again. */
static bool checker_ended(struct master *master, int status)
{
    int result = WIFEXITED(status) ? WEXITSTATUS(status) : CHECK_INCOMPLETE;
    master->checker = 0;
    if (result == CHECK_AGREES) {
        atomic_store(&master->shared->rows_state, ROWS_AGREE);
        master->may_serve = true;
        return true;
    }
    master->check_us = clock_us() + RECHECK_US;
    if (result == CHECK_INCOMPLETE) {
        if (!master->may_serve)
            log_warn("a database could not be asked about its routines; asking again until all have answered");
        master->may_serve = true;
        return true;
    }
    atomic_store(&master->shared->rows_state, ROWS_DISAGREE);
    return master->may_serve || master->retired_n > 0;
}

/* ---- children ---- */

static void start_child(struct master *master, size_t i)
{
    struct slot *slot = &master->slots[i];
    atomic_store(&master->shared->ready[i], 0);
    slot->started_us = clock_us();
    slot->pid = fork();
    if (slot->pid == 0) {
        int code = child_run(master->pool, master->table, master->listener.fd, master->shared,
                             &master->shared->ready[i]);
        table_free(master->table);
        exit(code);
    }
    if (slot->pid < 0) {
        log_error("fork: %s", strerror(errno));
        slot->pid = 0;
        slot->respawn_us = clock_us() + RESPAWN_MS_MAX * 1000;
    }
}

static void start_missing(struct master *master)
{
    int64_t now_us = clock_us();
    for (size_t i = 0; i < (size_t)master->pool->processes; i++) {
        if (master->slots[i].pid == 0 && now_us >= master->slots[i].respawn_us)
            start_child(master, i);
    }
}

/* False: the first children cannot start, and trying again will not help. */
static bool child_ended(struct master *master, struct slot *slot, int status)
{
    bool cannot = WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CANNOT_START;
    bool short_lived = clock_us() - slot->started_us < HEALTHY_US;
    if (WIFSIGNALED(status))
        log_error("process %d was killed by signal %d; a new one takes its place", (int)slot->pid, WTERMSIG(status));
    slot->failures = short_lived ? slot->failures + 1 : 0;
    int64_t wait_ms = RESPAWN_MS;
    for (int n = 1; n < slot->failures && wait_ms < RESPAWN_MS_MAX; n++)
        wait_ms *= 2;
    slot->pid = 0;
    slot->respawn_us = short_lived ? clock_us() + wait_ms * 1000 : 0;
    return !cannot || master->was_ready || master->retired_n > 0;
}

static void retired_ended(struct master *master, pid_t pid)
{
    for (size_t i = 0; i < master->retired_n; i++) {
        if (master->retired[i] == pid) {
            master->retired[i] = master->retired[--master->retired_n];
            return;
        }
    }
}

static bool reap(struct master *master)
{
    bool go_on = true;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == master->checker) {
            go_on = checker_ended(master, status) && go_on;
            continue;
        }
        size_t i = 0;
        while (i < (size_t)master->pool->processes && master->slots[i].pid != pid)
            i++;
        if (i < (size_t)master->pool->processes)
            go_on = child_ended(master, &master->slots[i], status) && go_on;
        else
            retired_ended(master, pid);
    }
    return go_on;
}

static bool all_ready(const struct master *master)
{
    for (size_t i = 0; i < (size_t)master->pool->processes; i++) {
        if (master->slots[i].pid == 0 || atomic_load(&master->shared->ready[i]) == 0)
            return false;
    }
    return true;
}

/* The new children serve: the old may go. */
static void settle(struct master *master)
{
    if (!all_ready(master))
        return;
    if (!master->was_ready)
        log_info("%d processes with %d threads each serve", master->pool->processes, master->pool->threads);
    master->was_ready = true;
    for (size_t i = 0; !master->told && i < master->retired_n; i++)
        kill(master->retired[i], SIGTERM);
    master->told = true;
}

/* ---- reload ---- */

/* Asks the binary now on disk whether it can start with the configuration now on disk. */
static bool new_self_fine(struct master *master)
{
    size_t n = 0;
    while (master->args[n])
        n++;
    static char test[] = "--test";
    master->args[n] = test;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(master->args[0], master->args);
        _exit(127);
    }
    master->args[n] = NULL;
    int status = -1;
    for (int waited_ms = 0; pid > 0 && waited_ms < TEST_MS_MAX; waited_ms += 5) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    if (pid > 0)
        kill(pid, SIGKILL);
    return false;
}

/* The children go on as the retired of the next self. */
static void export_children(const struct master *master)
{
    char text[RETIRED_MAX * 12] = "";
    size_t at = 0;
    for (size_t i = 0; i < master->retired_n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%d ", (int)master->retired[i]);
    for (size_t i = 0; i < (size_t)master->pool->processes && at + 16 < sizeof text; i++) {
        if (master->slots[i].pid > 0)
            at += (size_t)snprintf(text + at, sizeof text - at, "%d ", (int)master->slots[i].pid);
    }
    setenv(RETIRED_ENV, text, 1);
}

static void import_children(struct master *master)
{
    const char *text = getenv(RETIRED_ENV);
    for (char *end = NULL; text && *text && master->retired_n < RETIRED_MAX - CHILDREN_MAX; text = end) {
        long pid = strtol(text, &end, 10);
        if (end == text)
            break;
        master->retired[master->retired_n++] = (pid_t)pid;
        end += *end == ' ';
    }
    unsetenv(RETIRED_ENV);
}

static void reload(struct master *master)
{
    if (master->retired_n + CHILDREN_MAX > RETIRED_MAX - CHILDREN_MAX) {
        log_error("reload put off: too many processes of earlier reloads are still leaving");
        return;
    }
    if (!new_self_fine(master)) {
        log_error("reload refused: `%s` cannot start as it is now; everything goes on as it was", master->args[0]);
        return;
    }
    log_info("reloading");
    if (master->checker > 0)
        kill(master->checker, SIGKILL);
    export_children(master);
    listener_keep(&master->listener, true);
    execvp(master->args[0], master->args);
    log_error("reload failed: %s: %s", master->args[0], strerror(errno));
    listener_keep(&master->listener, false);
    unsetenv(RETIRED_ENV);
}

/* ---- the end ---- */

static void signal_all(const struct master *master, int signal_number)
{
    for (size_t i = 0; i < (size_t)master->pool->processes; i++) {
        if (master->slots[i].pid > 0)
            kill(master->slots[i].pid, signal_number);
    }
    for (size_t i = 0; i < master->retired_n; i++)
        kill(master->retired[i], signal_number);
    if (master->checker > 0)
        kill(master->checker, SIGKILL);
}

static bool any_left(const struct master *master)
{
    for (size_t i = 0; i < (size_t)master->pool->processes; i++) {
        if (master->slots[i].pid > 0)
            return true;
    }
    return master->retired_n > 0;
}

static void stop(struct master *master)
{
    const struct config *config = master->pool->config;
    int64_t patience_us = (config->drain_ms_max + config->deadline_ms + 3000) * 1000;
    int64_t until_us = clock_us() + patience_us;
    listener_close(&master->listener);
    signal_all(master, SIGQUIT);
    while (any_left(master)) {
        if (clock_us() > until_us) {
            log_error("processes do not leave; killing them");
            signal_all(master, SIGKILL);
            until_us += patience_us;
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        reap(master);
    }
    if (master->pool->pid_file[0])
        unlink(master->pool->pid_file);
}

/* ---- running ---- */

static bool waiting_for_something(const struct master *master)
{
    return !all_ready(master) || master->checker > 0;
}

/* Sees to what is due. False: the pool cannot start. */
static bool tend(struct master *master)
{
    if (!reap(master))
        return false;
    if (master->checker == 0 && master->check_us > 0 && clock_us() >= master->check_us)
        start_checker(master);
    if (master->may_serve)
        start_missing(master);
    settle(master);
    return true;
}

static int run(struct master *master, const sigset_t *set)
{
    for (;;) {
        if (!tend(master)) {
            stop(master);
            return cannot_start(master->pool, "stopped: see the lines above");
        }
        int64_t wait_ms = waiting_for_something(master) ? TICK_SHORT_MS : TICK_MS;
        struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
        switch (sigtimedwait(set, NULL, &wait)) {
        case SIGTERM:
        case SIGINT:
        case SIGQUIT:
            stop(master);
            return 0;
        case SIGHUP:
            reload(master);
            break;
        default:
            break;
        }
    }
}

static bool set_up(struct master *master, char *message, size_t message_bytes)
{
    const struct pool *pool = master->pool;
    snprintf(message, message_bytes, "out of memory");
    if (pool->processes > CHILDREN_MAX) {
        snprintf(message, message_bytes, "at most %d processes", (int)CHILDREN_MAX);
        return false;
    }
    size_t bytes = sizeof *master->shared + CHILDREN_MAX * sizeof master->shared->ready[0];
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    master->table = table_new(pool->sets, pool->sets_n);
    if (memory == MAP_FAILED || !master->table || !read_args(master) ||
        metrics_init(table_rows_n(master->table) + 1) != SOUK_OK)
        return false;
    master->shared = memory;
    return listener_open(&master->listener, pool->socket, message, message_bytes);
}

int pool_run(const struct pool *pool)
{
    static struct master master;
    char message[256];
    sigset_t set;
    master = (struct master){.pool = pool, .listener = {.fd = -1}};
    block_signals(&set);
    /* Closing a connection waits for the peer at most this long (libfcgi's default is 2 s). */
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
    setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "100", 1);
    import_children(&master);
    if (!set_up(&master, message, sizeof message))
        return cannot_start(pool, message);
    write_pid_file(pool);
    start_checker(&master);
    int code = run(&master, &set);
    table_free(master.table);
    return code;
}
