#include "domain/suggest.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/filter_word.h"
#include "base/json.h"
#include "base/lexeme.h"

enum { TYPED_MAX = 6, CHOICES_MAX = 3, NAMES_MAX = 2, TITLES_MAX = 8, DISTANCE_BYTES = 40, TITLE_LEXEMES_MAX = 40 };

/* What one typed word may stand for, best first. */
struct typed {
    const struct lexeme *lexeme;
    const char *choices[CHOICES_MAX];
    int64_t products[CHOICES_MAX];
    int distances[CHOICES_MAX];
    size_t choices_n;
    bool last;
};

static int least(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

int typing_distance(const char *typed, const char *word, bool whole, int max)
{
    int rows[3][DISTANCE_BYTES + 1];
    size_t n = strnlen(typed, DISTANCE_BYTES), m = strnlen(word, DISTANCE_BYTES);
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (typed[i - 1] != word[j - 1]));
            if (i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        int *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    int best = above[m];
    for (size_t j = 0; j < m && !whole; j++)
        best = above[j] < best ? above[j] : best;
    return best <= max ? best : max + 1;
}

/* Mistakes that are forgiven in a word of so many characters. */
static int forgiven(size_t chars)
{
    return chars < TYPO_WORD_CHARS_MIN ? 0 : chars < 6 ? 1 : 2;
}

/* Fewer mistakes go first, then what more products have. */
static void offer(struct typed *typed, const char *word, int64_t products, int distance)
{
    size_t at = typed->choices_n;
    while (at > 0 && (distance < typed->distances[at - 1] ||
                      (distance == typed->distances[at - 1] && products > typed->products[at - 1])))
        at--;
    if (at >= CHOICES_MAX)
        return;
    size_t moved = (typed->choices_n < CHOICES_MAX ? typed->choices_n : CHOICES_MAX - 1) - at;
    memmove(&typed->choices[at + 1], &typed->choices[at], moved * sizeof typed->choices[0]);
    memmove(&typed->products[at + 1], &typed->products[at], moved * sizeof typed->products[0]);
    memmove(&typed->distances[at + 1], &typed->distances[at], moved * sizeof typed->distances[0]);
    typed->choices[at] = word;
    typed->products[at] = products;
    typed->distances[at] = distance;
    typed->choices_n += typed->choices_n < CHOICES_MAX;
}

static void judge(struct typed *typed, json_object *candidates)
{
    const int max = forgiven(typed->lexeme->chars);
    for (size_t i = 0; candidates && i < json_object_array_length(candidates); i++) {
        json_object *one = json_object_array_get_idx(candidates, i);
        const char *word = json_member_text(one, "word");
        int distance = word ? typing_distance(typed->lexeme->text, word, !typed->last, max) : max + 1;
        if (distance <= max)
            offer(typed, word, json_member_number(one, "products"), distance);
    }
    /* Who typed it right gets no corrections. */
    while (typed->choices_n > 1 && typed->distances[0] == 0 && typed->distances[typed->choices_n - 1] > 0)
        typed->choices_n--;
}

static enum souk_err ask_words(struct request *request, struct typed *typed, size_t n)
{
    struct buffer words = buffer_in(request->arena, 512);
    buffer_puts(&words, "[");
    for (size_t i = 0; i < n; i++) {
        const char *variants[TYPO_VARIANTS_MAX];
        size_t variants_n = typo_variants(request->arena, typed[i].lexeme->text, variants);
        buffer_puts(&words, i ? ",{\"word\":" : "{\"word\":");
        buffer_json_string(&words, typed[i].lexeme->text);
        buffer_puts(&words, ",\"variants\":[");
        for (size_t j = 0; j < variants_n; j++) {
            buffer_puts(&words, j ? "," : "");
            buffer_json_string(&words, variants[j]);
        }
        buffer_puts(&words, "]}");
    }
    buffer_puts(&words, "]");
    if (words.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(words.data)};
    struct answer answer;
    enum souk_err err = request_call(request, DB_GLOBAL, "search_words", params, 1, true, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    json_object *lists = body ? json_member_array(body, "items") : NULL;
    for (size_t i = 0; i < n && lists; i++)
        if (!typed[i].lexeme->unspaced)
            judge(&typed[i], json_object_array_get_idx(lists, i));
    return SOUK_OK;
}

/* The words of titles to look for: [{word, prefix}], the rarest first. False: a word stands for nothing. */
static bool put_words(struct request *request, const struct typed *typed, size_t n, struct buffer *out)
{
    const struct typed *rarest = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!typed[i].lexeme->unspaced && typed[i].choices_n == 0)
            return false;
        if (!rarest || typed[i].lexeme->unspaced ||
            (!rarest->lexeme->unspaced && typed[i].products[0] < rarest->products[0]))
            rarest = &typed[i];
    }
    buffer_puts(out, "[");
    for (size_t turn = 0; turn <= n; turn++) {
        const struct typed *one = turn == 0 ? rarest : &typed[turn - 1];
        if (turn > 0 && one == rarest)
            continue;
        const char *words[LEXEME_RUN_CHARS_MAX + 1] = {one->choices_n ? one->choices[0] : one->lexeme->text};
        size_t words_n = 1;
        bool prefix = one->last;
        if (one->lexeme->unspaced && one->lexeme->chars > 1) {
            words_n = lexeme_words(request->arena, one->lexeme->text, words, 0, LEXEME_RUN_CHARS_MAX);
            words_n -= words_n > 1; /* the last one is a single character */
            prefix = false;
        } else if (one->lexeme->unspaced || (prefix && one->distances[0] == 0)) {
            words[0] = one->lexeme->text;
            prefix = true;
        }
        for (size_t i = 0; i < words_n; i++) {
            buffer_puts(out, out->len > 1 ? ",{\"word\":" : "{\"word\":");
            buffer_json_string(out, words[i]);
            buffer_printf(out, ",\"prefix\":%d}", prefix);
        }
    }
    buffer_puts(out, "]");
    return true;
}

