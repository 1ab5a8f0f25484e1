/* Leadership: one worker at a time runs a job on a database.
 *
 * A lead is a user lock (routine job_lead) held by a connection of its own, outside the pool. It ends with that
 * connection: when the process dies, when the server restarts, when somebody kills the session. Between two questions
 * another worker may have become leader, so every step of a job is guarded as if there were two. One thread per lead.
 */
#ifndef SOUK_STORE_LEAD_H
#define SOUK_STORE_LEAD_H

#include <stdint.h>

#include "base/config.h"
#include "base/error.h"

struct lead;

/* Not leading yet, nothing connected. NULL when memory is out. `db` is DB_GLOBAL or a shard; `job` is borrowed. */
struct lead *lead_new(const struct config *config, int db, const char *job);
void lead_free(struct lead *lead); /* ends it; accepts NULL */

/* Asks for the lead, or whether it is still ours, connecting where need be. SOUK_OK: ours. SOUK_CONFLICT: another worker
 * leads. SOUK_UNAVAILABLE: the database cannot be asked; a lead that was ours is taken as lost. An answer of the last
 * ten seconds counts still while its connection lives. */
SOUK_CHECK enum souk_err lead_hold(struct lead *lead, int64_t deadline_us);

#endif
