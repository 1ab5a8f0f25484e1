/* See lru.h. Each part holds a hash table and a list in order of use. */
#include "store/lru.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "observe/metrics.h"

enum { PARTS_N = 32, OVERHEAD_BYTES = 64 };

struct part {
    _Alignas(64) pthread_mutex_t lock;
    struct cached *table;
    struct cached *newest; /* list by use; its prev is the oldest */
    size_t bytes, entries;
};

struct lru {
    size_t part_bytes_max;
    struct part parts[PARTS_N];
};

static unsigned char hash_secret[crypto_shorthash_KEYBYTES];
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void make_secret(void)
{
    randombytes_buf(hash_secret, sizeof hash_secret);
}

void cache_key_seal(struct cache_key *key)
{
    unsigned char out[crypto_shorthash_BYTES];
    pthread_once(&hash_once, make_secret);
    crypto_shorthash(out, (const unsigned char *)key->text, key->len, hash_secret);
    memcpy(&key->hash, out, sizeof key->hash);
}

static const char *put_text(char **at, const char *text, size_t len)
{
    if (text == NULL)
        return NULL;
    char *start = *at;
    memcpy(start, text, len);
    start[len] = '\0';
    *at += len + 1;
    return start;
}

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static int64_t version_of(const char *etag)
{
    return etag && etag[0] == 'v' ? strtoll(etag + 1, NULL, 10) : 0;
}

struct cached *cached_new(const struct cached_parts *parts)
{
    size_t bytes = sizeof(struct cached) + parts->key->len + 1 + (parts->body ? parts->body_len + 1 : 0) +
                   text_bytes(parts->etag) + text_bytes(parts->next_cursor) + text_bytes(parts->location);
    struct cached *cached = calloc(1, bytes);
    if (cached == NULL)
        return NULL;
    char *at = cached->text;
    atomic_init(&cached->refs, 1);
    cached->bytes = bytes + OVERHEAD_BYTES;
    cached->null = parts->null;
    cached->status = parts->status;
    cached->version = version_of(parts->etag);
    cached->hash = parts->key->hash;
    cached->key_len = parts->key->len;
    cached->key = put_text(&at, parts->key->text, parts->key->len);
    cached->body = put_text(&at, parts->body, parts->body_len);
    cached->body_len = parts->body ? parts->body_len : 0;
    cached->etag = put_text(&at, parts->etag, parts->etag ? strlen(parts->etag) : 0);
    cached->next_cursor = put_text(&at, parts->next_cursor, parts->next_cursor ? strlen(parts->next_cursor) : 0);
    cached->location = put_text(&at, parts->location, parts->location ? strlen(parts->location) : 0);
    return cached;
}

struct cached *cached_ref(struct cached *cached)
{
    atomic_fetch_add_explicit(&cached->refs, 1, memory_order_relaxed);
    return cached;
}

void cached_unref(void *object)
{
    struct cached *cached = object;
    if (cached != NULL && atomic_fetch_sub_explicit(&cached->refs, 1, memory_order_acq_rel) == 1)
        free(cached);
}

struct lru *lru_new(size_t bytes_max)
{
    struct lru *lru = aligned_alloc(64, sizeof *lru);
    if (lru == NULL)
        return NULL;
    memset(lru, 0, sizeof *lru);
    lru->part_bytes_max = bytes_max / PARTS_N;
    for (size_t i = 0; i < PARTS_N; i++)
        pthread_mutex_init(&lru->parts[i].lock, NULL);
    return lru;
}

/* With the part's lock held. */
static void drop(struct part *part, struct cached *cached)
{
    HASH_DELETE(hh, part->table, cached);
    DL_DELETE(part->newest, cached);
    part->bytes -= cached->bytes;
    part->entries--;
    cached_unref(cached);
}

static void clear_part(struct part *part)
{
    pthread_mutex_lock(&part->lock);
    while (part->newest)
        drop(part, part->newest);
    pthread_mutex_unlock(&part->lock);
}

void lru_clear(struct lru *lru)
{
    for (size_t i = 0; i < PARTS_N; i++)
        clear_part(&lru->parts[i]);
}

void lru_free(struct lru *lru)
{
    if (lru == NULL)
        return;
    lru_clear(lru);
    for (size_t i = 0; i < PARTS_N; i++)
        pthread_mutex_destroy(&lru->parts[i].lock);
    free(lru);
}

/* The table takes the low bits of the hash, the choice of the part high ones. */
static struct part *part_of(struct lru *lru, uint64_t hash)
{
    return &lru->parts[(hash >> 48) % PARTS_N];
}

static struct cached *find(struct part *part, const char *key, size_t key_len, uint64_t hash)
{
    struct cached *found = NULL;
    HASH_FIND_BYHASHVALUE(hh, part->table, key, key_len, (unsigned)hash, found);
    return found;
}

struct cached *lru_get(struct lru *lru, const struct cache_key *key)
{
    struct part *part = part_of(lru, key->hash);
    pthread_mutex_lock(&part->lock);
    struct cached *found = find(part, key->text, key->len, key->hash);
    if (found != NULL) {
        cached_ref(found);
        if (found != part->newest) {
            DL_DELETE(part->newest, found);
            DL_PREPEND(part->newest, found);
        }
    }
    pthread_mutex_unlock(&part->lock);
    return found;
}

void lru_put(struct lru *lru, struct cached *cached)
{
    struct part *part = part_of(lru, cached->hash);
    size_t evicted = 0;
    if (cached->bytes > lru->part_bytes_max)
        return;
    pthread_mutex_lock(&part->lock);
    struct cached *old = find(part, cached->key, cached->key_len, cached->hash);
    bool newer = old && !old->null && !cached->null && old->version > cached->version;
    if (old != NULL && old != cached && !newer)
        drop(part, old);
    if (old != cached && !newer) {
        while (part->bytes + cached->bytes > lru->part_bytes_max) {
            drop(part, part->newest->prev);
            evicted++;
        }
        cached_ref(cached);
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, part->table, cached->key, cached->key_len, (unsigned)cached->hash, cached);
        DL_PREPEND(part->newest, cached);
        part->bytes += cached->bytes;
        part->entries++;
    }
    pthread_mutex_unlock(&part->lock);
    if (evicted)
        metrics_add(METRIC_CACHE_EVICTIONS, evicted);
}

void lru_remove(struct lru *lru, const struct cache_key *key)
{
    struct part *part = part_of(lru, key->hash);
    pthread_mutex_lock(&part->lock);
    struct cached *found = find(part, key->text, key->len, key->hash);
    if (found != NULL)
        drop(part, found);
    pthread_mutex_unlock(&part->lock);
}

static size_t sum(struct lru *lru, bool entries)
{
    size_t total = 0;
    for (size_t i = 0; i < PARTS_N; i++) {
        pthread_mutex_lock(&lru->parts[i].lock);
        total += entries ? lru->parts[i].entries : lru->parts[i].bytes;
        pthread_mutex_unlock(&lru->parts[i].lock);
    }
    return total;
}

size_t lru_bytes(struct lru *lru)
{
    return sum(lru, false);
}

size_t lru_entries(struct lru *lru)
{
    return sum(lru, true);
}
