/* The slot map as this process knows it. Internal to store/. Thread-safe. */
#ifndef SOUK_STORE_SLOTS_H
#define SOUK_STORE_SLOTS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

enum { SLOTS_RELOAD_PAUSE_US = 100000, SLOTS_RELOAD_MAX_US = 500000 };

struct slots {
    atomic_uchar shard[STORE_SLOTS];
    _Atomic int64_t version;     /* 0: never loaded, the shards are those of a first deploy */
    _Atomic int64_t asked_us;    /* when it was last asked for */
};

/* The layout of a first deploy: slot modulo shards. */
void slots_init(struct slots *slots, int shards_n);

/* Asks global for the map; not more often than every SLOTS_RELOAD_PAUSE_US over all threads, and for no longer than
 * SLOTS_RELOAD_MAX_US. SOUK_UNAVAILABLE: it could not be had, the old one stays. */
SOUK_CHECK enum souk_err slots_reload(struct slots *slots, struct store *store);

/* Takes over the body of slot_map_read. False, with nothing changed, when it is no map for `shards_n` shards. */
bool slots_parse(struct slots *slots, const char *body, int shards_n);

#endif
