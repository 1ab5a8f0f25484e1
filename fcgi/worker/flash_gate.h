/* The gate of a flash sale as the worker keeps it. */
#ifndef SOUK_WORKER_FLASH_GATE_H
#define SOUK_WORKER_FLASH_GATE_H

#include "worker/jobs.h"

/* A row of flash_due. Text is borrowed. */
struct flash_sale {
    int64_t sale_id, sku_id, epoch, units, starts_ms;
    int64_t over_ms;  /* since its end; below 0: before it */
    int64_t allotted; /* units that its pool has got so far, once flash_allot was asked */
    const char *pool, *state;
    json_object *item; /* the rest of it */
};

/* worker/flash.c: does every shard have the sale as global has it? */
SOUK_CHECK enum souk_err flash_everywhere(struct job_run *run, const struct flash_sale *sale, bool *everywhere);

/* worker/flash.c: a new epoch. *renewed: every shard has it; false: a shard could not be told, or somebody else was faster. */
SOUK_CHECK enum souk_err flash_renew(struct job_run *run, struct flash_sale *sale, bool *renewed);

/* Tells the gate what may change while it is open, and how fast to let people in. *open: it is there, and this Redis's. */
SOUK_CHECK enum souk_err flash_gate_tune(struct job_run *run, const struct flash_sale *sale, bool *open);

/* Makes the gate anew from what the shards say, under a new epoch; many orders take several runs. *open: it is there now. SOUK_OK
 * also when it goes on with the next run. */
SOUK_CHECK enum souk_err flash_gate_build(struct job_run *run, struct flash_sale *sale, bool *open);

/* Gives an open gate the units of orders back that ended since it was last told of their shard's; the first time those of a day. Many
 * take several runs. */
SOUK_CHECK enum souk_err flash_gate_return(struct job_run *run, const struct flash_sale *sale);

/* Entries of all sales that wait to be ordered. */
SOUK_CHECK enum souk_err flash_gate_waiting(struct job_run *run, int64_t *waiting);

/* The sale is over: its gate goes. What became of tickets can be asked for another day. */
SOUK_CHECK enum souk_err flash_gate_remove(struct job_run *run, const struct flash_sale *sale);

#endif
