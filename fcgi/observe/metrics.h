/* Counters and histograms in memory shared by the processes of one `souk api` (mapped before the fork), printed as
 * Prometheus text by any of them. Updating one is a relaxed atomic add.
 */
#ifndef SOUK_OBSERVE_METRICS_H
#define SOUK_OBSERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/* symbol, name, help */
#define METRIC_COUNTERS(X) \
    X(METRIC_MYSQL_RETRIES, "souk_mysql_retries_total", "Calls sent again after 1213, 1205 or 1020") \
    X(METRIC_MYSQL_LOST, "souk_mysql_connections_lost_total", "Connections lost in mid-call") \
    X(METRIC_MYSQL_CONNECTS, "souk_mysql_connects_total", "Connections opened") \
    X(METRIC_REDIS_ERRORS, "souk_redis_errors_total", "Redis commands that failed or timed out") \
    X(METRIC_ID_CLOCK_WAITS, "souk_id_clock_waits_total", "Times an id waited for a clock that went back") \
    X(METRIC_ID_CLOCK_ALARMS, "souk_id_clock_alarms_total", "Times the clock went back by more than 5 ms") \
    X(METRIC_ID_SEGMENTS, "souk_id_segments_total", "Id segments taken from the database") \
    X(METRIC_ESCROW_BORROWS, "souk_escrow_borrows_total", "Times stock was borrowed from another shard") \
    X(METRIC_ORDERS_STUCK, "souk_orders_stuck_total", "Times an order was found CLOSING for longer than closing_max_s") \
    X(METRIC_PAYMENT_CASES, "souk_payment_cases_total", "Times money was found that needs a person") \
    X(METRIC_COMBINE_FULL, "souk_combine_full_total", "Requests refused because their queue was full") \
    X(METRIC_COMBINE_LATE, "souk_combine_late_total", "Requests whose deadline passed before they were sent") \
    X(METRIC_COMBINE_DIVIDED, "souk_combine_divided_total", "Batches divided because they failed as a whole") \
    X(METRIC_SEARCH_SERVER, "souk_search_server_total", "Searches answered by the search server") \
    X(METRIC_SEARCH_TABLES, "souk_search_tables_total", "Searches answered by the databases in its place") \
    X(METRIC_SEARCH_REFUSED, "souk_search_refused_total", "Searches refused since too many were under way") \
    X(METRIC_SEARCH_ERRORS, "souk_search_server_errors_total", "Times the search server did not answer or not in time") \
    X(METRIC_TOKEN_VERIFIED, "souk_token_verifications_total", "Access tokens verified by signature") \
    X(METRIC_CACHE_LOCAL_HITS, "souk_cache_local_hits_total", "Answers from the process's own memory") \
    X(METRIC_CACHE_LOCAL_MISSES, "souk_cache_local_misses_total", "Answers that were not, or no longer, in the process's own memory") \
    X(METRIC_CACHE_REDIS_HITS, "souk_cache_redis_hits_total", "Answers from Redis") \
    X(METRIC_CACHE_REDIS_MISSES, "souk_cache_redis_misses_total", "Answers that Redis had not, or no longer, or could not give") \
    X(METRIC_CACHE_NULLS, "souk_cache_nulls_total", "Times a kept 'there is no such thing' was the answer") \
    X(METRIC_CACHE_ABSENT, "souk_cache_filter_absent_total", "Times the filter knew that an id does not exist") \
    X(METRIC_CACHE_FILTER_BYPASSED, "souk_cache_filter_bypassed_total", "Times the filter could not be asked: not built, stale, or Redis away") \
    X(METRIC_CACHE_FILTER_REFUSED, "souk_cache_filter_refused_total", "Ids not in the filter that were refused while it could not be asked") \
    X(METRIC_CACHE_FILTER_WRONG, "souk_cache_filter_wrong_total", "Times the filter took an id for one of the catalogue's and it was none") \
    X(METRIC_CACHE_STALE, "souk_cache_stale_total", "Times an old answer stood in for one that could not be had") \
    X(METRIC_CACHE_JOINED, "souk_cache_flights_joined_total", "Requests that shared an answer another thread was fetching") \
    X(METRIC_CACHE_WAITED, "souk_cache_waits_total", "Loads spared by waiting for another process") \
    X(METRIC_CACHE_EARLY, "souk_cache_early_total", "Answers renewed before their end") \
    X(METRIC_CACHE_LOADS, "souk_cache_loads_total", "Times a routine was called for an answer to keep") \
    X(METRIC_CACHE_EVICTIONS, "souk_cache_evictions_total", "Answers dropped from a process's memory for room") \
    X(METRIC_CACHE_OUTDATED, "souk_cache_outdated_total", "Loaded answers not kept because an event ended them meanwhile") \
    X(METRIC_CACHE_EVENTS, "souk_cache_events_total", "Events that ended answers, counted by each process") \
    X(METRIC_CACHE_FEED_LOST, "souk_cache_feed_lost_total", "Times the streams or Redis began anew and everything kept was dropped") \
    X(METRIC_FLASH_GATE_CLOSED, "souk_flash_gate_closed_total", "Requests for flash sales that found no gate") \
    X(METRIC_FLASH_LIMITED, "souk_flash_limited_total", "Requests that the gates of flash sales refused by their limits") \
    X(METRIC_FLASH_SOLD_OUT, "souk_flash_sold_out_total", "Requests that found a flash sale sold out") \
    X(METRIC_FLASH_REFUSED, "souk_flash_refused_total", "Requests that the gates of flash sales refused for other reasons") \
    X(METRIC_TOKEN_REMEMBERED, "souk_token_remembered_total", "Access tokens found verified already")

