#include "base/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct entity {
    const char *name;
    const char *text;
};

static const struct entity entities[] = {
    {"amp;", "&"}, {"lt;", "<"}, {"gt;", ">"}, {"quot;", "\""}, {"apos;", "'"}, {"nbsp;", " "},
};

/* What stands behind '&' at `at`: *taken bytes of it, and what it means (at most 4 bytes in `out`). 0: it is no entity. */
static size_t entity_at(const char *at, size_t *taken, char *out)
{
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        *taken = strlen(entities[i].name);
        if (strncmp(at, entities[i].name, *taken) == 0) {
            size_t len = strlen(entities[i].text);
            memcpy(out, entities[i].text, len);
            return len;
        }
    }
    if (*at != '#')
        return 0;
    bool hex = at[1] == 'x' || at[1] == 'X';
    char *end;
    long code = strtol(at + 1 + hex, &end, hex ? 16 : 10);
    if (*end != ';' || code <= 0 || !utf8proc_codepoint_valid((utf8proc_int32_t)code))
        return 0;
    *taken = (size_t)(end + 1 - at);
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)code, (utf8proc_uint8_t *)out);
}

/* The next piece of text at *at: its bytes in *from, how many returned. A tag is a space. */
static size_t piece(const char **at, char *room, const char **from)
{
    size_t taken, len;
    *from = room;
    if (**at == '<') {
        const char *end = strchr(*at, '>');
        *at = end ? end + 1 : *at + strlen(*at);
        room[0] = ' ';
        return 1;
    }
    if (**at == '&' && (len = entity_at(*at + 1, &taken, room)) > 0) {
        *at += 1 + taken;
        return len;
    }
    unsigned char c = (unsigned char)**at;
    len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    *from = *at;
    *at += strnlen(*at, len);
    return len;
}

const char *plain_text(struct arena *arena, const char *html, size_t bytes_max)
{
    char *out = arena_alloc(arena, bytes_max + 1);
    size_t len = 0;
    for (const char *at = html; out && *at;) {
        char room[4];
        const char *from;
        size_t n = piece(&at, room, &from);
        bool space = n == 1 && (unsigned char)*from <= ' ';
        if (space && (len == 0 || out[len - 1] == ' '))
            continue;
        if (len + n > bytes_max)
            break;
        if (space)
            out[len++] = ' ';
        else
            memcpy(out + len, from, n), len += n;
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    if (out)
        out[len] = '\0';
    return out;
}
