/* The making of ids from the clock: the part of store/id that asks nobody and knows no time but what it is told.
 * Lock-free. Internal to store/.
 *
 * Two ids differ because their (datacentre, node) was leased to different processes for different spans of stamps, or,
 * within a process, because the state of their slot, (stamp, sequence), only ever grows.
 */
#ifndef SOUK_STORE_MINT_H
#define SOUK_STORE_MINT_H

#include <stdatomic.h>
#include <stdint.h>

#include "store/store.h"

/* One node's lease, as the database gave it. Unix ms. */
struct mint_lease {
    unsigned datacentre;
    unsigned node;
    int64_t not_before_ms;
    int64_t expires_ms;
    int64_t boot_expires_ms; /* the same end on CLOCK_BOOTTIME: a clock set back does not lengthen a lease */
};

struct mint {
    _Atomic uint64_t lease; /* end in ms since ID_EPOCH_MS << 10 | datacentre << 5 | node; 0: none */
    _Atomic int64_t boot_expires_ms;
    _Atomic int64_t not_before_ms; /* of all leases so far, Unix ms */
    _Atomic int64_t high_ms;       /* latest clock an id was asked for at, or not_before; Unix ms */
    _Atomic uint64_t slots[STORE_SLOTS]; /* stamp in ms since ID_EPOCH_MS << 4 | sequence of the newest id */
};

enum mint_result {
    MINT_OK,
    MINT_FULL,     /* the millisecond's 16 ids of this slot are used up: again in `wait_us` */
    MINT_BACK,     /* the clock is behind by `wait_us` */
    MINT_NO_LEASE, /* none, or its end has come */
};

/* No id has a later stamp. Unix ms. */
int64_t mint_high_ms(struct mint *mint);

/* The times a mint is told, read in this order: high_ms is what mint_high_ms() said before the clock was read, so that a
 * thread that was held up in between does not take its own delay for a clock that went back. */
struct mint_times {
    int64_t high_ms;
    int64_t unix_us;
    int64_t boot_ms;
};

/* The clock that ids are stamped by, Unix µs: CLOCK_REALTIME. A variable so that tests can turn it back. */
extern int64_t (*mint_clock_us)(void);

/* Reads all three. */
struct mint_times mint_now(struct mint *mint);

/* Before the first lease. */
void mint_init(struct mint *mint);

/* Takes over a new lease or a longer one. */
void mint_set_lease(struct mint *mint, const struct mint_lease *lease);

/* No id is made from now on until the next lease. */
void mint_drop_lease(struct mint *mint);

/* One id in `slot`. */
enum mint_result mint_take(struct mint *mint, unsigned slot, const struct mint_times *now, int64_t *id,
                           int64_t *wait_us);

#endif
