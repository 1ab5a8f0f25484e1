/* No id twice. See ids_proof.h. */
#include "admin/ids_proof.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE_BITS = 12, WORDS = (1 << PAGE_BITS) / 64 };

struct page {
    uint64_t key; /* the id without its lowest twelve bits */
    uint64_t bits[WORDS];
};

struct proof {
    int64_t ids;
    uint32_t pages_n, last; /* the page used last: most ids belong there */
    bool full;
    uint32_t index[PROOF_INDEX]; /* page number + 1 by hash of the key, open addressing; 0: free */
    struct page pages[PROOF_PAGES_MAX];
};

struct proof *proof_new(void)
{
    void *memory = mmap(NULL, sizeof(struct proof), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void proof_free(struct proof *proof)
{
    if (proof)
        munmap(proof, sizeof *proof);
}

/* The page of `key`, a new one when need be; NULL when there is none left. */
static struct page *page_of(struct proof *proof, uint64_t key)
{
    if (proof->pages_n && proof->pages[proof->last].key == key)
        return &proof->pages[proof->last];
    size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 40) % PROOF_INDEX;
    while (proof->index[at] && proof->pages[proof->index[at] - 1].key != key)
        at = (at + 1) % PROOF_INDEX;
    if (proof->index[at] == 0) {
        if (proof->pages_n == PROOF_PAGES_MAX)
            return NULL;
        proof->pages[proof->pages_n].key = key;
        proof->index[at] = ++proof->pages_n;
    }
    proof->last = proof->index[at] - 1;
    return &proof->pages[proof->last];
}

bool proof_add(struct proof *proof, int64_t id)
{
    struct page *page = page_of(proof, (uint64_t)id >> PAGE_BITS);
    if (page == NULL) {
        proof->full = true;
        return false;
    }
    uint64_t *word = &page->bits[((uint64_t)id >> 6) % WORDS];
    const uint64_t bit = UINT64_C(1) << (id & 63);
    const bool first = !(*word & bit);
    *word |= bit;
    proof->ids += first;
    return first;
}

bool proof_full(const struct proof *proof)
{
    return proof->full;
}

int64_t proof_ids(const struct proof *proof)
{
    return proof->ids;
}

int64_t proof_bytes(const struct proof *proof)
{
    return (int64_t)proof->pages_n * (int64_t)sizeof(struct page);
}

static int by_key(const void *one, const void *other)
{
    const struct page *const *a = one, *const *b = other;
    return ((*a)->key > (*b)->key) - ((*a)->key < (*b)->key);
}

/* Bits of pages[first…end), all of one key, that are set more than once; each counts as often as it repeats. */
static int64_t common_of(struct page *const *pages, size_t first, size_t end)
{
    int64_t common = 0;
    for (size_t word = 0; word < WORDS; word++) {
        uint64_t seen = 0;
        for (size_t i = first; i < end; i++) {
            common += __builtin_popcountll(seen & pages[i]->bits[word]);
            seen |= pages[i]->bits[word];
        }
    }
    return common;
}

int64_t proof_common(struct proof *const *proofs, size_t proofs_n)
{
    size_t n = 0;
    int64_t common = 0;
    for (size_t i = 0; i < proofs_n; i++)
        n += proofs[i]->pages_n;
    struct page **all = malloc((n + 1) * sizeof *all);
    if (all == NULL)
        return -1;
    n = 0;
    for (size_t i = 0; i < proofs_n; i++)
        for (size_t page = 0; page < proofs[i]->pages_n; page++)
            all[n++] = &proofs[i]->pages[page];
    qsort(all, n, sizeof(struct page *), by_key);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && all[end]->key == all[first]->key;)
            end++;
        common += common_of(all, first, end);
    }
    free(all);
    return common;
}
