/* Fuzz target: paths and queries. Whatever comes, the pieces lie within the input and hold no NUL.
 *
 *     afl-fuzz -i tests/fuzz/seeds/uri -o /tmp/fuzz -- build/fuzz-uri
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "http/uri.h"

enum { INPUT_MAX = 1 << 14 };

int main(void)
{
    static char text[INPUT_MAX + 1];
    size_t len = fread(text, 1, INPUT_MAX, stdin);
    struct arena *arena = arena_new(1 << 20);
    struct segment segments[PATH_SEGMENTS_MAX];
    struct pair pairs[QUERY_PAIRS_MAX];
    const char *query = NULL;
    size_t n = 0;
    assert(arena);
    text[len] = '\0';
    if (uri_split(arena, text, segments, &n, &query) == SOUK_OK) {
        assert(n >= 1 && n <= PATH_SEGMENTS_MAX && (!*query || (query > text && query < text + len)));
        for (size_t i = 0; i < n; i++)
            assert(strlen(segments[i].text) == segments[i].len && text_utf8_valid(segments[i].text, segments[i].len));
    }
    if (uri_pairs(arena, text, len, pairs, &n) == SOUK_OK) {
        assert(n <= QUERY_PAIRS_MAX);
        for (size_t i = 0; i < n; i++)
            assert(strlen(pairs[i].text) == pairs[i].len && pairs[i].len <= len);
    }
    arena_free(arena);
    return 0;
}
