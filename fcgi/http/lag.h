/* How far publishing events is behind, read from the outboxes when somebody looks. */
#ifndef SOUK_HTTP_LAG_H
#define SOUK_HTTP_LAG_H

#include "base/buffer.h"
#include "store/store.h"

/* One database's outbox. `new`: not published yet; `published`: consumers are not done with it. Counts stop at 10,000. */
struct lag {
    int64_t new_n, new_oldest_ms, published_n, published_oldest_ms;
};

SOUK_CHECK enum souk_err lag_read(struct store *store, int db, struct arena *arena, int64_t deadline_us, struct lag *lag);

/* Prometheus gauges of global and all shards. A database that cannot be reached by `deadline_us` has none. */
void lag_metrics(struct store *store, struct buffer *out, int64_t deadline_us);

#endif
