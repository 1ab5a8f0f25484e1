#include "admin/import_value.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/money.h"
#include "base/text.h"
#include "guard/html.h"

const enum import_column import_option_name[] = {COLUMN_OPTION1_NAME, COLUMN_OPTION2_NAME, COLUMN_OPTION3_NAME};
const enum import_column import_option_value[] = {COLUMN_OPTION1_VALUE, COLUMN_OPTION2_VALUE, COLUMN_OPTION3_VALUE};

/* Every field of the row, known column or not, is text: UTF-8 without control characters. */
static bool fields_are_text(struct import_product *product, const struct csv_row *csv)
{
    for (size_t i = 0; i < csv->fields_n; i++) {
        const char *field = csv->fields[i];
        if (!text_utf8_valid(field, csv->lens[i])) {
            import_problem(product, csv->line, "utf8", "field %zu is not UTF-8", i + 1);
            return false;
        }
        for (size_t j = 0; j < csv->lens[i]; j++) {
            unsigned char c = (unsigned char)field[j];
            if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
                import_problem(product, csv->line, "utf8", "field %zu holds the control character %d", i + 1, c);
                return false;
            }
        }
    }
    return true;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Without blanks at the ends; runs of blanks inside become one space where `squeeze`. NULL: no memory. */
static const char *tidy(struct arena *arena, const char *text, bool squeeze)
{
    size_t len = strlen(text);
    while (len > 0 && blank(text[len - 1]))
        len--;
    size_t from = 0;
    while (from < len && blank(text[from]))
        from++;
    char *copy = arena_copy(arena, text + from, len - from);
    if (!copy || !squeeze)
        return copy;
    char *to = copy;
    for (const char *c = copy; *c; c++)
        if (!blank(*c))
            *to++ = *c;
        else if (to[-1] != ' ') /* the first character is none */
            *to++ = ' ';
    *to = '\0';
    return copy;
}

bool import_row_read(struct import_product *product, const struct import_header *header, const struct csv_row *csv,
                     struct import_row *out)
{
    *out = (struct import_row){.line = csv->line};
    if (csv->fields_n != header->fields_n) {
        import_problem(product, csv->line, "columns", "%s%zu fields, the header has %zu",
                       csv->fields_n > CSV_FIELDS_MAX ? "more than " : "",
                       csv->fields_n > CSV_FIELDS_MAX ? (size_t)CSV_FIELDS_MAX : csv->fields_n, header->fields_n);
        return false;
    }
    if (!fields_are_text(product, csv))
        return false;
    for (enum import_column i = 0; i < COLUMNS_N; i++) {
        out->text[i] = tidy(product->arena, import_field(header, csv, i), i != COLUMN_BODY);
        size_t chars_max = import_column_chars_max(i);
        if (!out->text[i]) {
            import_problem(product, csv->line, "memory", "the product is too large");
            return false;
        }
        if (text_utf8_chars(out->text[i], strlen(out->text[i])) > chars_max) {
            import_problem(product, csv->line, "length", "%s is longer than %zu characters", import_column_name(i),
                           chars_max);
            return false;
        }
    }
    return true;
}

bool import_flag(struct import_product *product, const struct import_row *row, enum import_column column, bool fallback)
{
    const char *text = row->text[column];
    if (strcasecmp(text, "true") == 0)
        return true;
    if (strcasecmp(text, "false") == 0)
        return false;
    if (*text)
        import_problem(product, row->line, "flag", "%s is \"%.40s\", not true or false", import_column_name(column), text);
    return fallback;
}

static bool has_tag(const struct import_product *product, const char *tag)
{
    for (size_t i = 0; i < product->tags_n; i++)
        if (strcasecmp(product->tags[i], tag) == 0)
            return true;
    return false;
}

void import_tags(struct import_product *product, const struct import_row *row)
{
    for (const char *at = row->text[COLUMN_TAGS]; *at;) {
        size_t len = strcspn(at, ",");
        const char *part = arena_copy(product->arena, at, len), *tag = part ? tidy(product->arena, part, false) : NULL;
        at += len + (at[len] == ',');
        if (tag && (!*tag || has_tag(product, tag)))
            continue;
        if (!tag || product->tags_n == IMPORT_TAGS_MAX) {
            import_problem(product, row->line, "tags", "more than %d tags", IMPORT_TAGS_MAX);
            return;
        }
        product->tags[product->tags_n++] = tag;
    }
}

