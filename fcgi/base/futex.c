#include "base/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

bool futex_wait(_Atomic uint32_t *number, uint32_t value, int64_t until_us)
{
    const struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    long slept = syscall(SYS_futex, number, FUTEX_WAIT_BITSET_PRIVATE, value, until_us ? &until : NULL, NULL,
                         FUTEX_BITSET_MATCH_ANY);
    return slept == 0 || errno != ETIMEDOUT;
}

void futex_wake(_Atomic uint32_t *number)
{
    (void)syscall(SYS_futex, number, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
