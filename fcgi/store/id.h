/* Ids: 63 bits, unique over all processes, made without asking anyone.
 *
 *     41 bits ms since 2024-06-01T00:00:00Z · 5 datacentre · 5 node · 4 sequence · 8 slot
 *
 * A process leases its (datacentre, node) pair in the global database. It makes no id stamped at or after the end of
 * its lease, and its successor none before that end. When the clock goes back by up to 5 ms it waits; by up to 10 ms
 * it waits and counts an alarm; by more, ids come from segments handed out by the database in datacentre 31 until the
 * clock has caught up. Thread-safe.
 */
#ifndef SOUK_STORE_ID_H
#define SOUK_STORE_ID_H

#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

#define ID_EPOCH_MS INT64_C(1717200000000) /* 2024-06-01T00:00:00Z in Unix ms */

struct id_maker;

/* Leases a node and starts the thread that renews the lease. SOUK_UNAVAILABLE when global cannot be reached: the maker
 * exists all the same, goes on trying, and id_make() answers SOUK_UNAVAILABLE until it succeeds. */
SOUK_CHECK enum souk_err id_maker_new(struct store *store, struct id_maker **out);
void id_maker_free(struct id_maker *maker); /* gives the lease back; accepts NULL */

/* A new id in `slot` (0…255). SOUK_UNAVAILABLE without a valid lease. */
SOUK_CHECK enum souk_err id_make(struct id_maker *maker, unsigned slot, int64_t *out);

static inline unsigned id_slot(int64_t id) { return (unsigned)(id & 0xff); }
static inline int64_t id_unix_ms(int64_t id) { return (id >> 22) + ID_EPOCH_MS; }
static inline unsigned id_datacentre(int64_t id) { return (unsigned)(id >> 17) & 0x1f; }
static inline unsigned id_node(int64_t id) { return (unsigned)(id >> 12) & 0x1f; }
static inline unsigned id_sequence(int64_t id) { return (unsigned)(id >> 8) & 0xf; }

/* The slot of an account's e-mail address: the last byte of SHA-256 of the normalised address. It must have been
 * normalised by email_normalise() (guard/email.h). Specified; never changes. */
unsigned id_slot_of_email(const char *normalised_email);

#endif
