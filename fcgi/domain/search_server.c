/* A search as the search server takes it. What stands in MATCH is lexemes and filter words, letters and digits and _ only:
 * there is nothing in them that its syntax could take for an operator. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "domain/search.h"
#include "observe/metrics.h"
#include "store/sphinx.h"

/* Title above vendor, type, tags and categories above description; beginnings above the middle; then how rare the words. */
#define RANKING \
    "ranker=expr('sum((4*lcs+2*(min_hit_pos==1))*user_weight)*1000+bm25'), " \
    "field_weights=(title=9,about=3,body=1,filter=1)"

static void put_match(struct buffer *sql, const struct search *search)
{
    buffer_puts(sql, "MATCH('");
    for (size_t i = 0; i < search->lexemes_n; i++) {
        const struct lexeme *lexeme = &search->lexemes[i];
        if (lexeme->unspaced)
            buffer_printf(sql, " \"%s\"", lexeme->text);
        else
            buffer_printf(sql, " (%s%s", lexeme->text, lexeme->chars > 1 ? "*" : "");
        if (lexeme->stem)
            buffer_printf(sql, "|_%s", lexeme->stem);
        buffer_puts(sql, lexeme->unspaced ? "" : ")");
    }
    for (size_t i = 0; i < search->groups_n; i++) {
        for (size_t j = 0; j < search->groups[i].n; j++)
            buffer_printf(sql, "%s%s", j ? "|" : " (", search->groups[i].words[j]);
        buffer_puts(sql, ")");
    }
    buffer_puts(sql, "')");
}

static const char *order_of(const char *sort)
{
    if (strcmp(sort, "newest") == 0)
        return "id DESC";
    if (strcmp(sort, "price_asc") == 0)
        return "price ASC, id DESC";
    return strcmp(sort, "price_desc") == 0 ? "price DESC, id DESC" : "w DESC, id DESC";
}

static void put_query(struct buffer *sql, char index, const struct search *search)
{
    buffer_printf(sql, "SELECT id, WEIGHT() AS w FROM products_%c WHERE ", index);
    put_match(sql, search);
    if (search->price_min > 0)
        buffer_printf(sql, " AND price >= %" PRId64, search->price_min);
    if (search->price_max > 0)
        buffer_printf(sql, " AND price <= %" PRId64, search->price_max);
    buffer_printf(sql, " ORDER BY %s LIMIT %" PRId64 ",%" PRId64 " OPTION max_matches=%d, " RANKING, order_of(search->sort),
                  search->offset, search->limit, SEARCH_DEPTH_MAX + SEARCH_LIMIT_MAX);
    buffer_printf(sql, " FACET categories ORDER BY COUNT(*) DESC LIMIT %d", FACET_VALUES_MAX);
    buffer_printf(sql, " FACET vendor ORDER BY COUNT(*) DESC LIMIT %d FACET INTERVAL(price", FACET_VALUES_MAX);
    for (size_t i = 0; i < search_bands_n; i++)
        buffer_printf(sql, ",%" PRId64, search_bands[i]);
    buffer_puts(sql, ") AS band ORDER BY band ASC; SHOW META LIKE 'total_found'");
}

/* Rows of (value, count). An empty value is no value. */
static void read_facet(const struct sphinx_result *result, struct facet *facet)
{
    for (size_t i = 0; i < result->rows_n && facet->n < FACET_VALUES_MAX; i++) {
        const char *const *cells = result->cells + i * result->columns_n;
        if (cells[0] && *cells[0] && cells[1])
            facet->values[facet->n++] = (struct facet_value){cells[0], strtoll(cells[1], NULL, 10)};
    }
}

static enum souk_err ask(struct request *request, const struct search *search, char index, struct found *found)
{
    struct sphinx_result results[SPHINX_RESULTS_MAX];
    size_t n;
    struct buffer sql = buffer_in(request->arena, 2048);
    put_query(&sql, index, search);
    enum souk_err err = sphinx_query(request->context->sphinx, request->arena, &sql, 0, results, &n);
    if (err != SOUK_OK)
        return err == SOUK_TOO_LARGE ? err : SOUK_UNAVAILABLE;
    if (n != 5 || results[4].rows_n != 1 || results[4].columns_n != 2)
        return SOUK_UNAVAILABLE;
    *found = (struct found){.total = strtoll(results[4].cells[1], NULL, 10)};
    for (size_t i = 0; i < results[0].rows_n && i < SEARCH_LIMIT_MAX; i++)
        found->ids[found->ids_n++] = results[0].cells[i * results[0].columns_n];
    read_facet(&results[1], &found->categories);
    read_facet(&results[2], &found->vendors);
    read_facet(&results[3], &found->bands);
    return SOUK_OK;
}

enum souk_err search_by_server(struct request *request, const struct search *search, struct found *found)
{
    struct sphinx *sphinx = request->context->sphinx;
    char index, now;
    int64_t epoch;
    enum souk_err err = sphinx_live(sphinx, request->arena, false, &index, &epoch);
    if (err == SOUK_OK)
        err = ask(request, search, index, found);
    /* Nothing found: is there nothing, or is this index no longer the one in use? */
    if (err == SOUK_OK && found->total == 0) {
        err = sphinx_live(sphinx, request->arena, true, &now, &epoch);
        if (err == SOUK_OK && now != index)
            err = ask(request, search, now, found);
    }
    if (err == SOUK_OK)
        metrics_add(METRIC_SEARCH_SERVER, 1);
    return err == SOUK_OK || err == SOUK_TOO_LARGE ? err : SOUK_UNAVAILABLE;
}
