/* What waits in the databases, read when somebody looks: whoever put it there, worker or callback. */
#ifndef SOUK_HTTP_WAITING_H
#define SOUK_HTTP_WAITING_H

#include <stdint.h>

#include "base/buffer.h"
#include "store/store.h"

/* Prometheus gauges: open cases about money and unsent mails of each shard, open differences of statements, and the age of the
 * oldest of each. A database that cannot be reached by `deadline_us` has none. Counts stop at 10,000. */
void waiting_metrics(struct store *store, struct buffer *out, int64_t deadline_us);

#endif
