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
    X(METRIC_TOKEN_VERIFIED, "souk_token_verifications_total", "Access tokens verified by signature") \
    X(METRIC_TOKEN_REMEMBERED, "souk_token_remembered_total", "Access tokens found verified already")

enum metric_counter {
#define X(symbol, name, help) symbol,
    METRIC_COUNTERS(X)
#undef X
    METRIC_COUNTERS_N
};

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
