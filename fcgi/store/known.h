/* Which ids the catalogue has: a Bloom filter over all of them, so that asking for ids that never were costs no database.
 *
 * It is built from global in the background, added to by events, and built anew when it is full, when Redis began another
 * life, and now and then. What it does not have is believed only while the events are fresh, and only after one look into
 * Redis: whoever makes an id leaves souk:new:<id> there (known_announce) before saying that it exists, so that no process
 * has to have heard of it yet. While it cannot be believed, what it does not have is looked up in the database, but only
 * so often: an attack with made-up ids must not become one on the database just when that is slow.
 */
#ifndef SOUK_STORE_KNOWN_H
#define SOUK_STORE_KNOWN_H

#include "store/bloom.h"
#include "store/feed.h"
#include "store/redis.h"
#include "store/store.h"

struct known;

/* Starts the thread that builds. `feed` may be set later, by known_attach(). */
SOUK_CHECK enum souk_err known_new(struct store *store, struct redis *redis, struct known **out);
void known_attach(struct known *known, const struct feed *feed);
void known_free(struct known *known); /* before the feed is freed its listeners must be silent; accepts NULL */

/* The feed's side: ids that may be new, and another life of Redis. */
void known_add(struct known *known, const struct feed_event *event);
void known_begin_anew(struct known *known, uint64_t epoch);

enum known_answer {
    KNOWN_MAYBE,  /* look it up */
    KNOWN_UNSURE, /* the filter cannot be asked now: look it up */
    KNOWN_REFUSED, /* nor can it, and too many such ids were looked up already: say "not now" */
    KNOWN_ABSENT  /* certainly not there */
};
enum known_answer known_ask(struct known *known, struct arena *arena, int64_t id);

/* Tells every process of these ids before they exist, for two minutes. False: Redis did not take it; then whoever makes
 * them holds its answer back until events have told them, KNOWN_HEARD_MS. */
enum { KNOWN_HEARD_MS = 1200 };
bool known_announce(struct redis *redis, struct arena *arena, const int64_t *ids, size_t n);

#endif
