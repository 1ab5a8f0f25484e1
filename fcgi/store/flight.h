/* One maker per key: threads that want the same answer at the same time make it once and share it.
 *
 * An event that ends an answer spoils the flight that is making it: those who wait for it still get what they asked for
 * before the event, but it is kept nowhere, and whoever comes later begins anew.
 */
#ifndef SOUK_STORE_FLIGHT_H
#define SOUK_STORE_FLIGHT_H

#include "base/error.h"
#include "store/lru.h"

struct flights;
struct flight;

struct flights *flights_new(void); /* NULL: out of memory */
void flights_free(struct flights *flights); /* none may be under way; accepts NULL */

/* True: the caller leads and must call flight_land(). False: somebody does; flight_wait(), or flight_leave() to go without.
 * `generation`: of the key's row; a flight of an older one is not joined. NULL in *out (out of memory): the caller makes
 * the answer alone. */
bool flight_join(struct flights *flights, const struct cache_key *key, uint64_t generation, struct flight **out);

/* What came of a flight for one who waited; the references are the caller's, NULL: none. */
struct flight_end {
    struct cached *cached;   /* the answer */
    struct cached *stand_in; /* what the leader offered, where there is no answer */
    bool spoiled;
};

/* The leader's result. SOUK_TIMEOUT: not there by `deadline_us`. */
SOUK_CHECK enum souk_err flight_wait(struct flight *flight, int64_t deadline_us, struct flight_end *end);
void flight_leave(struct flight *flight);

/* The leader's: an answer past its end that those who wait may take when nothing comes of the flight, or not in time. */
void flight_offer(struct flight *flight, struct cached *cached);

/* The leader's end of it: err, or an answer, which goes into `lru` (may be NULL) unless the flight was spoiled. */
void flight_land(struct flight *flight, enum souk_err err, struct cached *cached, struct lru *lru);

/* Has an event ended what is being made? */
bool flight_spoiled(const struct flight *flight);

void flights_spoil(struct flights *flights, const struct cache_key *key);
void flights_spoil_all(struct flights *flights);

#endif
