/* Highlighting. It goes by the lexemes that both engines match by, so that what is marked is why a product was found. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/search.h"

enum { TEXT_LEXEMES_MAX = 500, RANGES_MAX = 200, BEFORE_CHARS = 40 };

struct range {
    size_t from, to;
};

struct marks {
    struct range ranges[RANGES_MAX];
    size_t n;
};

static void add(struct marks *marks, size_t from, size_t to)
{
    struct range *last = marks->n ? &marks->ranges[marks->n - 1] : NULL;
    if (last && from <= last->to) {
        last->to = to > last->to ? to : last->to;
        return;
    }
    if (marks->n < RANGES_MAX)
        marks->ranges[marks->n++] = (struct range){from, to};
}

static bool word_matches(const struct lexeme *word, const struct lexeme *query)
{
    if (query->chars > 1 && strncmp(word->text, query->text, strlen(query->text)) == 0)
        return true;
    return strcmp(word->text, query->text) == 0 || (word->stem && query->stem && strcmp(word->stem, query->stem) == 0);
}

/* Marks every place of the query in an unspaced run; all of it where folding has moved its bytes. */
static void mark_run(struct marks *marks, const struct lexeme *run, const struct lexeme *query)
{
    const char *at = strstr(run->text, query->text);
    if (at && strlen(run->text) != run->to - run->from)
        add(marks, run->from, run->to);
    else
        for (; at; at = strstr(at + 1, query->text))
            add(marks, run->from + (size_t)(at - run->text), run->from + (size_t)(at - run->text) + strlen(query->text));
}

static int by_place(const void *a, const void *b)
{
    size_t x = ((const struct range *)a)->from, y = ((const struct range *)b)->from;
    return (x > y) - (x < y);
}

static void find(const struct lexeme *words, size_t words_n, const struct lexeme *lexemes, size_t lexemes_n,
                 struct marks *marks)
{
    struct marks raw = {.n = 0};
    for (size_t i = 0; i < words_n; i++)
        for (size_t j = 0; j < lexemes_n; j++) {
            if (words[i].unspaced != lexemes[j].unspaced)
                continue;
            struct marks one = {.n = 0};
            if (words[i].unspaced)
                mark_run(&one, &words[i], &lexemes[j]);
            else if (word_matches(&words[i], &lexemes[j]))
                add(&one, words[i].from, words[i].to);
            for (size_t k = 0; k < one.n && raw.n < RANGES_MAX; k++)
                raw.ranges[raw.n++] = one.ranges[k];
        }
    qsort(raw.ranges, raw.n, sizeof raw.ranges[0], by_place);
    for (size_t i = 0; i < raw.n; i++)
        add(marks, raw.ranges[i].from, raw.ranges[i].to);
}

static void put_escaped(struct buffer *out, const char *text, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        size_t len = strcspn(text + at, "&<>\"'");
        if (len > to - at)
            len = to - at;
        buffer_add(out, text + at, len);
        at += len;
        if (at < to) {
            char c = text[at++];
            buffer_puts(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : "&#39;");
        }
    }
}

/* The piece of text to show: from a little before the first match, beginning and ending at spaces where there are any. */
static struct range piece(const char *text, const struct marks *marks, size_t chars_max)
{
    struct range piece = {0, strlen(text)};
    if (chars_max == 0)
        return piece;
    size_t len = piece.to;
    for (size_t at = marks->n ? marks->ranges[0].from : 0, chars = 0; at > 0 && chars < BEFORE_CHARS; at--) {
        bool starts = ((unsigned char)text[at - 1] & 0xc0) != 0x80;
        chars += starts;
        if (starts && (at == 1 || chars == BEFORE_CHARS || text[at - 2] == ' '))
            piece.from = at - 1;
    }
    piece.to = piece.from;
    size_t space = 0;
    for (size_t chars = 0; piece.to < len && chars < chars_max; chars++) {
        if (text[piece.to] == ' ')
            space = piece.to;
        piece.to += char_bytes(text + piece.to);
    }
    if (piece.to < len && space > piece.from + (piece.to - piece.from) / 2)
        piece.to = space;
    return piece;
}

const char *search_mark(struct arena *arena, const char *text, const struct lexeme *lexemes, size_t lexemes_n,
                        size_t chars_max)
{
    struct lexeme *words = arena_alloc(arena, TEXT_LEXEMES_MAX * sizeof *words);
    struct marks marks = {.n = 0};
    if (words == NULL)
        return NULL;
    size_t words_n = lexemes_of(arena, text, words, TEXT_LEXEMES_MAX);
    find(words, words_n, lexemes, lexemes_n, &marks);
    struct range shown = piece(text, &marks, chars_max);
    struct buffer out = buffer_in(arena, strlen(text) + 64);
    buffer_puts(&out, shown.from > 0 ? "…" : "");
    size_t at = shown.from;
    for (size_t i = 0; i < marks.n && marks.ranges[i].from < shown.to; i++) {
        size_t to = marks.ranges[i].to < shown.to ? marks.ranges[i].to : shown.to;
        if (marks.ranges[i].from < at)
            continue;
        put_escaped(&out, text, at, marks.ranges[i].from);
        buffer_puts(&out, "<mark>");
        put_escaped(&out, text, marks.ranges[i].from, to);
        buffer_puts(&out, "</mark>");
        at = to;
    }
    put_escaped(&out, text, at, shown.to);
    buffer_puts(&out, text[shown.to] ? "…" : "");
    return out.failed ? NULL : out.data;
}
