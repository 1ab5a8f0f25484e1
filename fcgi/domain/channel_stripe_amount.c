#include "domain/channel_stripe_amount.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/money.h"

/* Payments may be made in these. */
static const char presentment[] =
    "USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY "
    "COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD "
    "JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND "
    "TOP TRY TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ";

/* Counted whole. ISK and UGX have no parts either, and are counted in hundredths all the same. */
static const char zero_decimal[] = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF ";

/* Counted in thousandths, of which the last digit must be 0. */
static const char three_decimal[] = "BHD JOD KWD OMR TND ";

/* What can be charged at least, in Stripe's units. */
static const struct {
    char currency[4];
    int64_t units;
} minimum[] = {{"USD", 50},  {"AED", 200}, {"AUD", 50},    {"BGN", 100}, {"BRL", 50},  {"CAD", 50},  {"CHF", 50},
               {"CZK", 1500}, {"DKK", 250}, {"EUR", 50},    {"GBP", 30},  {"HKD", 400}, {"HUF", 17500}, {"INR", 50},
               {"JPY", 50},  {"MXN", 1000}, {"MYR", 200},   {"NOK", 300}, {"NZD", 50},  {"PLN", 200}, {"RON", 200},
               {"SEK", 300}, {"SGD", 50},  {"THB", 1000}};

static bool listed(const char *list, const char *currency)
{
    const char *at = strlen(currency) == 3 ? strstr(list, currency) : NULL;
    return at != NULL && (at - list) % 4 == 0;
}

/* Stripe's units and minor units for one whole of the currency. */
static bool scales(const char *currency, int64_t *units, int64_t *minor)
{
    static const int64_t powers[] = {1, 10, 100, 1000, 10000};
    int exponent;

    if (!listed(presentment, currency) || !money_exponent(currency, &exponent))
        return false;
    *minor = powers[exponent];
    *units = listed(zero_decimal, currency) ? 1 : listed(three_decimal, currency) ? 1000 : 100;
    return true;
}

static bool whole_hundredths(const char *currency)
{
    return strcmp(currency, "ISK") == 0 || strcmp(currency, "UGX") == 0;
}

enum stripe_amount stripe_units(const char *currency, int64_t amount, int64_t *units)
{
    const int64_t max = strcmp(currency, "IDR") == 0 ? INT64_C(999999999999) : 99999999;
    int64_t per_whole, minor_per_whole;

    if (!scales(currency, &per_whole, &minor_per_whole))
        return STRIPE_AMOUNT_CURRENCY;
    if (amount > MONEY_MINOR_MAX)
        return STRIPE_AMOUNT_LARGE;
    if (amount * per_whole % minor_per_whole != 0)
        return STRIPE_AMOUNT_UNITS;
    *units = amount * per_whole / minor_per_whole;
    if (listed(three_decimal, currency) && *units % 10 != 0)
        return STRIPE_AMOUNT_UNITS;
    if (*units > max)
        return STRIPE_AMOUNT_LARGE;
    for (size_t i = 0; i < sizeof minimum / sizeof minimum[0]; i++)
        if (strcmp(minimum[i].currency, currency) == 0 && *units < minimum[i].units)
            return STRIPE_AMOUNT_SMALL;
    return *units < 1 ? STRIPE_AMOUNT_SMALL : STRIPE_AMOUNT_OK;
}

bool stripe_minor(const char *currency, int64_t units, int64_t *minor)
{
    char upper[4] = "";
    int64_t per_whole, minor_per_whole;

    if (strlen(currency) != 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        upper[i] = (char)toupper((unsigned char)currency[i]);
    if (!scales(upper, &per_whole, &minor_per_whole) || units > 1000 * MONEY_MINOR_MAX || units < -1000 * MONEY_MINOR_MAX ||
        units * minor_per_whole % per_whole != 0 || (whole_hundredths(upper) && units % 100 != 0))
        return false;
    *minor = units * minor_per_whole / per_whole;
    return true;
}

const char *stripe_amount_why(enum stripe_amount why)
{
    static const char *const reasons[] = {[STRIPE_AMOUNT_OK] = "",
                                          [STRIPE_AMOUNT_CURRENCY] = "Stripe takes no payments in this currency",
                                          [STRIPE_AMOUNT_UNITS] = "Stripe cannot charge so small a part of this currency",
                                          [STRIPE_AMOUNT_SMALL] = "below Stripe's minimum for this currency",
                                          [STRIPE_AMOUNT_LARGE] = "above what Stripe takes"};
    return reasons[why];
}
