#include "worker/search_text.h"

#include <string.h>

#include "base/filter_word.h"
#include "base/json.h"
#include "base/lexeme.h"
#include "base/plain.h"

enum { WORDS_MAX = 1500, FIELD_LEXEMES_MAX = 400, BODY_BYTES = 6000, SNIPPET_BYTES = 2000, TYPO_CHARS = 4, WEIGHTS_N = 4 };

/* What comes of one product. */
struct texts {
    struct arena *arena;
    struct buffer title, about, body, filter;
    const char *snippet;
};

static const char *text_or_empty(json_object *item, const char *name)
{
    const char *text = json_member_text(item, name);
    return text ? text : "";
}

/* Index text of each element of an array, or of its member `name`. */
static void add_all(struct texts *texts, json_object *array, const char *name)
{
    for (size_t i = 0; array && i < json_object_array_length(array); i++) {
        json_object *one = json_object_array_get_idx(array, i);
        const char *text = name ? json_member_text(one, name) : json_object_get_string(one);
        if (text)
            lexeme_index(texts->arena, text, FIELD_LEXEMES_MAX, &texts->about);
    }
}

static void add_filter(struct texts *texts, const char *word)
{
    if (word == NULL)
        texts->filter.failed = true;
    else
        buffer_printf(&texts->filter, "%s%s", texts->filter.len > 0 ? " " : "", word);
}

static void add_filters(struct texts *texts, json_object *item)
{
    json_object *categories = json_member_array(item, "categories"), *options = json_member_array(item, "options");
    for (size_t i = 0; categories && i < json_object_array_length(categories); i++) {
        const char *id = json_member_text(json_object_array_get_idx(categories, i), "category_id");
        add_filter(texts, filter_category(texts->arena, id));
    }
    if (*text_or_empty(item, "vendor"))
        add_filter(texts, filter_vendor(texts->arena, text_or_empty(item, "vendor")));
    for (size_t i = 0; options && i < json_object_array_length(options); i++) {
        json_object *option = json_object_array_get_idx(options, i), *values = json_member_array(option, "values");
        for (size_t j = 0; values && j < json_object_array_length(values); j++)
            add_filter(texts, filter_option(texts->arena, text_or_empty(option, "name"),
                                            json_object_get_string(json_object_array_get_idx(values, j))));
    }
}

static struct texts texts_of(struct arena *arena, json_object *item)
{
    struct texts texts = {.arena = arena, .title = buffer_in(arena, 256), .about = buffer_in(arena, 512),
                          .body = buffer_in(arena, 1024), .filter = buffer_in(arena, 256)};
    const char *plain = plain_text(arena, text_or_empty(item, "description_html"), BODY_BYTES);
    lexeme_index(arena, text_or_empty(item, "title"), FIELD_LEXEMES_MAX, &texts.title);
    lexeme_index(arena, text_or_empty(item, "vendor"), FIELD_LEXEMES_MAX, &texts.about);
    lexeme_index(arena, text_or_empty(item, "product_type"), FIELD_LEXEMES_MAX, &texts.about);
    add_all(&texts, json_member_array(item, "tags"), NULL);
    add_all(&texts, json_member_array(item, "categories"), "name");
    add_filters(&texts, item);
    if (plain)
        lexeme_index(arena, plain, FIELD_LEXEMES_MAX, &texts.body);
    size_t len = plain ? strlen(plain) : 0;
    if (len > SNIPPET_BYTES)
        for (len = SNIPPET_BYTES; len > 0 && ((unsigned char)plain[len] & 0xc0) == 0x80; len--)
            ;
    texts.snippet = arena_copy(arena, plain ? plain : "", len);
    return texts;
}

static void put_member(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, ",\"%s\":", name);
    buffer_json_string(out, text ? text : "");
}

/* Each word with the weight of the best place it stands at. *named: how many stand in title or about. */
static size_t put_words(struct arena *arena, const struct texts *texts, const char **words, size_t *named, struct buffer *out)
{
    static const int weights[WEIGHTS_N] = {9, 3, 1, 0};
    const struct buffer *const fields[WEIGHTS_N] = {&texts->title, &texts->about, &texts->body, &texts->filter};
    size_t n = 0;
    buffer_puts(out, ",\"words\":[");
    for (size_t field = 0; field < WEIGHTS_N; field++) {
        size_t from = n;
        if (fields[field]->len > 0)
            n = lexeme_words(arena, fields[field]->data, words, n, WORDS_MAX);
        for (size_t i = from; i < n; i++) {
            buffer_puts(out, i ? ",[" : "[");
            buffer_json_string(out, words[i]);
            buffer_printf(out, ",%d]", weights[field]);
        }
        if (weights[field] == 3)
            *named = n;
    }
    buffer_puts(out, "]");
    return n;
}

static void put_typos(struct arena *arena, const char *const *words, size_t n, struct buffer *out)
{
    const char *variants[TYPO_VARIANTS_MAX], *separator = "";
    buffer_puts(out, ",\"typos\":[");
    for (size_t i = 0; i < n; i++) {
        size_t variants_n = typo_variants(arena, words[i], variants);
        for (size_t j = 0; j < variants_n; j++) {
            buffer_printf(out, "%s[", separator);
            buffer_json_string(out, variants[j]);
            buffer_puts(out, ",");
            buffer_json_string(out, words[i]);
            buffer_puts(out, "]");
            separator = ",";
        }
    }
    buffer_puts(out, "]");
}

void search_text_put(struct arena *arena, json_object *item, struct buffer *out)
{
    bool published = json_member_number(item, "published") == 1;
    buffer_printf(out, "{\"product_id\":\"%s\",\"marks\":%lld,\"published\":%d", text_or_empty(item, "product_id"),
                  (long long)json_member_number(item, "marks"), published);
    if (published) {
        const char **words = arena_alloc(arena, WORDS_MAX * sizeof *words);
        size_t named = 0;
        struct texts texts = texts_of(arena, item);
        out->failed = out->failed || words == NULL || texts.title.failed || texts.about.failed || texts.body.failed ||
                      texts.filter.failed || texts.snippet == NULL;
        if (out->failed)
            return;
        buffer_printf(out, ",\"version\":%lld", (long long)json_member_number(item, "version"));
        put_member(out, "title_text", texts.title.len ? texts.title.data : "");
        put_member(out, "about_text", texts.about.len ? texts.about.data : "");
        put_member(out, "body_text", texts.body.len ? texts.body.data : "");
        put_member(out, "filter_text", texts.filter.len ? texts.filter.data : "");
        put_member(out, "snippet", texts.snippet);
        put_words(arena, &texts, words, &named, out);
        put_typos(arena, words, named, out);
    }
    buffer_puts(out, "}");
}
