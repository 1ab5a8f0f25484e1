/* One row's values, checked: the rules that a single field can be judged by. */
#ifndef SOUK_ADMIN_IMPORT_VALUE_H
#define SOUK_ADMIN_IMPORT_VALUE_H

#include <stdbool.h>

#include "admin/import_product.h"

/* A row's texts in the product's arena, trimmed; blanks inside squeezed, but for Body (HTML). "" where there is none. */
struct import_row {
    int64_t line;
    const char *text[COLUMNS_N];
};

extern const enum import_column import_option_name[IMPORT_OPTIONS_MAX], import_option_value[IMPORT_OPTIONS_MAX];

/* Each of these adds the problems and notes it finds to the product. */

/* Number of fields, UTF-8, control characters, lengths. False: the row cannot be used at all. */
SOUK_CHECK bool import_row_read(struct import_product *product, const struct import_header *header,
                                const struct csv_row *csv, struct import_row *out);

/* true, false, or `fallback` where it is empty. */
bool import_flag(struct import_product *product, const struct import_row *row, enum import_column column,
                 bool fallback);

/* Splits Tags at commas; a repeated tag counts once. */
void import_tags(struct import_product *product, const struct import_row *row);

/* https://host/… or /path; nothing else may come into a page. */
SOUK_CHECK bool import_url(struct import_product *product, const struct import_row *row, enum import_column column);

/* Variant Price, Variant Compare At Price → price, list_price, for_sale. */
void import_prices(struct import_product *product, struct import_variant *variant, const struct import_rules *rules,
                   const struct import_row *row);

/* Variant Inventory Qty, Tracker, Policy, Variant Grams → units, grams. souk never sells units it does not have: below
 * zero is none, "continue" is not followed, and where stock is not tracked the file's quantity is what there is. */
void import_stock(struct import_product *product, struct import_variant *variant, const struct import_row *row);

#endif
