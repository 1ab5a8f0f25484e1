/* Ending orders that will not be paid: order_close_each, for the jobs that find one without an open attempt. */
#ifndef SOUK_WORKER_CLOSER_H
#define SOUK_WORKER_CLOSER_H

#include "store/combine.h"

/* Its request for one order; `fields` NULL: memory is out. */
struct combine_request closer_request(struct arena *arena, int64_t order_id);

#endif
