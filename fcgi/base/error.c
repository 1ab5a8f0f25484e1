#include "base/error.h"

static const struct error_row rows[] = {
#define X(symbol, number, status, code, title) {symbol, status, code, title},
    SOUK_ERRORS(X)
#undef X
};

enum { ROWS_N = sizeof rows / sizeof rows[0] };

/* The table is in number order, so a bisection finds a row. */
static const struct error_row *find(unsigned number)
{
    size_t low = 0, high = ROWS_N;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((unsigned)rows[middle].err < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ROWS_N && (unsigned)rows[low].err == number ? &rows[low] : NULL;
}

const struct error_row *error_row(enum souk_err err)
{
    const struct error_row *row = find((unsigned)err);
    return row ? row : &rows[0];
}

enum souk_err error_from_number(unsigned number)
{
    const struct error_row *row = find(number);
    return row ? row->err : SOUK_INTERNAL;
}
