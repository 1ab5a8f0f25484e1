/* A redis-server of a test's own, in a folder of its own; it ends with the test. */
#ifndef SOUK_TESTS_OWN_REDIS_H
#define SOUK_TESTS_OWN_REDIS_H

#include <sys/types.h>

#include "base/config.h"

/* Starts it, waits until it takes connections, and puts its socket into `config`. */
void own_redis_begin(struct config *config);
/* Stops it and removes the folder. */
void own_redis_end(void);

void own_redis_start(void);
void own_redis_stop(void);
pid_t own_redis_pid(void);

#endif
