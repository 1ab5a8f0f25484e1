/* Searching the catalogue. Two engines find the same products: the search server, and while that is away the tables that the
 * worker keeps beside it. What is shown of them comes from the catalogue itself. */
#include "domain/search.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/filter_word.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/domains.h"
#include "domain/suggest.h"
#include "http/fields.h"
#include "observe/metrics.h"

enum { SNIPPET_CHARS = 160, SCRATCH_BYTES = 256 * 1024, PLACE_WAIT_US = 1000000 };

#define MONEY_MAX INT64_C(9007199254740991)

const int64_t search_bands[] = {1000, 2500, 5000, 10000, 25000, 50000};
const size_t search_bands_n = sizeof search_bands / sizeof search_bands[0];

static const struct cache_policy fresh = {.nginx_ms = 0};
static const char *const sorts[] = {"relevance", "newest", "price_asc", "price_desc", NULL};
static const struct field attr_element[] = {{.name = "", .type = FIELD_STRING, .min = 3, .max = 511}};

static const struct field search_fields[] = {
    {.name = "q", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 200, .required = true,
     .about = "Words, or how they begin, English ones in any form; Chinese and Japanese: any part of the text. All must be there"},
    {.name = "category", .from = FROM_QUERY, .type = FIELD_ID, .about = "Only products of this category and all below it"},
    {.name = "vendor", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 255, .about = "Only by this vendor"},
    {.name = "attr", .from = FROM_QUERY, .type = FIELD_ARRAY, .min = 1, .max = 20, .of = attr_element, .of_n = 1,
     .about = "Only with this option value: Size:M. May repeat; values of one option are alternatives"},
    {.name = "price_min", .from = FROM_QUERY, .type = FIELD_INT, .max = MONEY_MAX,
     .about = "Only where the lowest price is this or more, minor units"},
    {.name = "price_max", .from = FROM_QUERY, .type = FIELD_INT, .max = MONEY_MAX,
     .about = "Only where the lowest price is this or less, minor units"},
    {.name = "sort", .from = FROM_QUERY, .type = FIELD_ENUM, .one_of = sorts, .about = "relevance when absent"},
    {.name = "cursor", .from = FROM_QUERY, .type = FIELD_CURSOR, .about = "next_cursor of the page before"},
    {.name = "limit", .from = FROM_QUERY, .type = FIELD_INT, .min = 1, .max = SEARCH_LIMIT_MAX, .fallback = 20,
     .about = "Items a page holds at most; 1,000 can be reached in all"},
};

static const struct field suggest_fields[] = {
    {.name = "q", .from = FROM_QUERY, .type = FIELD_STRING, .min = 1, .max = 100, .required = true,
     .about = "What was typed so far; its last word may be unfinished"},
    {.name = "limit", .from = FROM_QUERY, .type = FIELD_INT, .min = 1, .max = 10, .fallback = 10,
     .about = "Suggestions at most"},
};

static void add_group(struct search *search, const char *word)
{
    if (word && search->groups_n < GROUPS_MAX)
        search->groups[search->groups_n++] = (struct filter_group){.words = {word}, .n = 1};
}

/* "Size:M" into the group of its option. */
static enum souk_err add_option(struct request *request, struct search *search, const char *attr,
                                const char *names[GROUPS_MAX])
{
    const char *colon = strchr(attr, ':');
    if (colon == NULL || colon == attr || colon[1] == '\0')
        return request_fail_field(request, "attr", "format", "is not option:value");
    const char *name = arena_copy(request->arena, attr, (size_t)(colon - attr));
    const char *word = name ? filter_option(request->arena, name, colon + 1) : NULL;
    if (word == NULL)
        return SOUK_TOO_LARGE;
    for (size_t i = 0; i < search->groups_n; i++)
        if (names[i] && strcasecmp(names[i], name) == 0) {
            search->groups[i].words[search->groups[i].n++] = word;
            return SOUK_OK;
        }
    names[search->groups_n] = name;
    add_group(search, word);
    return SOUK_OK;
}

static enum souk_err read_filters(struct request *request, struct search *search)
{
    const struct value *category = request_value(request, "category"), *vendor = request_value(request, "vendor");
    const struct value *attrs = request_value(request, "attr");
    const char *names[GROUPS_MAX] = {NULL};
    enum souk_err err = SOUK_OK;
    if (category->present)
        add_group(search, arena_printf(request->arena, "_c%" PRId64, category->number));
    if (vendor->present)
        add_group(search, filter_vendor(request->arena, vendor->text));
    for (size_t i = 0; err == SOUK_OK && attrs->present && i < json_object_array_length(attrs->json); i++)
        err = add_option(request, search, json_object_get_string(json_object_array_get_idx(attrs->json, i)), names);
    return err;
}

