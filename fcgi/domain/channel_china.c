#include "domain/channel_china.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/money.h"

enum { AHEAD_S = 8 * 3600 };

void yuan_text(int64_t fen, char out[YUAN_BYTES])
{
    snprintf(out, YUAN_BYTES, "%" PRId64 ".%02" PRId64, fen / 100, fen % 100);
}

bool yuan_read(const char *text, int64_t *fen)
{
    const bool negative = text[0] == '-';

    if (money_parse(text + (negative || text[0] == '+'), 2, fen) != MONEY_PARSED)
        return false;
    *fen = negative ? -*fen : *fen;
    return true;
}

void beijing_text(int64_t unix_s, char out[BEIJING_BYTES])
{
    const time_t there = (time_t)(unix_s + AHEAD_S);
    struct tm clock;

    gmtime_r(&there, &clock);
    strftime(out, BEIJING_BYTES, "%Y-%m-%d %H:%M:%S", &clock);
}

bool beijing_read(const char *text, int64_t *unix_s)
{
    struct tm clock = {0};
    char again[BEIJING_BYTES];
    const char *end = strptime(text, "%Y-%m-%d %H:%M:%S", &clock);

    if (end == NULL || *end != '\0')
        return false;
    *unix_s = (int64_t)timegm(&clock) - AHEAD_S;
    beijing_text(*unix_s, again);
    return strcmp(again, text) == 0;
}
