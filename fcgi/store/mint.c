/* The making of ids from the clock. See mint.h. */
#include "store/mint.h"

#include <assert.h>
#include <time.h>

#include "store/id.h"

enum { MINT_SEQUENCES = 16, MINT_PAIR_BITS = 10 };

static int64_t real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t (*mint_clock_us)(void) = real_us;

struct mint_times mint_now(struct mint *mint)
{
    struct mint_times now = {.high_ms = mint_high_ms(mint)};
    now.unix_us = mint_clock_us();
    struct timespec boot;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    now.boot_ms = (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000;
    return now;
}

void mint_init(struct mint *mint)
{
    atomic_store(&mint->lease, 0);
    atomic_store(&mint->boot_expires_ms, 0);
    atomic_store(&mint->not_before_ms, ID_EPOCH_MS);
    atomic_store(&mint->high_ms, ID_EPOCH_MS);
    for (unsigned slot = 0; slot < STORE_SLOTS; slot++)
        atomic_store(&mint->slots[slot], 0);
}

static void raise_to(_Atomic int64_t *mark, int64_t ms)
{
    int64_t was_ms = atomic_load(mark);
    while (was_ms < ms && !atomic_compare_exchange_weak(mark, &was_ms, ms))
        continue;
}

void mint_set_lease(struct mint *mint, const struct mint_lease *lease)
{
    assert(lease->datacentre < 31 && lease->node < 32 && lease->expires_ms > ID_EPOCH_MS);
    raise_to(&mint->not_before_ms, lease->not_before_ms); /* first: who sees the lease must see where it begins */
    raise_to(&mint->high_ms, lease->not_before_ms);
    atomic_store(&mint->boot_expires_ms, lease->boot_expires_ms);
    uint64_t end = (uint64_t)(lease->expires_ms - ID_EPOCH_MS);
    atomic_store(&mint->lease, end << MINT_PAIR_BITS | lease->datacentre << 5 | lease->node);
}

void mint_drop_lease(struct mint *mint)
{
    atomic_store(&mint->lease, 0);
}

int64_t mint_high_ms(struct mint *mint)
{
    return atomic_load(&mint->high_ms);
}

/* Moves the slot on to (stamp, next sequence). False: it is used up at this stamp, or is ahead of it. */
static bool advance(_Atomic uint64_t *slot, uint64_t stamp, uint64_t *sequence)
{
    uint64_t last = atomic_load_explicit(slot, memory_order_relaxed);
    for (;;) {
        uint64_t next = last >> 4 < stamp ? stamp << 4 : last + 1;
        if (next >> 4 != stamp)
            return false;
        if (atomic_compare_exchange_weak_explicit(slot, &last, next, memory_order_relaxed, memory_order_relaxed)) {
            *sequence = next & (MINT_SEQUENCES - 1);
            return true;
        }
    }
}

/* An owner that is stopped between reading the clock and the last line does no harm: the stamp is before the end of its
 * lease, and what begins there is another's. */
enum mint_result mint_take(struct mint *mint, unsigned slot, const struct mint_times *now, int64_t *id, int64_t *wait_us)
{
    assert(slot < STORE_SLOTS);
    *wait_us = 0;
    int64_t unix_ms = now->unix_us / 1000;
    uint64_t lease = atomic_load(&mint->lease);
    if (lease == 0 || now->boot_ms >= atomic_load(&mint->boot_expires_ms) ||
        unix_ms - ID_EPOCH_MS >= (int64_t)(lease >> MINT_PAIR_BITS))
        return MINT_NO_LEASE;
    int64_t not_before_ms = atomic_load(&mint->not_before_ms);
    int64_t earliest_ms = now->high_ms > not_before_ms ? now->high_ms : not_before_ms;
    if (unix_ms < earliest_ms) {
        *wait_us = earliest_ms * 1000 - now->unix_us;
        return MINT_BACK;
    }
    if (unix_ms > now->high_ms)
        raise_to(&mint->high_ms, unix_ms);

    uint64_t stamp = (uint64_t)(unix_ms - ID_EPOCH_MS);
    uint64_t sequence;
    if (!advance(&mint->slots[slot], stamp, &sequence)) {
        *wait_us = (unix_ms + 1) * 1000 - now->unix_us;
        return MINT_FULL;
    }
    uint64_t pair = lease & ((1U << MINT_PAIR_BITS) - 1);
    *id = (int64_t)(stamp << 22 | pair << 12 | sequence << 8 | slot);
    return MINT_OK;
}
