/* What the files of the search domain know of each other. */
#ifndef SOUK_DOMAIN_SEARCH_H
#define SOUK_DOMAIN_SEARCH_H

#include "base/lexeme.h"
#include "http/request.h"

enum { QUERY_LEXEMES_MAX = 16, SEARCH_DEPTH_MAX = 1000, SEARCH_LIMIT_MAX = 100, FACET_VALUES_MAX = 20, GROUPS_MAX = 22 };

/* Filters of which one must hold: the category, the vendor, the values of one option. */
struct filter_group {
    const char *words[20];
    size_t n;
};

/* What is looked for. */
struct search {
    struct lexeme lexemes[QUERY_LEXEMES_MAX];
    size_t lexemes_n;
    struct filter_group groups[GROUPS_MAX];
    size_t groups_n;
    int64_t price_min, price_max; /* minor units; price_max 0: any */
    const char *sort;             /* relevance, newest, price_asc, price_desc */
    int64_t offset, limit;
};

struct facet_value {
    const char *value;
    int64_t n;
};

struct facet {
    struct facet_value values[FACET_VALUES_MAX];
    size_t n;
};

/* What was found, by whichever engine. */
struct found {
    int64_t total;
    const char *ids[SEARCH_LIMIT_MAX];
    size_t ids_n;
    struct facet categories, vendors, bands; /* values of bands: numbers of search_bands; 0 lies below the first */
};

/* Prices at which a new band begins, minor units. */
extern const int64_t search_bands[];
extern const size_t search_bands_n;

/* The search server's answer. SOUK_UNAVAILABLE: ask the tables. */
SOUK_CHECK enum souk_err search_by_server(struct request *request, const struct search *search, struct found *found);

/* The databases' answer: the same products, ranked more simply. */
SOUK_CHECK enum souk_err search_by_tables(struct request *request, const struct search *search, struct found *found);

/* `text` escaped for HTML, with <mark> around what the lexemes match and nothing else. `chars_max` 0: all of it, else a
 * piece of about so many characters around the first match. NULL when the arena is full. */
const char *search_mark(struct arena *arena, const char *text, const struct lexeme *lexemes, size_t lexemes_n,
                        size_t chars_max);

#endif