bool import_url(struct import_product *product, const struct import_row *row, enum import_column column)
{
    const char *text = row->text[column];
    if (html_image_address(text))
        return true;
    import_problem(product, row->line, "image", "%s must be an https:// address or a path that begins with one /: %.120s",
                   import_column_name(column), text);
    return false;
}

static bool parse_price(struct import_product *product, const struct import_rules *rules, const struct import_row *row,
                        enum import_column column, int64_t *minor)
{
    const char *text = row->text[column], *name = import_column_name(column);
    switch (money_parse(text, rules->exponent, minor)) {
    case MONEY_PARSED:
        return true;
    case MONEY_DECIMALS:
        import_problem(product, row->line, "price", "%s is %.32s: %s has %d decimals", name, text, rules->currency,
                       rules->exponent);
        return false;
    case MONEY_TOO_LARGE:
        import_problem(product, row->line, "price", "%s is %.32s: too much", name, text);
        return false;
    case MONEY_MALFORMED:
        break;
    }
    import_problem(product, row->line, "price", *text ? "%s is \"%.32s\", not a price like 12.50" : "%s is missing", name,
                   text);
    return false;
}

void import_prices(struct import_product *product, struct import_variant *variant, const struct import_rules *rules,
                   const struct import_row *row)
{
    variant->list_price = -1;
    if (!parse_price(product, rules, row, COLUMN_PRICE, &variant->price))
        return;
    variant->for_sale = variant->price > 0 || rules->allow_free;
    if (!variant->for_sale)
        import_note(product, row->line, "price_zero", "the price is zero: imported as a draft, not for sale");

    int64_t list_price;
    if (!*row->text[COLUMN_LIST_PRICE] || !parse_price(product, rules, row, COLUMN_LIST_PRICE, &list_price))
        return;
    if (list_price > variant->price)
        variant->list_price = list_price;
    else
        import_note(product, row->line, "list_price", "Variant Compare At Price is not above the price: left out");
}

/* A whole number, "12" or "12.0", within ±IMPORT_UNITS_MAX; empty is 0. */
static int64_t whole_number(struct import_product *product, const struct import_row *row, enum import_column column)
{
    const char *text = row->text[column];
    size_t len = strcspn(text, ".");
    int64_t number = 0;
    bool zeros = text[len] == '\0' || (text[len + 1] && text[len + 1 + strspn(text + len + 1, "0")] == '\0');
    if (*text && (!zeros || !text_int64(text, len, &number) || number > IMPORT_UNITS_MAX || number < -IMPORT_UNITS_MAX)) {
        import_problem(product, row->line, "number", "%s is \"%.32s\", not a whole number up to %lld",
                       import_column_name(column), text, (long long)IMPORT_UNITS_MAX);
        return 0;
    }
    return number;
}

void import_stock(struct import_product *product, struct import_variant *variant, const struct import_row *row)
{
    int64_t units = whole_number(product, row, COLUMN_QTY);
    variant->units = units > 0 ? units : 0;
    if (units < 0)
        import_note(product, row->line, "stock_negative", "the stock is %lld: imported as 0 units", (long long)units);
    if (!*row->text[COLUMN_TRACKER])
        import_note(product, row->line, "untracked", "the stock is not tracked: imported as the %lld units the file says",
                    (long long)variant->units);
    const char *policy = row->text[COLUMN_POLICY];
    if (strcasecmp(policy, "continue") == 0)
        import_note(product, row->line, "oversell", "selling on without stock is not done here: sold while there are units");
    else if (*policy && strcasecmp(policy, "deny") != 0)
        import_problem(product, row->line, "policy", "Variant Inventory Policy is \"%.40s\", not deny or continue", policy);

    variant->grams = whole_number(product, row, COLUMN_GRAMS);
    if (variant->grams < 0)
        import_problem(product, row->line, "number", "Variant Grams is below zero");
}
