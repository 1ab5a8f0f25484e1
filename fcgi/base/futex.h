/* A thread that sleeps on a number, and who wakes it: futex(2). */
#ifndef SOUK_BASE_FUTEX_H
#define SOUK_BASE_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Sleeps while the number is `value`, at most until `until_us` (clock_us() scale; 0: for ever); may come back without a
 * reason. False: the time is over. */
bool futex_wait(_Atomic uint32_t *number, uint32_t value, int64_t until_us);

/* Wakes one that sleeps there. The address is only named, not read. */
void futex_wake(_Atomic uint32_t *number);

#endif
