/* Lexemes. See lexeme.h.
 *
 * Text is cut into runs first and each run folded alone, so that a lexeme knows where it stands in the original. Runs of
 * ASCII, the most of it, are folded without a library.
 */
#include "base/lexeme.h"

#include <libstemmer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum kind { GAP, SPACED, UNSPACED };

/* Written without spaces: ideographs and kana. */
static bool unspaced(utf8proc_int32_t c)
{
    return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0x20000 && c <= 0x2ffff);
}

static enum kind kind_of(utf8proc_int32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ? SPACED : GAP;
    if (c > 0x2ffff)
        return GAP;
    utf8proc_category_t category = utf8proc_category(c);
    if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_NO)
        return GAP;
    return unspaced(c) ? UNSPACED : SPACED;
}

static utf8proc_int32_t char_at(const char *text, size_t left, size_t *bytes)
{
    utf8proc_int32_t c;
    if ((unsigned char)*text < 0x80) {
        *bytes = 1;
        return *text;
    }
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)left, &c);
    *bytes = n > 0 ? (size_t)n : 1;
    return n > 0 ? c : ' ';
}

/* The run at `text`: its kind, its bytes. A mark belongs to what it stands on. */
static size_t run_at(const char *text, size_t len, enum kind *kind)
{
    size_t at = 0, bytes, chars = 0;
    *kind = GAP;
    while (at < len && chars < LEXEME_RUN_CHARS_MAX) {
        utf8proc_int32_t c = char_at(text + at, len - at, &bytes);
        enum kind next = kind_of(c);
        utf8proc_category_t category = c < 0x80 ? UTF8PROC_CATEGORY_LL : utf8proc_category(c);
        bool mark = category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
        if (at == 0)
            *kind = next;
        else if (next != *kind && !(mark && *kind != GAP))
            break;
        at += bytes;
        chars++;
    }
    return at;
}

/* Bytes of the first `chars_max` characters; *chars: how many they are. */
static size_t cut(const char *text, size_t len, size_t chars_max, size_t *chars)
{
    size_t at = 0;
    for (*chars = 0; at < len && *chars < chars_max; (*chars)++)
        at += char_bytes(text + at);
    return at < len ? at : len;
}

static char *fold(struct arena *arena, const char *text, size_t len, size_t *folded_len)
{
    bool ascii = true;
    for (size_t i = 0; i < len && ascii; i++)
        ascii = (unsigned char)text[i] < 0x80;
    if (ascii) {
        char *copy = arena_copy(arena, text, len);
        for (size_t i = 0; copy && i < len; i++)
            copy[i] = (char)(copy[i] >= 'A' && copy[i] <= 'Z' ? copy[i] | 32 : copy[i]);
        *folded_len = len;
        return copy;
    }
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &folded,
                                      UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD |
                                          UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    char *copy = n >= 0 ? arena_copy(arena, (const char *)folded, (size_t)n) : NULL;
    free(folded);
    *folded_len = n >= 0 ? (size_t)n : 0;
    return copy;
}

static const char *stem_of(struct arena *arena, struct sb_stemmer *stemmer, const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (word[i] < 'a' || word[i] > 'z')
            return NULL;
    const sb_symbol *stem = stemmer ? sb_stemmer_stem(stemmer, (const sb_symbol *)word, (int)len) : NULL;
    return stem ? arena_copy(arena, (const char *)stem, (size_t)sb_stemmer_length(stemmer)) : NULL;
}

struct reader {
    struct arena *arena;
    struct sb_stemmer *stemmer;
    struct lexeme *out;
    size_t n, max;
};

/* The lexemes of one run of the original. Folding may have made other kinds of it (a ligature, a circled number). */
static bool add_run(struct reader *reader, const char *folded, size_t len, size_t from, size_t to)
{
    for (size_t at = 0, bytes; at < len; at += bytes) {
        enum kind kind;
        bytes = run_at(folded + at, len - at, &kind);
        if (kind == GAP)
            continue;
        if (reader->n == reader->max)
            return false;
        struct lexeme lexeme = {.unspaced = kind == UNSPACED, .from = from, .to = to};
        size_t kept = cut(folded + at, bytes, kind == UNSPACED ? LEXEME_RUN_CHARS_MAX : LEXEME_CHARS_MAX, &lexeme.chars);
        lexeme.text = arena_copy(reader->arena, folded + at, kept);
        if (lexeme.text == NULL)
            return false;
        if (kind == SPACED)
            lexeme.stem = stem_of(reader->arena, reader->stemmer, lexeme.text, kept);
        reader->out[reader->n++] = lexeme;
    }
    return true;
}

size_t lexemes_of(struct arena *arena, const char *text, struct lexeme *out, size_t out_max)
{
    struct reader reader = {.arena = arena, .stemmer = sb_stemmer_new("english", NULL), .out = out, .max = out_max};
    size_t len = strlen(text);
    for (size_t at = 0, bytes; at < len; at += bytes) {
        enum kind kind;
        size_t folded_len;
        bytes = run_at(text + at, len - at, &kind);
        if (kind == GAP)
            continue;
        char *folded = fold(arena, text + at, bytes, &folded_len);
        if (folded == NULL || !add_run(&reader, folded, folded_len, at, at + bytes))
            break;
    }
    sb_stemmer_delete(reader.stemmer);
    return reader.n;
}

void lexeme_index(struct arena *arena, const char *text, size_t lexemes_max, struct buffer *out)
{
    struct lexeme *lexemes = arena_alloc(arena, (lexemes_max + 1) * sizeof *lexemes);
    if (lexemes == NULL) {
        out->failed = true;
        return;
    }
    size_t n = lexemes_of(arena, text, lexemes, lexemes_max);
    for (size_t i = 0; i < n; i++) {
        const struct lexeme *lexeme = &lexemes[i];
        if (i == 0 && out->len > 0)
            buffer_puts(out, " _");
        else if (i > 0 && lexeme->unspaced && lexemes[i - 1].unspaced)
            buffer_puts(out, " _");
        buffer_printf(out, "%s%s", out->len > 0 ? " " : "", lexeme->text);
        if (lexeme->stem)
            buffer_printf(out, " _%s", lexeme->stem);
    }
}

static size_t add_word(struct arena *arena, const char *word, size_t len, const char **out, size_t n, size_t out_max)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(out[i], word, len) == 0 && out[i][len] == '\0')
            return n;
    const char *copy = n < out_max ? arena_copy(arena, word, len) : NULL;
    if (copy)
        out[n++] = copy;
    return n;
}

static size_t add_pairs(struct arena *arena, const char *run, size_t len, const char **out, size_t n, size_t out_max)
{
    for (size_t at = 0, first; at < len; at += first) {
        first = char_bytes(run + at);
        size_t second = at + first < len ? char_bytes(run + at + first) : 0;
        n = add_word(arena, run + at, first + second, out, n, out_max);
    }
    return n;
}

size_t lexeme_words(struct arena *arena, const char *index_text, const char **out, size_t n, size_t out_max)
{
    for (const char *at = index_text; *at;) {
        size_t len = strcspn(at, " "), bytes;
        if (len > 0 && !(len == 1 && *at == '_')) {
            bool pairs = unspaced(char_at(at, len, &bytes));
            n = (pairs ? add_pairs : add_word)(arena, at, len, out, n, out_max);
        }
        at += len;
        at += *at == ' ';
    }
    return n;
}
