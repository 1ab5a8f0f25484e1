/* What Alipay's open platform signs (RSA2), as https://opendocs.alipay.com/common/02kf5q and 02mse7 document it. */
#ifndef SOUK_DOMAIN_CHANNEL_ALIPAY_SIGN_H
#define SOUK_DOMAIN_CHANNEL_ALIPAY_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "http/uri.h"

/* One parameter of a request. */
struct alipay_param {
    const char *name, *value; /* value NULL or "": left out */
};

/* What a request signs: all parameters but `sign`, in order of their names, as name=value joined by &. At most
 * QUERY_PAIRS_MAX. NULL: the arena is full. */
const char *alipay_request_text(struct arena *arena, const struct alipay_param *params, size_t n);

/* What a notification signs: the same of the decoded form without `sign` and `sign_type`, empty values included. */
const char *alipay_notification_text(struct arena *arena, const struct pair *pairs, size_t n);

/* The value of member `name` of the JSON object `body`, byte for byte as it came: that is what an answer signs. False:
 * there is no such member. */
bool alipay_answer_text(const char *body, size_t len, const char *name, const char **text, size_t *text_len);

#endif
