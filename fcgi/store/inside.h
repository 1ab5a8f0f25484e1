/* What the files of store/ know of each other. Nobody else includes it. */
#ifndef SOUK_STORE_INSIDE_H
#define SOUK_STORE_INSIDE_H

#include "store/pool.h"
#include "store/slots.h"
#include "store/soldout.h"
#include "store/store.h"

struct combiner;

struct store {
    const struct config *config; /* outlives the store */
    struct pool *global;
    struct pool *sandbox; /* NULL when not configured */
    struct pool *shards[CONFIG_SHARDS_MAX];
    struct slots slots;
    struct combiner *combiner;
    struct soldout *soldout;
};

/* The pool of `db`; NULL for a sandbox that is not configured. */
struct pool *store_pool(struct store *store, int db);

#endif
