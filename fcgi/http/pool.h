/* A pool of processes × threads that serve FastCGI on one unix socket.
 *
 * The master holds the listening socket and nothing else: it starts the children, replaces those that die, and on
 * SIGHUP becomes the new binary with the new configuration while the old children serve on until the new are ready.
 * A child that leaves stops accepting at once and serves the connections nginx has kept until nginx closes them: no
 * request meets a closed connection.
 *
 * Signals to the master: SIGHUP reload, SIGTERM or SIGINT stop. To a child: SIGTERM leave, SIGQUIT leave and say so in
 * /readyz.
 */
#ifndef SOUK_HTTP_POOL_H
#define SOUK_HTTP_POOL_H

#include "base/config.h"
#include "http/route.h"

struct context;

struct pool {
    const char *role; /* in log lines and messages */
    const struct config *config;
    const char *socket;   /* path, unless a listening socket is inherited */
    const char *pid_file; /* "" for none */
    int processes, threads;
    unsigned needs;          /* of context_open() */
    const struct route_set *const *sets;
    size_t sets_n;
    /* What a child does beside serving; both may be NULL. child_start runs in the child when its context is open and
     * signals are blocked, before it accepts; child_stop when its threads have ended, before the context is closed. */
    void (*child_start)(const struct context *context);
    void (*child_stop)(void);
};

/* Serves until told to stop. Returns the exit code: 0 stopped when asked, 1 could not start (said in one line). */
int pool_run(const struct pool *pool);

#endif
