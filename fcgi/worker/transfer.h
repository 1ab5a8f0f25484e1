/* Finishing what a crash cut in half: units that left one place and are not known to have arrived. */
#ifndef SOUK_WORKER_TRANSFER_H
#define SOUK_WORKER_TRANSFER_H

#include "worker/jobs.h"

/* One pass through the rows that `routine` lists on the run's database; `from` as in struct transfer. Those younger than two
 * seconds are left to whoever made them. What cannot be finished, or is on its way to a shard that does not answer, waits for
 * the next run and keeps no other row waiting. */
SOUK_CHECK enum souk_err transfer_sweep(struct job_run *run, const char *routine, int from, bool *found);

#endif
