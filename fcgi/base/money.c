#include "base/money.h"

#include <stddef.h>
#include <string.h>

static const struct {
    int exponent;
    const char *codes;
} currencies[] = {
    {2, "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
        "CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG "
        "HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
        "MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD "
        "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD YER "
        "ZAR ZMW ZWG"},
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    {3, "BHD IQD JOD KWD LYD OMR TND"},
    {4, "CLF UYW"},
};

bool money_exponent(const char *currency, int *exponent)
{
    if (strlen(currency) != 3 || strchr(currency, ' '))
        return false;
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        const char *at = strstr(currencies[i].codes, currency);
        if (at && (at - currencies[i].codes) % 4 == 0) {
            *exponent = currencies[i].exponent;
            return true;
        }
    }
    return false;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

enum money_parsed money_parse(const char *text, int exponent, int64_t *minor)
{
    const char *point = strchr(text, '.');
    size_t len = strlen(text);
    if (!digit(text[0]) || (point && !digit(point[1])))
        return MONEY_MALFORMED;
    for (size_t i = 0; i < len; i++)
        if (!digit(text[i]) && text + i != point)
            return MONEY_MALFORMED;

    int64_t amount = 0;
    int decimals = 0;
    for (const char *c = text; *c; c++) {
        if (c == point)
            continue;
        if (point && c > point && ++decimals > exponent) {
            if (*c != '0')
                return MONEY_DECIMALS;
            continue;
        }
        amount = amount * 10 + (*c - '0');
        if (amount > MONEY_MINOR_MAX)
            return MONEY_TOO_LARGE;
    }
    for (; decimals < exponent; decimals++)
        amount *= 10;
    if (amount > MONEY_MINOR_MAX)
        return MONEY_TOO_LARGE;
    *minor = amount;
    return MONEY_PARSED;
}
