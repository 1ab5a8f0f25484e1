/* A strict look at JSON text before the parser sees it.
 *
 * json-c accepts single quotes, NaN and duplicate keys, and saturates numbers; it cannot say where. This scan accepts
 * RFC 8259 and no more, and of that only what souk has a use for: depth ≤ 16, ≤ 256 members an object, unique keys,
 * numbers that are whole and fit 64 bits, valid UTF-8 without NUL.
 */
#ifndef SOUK_HTTP_SCAN_H
#define SOUK_HTTP_SCAN_H

#include "base/arena.h"
#include "base/error.h"

enum { JSON_DEPTH_MAX = 16, JSON_MEMBERS_MAX = 256 };

struct scan_error {
    const char *field;  /* "items[0].qty"; "" at the top */
    const char *code;   /* syntax, duplicate, range, format, depth */
    const char *detail; /* for people, with the byte's position */
};

/* SOUK_BAD_REQUEST: not JSON. SOUK_INVALID: JSON with something in it that cannot be used. Both fill `*error`.
 * SOUK_TOO_LARGE: the arena is full. */
SOUK_CHECK enum souk_err json_scan(struct arena *arena, const char *text, size_t len, struct scan_error *error);

#endif
