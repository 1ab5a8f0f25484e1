/* The way to the gates of flash sales: scripts that run in Redis, each whole or not at all.
 *
 * A gate belongs to one life of Redis. Its scripts are sent on connections of their own, whose run_id was asked when they
 * were opened: a connection cannot outlive its server, so a script always hears the run_id of the very server it runs in,
 * as ARGV[1], and compares it with the gate's. Requests that arrive together share one round trip, and those to buy at
 * one gate one run of the script. Who waits holds no thread. A breaker stands before it, as before store/redis.h. Thread-safe.
 */
#ifndef SOUK_STORE_GATE_H
#define SOUK_STORE_GATE_H

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"

enum { GATE_ARGS_MAX = 64, GATE_RUN_BYTES = 41 };

struct gate;

enum gate_script { GATE_QUEUE, GATE_BUY, GATE_SETTLE, GATE_RETURN, GATE_FILL, GATE_PUBLISH, GATE_TUNE, GATE_SCRIPTS_N };

/* Nothing is connected before it is used. */
SOUK_CHECK enum souk_err gate_new(const struct config *config, struct gate **out);
void gate_free(struct gate *gate); /* accepts NULL */

struct gate_call {
    enum gate_script script;
    int keys_n, argc;
    const char *const *argv; /* the keys first */
    int64_t deadline_us;     /* clock_us() scale: it is not sent later */
};

/* Runs a script. The reply belongs to the arena. SOUK_UNAVAILABLE: Redis did not answer, and the script may have run all the
 * same; or it was not sent: `queue_max` wait already, the deadline came first, or Redis has not answered lately. */
SOUK_CHECK enum souk_err gate_run(struct gate *gate, struct arena *arena, const struct gate_call *call, redisReply **reply);

/* The run_id of the server that answers now. */
SOUK_CHECK enum souk_err gate_life(struct gate *gate, struct arena *arena, int64_t deadline_us, char run_id[GATE_RUN_BYTES]);

/* The texts (store/gate_script.c). */
extern const char *const gate_scripts[GATE_SCRIPTS_N];

#endif