static enum souk_err ask_titles(struct request *request, const struct typed *typed, size_t n, json_object **out)
{
    struct buffer words = buffer_in(request->arena, 512), begins = buffer_in(request->arena, 256);
    if (!put_words(request, typed, n, &words))
        return SOUK_NOT_FOUND;
    for (size_t i = 0; i < n; i++) {
        bool right = typed[i].choices_n == 0 || typed[i].distances[0] == 0;
        buffer_printf(&begins, "%s%s", i ? " " : "", right ? typed[i].lexeme->text : typed[i].choices[0]);
    }
    if (words.failed || begins.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(words.data), param_text(begins.data), param_int(TITLES_MAX)};
    struct answer answer;
    enum souk_err err = request_call(request, DB_GLOBAL, "search_titles", params, 3, true, &answer);
    if (err == SOUK_OK)
        *out = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    return err == SOUK_OK && *out == NULL ? SOUK_INTERNAL : err;
}

static void add_item(json_object *items, const char *kind, const char *text, const char *id_name, const char *id)
{
    json_object *item = json_object_new_object();
    json_object_object_add(item, "kind", json_object_new_string(kind));
    json_object_object_add(item, "text", json_object_new_string(text));
    json_object_object_add(item, "category_id", NULL);
    json_object_object_add(item, "product_id", NULL);
    if (id)
        json_object_object_add(item, id_name, json_object_new_string(id));
    json_object_array_add(items, item);
}

/* Is `word` in one of the titles found? */
static bool in_titles(struct request *request, json_object *found, const char *word)
{
    json_object *list = json_member_array(found, "products");
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct lexeme lexemes[TITLE_LEXEMES_MAX];
        const char *title = json_member_text(json_object_array_get_idx(list, i), "title");
        size_t n = title ? lexemes_of(request->arena, title, lexemes, TITLE_LEXEMES_MAX) : 0;
        for (size_t j = 0; j < n; j++)
            if (strcmp(lexemes[j].text, word) == 0)
                return true;
    }
    return false;
}

/* Whole queries: the typed words with the last one finished, or put right. Of several words only such that go together. */
static void add_queries(struct request *request, const struct typed *typed, size_t n, json_object *found, json_object *items)
{
    const struct typed *last = &typed[n - 1];
    for (size_t choice = 0; choice < last->choices_n; choice++) {
        if (n > 1 && !in_titles(request, found, last->choices[choice]))
            continue;
        struct buffer text = buffer_in(request->arena, 128);
        for (size_t i = 0; i < n; i++)
            buffer_printf(&text, "%s%s", i ? " " : "",
                          i + 1 == n            ? last->choices[choice]
                          : typed[i].choices_n ? typed[i].choices[0]
                                               : typed[i].lexeme->text);
        if (!text.failed)
            add_item(items, "query", text.data, NULL, NULL);
    }
}

static void add_names(json_object *items, json_object *found, const char *list_name, const char *kind, const char *text_name,
                      const char *id_name, size_t max)
{
    json_object *list = found ? json_member_array(found, list_name) : NULL;
    for (size_t i = 0; list && i < json_object_array_length(list) && i < max; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        const char *text = json_member_text(one, text_name);
        if (text)
            add_item(items, kind, text, id_name, id_name ? json_member_text(one, id_name) : NULL);
    }
}

enum souk_err suggest_run(struct request *request)
{
    struct lexeme lexemes[TYPED_MAX];
    struct typed typed[TYPED_MAX] = {{0}};
    json_object *found = NULL;
    const size_t limit = (size_t)request_value(request, "limit")->number;
    size_t n = lexemes_of(request->arena, request_value(request, "q")->text, lexemes, TYPED_MAX);
    if (n == 0)
        return request_fail_field(request, "q", "format", "there is no word in it");
    for (size_t i = 0; i < n; i++)
        typed[i] = (struct typed){.lexeme = &lexemes[i], .last = i + 1 == n};
    enum souk_err err = ask_words(request, typed, n);
    if (err == SOUK_OK)
        err = ask_titles(request, typed, n, &found);
    if (err != SOUK_OK && err != SOUK_NOT_FOUND)
        return err;
    json_object *body = json_object_new_object(), *items = json_object_new_array();
    if (err == SOUK_OK) {
        add_queries(request, typed, n, found, items);
        add_names(items, found, "categories", "category", "name", "category_id", NAMES_MAX);
        add_names(items, found, "vendors", "vendor", "name", NULL, NAMES_MAX);
        add_names(items, found, "products", "product", "title", "product_id", TITLES_MAX);
    }
    if (json_object_array_length(items) > limit)
        json_object_array_del_idx(items, limit, json_object_array_length(items) - limit);
    json_object_object_add(body, "items", items);
    return request_answer(request, 200, body);
}
