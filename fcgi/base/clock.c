#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t clock_read(clockid_t clock, int64_t per_second)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * per_second + (int64_t)now.tv_nsec / (1000000000 / per_second);
}

int64_t clock_us(void)
{
    return clock_read(CLOCK_MONOTONIC, 1000000);
}

int64_t clock_unix_ms(void)
{
    return clock_read(CLOCK_REALTIME, 1000);
}

void clock_text(int64_t unix_ms, char out[CLOCK_TEXT_BYTES])
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm day;
    gmtime_r(&seconds, &day);
    size_t len = strftime(out, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &day);
    snprintf(out + len, CLOCK_TEXT_BYTES - len, ".%03dZ", (int)(unix_ms % 1000));
}
