/* Forms (application/x-www-form-urlencoded) as providers take them. */
#ifndef SOUK_DOMAIN_CHANNEL_FORM_H
#define SOUK_DOMAIN_CHANNEL_FORM_H

#include "base/buffer.h"

/* Adds name=value, with & before it unless it is the first; in the value all but RFC 3986's unreserved characters is
 * percent-encoded. A value that is NULL or "" adds nothing. */
void form_add(struct buffer *form, const char *name, const char *value);

#endif
