/* Finishing what a crash cut in half: units that left one place and are not known to have arrived. */
#ifndef SOUK_WORKER_TRANSFER_H
#define SOUK_WORKER_TRANSFER_H

#include "worker/jobs.h"

/* One batch of the rows that `routine` lists on the run's database; `from` as in struct transfer. Those younger than two
 * seconds are left to whoever made them. A shard that cannot be reached keeps its rows for the next run. */
SOUK_CHECK enum souk_err transfer_sweep(struct job_run *run, const char *routine, int from, bool *found);

#endif
