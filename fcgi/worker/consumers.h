/* Who acts upon events in `souk worker`. A consumer is one line here and one file worker/<name>.c that defines
 * `const struct consumer consumer_<name>`.
 *
 * The relay writes into each event, as it publishes it, which consumers it waits for: those whose topics match and who
 * want events at all just now. Each consumer reads the streams of all databases, a thread each. It is handed an event at
 * least once, in no order that could be relied upon, and says by returning SOUK_OK that the effect is committed; the
 * framework then says so in the outbox, and with the last of them the event is done. A consumer whose effect is in MySQL
 * dedupes by INSERT IGNORE INTO inbox in the transaction of the effect; another one's effect is such that it may happen
 * twice. What it could not do comes again after OUTBOX_OVERDUE_S.
 */
#ifndef SOUK_WORKER_CONSUMERS_H
#define SOUK_WORKER_CONSUMERS_H

#include "worker/jobs.h"

/* Borrowed from the run's arena. */
struct event {
    const char *id;  /* unique over all databases */
    const char *row; /* id of the row of the outbox it came in: its own, or that of a list of events */
    const char *topic;
    const char *at; /* RFC 3339 */
    const char *payload; /* JSON */
    int64_t aggregate_id;
};

struct consumer {
    const char *name;           /* in outbox.waiting_for and inbox.consumer: never changes */
    /* Topics, or types as the payload names them: "order" takes order and order.paid, "order.paid" of the events of orders
     * those of that type only. Ends with NULL. */
    const char *const *topics;
    /* Are events wanted now? Asked once for each batch, after its events were committed. NULL: always. */
    enum souk_err (*wanted)(struct job_run *run, bool *wanted);
    /* All of them or none; on an error they are handed over one by one, and one that fails alone is passed over, unless
     * it was SOUK_UNAVAILABLE, SOUK_TIMEOUT or SOUK_CONFLICT: then all wait. run->shard is the database they come from. */
    enum souk_err (*handle)(struct job_run *run, const struct event *events, size_t n);
};

/* Events of a batch, and the most a list may have; what a stream holds, whichever is less. */
enum { EVENT_BATCH = 400, EVENT_STREAM_MAX = 100000, EVENT_STREAM_BYTES = 16 << 20, OUTBOX_OVERDUE_S = 60 };

#define CONSUMERS(X) X(webhook) X(stock) X(search) X(recommend) X(mail)

#define X(name) \
    extern const struct consumer consumer_##name; \
    extern const struct job job_consume_##name;
CONSUMERS(X)
#undef X

/* Key of the stream that the events of the run's database go to. NULL: arena full. */
const char *event_stream(struct job_run *run);

#endif
