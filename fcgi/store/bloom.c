/* See bloom.h. Two halves of one good mix of the id give all probes (Kirsch and Mitzenmacher). */
#include "store/bloom.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { BITS_PER_ID = 20, PROBES_N = 13, WORD_BITS = 64, IDS_MIN = 4096 };

__extension__ typedef unsigned __int128 wide;

struct bloom {
    size_t ids_max;
    uint64_t bits;
    _Atomic size_t added;
    _Atomic uint64_t words[];
};

struct bloom *bloom_new(size_t ids_max)
{
    if (ids_max < IDS_MIN)
        ids_max = IDS_MIN;
    size_t words = (ids_max * BITS_PER_ID + WORD_BITS - 1) / WORD_BITS;
    struct bloom *bloom = calloc(1, sizeof *bloom + words * sizeof bloom->words[0]);
    if (bloom == NULL)
        return NULL;
    bloom->ids_max = ids_max;
    bloom->bits = words * WORD_BITS;
    return bloom;
}

void bloom_free(struct bloom *bloom)
{
    free(bloom);
}

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct probes {
    uint64_t at, step, bits;
};

static struct probes probes_of(const struct bloom *bloom, int64_t id)
{
    uint64_t first = mix((uint64_t)id + UINT64_C(0x9e3779b97f4a7c15));
    return (struct probes){.at = first, .step = mix(first) | 1, .bits = bloom->bits};
}

static uint64_t next_bit(struct probes *probes)
{
    uint64_t bit = (uint64_t)(((wide)probes->at * probes->bits) >> 64);
    probes->at += probes->step;
    return bit;
}

void bloom_add(struct bloom *bloom, int64_t id)
{
    struct probes probes = probes_of(bloom, id);
    for (int i = 0; i < PROBES_N; i++) {
        uint64_t bit = next_bit(&probes);
        atomic_fetch_or_explicit(&bloom->words[bit / WORD_BITS], UINT64_C(1) << bit % WORD_BITS, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&bloom->added, 1, memory_order_release);
}

bool bloom_has(const struct bloom *bloom, int64_t id)
{
    struct probes probes = probes_of(bloom, id);
    for (int i = 0; i < PROBES_N; i++) {
        uint64_t bit = next_bit(&probes);
        if (!(atomic_load_explicit(&bloom->words[bit / WORD_BITS], memory_order_relaxed) >> bit % WORD_BITS & 1))
            return false;
    }
    return true;
}

size_t bloom_added(const struct bloom *bloom)
{
    return atomic_load(&bloom->added);
}

size_t bloom_ids_max(const struct bloom *bloom)
{
    return bloom->ids_max;
}

size_t bloom_bytes(const struct bloom *bloom)
{
    return sizeof *bloom + bloom->bits / 8;
}
