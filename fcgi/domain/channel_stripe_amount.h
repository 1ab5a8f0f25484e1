/* Amounts as Stripe counts them: https://docs.stripe.com/currencies. Mostly ISO 4217's minor units, with exceptions. */
#ifndef SOUK_DOMAIN_CHANNEL_STRIPE_AMOUNT_H
#define SOUK_DOMAIN_CHANNEL_STRIPE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

enum stripe_amount {
    STRIPE_AMOUNT_OK,
    STRIPE_AMOUNT_CURRENCY, /* Stripe does not take payments in it */
    STRIPE_AMOUNT_UNITS,    /* not a whole number of what Stripe can charge, e.g. 1.005 KWD */
    STRIPE_AMOUNT_SMALL,    /* below the minimum of this currency */
    STRIPE_AMOUNT_LARGE     /* more digits than Stripe takes */
};

/* Minor units of `currency` (as base/money.h knows it) in Stripe's. The limits are those of a charge. */
enum stripe_amount stripe_units(const char *currency, int64_t minor, int64_t *units);

/* The reverse; `currency` in either case. False: not a currency both know, or the amount is no whole number of minor units. */
bool stripe_minor(const char *currency, int64_t units, int64_t *minor);

/* Why it is refused, for a log. */
const char *stripe_amount_why(enum stripe_amount why);

#endif
