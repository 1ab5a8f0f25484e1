/* E-mail addresses as souk keeps and compares them. */
#ifndef SOUK_GUARD_EMAIL_H
#define SOUK_GUARD_EMAIL_H

#include "base/arena.h"
#include "base/error.h"

enum { EMAIL_BYTES_MAX = 254 };

/* Normalises `in` into the arena: white space around it dropped, NFKC, simple lower case of each code point, NFKC again.
 * The slot of an account hangs on these bytes (store/id.h): the rule never changes. Normalising twice changes nothing.
 * SOUK_INVALID: not UTF-8, longer than EMAIL_BYTES_MAX, or not of the form name@host: one @, no white space, no control
 * characters, none of "(),:;<>[\], a host of non-empty parts between dots. SOUK_TOO_LARGE: the arena is full. */
SOUK_CHECK enum souk_err email_normalise(struct arena *arena, const char *in, const char **out);

#endif
