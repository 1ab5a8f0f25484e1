/* Paths and queries as they come over the wire: percent-decoding, strict. */
#ifndef SOUK_HTTP_URI_H
#define SOUK_HTTP_URI_H

#include "base/arena.h"
#include "base/error.h"
#include "http/table.h"

enum { QUERY_PAIRS_MAX = 64 };

/* One name=value of a query or a form. */
struct pair {
    const char *name, *text; /* decoded, NUL-terminated */
    size_t name_len, len;
    bool used; /* some field took it */
};

/* Splits the path of `uri` (up to '?' or the end) at '/' and decodes each segment. SOUK_BAD_REQUEST: a broken %xx, a
 * NUL, invalid UTF-8, or no leading '/'. SOUK_NOT_FOUND: more segments than any row has. *query is what follows '?',
 * "" for none. */
SOUK_CHECK enum souk_err uri_split(struct arena *arena, const char *uri, struct segment segments[PATH_SEGMENTS_MAX],
                                   size_t *segments_n, const char **query);

/* Decodes name=value&…; '+' is a space. SOUK_BAD_REQUEST as above, or more than QUERY_PAIRS_MAX pairs. */
SOUK_CHECK enum souk_err uri_pairs(struct arena *arena, const char *text, size_t len,
                                   struct pair pairs[QUERY_PAIRS_MAX], size_t *pairs_n);

#endif
