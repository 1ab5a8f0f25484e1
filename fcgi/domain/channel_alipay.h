/* Calls to Alipay's gateway, for the files of the channel `alipay`. */
#ifndef SOUK_DOMAIN_CHANNEL_ALIPAY_H
#define SOUK_DOMAIN_CHANNEL_ALIPAY_H

#include "domain/channel.h"
#include "domain/channel_json.h"

/* What Alipay answered, its signature verified. */
struct alipay_answer {
    bool done;            /* code 10000 */
    const char *sub_code; /* "" when done; else e.g. ACQ.TRADE_NOT_EXIST */
    json_object *fields;  /* in the arena */
};

/* Calls `method` with `biz_content`. SOUK_OK: done, or refused with a sub_code that is no passing trouble. SOUK_UNAVAILABLE,
 * SOUK_TIMEOUT: nothing is known. */
SOUK_CHECK enum souk_err alipay_call(const struct config *config, struct arena *arena, const char *method,
                                     const char *biz_content, int64_t deadline_us, struct alipay_answer *answer);

/* channel.statement, in channel_alipay_bill.c. */
enum souk_err alipay_statement(const struct config *config, struct arena *arena, const char *day, int64_t deadline_us,
                               channel_take_line *take, void *to);

#endif