static enum souk_err read_search(struct request *request, struct search *search)
{
    const struct value *sort = request_value(request, "sort"), *cursor = request_value(request, "cursor");
    search->price_min = request_value(request, "price_min")->number;
    search->price_max = request_value(request, "price_max")->number;
    search->limit = request_value(request, "limit")->number;
    search->sort = sort->present ? sort->text : "relevance";
    search->lexemes_n = lexemes_of(request->arena, request_value(request, "q")->text, search->lexemes, QUERY_LEXEMES_MAX);
    if (search->lexemes_n == 0)
        return request_fail_field(request, "q", "format", "there is no word in it");
    if (cursor->present && (!text_int64(cursor->text, cursor->len, &search->offset) || search->offset < 1 ||
                            search->offset > SEARCH_DEPTH_MAX))
        return request_fail_field(request, "cursor", "format", "is not one of this list");
    return read_filters(request, search);
}

static json_object *facet_values(const struct facet *facet, const char *name)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < facet->n; i++) {
        json_object *one = json_object_new_object();
        json_object_object_add(one, name, json_object_new_string(facet->values[i].value));
        json_object_object_add(one, "products", json_object_new_int64(facet->values[i].n));
        json_object_array_add(list, one);
    }
    return list;
}

static json_object *price_facet(const struct facet *bands)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < bands->n; i++) {
        size_t band = (size_t)strtoul(bands->values[i].value, NULL, 10);
        json_object *one = json_object_new_object();
        json_object_object_add(one, "price_min", json_object_new_int64(band > 0 && band <= search_bands_n ? search_bands[band - 1] : 0));
        json_object_object_add(one, "price_max", band < search_bands_n ? json_object_new_int64(search_bands[band] - 1) : NULL);
        json_object_object_add(one, "products", json_object_new_int64(bands->values[i].n));
        json_object_array_add(list, one);
    }
    return list;
}

/* The categories that still exist, with their names. */
static json_object *category_facet(const struct facet *facet, json_object *named)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < facet->n; i++)
        for (size_t j = 0; named && j < json_object_array_length(named); j++) {
            json_object *one = json_object_array_get_idx(named, j);
            const char *id = json_member_text(one, "category_id");
            if (id && strcmp(id, facet->values[i].value) == 0) {
                json_object_object_add(one, "products", json_object_new_int64(facet->values[i].n));
                json_object_array_add(list, json_object_get(one));
            }
        }
    return list;
}

static json_object *highlighted(struct arena *scratch, const struct search *search, json_object *item)
{
    json_object *card = NULL, *highlight = json_object_new_object();
    json_object_object_get_ex(item, "card", &card);
    const char *title = json_member_text(card, "title"), *snippet = json_member_text(item, "snippet");
    const char *marked = search_mark(scratch, title ? title : "", search->lexemes, search->lexemes_n, 0);
    const char *piece = search_mark(scratch, snippet ? snippet : "", search->lexemes, search->lexemes_n, SNIPPET_CHARS);
    json_object_object_add(highlight, "title", json_object_new_string(marked ? marked : ""));
    json_object_object_add(highlight, "snippet", json_object_new_string(piece ? piece : ""));
    json_object_object_add(card, "highlight", highlight);
    arena_reset(scratch);
    return json_object_get(card);
}

static void put_list(struct buffer *out, const char *(*at)(const void *, size_t), const void *of, size_t n)
{
    buffer_puts(out, "[");
    for (size_t i = 0; i < n; i++) {
        buffer_puts(out, i ? "," : "");
        buffer_json_string(out, at(of, i));
    }
    buffer_puts(out, "]");
}

static const char *found_id(const void *found, size_t i)
{
    return ((const struct found *)found)->ids[i];
}

static const char *facet_id(const void *facet, size_t i)
{
    return ((const struct facet *)facet)->values[i].value;
}

/* What the catalogue says of the products and categories found. */
static enum souk_err read_cards(struct request *request, const struct found *found, json_object **out)
{
    struct buffer ids = buffer_in(request->arena, 1024), categories = buffer_in(request->arena, 512);
    struct answer answer;
    put_list(&ids, found_id, found, found->ids_n);
    put_list(&categories, facet_id, &found->categories, found->categories.n);
    if (ids.failed || categories.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(ids.data), param_text(categories.data)};
    enum souk_err err = request_call(request, DB_GLOBAL, "search_cards", params, 2, true, &answer);
    if (err == SOUK_OK)
        *out = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    return err == SOUK_OK && *out == NULL ? SOUK_INTERNAL : err;
}

