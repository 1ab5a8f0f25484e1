#include "admin/import_header.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const struct {
    const char *name;
    bool required;
    size_t chars_max;
} columns[COLUMNS_N] = {
#define X(symbol, header, required, chars_max) {header, required, chars_max},
    IMPORT_COLUMNS(X)
#undef X
};

/* Known columns that say nothing souk keeps; a name that ends with * stands for all that begin so. */
static const char *const ignored[] = {"Variant Fulfillment Service", "Variant Requires Shipping", "Variant Taxable",
                                      "Variant Barcode", "Variant Weight Unit", "Variant Tax Code", "Cost per item",
                                      "SEO *", "Google Shopping / *", "Unit Price *", "Included / *", "Price / *",
                                      "Compare At Price / *", NULL};

const char *import_column_name(enum import_column column)
{
    return columns[column].name;
}

size_t import_column_chars_max(enum import_column column)
{
    return columns[column].chars_max;
}

static bool is_ignored(const char *name)
{
    for (size_t i = 0; ignored[i]; i++) {
        size_t len = strlen(ignored[i]);
        bool begins = ignored[i][len - 1] == '*';
        if (begins ? strncasecmp(name, ignored[i], len - 1) == 0 : strcasecmp(name, ignored[i]) == 0)
            return true;
    }
    return false;
}

static int find_column(const char *name)
{
    for (int i = 0; i < COLUMNS_N; i++)
        if (strcasecmp(name, columns[i].name) == 0)
            return i;
    return -1;
}

static enum souk_err place_column(struct arena *arena, struct import_header *header, const char *name, size_t at,
                                  const char **problem)
{
    int column = find_column(name);
    if (column >= 0 && header->at[column] >= 0) {
        *problem = arena_printf(arena, "the column \"%s\" is there twice", name);
        return SOUK_BAD_REQUEST;
    }
    if (column >= 0)
        header->at[column] = (int)at;
    else if (!is_ignored(name))
        header->unknown = arena_printf(arena, "%s%s\"%.64s\"", header->unknown ? header->unknown : "",
                                       header->unknown ? ", " : "", name);
    return SOUK_OK;
}

enum souk_err import_header_read(struct arena *arena, const struct csv_row *row, struct import_header *out,
                                 const char **problem)
{
    *out = (struct import_header){.fields_n = row->fields_n};
    for (int i = 0; i < COLUMNS_N; i++)
        out->at[i] = -1;
    if (row->fields_n > CSV_FIELDS_MAX) {
        *problem = arena_printf(arena, "there are more than %d columns", CSV_FIELDS_MAX);
        return SOUK_BAD_REQUEST;
    }
    for (size_t i = 0; i < row->fields_n; i++) {
        const char *name = row->fields[i];
        if (!text_utf8_valid(name, row->lens[i]) || strlen(name) != row->lens[i]) {
            *problem = "the header is not UTF-8 text";
            return SOUK_BAD_REQUEST;
        }
        if (place_column(arena, out, name + strspn(name, " \t"), i, problem) != SOUK_OK)
            return SOUK_BAD_REQUEST;
    }
    for (int i = 0; i < COLUMNS_N; i++)
        if (columns[i].required && out->at[i] < 0) {
            *problem = arena_printf(arena, "the column \"%s\" is missing", columns[i].name);
            return SOUK_BAD_REQUEST;
        }
    return SOUK_OK;
}

const char *import_field(const struct import_header *header, const struct csv_row *row, enum import_column column)
{
    int at = header->at[column];
    return at >= 0 && (size_t)at < row->fields_n ? row->fields[at] : "";
}
