/* Time: a monotonic clock for deadlines and durations, and wall-clock time for stamps. */
#ifndef SOUK_BASE_CLOCK_H
#define SOUK_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since some fixed point (CLOCK_MONOTONIC): deadlines and durations only. */
int64_t clock_us(void);

/* Milliseconds since 1970-01-01T00:00:00Z. May jump; ids guard against that themselves. */
int64_t clock_unix_ms(void);

enum { CLOCK_TEXT_BYTES = sizeof "2024-06-01T00:00:00.000Z" };

/* `unix_ms` as RFC 3339 in UTC with milliseconds. */
void clock_text(int64_t unix_ms, char out[CLOCK_TEXT_BYTES]);

#endif
