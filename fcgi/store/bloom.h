/* A Bloom filter of ids: no says "certainly not added", yes says "probably added". Adding and asking may happen at the
 * same time in many threads. */
#ifndef SOUK_STORE_BLOOM_H
#define SOUK_STORE_BLOOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bloom;

/* Sized for `ids_max` ids: 20 bits and 13 probes for each, at most 1 of 10,000 others is taken for one of them. NULL: out of
 * memory. */
struct bloom *bloom_new(size_t ids_max);
void bloom_free(struct bloom *bloom); /* accepts NULL */

void bloom_add(struct bloom *bloom, int64_t id);
bool bloom_has(const struct bloom *bloom, int64_t id);

size_t bloom_added(const struct bloom *bloom); /* adding twice counts twice */
size_t bloom_ids_max(const struct bloom *bloom);
size_t bloom_bytes(const struct bloom *bloom);

#endif
