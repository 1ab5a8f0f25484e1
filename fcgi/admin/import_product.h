/* The rows of one product, checked and put together. All of it lives in one arena; a product is in memory at a time.
 *
 * A row that breaks a rule adds a problem, and a product with a problem is refused whole. A row that is taken in another
 * sense than it says (a negative stock, a price of zero …) adds a note.
 */
#ifndef SOUK_ADMIN_IMPORT_PRODUCT_H
#define SOUK_ADMIN_IMPORT_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/import_csv.h"
#include "admin/import_header.h"
#include "base/arena.h"
#include "base/variant.h"

enum {
    IMPORT_OPTIONS_MAX = VARIANT_OPTIONS_MAX,
    IMPORT_VARIANTS_MAX = 400, /* with the longest texts allowed they stay below group_concat_max_len */
    IMPORT_IMAGES_MAX = 250,
    IMPORT_TAGS_MAX = 250,
    IMPORT_WORDS_MAX = 256,
    IMPORT_PRODUCT_BYTES_MAX = 64 << 20 /* the arena of one product */
};
#define IMPORT_UNITS_MAX INT64_C(1000000000)

/* What the command line decides. */
struct import_rules {
    const char *currency;
    int exponent;
    bool allow_free; /* a price of zero may be sold at */
};

/* Something said about a row; `rule` is a short stable name, `text` a sentence for people. */
struct import_remark {
    int64_t line;
    const char *rule, *text;
    struct import_remark *next;
};

struct import_image {
    const char *url, *alt;
    int64_t position;
};

struct import_variant {
    int64_t line;
    const char *values[IMPORT_OPTIONS_MAX];
    char option_key[VARIANT_KEY_BYTES]; /* same values, same key, whatever their case and composition */
    const char *title;                 /* "M / Blue" */
    const char *code, *image_url;      /* code may be ""; image_url NULL for none */
    int64_t price, list_price;         /* minor units; list_price -1 for none */
    int64_t grams, units;
    bool for_sale;
};

struct import_product {
    struct arena *arena;
    int64_t line; /* of its first row */
    const char *handle, *title, *description_html, *vendor, *type;
    const char *category, *category_path; /* "Lamps", "Home > Lamps"; "" for none */
    const char **tags;
    size_t tags_n;
    bool published;
    const char *option_names[IMPORT_OPTIONS_MAX];
    int options_n;
    bool plain; /* one variant without a choice: the option is a placeholder */
    struct import_variant *variants; /* IMPORT_VARIANTS_MAX */
    size_t variants_n;
    struct import_image *images; /* IMPORT_IMAGES_MAX */
    size_t images_n;
    const char **words;
    size_t words_n;
    struct import_remark *problems, *notes; /* in the order of the file */
};

/* An empty product in `arena`, which has been reset. False when memory is out. */
bool import_product_begin(struct import_product *product, struct arena *arena, const char *handle, int64_t line);

/* Takes one row; the first one brings what belongs to the product as a whole. */
void import_product_add(struct import_product *product, const struct import_rules *rules,
                        const struct import_header *header, const struct csv_row *row);

/* After the last row: what can be said of the whole product only. */
void import_product_end(struct import_product *product);

/* Adds to `problems` or `notes`. A remark that memory has no room for counts as a problem all the same. */
void import_problem(struct import_product *product, int64_t line, const char *rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void import_note(struct import_product *product, int64_t line, const char *rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
