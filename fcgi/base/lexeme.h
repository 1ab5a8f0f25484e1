/* Text as the search index knows it: folded runs (compatibility form, lower case, accents dropped) of letters and digits.
 * Chinese and Japanese put no spaces between words: a run of those characters is one lexeme, matched by any part of it.
 * Catalogue and query pass through the same functions, and both search engines get what they make, so that all agree on
 * what matches.
 *
 * An index text is lexemes with spaces between. A word of a-z is followed by "_" and its English stem; two neighbouring
 * unspaced runs have a lone "_" between them, so that nothing matches across.
 */
#ifndef SOUK_BASE_LEXEME_H
#define SOUK_BASE_LEXEME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"

enum { LEXEME_CHARS_MAX = 40, LEXEME_RUN_CHARS_MAX = 200 }; /* a longer word is cut, a longer run split, here */

struct lexeme {
    const char *text; /* folded; NUL-terminated, in the arena */
    size_t chars;
    bool unspaced;
    const char *stem;  /* English stem of a word of a-z, NULL otherwise */
    size_t from, to;   /* bytes of the original text it came from */
};

/* At most `out_max` lexemes of `text` (valid UTF-8), in order, repeated ones too. A full arena ends it early. */
size_t lexemes_of(struct arena *arena, const char *text, struct lexeme *out, size_t out_max);

/* Appends the index text of `text`, " _ " before it when there is something already. At most `lexemes_max` lexemes. */
void lexeme_index(struct arena *arena, const char *text, size_t lexemes_max, struct buffer *out);

/* The words of an index text as an inverted table keeps them, each once: words and stems as they stand, unspaced runs as
 * each pair of neighbouring characters and the last one. Returns the new n, at most `out_max`. */
size_t lexeme_words(struct arena *arena, const char *index_text, const char **out, size_t n, size_t out_max);

/* Bytes of the UTF-8 character at `at`. */
static inline size_t char_bytes(const char *at)
{
    unsigned char c = (unsigned char)*at;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

#endif
