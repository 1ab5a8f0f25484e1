/* Answers kept in this process, within a bound of bytes: the least recently used goes first.
 *
 * An answer is a counted, unchanging object: it may be sent to a client while it is evicted. The table is split into
 * parts with a lock each, chosen by the key's hash.
 */
#ifndef SOUK_STORE_LRU_H
#define SOUK_STORE_LRU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

enum { CACHE_KEY_MAX = 400 };

/* What an answer is kept under: its row, and the row's parameters as text. */
struct cache_key {
    char text[CACHE_KEY_MAX];
    size_t len;
    uint64_t hash; /* keyed: nobody outside can aim at one list */
    size_t row;
};

/* Works out `hash` of a key whose text is complete. */
void cache_key_seal(struct cache_key *key);

/* An answer and what is known of it. Times ending in _ms are Unix time. */
struct cached {
    _Atomic unsigned refs;
    size_t bytes;          /* all it takes */
    bool null;             /* "there is no such thing": no texts */
    int status;
    int64_t version;       /* of its ETag; 0: none */
    uint64_t generation;   /* of its row when its making began */
    int64_t loaded_ms;     /* when its making began: it shows all that was committed until then */
    int64_t expires_ms;
    int64_t cost_us;       /* how long its making took */
    _Atomic int64_t local_until_us; /* clock_us(); then Redis is asked again */
    const char *body, *etag, *next_cursor, *location; /* NULL: none */
    size_t body_len;
    /* of the table */
    struct cached *prev, *next;
    UT_hash_handle hh;
    size_t key_len;
    const char *key;
    uint64_t hash;
    char text[];
};

/* What a new object is made of; texts are copied. */
struct cached_parts {
    const struct cache_key *key;
    bool null;
    int status;
    const char *body, *etag, *next_cursor, *location;
    size_t body_len;
};

/* One reference, the caller's. NULL: out of memory. */
struct cached *cached_new(const struct cached_parts *parts);
struct cached *cached_ref(struct cached *cached);
void cached_unref(void *cached); /* accepts NULL; a release function of arena_own() */

struct lru;

/* `bytes_max` 0 keeps nothing. NULL: out of memory. */
struct lru *lru_new(size_t bytes_max);
void lru_free(struct lru *lru); /* accepts NULL */

/* A reference for the caller, or NULL. */
struct cached *lru_get(struct lru *lru, const struct cache_key *key);

/* Keeps it, taking a reference of its own, unless what is there has a higher version. */
void lru_put(struct lru *lru, struct cached *cached);
void lru_remove(struct lru *lru, const struct cache_key *key);
void lru_clear(struct lru *lru);

size_t lru_bytes(struct lru *lru);
size_t lru_entries(struct lru *lru);

#endif
