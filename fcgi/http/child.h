/* One process of the pool. The pool's own header. */
#ifndef SOUK_HTTP_CHILD_H
#define SOUK_HTTP_CHILD_H

#include <stdatomic.h>

#include "http/pool.h"
#include "http/table.h"

/* What the master and its children share (mapped before fork). */
struct pool_shared {
    _Atomic int rows_state;    /* enum rows_state */
    _Atomic int ready[];       /* per child: serves */
};

enum child_exit { CHILD_LEFT = 0, CHILD_CANNOT_START = 3 };

/* Serves on `listen_fd` (non-blocking) until told to leave; says ready in *ready and by SIGUSR1 to the parent. All
 * signals are blocked by the caller. Returns enum child_exit. */
int child_run(const struct pool *pool, const struct table *table, int listen_fd, struct pool_shared *shared,
              _Atomic int *ready);

#endif