static enum souk_err answer_found(struct request *request, const struct search *search, const struct found *found, bool full)
{
    json_object *cards = NULL, *body, *items, *facets, *list;
    enum souk_err err = read_cards(request, found, &cards);
    if (err != SOUK_OK)
        return err;
    struct arena *scratch = arena_new(SCRATCH_BYTES);
    if (scratch == NULL)
        return SOUK_UNAVAILABLE;
    const int64_t next = search->offset + (int64_t)found->ids_n;
    const bool more = found->ids_n > 0 && next < found->total && next <= SEARCH_DEPTH_MAX;
    char plain[24], hex[49] = "";
    snprintf(plain, sizeof plain, "%" PRId64, next);
    if (more)
        text_hex((const uint8_t *)plain, strlen(plain), hex);
    body = json_object_new_object();
    items = json_object_new_array();
    facets = json_object_new_object();
    list = json_member_array(cards, "items");
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        json_object_array_add(items, highlighted(scratch, search, json_object_array_get_idx(list, i)));
    arena_free(scratch);
    json_object_object_add(facets, "categories", category_facet(&found->categories, json_member_array(cards, "categories")));
    json_object_object_add(facets, "vendors", facet_values(&found->vendors, "vendor"));
    json_object_object_add(facets, "prices", price_facet(&found->bands));
    json_object_object_add(body, "items", items);
    json_object_object_add(body, "total", json_object_new_int64(found->total));
    json_object_object_add(body, "facets", facets);
    json_object_object_add(body, "ranking", json_object_new_string(full ? "full" : "simple"));
    json_object_object_add(body, "next_cursor", more ? json_object_new_string(hex) : NULL);
    err = request_answer(request, 200, body);
    request->answer.next_cursor = more ? arena_copy(request->arena, hex, strlen(hex)) : NULL;
    return err;
}

/* Searches under way in this process. A crowd of them waits here and not in the engines, where all would get too late at
 * once: a search server that is busy looks like one that is slow, and the tables are dearer still. */
static struct {
    pthread_mutex_t lock;
    struct fiber_cond left;
    int64_t busy_n;
} under_way = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* False: no place became free in time; nothing was done. */
static bool enter(const struct request *request)
{
    int64_t until_us = clock_us() + PLACE_WAIT_US;
    if (until_us > request->deadline_us)
        until_us = request->deadline_us;
    const int64_t most = request->context->config->search_concurrency;
    bool in_time = true;
    pthread_mutex_lock(&under_way.lock);
    while (under_way.busy_n >= most && in_time)
        in_time = fiber_cond_wait(&under_way.left, &under_way.lock, until_us);
    bool entered = under_way.busy_n < most;
    under_way.busy_n += entered;
    pthread_mutex_unlock(&under_way.lock);
    return entered;
}

static void leave(void)
{
    pthread_mutex_lock(&under_way.lock);
    under_way.busy_n--;
    fiber_cond_signal(&under_way.left);
    pthread_mutex_unlock(&under_way.lock);
}

static enum souk_err find(struct request *request, const struct search *search, struct found *found, bool *full)
{
    enum souk_err err = search_by_server(request, search, found);
    *full = err == SOUK_OK;
    return err == SOUK_UNAVAILABLE ? search_by_tables(request, search, found) : err;
}

static enum souk_err search_run(struct request *request)
{
    struct search *search = arena_alloc(request->arena, sizeof *search);
    struct found *found = arena_alloc(request->arena, sizeof *found);
    if (search == NULL || found == NULL)
        return SOUK_TOO_LARGE;
    enum souk_err err = read_search(request, search);
    if (err != SOUK_OK)
        return err;
    if (!enter(request)) {
        metrics_add(METRIC_SEARCH_REFUSED, 1);
        return SOUK_UNAVAILABLE;
    }
    bool full;
    err = find(request, search, found, &full);
    leave();
    return err == SOUK_OK ? answer_found(request, search, found, full) : err;
}

static const struct route routes[] = {
    {.method = METHOD_GET, .path = "/v1/search", FIELDS(search_fields), .handle = search_run, .cache = &fresh,
     .flags = ROUTE_PUBLIC_CACHE, .name = "product_search", .summary = "Products that have all the words",
     .answers = "SearchResult"},
    {.method = METHOD_GET, .path = "/v1/search/suggest", FIELDS(suggest_fields), .handle = suggest_run, .cache = &fresh,
     .flags = ROUTE_PUBLIC_CACHE, .name = "search_suggest", .summary = "What the typed text may become",
     .answers = "SuggestionList"},
};

const struct route_set search_routes = {"search", routes, sizeof routes / sizeof routes[0]};
