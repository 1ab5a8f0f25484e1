/* The columns of the product CSV: which of them souk reads, and where they stand in a given file. */
#ifndef SOUK_ADMIN_IMPORT_HEADER_H
#define SOUK_ADMIN_IMPORT_HEADER_H

#include <stdbool.h>

#include "admin/import_csv.h"
#include "base/arena.h"

/* symbol, header, must be there, longest value in characters */
#define IMPORT_COLUMNS(X) \
    X(COLUMN_HANDLE, "Handle", true, 150) \
    X(COLUMN_TITLE, "Title", true, 255) \
    X(COLUMN_BODY, "Body (HTML)", false, 262144) \
    X(COLUMN_VENDOR, "Vendor", false, 255) \
    X(COLUMN_CATEGORY, "Product Category", false, 512) \
    X(COLUMN_TYPE, "Type", false, 255) \
    X(COLUMN_TAGS, "Tags", false, 5000) \
    X(COLUMN_PUBLISHED, "Published", false, 8) \
    X(COLUMN_STATUS, "Status", false, 16) \
    X(COLUMN_OPTION1_NAME, "Option1 Name", true, 255) \
    X(COLUMN_OPTION1_VALUE, "Option1 Value", true, 255) \
    X(COLUMN_OPTION2_NAME, "Option2 Name", false, 255) \
    X(COLUMN_OPTION2_VALUE, "Option2 Value", false, 255) \
    X(COLUMN_OPTION3_NAME, "Option3 Name", false, 255) \
    X(COLUMN_OPTION3_VALUE, "Option3 Value", false, 255) \
    X(COLUMN_SKU, "Variant SKU", false, 255) \
    X(COLUMN_GRAMS, "Variant Grams", false, 32) \
    X(COLUMN_TRACKER, "Variant Inventory Tracker", false, 64) \
    X(COLUMN_QTY, "Variant Inventory Qty", false, 32) \
    X(COLUMN_POLICY, "Variant Inventory Policy", false, 32) \
    X(COLUMN_PRICE, "Variant Price", true, 32) \
    X(COLUMN_LIST_PRICE, "Variant Compare At Price", false, 32) \
    X(COLUMN_GIFT_CARD, "Gift Card", false, 8) \
    X(COLUMN_IMAGE, "Image Src", false, 2048) \
    X(COLUMN_IMAGE_POSITION, "Image Position", false, 16) \
    X(COLUMN_IMAGE_ALT, "Image Alt Text", false, 512) \
    X(COLUMN_VARIANT_IMAGE, "Variant Image", false, 2048)

enum import_column {
#define X(symbol, header, required, chars_max) symbol,
    IMPORT_COLUMNS(X)
#undef X
    COLUMNS_N
};

struct import_header {
    size_t fields_n;     /* columns in the file */
    int at[COLUMNS_N];   /* where each stands; -1: not in the file */
    const char *unknown; /* headers that souk does not know, listed; NULL for none */
};

const char *import_column_name(enum import_column column);
size_t import_column_chars_max(enum import_column column);

/* Reads the first row. SOUK_BAD_REQUEST: a column is missing or there twice, or it is no header; `*problem` says which. */
SOUK_CHECK enum souk_err import_header_read(struct arena *arena, const struct csv_row *row, struct import_header *out,
                                            const char **problem);

/* The field of `column` in `row`, as it stands; "" when the file or the row does not have it. */
const char *import_field(const struct import_header *header, const struct csv_row *row, enum import_column column);

#endif
