/* What the files of the cache know of each other. Internal to store/. */
#ifndef SOUK_STORE_CACHE_INSIDE_H
#define SOUK_STORE_CACHE_INSIDE_H

#include "store/cache.h"
#include "store/cache_redis.h"
#include "store/feed.h"
#include "store/flight.h"
#include "store/known.h"

enum { CACHE_BEHIND_MS = 1000 };

struct cache {
    struct cache_row *rows;
    const char **row_names;
    size_t rows_n;
    _Atomic uint64_t *generations; /* of each row: counts how often all its answers were ended */
    _Atomic uint64_t epoch;        /* 0: not known yet, Redis is not asked */
    struct lru *lru;
    struct flights *flights;
    struct feed *feed;
    struct known *known;
    struct tier tier;
    struct arena *arena; /* of the feed's thread */
};

#endif
