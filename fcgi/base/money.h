/* Amounts of money: integers in the minor unit of an ISO 4217 currency. */
#ifndef SOUK_BASE_MONEY_H
#define SOUK_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#define MONEY_MINOR_MAX INT64_C(1000000000000) /* what one amount may be at most */

/* Decimals of `currency`: USD 2, JPY 0, KWD 3. False when that is no current ISO 4217 code (three capitals). */
bool money_exponent(const char *currency, int *exponent);

enum money_parsed {
    MONEY_PARSED,
    MONEY_MALFORMED, /* not digits with at most one point inside */
    MONEY_DECIMALS,  /* a digit other than 0 beyond the currency's decimals */
    MONEY_TOO_LARGE  /* above MONEY_MINOR_MAX */
};

/* "12.5" with exponent 2 gives 1250. No sign, no blanks, no thousands separators. */
enum money_parsed money_parse(const char *text, int exponent, int64_t *minor);

#endif
