/* A search as the tables of global take it (search_find). */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "domain/search.h"
#include "observe/metrics.h"

enum { WORDS_MAX = 200 };

static void put_need(struct buffer *out, const char *prefix, const char *const *words, size_t n)
{
    buffer_puts(out, out->len > 1 ? ",{\"prefix\":" : "{\"prefix\":");
    buffer_json_string(out, prefix);
    buffer_puts(out, ",\"any\":[");
    for (size_t i = 0; i < n; i++) {
        buffer_puts(out, i ? "," : "");
        buffer_json_string(out, words[i]);
    }
    buffer_puts(out, "]}");
}

static void put_word(struct request *request, const struct lexeme *lexeme, struct buffer *out)
{
    const char *words[2];
    size_t n = 0;
    if (lexeme->stem)
        words[n++] = arena_printf(request->arena, "_%s", lexeme->stem);
    if (lexeme->chars == 1)
        words[n++] = lexeme->text;
    if (n > 0 && words[0] == NULL)
        out->failed = true;
    else
        put_need(out, lexeme->chars > 1 ? lexeme->text : "", words, n);
}

/* Its pairs; of three characters and more they must also stand side by side. */
static void put_run(struct request *request, const struct lexeme *lexeme, struct buffer *out, struct buffer *runs)
{
    const char *pairs[WORDS_MAX];
    if (lexeme->chars == 1) {
        put_need(out, lexeme->text, NULL, 0);
        return;
    }
    size_t n = lexeme_words(request->arena, lexeme->text, pairs, 0, WORDS_MAX);
    for (size_t i = 0; i + 1 < n || i == 0; i++) /* the last one is a single character */
        put_need(out, "", &pairs[i], 1);
    if (lexeme->chars > 2) {
        buffer_puts(runs, runs->len > 1 ? "," : "");
        buffer_json_string(runs, lexeme->text);
    }
}

static void read_facet(json_object *body, const char *name, struct facet *facet)
{
    json_object *list = json_member_array(body, name);
    for (size_t i = 0; list && i < json_object_array_length(list) && facet->n < FACET_VALUES_MAX; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        facet->values[facet->n++] = (struct facet_value){json_member_text(one, "value"), json_member_number(one, "n")};
    }
}

static enum souk_err read_found(struct request *request, const struct answer *answer, struct found *found)
{
    json_object *body = arena_own(request->arena, json_tokener_parse(answer->body), json_release);
    json_object *ids = body ? json_member_array(body, "ids") : NULL;
    if (ids == NULL)
        return SOUK_INTERNAL;
    *found = (struct found){.total = json_member_number(body, "total")};
    for (size_t i = 0; i < json_object_array_length(ids) && i < SEARCH_LIMIT_MAX; i++)
        found->ids[found->ids_n++] = json_object_get_string(json_object_array_get_idx(ids, i));
    read_facet(body, "categories", &found->categories);
    read_facet(body, "vendors", &found->vendors);
    read_facet(body, "bands", &found->bands);
    return SOUK_OK;
}

enum souk_err search_by_tables(struct request *request, const struct search *search, struct found *found)
{
    struct buffer needs = buffer_in(request->arena, 1024), runs = buffer_in(request->arena, 256);
    struct buffer bands = buffer_in(request->arena, 128);
    struct answer answer;
    buffer_puts(&needs, "[");
    buffer_puts(&runs, "[");
    for (size_t i = 0; i < search->lexemes_n; i++) {
        if (search->lexemes[i].unspaced)
            put_run(request, &search->lexemes[i], &needs, &runs);
        else
            put_word(request, &search->lexemes[i], &needs);
    }
    for (size_t i = 0; i < search->groups_n; i++)
        put_need(&needs, "", search->groups[i].words, search->groups[i].n);
    buffer_puts(&needs, "]");
    buffer_puts(&runs, "]");
    for (size_t i = 0; i < search_bands_n; i++)
        buffer_printf(&bands, "%s%" PRId64, i ? "," : "[", search_bands[i]);
    buffer_puts(&bands, "]");
    if (needs.failed || runs.failed || bands.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {
        param_text(needs.data), param_text(runs.data),
        search->price_min > 0 ? param_int(search->price_min) : param_null(),
        search->price_max > 0 ? param_int(search->price_max) : param_null(),
        param_text(bands.data), param_text(search->sort), param_int(search->offset), param_int(search->limit),
    };
    const struct call call = {.routine = "search_find", .params = params, .params_n = sizeof params / sizeof params[0],
                              .deadline_us = request->deadline_us, .repeatable = true, .heavy = true};
    enum souk_err err = store_call(request->context->store, DB_GLOBAL, &call, request->arena, &answer, &request->refusal);
    metrics_add(METRIC_SEARCH_TABLES, 1);
    return err == SOUK_OK ? read_found(request, &answer, found) : err;
}