enum metric_counter {
#define X(symbol, name, help) symbol,
    METRIC_COUNTERS(X)
#undef X
    METRIC_COUNTERS_N
};

/* symbol, name, help, and whether it counts µs (printed as seconds) or things */
#define METRIC_HISTOGRAMS(X) \
    X(METRIC_COMBINE_SIZE, "souk_combine_batch_size", "Requests in one call", false) \
    X(METRIC_COMBINE_WAIT, "souk_combine_wait_seconds", "Time from the arrival of a request to the call it is in", true)

enum metric_histogram {
#define X(symbol, name, help, is_time) symbol,
    METRIC_HISTOGRAMS(X)
#undef X
    METRIC_HISTOGRAMS_N
};

/* One more value: µs, or how many. */
void metrics_observe(enum metric_histogram histogram, int64_t value);

/* Values of each process, printed as their sum or, where the name ends in _max, as the greatest. */
#define METRIC_GAUGES(X) \
    X(GAUGE_COMBINE_WAITING, "souk_combine_waiting", "Requests that wait in the queues of all processes") \
    X(GAUGE_CACHE_BYTES, "souk_cache_local_bytes", "Bytes of answers in the memory of all processes") \
    X(GAUGE_CACHE_ENTRIES, "souk_cache_local_entries", "Answers in the memory of all processes") \
    X(GAUGE_FILTER_IDS, "souk_cache_filter_ids", "Ids in the filters of all processes") \
    X(GAUGE_FILTER_BYTES, "souk_cache_filter_bytes", "Bytes of the filters of all processes") \
    X(GAUGE_FEED_LAG_MS, "souk_cache_feed_lag_ms_max", "How far behind the events of global the slowest process is")

enum metric_gauge {
#define X(symbol, name, help) symbol,
    METRIC_GAUGES(X)
#undef X
    METRIC_GAUGES_N
};

/* Sets this process's value. A process that has ended no longer counts. */
void metrics_set(enum metric_gauge gauge, int64_t value);

/* This process's value itself, for who changes it often: by atomic additions. Valid until the process ends. */
_Atomic int64_t *metrics_gauge(enum metric_gauge gauge);

/* What a breaker did (guard/breaker.h). */
enum metric_breaker { BREAKER_OPENED, BREAKER_PROBED, BREAKER_CLOSED, BREAKER_REFUSED, METRIC_BREAKER_N };

enum { METRIC_BREAKERS_MAX = 68, METRIC_BREAKER_NAME_BYTES = 24 };

/* Counts it for the breaker `name`, and how many processes have it open. */
void metrics_breaker(const char *name, enum metric_breaker what);

/* Maps the shared memory; `routes_n` rows get a latency histogram each. Call once before fork. Without it (admin,
 * tests) the counters are process-private. */
SOUK_CHECK enum souk_err metrics_init(size_t routes_n);
void metrics_add(enum metric_counter counter, uint64_t n);

/* One finished request of row `route`: HTTP status and time taken. */
void metrics_request(size_t route, int status, int64_t taken_us);

/* Prometheus text into the arena. `route_name(user, i)` gives the label of row i; rows without a request are left out. */
SOUK_CHECK enum souk_err metrics_text(struct arena *arena, const char *(*route_name)(const void *user, size_t),
                                      const void *user, const char **out, size_t *out_len);

#endif
