/* `souk worker`: everything that has to happen without anybody asking (worker/jobs.h). */
#ifndef SOUK_WORKER_WORKER_H
#define SOUK_WORKER_WORKER_H

#include "base/config.h"

/* Runs until SIGTERM or SIGINT, finishing the step under way. Starts at once whether or not databases can be reached.
 * Any number of workers may run. Returns the exit code: 0 stopped when asked, 1 could not start (said in one line). */
int worker_run(const struct config *config);

#endif
