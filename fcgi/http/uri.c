#include "http/uri.h"

#include <string.h>

#include "base/text.h"

/* Decodes `len` bytes into the arena. */
static enum souk_err decode(struct arena *arena, const char *text, size_t len, bool plus_is_space, const char **out,
                            size_t *out_len)
{
    char *to = arena_copy(arena, text, len);
    if (!to)
        return SOUK_TOO_LARGE;
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '+' && plus_is_space)
            c = ' ';
        if (c == '%') {
            uint8_t byte;
            if (len - i < 3 || !text_unhex(text + i + 1, 2, &byte))
                return SOUK_BAD_REQUEST;
            c = (char)byte;
            i += 2;
        }
        if (c == '\0')
            return SOUK_BAD_REQUEST;
        to[n++] = c;
    }
    to[n] = '\0';
    *out = to;
    *out_len = n;
    return text_utf8_valid(to, n) ? SOUK_OK : SOUK_BAD_REQUEST;
}

enum souk_err uri_split(struct arena *arena, const char *uri, struct segment segments[PATH_SEGMENTS_MAX],
                        size_t *segments_n, const char **query)
{
    const char *end = uri + strcspn(uri, "?#");
    *query = *end == '?' ? end + 1 : "";
    *segments_n = 0;
    if (*uri != '/')
        return SOUK_BAD_REQUEST;
    while (uri < end) {
        const char *text = uri + 1;
        size_t len = strcspn(text, "/?#");
        if (*segments_n == PATH_SEGMENTS_MAX)
            return SOUK_NOT_FOUND;
        struct segment *segment = &segments[(*segments_n)++];
        enum souk_err err = decode(arena, text, len, false, &segment->text, &segment->len);
        if (err != SOUK_OK)
            return err;
        uri = text + len;
    }
    return SOUK_OK;
}

enum souk_err uri_pairs(struct arena *arena, const char *text, size_t len, struct pair pairs[QUERY_PAIRS_MAX],
                        size_t *pairs_n)
{
    const char *end = text + len;
    *pairs_n = 0;
    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        stop = stop ? stop : end;
        if (stop > text) {
            if (*pairs_n == QUERY_PAIRS_MAX)
                return SOUK_BAD_REQUEST;
            struct pair *pair = &pairs[(*pairs_n)++];
            const char *equals = memchr(text, '=', (size_t)(stop - text));
            const char *name_end = equals ? equals : stop;
            const char *value = equals ? equals + 1 : stop;
            *pair = (struct pair){.used = false};
            enum souk_err err = decode(arena, text, (size_t)(name_end - text), true, &pair->name, &pair->name_len);
            if (err == SOUK_OK)
                err = decode(arena, value, (size_t)(stop - value), true, &pair->text, &pair->len);
            if (err != SOUK_OK)
                return err;
        }
        text = stop + 1;
    }
    return SOUK_OK;
}
