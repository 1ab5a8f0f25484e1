#include "base/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct words {
    struct arena *arena;
    const char **out;
    size_t n, max;
};

static bool letter_or_digit(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_NO);
}

/* Written without spaces: ideographs and kana. */
static bool unspaced(utf8proc_int32_t c)
{
    return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0x20000 && c <= 0x3ffff);
}

static void add(struct words *words, const char *word, size_t len)
{
    for (size_t i = 0; i < words->n; i++)
        if (strlen(words->out[i]) == len && memcmp(words->out[i], word, len) == 0)
            return;
    const char *copy = words->n < words->max ? arena_copy(words->arena, word, len) : NULL;
    if (copy)
        words->out[words->n++] = copy;
}

/* Bytes of the word that begins at `text`, 0 for none. Where it is unspaced: bytes of its first character, and *pair bytes
 * of its first two (of the one, when it is the last); *pair is 0 otherwise. */
static size_t take(const char *text, size_t len, size_t *pair)
{
    utf8proc_int32_t c;
    size_t at = 0, chars = 0, first = 0;
    *pair = 0;
    while (at < len) {
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(len - at), &c);
        if (bytes <= 0 || !letter_or_digit(c) || (chars > 0 && unspaced(c) != (*pair > 0)))
            break;
        at += (size_t)bytes;
        chars++;
        if (!unspaced(c))
            continue;
        *pair = at;
        if (chars == 2)
            break;
        first = at;
    }
    return *pair ? first : at;
}

/* Bytes of the first WORD_CHARS_MAX characters. */
static size_t cut(const char *word, size_t len)
{
    size_t chars = 0;
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)word[i] & 0xc0) != 0x80 && ++chars > WORD_CHARS_MAX)
            return i;
    return len;
}

static size_t skip(const char *text, size_t len)
{
    size_t at = 0;
    do
        at++;
    while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80);
    return at;
}

size_t words_add(struct arena *arena, const char *text, const char **out, size_t n, size_t out_max)
{
    struct words words = {.arena = arena, .out = out, .n = n, .max = out_max};
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded,
                                        UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
                                            UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    const char *at = (const char *)folded;
    for (size_t left = len > 0 ? (size_t)len : 0, bytes, pair; left > 0; at += bytes, left -= bytes) {
        bytes = take(at, left, &pair);
        if (bytes == 0)
            bytes = skip(at, left);
        else if (pair)
            add(&words, at, pair);
        else
            add(&words, at, cut(at, bytes));
    }
    free(folded);
    return words.n;
}
