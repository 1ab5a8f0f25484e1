#include "admin/import_product.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "guard/html.h"
#include "admin/import_value.h"
#include "base/text.h"
#include "base/words.h"

static struct import_remark out_of_memory = {.rule = "memory", .text = "the product is too large"};

/* What may not be shown (cut or broken UTF-8, control characters) becomes question marks. */
static void make_printable(char *text)
{
    for (utf8proc_uint8_t *at = (utf8proc_uint8_t *)text; *at;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t bytes = utf8proc_iterate(at, -1, &c);
        if (bytes < 1 || c < ' ' || c == 0x7f) {
            *at = '?';
            bytes = 1;
        }
        at += bytes;
    }
}

static void remark(struct import_product *product, struct import_remark **list, int64_t line, const char *rule,
                   const char *format, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, format, args);
    make_printable(text);
    struct import_remark *made = arena_alloc(product->arena, sizeof *made);
    const char *copy = made ? arena_copy(product->arena, text, strlen(text)) : NULL;
    if (!copy) {
        product->problems = product->problems ? product->problems : &out_of_memory;
        return;
    }
    *made = (struct import_remark){.line = line, .rule = rule, .text = copy};
    while (*list)
        list = &(*list)->next;
    *list = made;
}

void import_problem(struct import_product *product, int64_t line, const char *rule, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    remark(product, &product->problems, line, rule, format, args);
    va_end(args);
}

void import_note(struct import_product *product, int64_t line, const char *rule, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    remark(product, &product->notes, line, rule, format, args);
    va_end(args);
}

/* A handle stands in links and in the references of stock receipts. */
static void check_handle(struct import_product *product)
{
    static const char refused[] = " \t\r\n\"'<>\\/?#%&";
    const char *handle = product->handle;
    if (!text_utf8_valid(handle, strlen(handle)) || strpbrk(handle, refused))
        import_problem(product, product->line, "handle", "the Handle holds a blank, a quote or one of <>\\/?#%%&, or is not UTF-8");
    else if (text_utf8_chars(handle, strlen(handle)) > import_column_chars_max(COLUMN_HANDLE))
        import_problem(product, product->line, "length", "Handle is longer than %zu characters",
                       import_column_chars_max(COLUMN_HANDLE));
}

bool import_product_begin(struct import_product *product, struct arena *arena, const char *handle, int64_t line)
{
    char *copy = arena_copy(arena, handle, strlen(handle));
    *product = (struct import_product){
        .arena = arena,
        .line = line,
        .handle = copy,
        .variants = arena_alloc(arena, IMPORT_VARIANTS_MAX * sizeof *product->variants),
        .images = arena_alloc(arena, IMPORT_IMAGES_MAX * sizeof *product->images),
        .tags = arena_alloc(arena, IMPORT_TAGS_MAX * sizeof *product->tags),
        .words = arena_alloc(arena, IMPORT_WORDS_MAX * sizeof *product->words),
    };
    if (!copy || !product->variants || !product->images || !product->tags || !product->words)
        return false;
    check_handle(product);
    make_printable(copy);
    return true;
}

/* The product as a whole: title, texts, tags, whether it is shown. */
static void add_head(struct import_product *product, const struct import_row *row)
{
    const char *category = row->text[COLUMN_CATEGORY], *leaf = strrchr(category, '>');
    product->title = row->text[COLUMN_TITLE];
    product->vendor = row->text[COLUMN_VENDOR];
    product->type = row->text[COLUMN_TYPE];
    product->category_path = *category ? category : product->type;
    product->category = *category && leaf ? leaf + 1 + strspn(leaf + 1, " ") : product->category_path;
    if (text_utf8_chars(product->category, strlen(product->category)) > 255)
        import_problem(product, row->line, "length", "Product Category: its last part is longer than 255 characters");
    if (!*product->title)
        import_problem(product, row->line, "title", "Title is missing");
    if (html_clean(product->arena, row->text[COLUMN_BODY], &product->description_html) != SOUK_OK)
        import_problem(product, row->line, "html", "Body (HTML) cannot be read as HTML");

    bool gift_card = import_flag(product, row, COLUMN_GIFT_CARD, false);
    product->published = import_flag(product, row, COLUMN_PUBLISHED, true) && !gift_card;
    if (gift_card)
        import_note(product, row->line, "gift_card", "a gift card, which souk does not sell: imported as a draft");
    const char *status = row->text[COLUMN_STATUS];
    if (strcasecmp(status, "draft") == 0 || strcasecmp(status, "archived") == 0)
        product->published = false;
    else if (*status && strcasecmp(status, "active") != 0)
        import_problem(product, row->line, "status", "Status is \"%.40s\", not active, draft or archived", status);
    import_tags(product, row);
}

static void add_option_names(struct import_product *product, const struct import_row *row)
{
    static const char placeholder[] = "Title";
    for (int i = 0; i < IMPORT_OPTIONS_MAX; i++) {
        const char *name = row->text[import_option_name[i]];
        if (i == 0 && !*name)
            name = placeholder;
        if (!*name)
            continue;
        if (i > product->options_n)
            import_problem(product, row->line, "option", "Option%d Name is there without Option%d Name", i + 1, i);
        for (int j = 0; j < product->options_n; j++)
            if (strcasecmp(name, product->option_names[j]) == 0)
                import_problem(product, row->line, "option", "Option%d Name repeats \"%.80s\"", i + 1, name);
        product->option_names[i] = name;
        product->options_n = i + 1;
    }
    product->plain = product->options_n == 1 && strcasecmp(product->option_names[0], placeholder) == 0 &&
                     (!*row->text[COLUMN_OPTION1_VALUE] ||
                      strcasecmp(row->text[COLUMN_OPTION1_VALUE], "Default Title") == 0);
}

static void take_option_values(struct import_product *product, struct import_variant *variant,
                               const struct import_row *row)
{
    const char *title = "";
    for (int i = 0; i < IMPORT_OPTIONS_MAX; i++) {
        const char *name = row->text[import_option_name[i]], *value = row->text[import_option_value[i]];
        if (i < product->options_n && *name && strcasecmp(name, product->option_names[i]) != 0)
            import_problem(product, row->line, "option", "Option%d Name is \"%.80s\" here and \"%.80s\" above", i + 1,
                           name, product->option_names[i]);
        if (i >= product->options_n && (*value || *name))
            import_problem(product, row->line, "option", "the product's first row has no Option%d Name", i + 1);
        if (i == 0 && product->plain && !*value)
            value = "Default Title";
        if (i < product->options_n && !*value)
            import_problem(product, row->line, "option", "Option%d Value is missing", i + 1);
        variant->values[i] = value;
        if (i < product->options_n)
            title = i ? arena_printf(product->arena, "%s / %s", title ? title : "", value) : value;
    }
    variant->title = product->plain ? product->title : title;
    if (!variant->title || variant_key(variant->values, IMPORT_OPTIONS_MAX, variant->option_key) != SOUK_OK)
        import_problem(product, row->line, "option", "the option values cannot be taken");
    for (size_t i = 0; i < product->variants_n; i++)
        if (strcmp(product->variants[i].option_key, variant->option_key) == 0)
            import_problem(product, row->line, "duplicate", "\"%.200s\" is there already, in line %lld",
                           title ? title : "", (long long)product->variants[i].line);
}

static void add_variant(struct import_product *product, const struct import_rules *rules, const struct import_row *row)
{
    if (product->variants_n == IMPORT_VARIANTS_MAX) {
        import_problem(product, row->line, "variants", "more than %d variants", IMPORT_VARIANTS_MAX);
        return;
    }
    struct import_variant variant = {.line = row->line, .code = row->text[COLUMN_SKU]};
    take_option_values(product, &variant, row);
    import_prices(product, &variant, rules, row);
    import_stock(product, &variant, row);
    if (*row->text[COLUMN_VARIANT_IMAGE] && import_url(product, row, COLUMN_VARIANT_IMAGE))
        variant.image_url = row->text[COLUMN_VARIANT_IMAGE];
    product->variants[product->variants_n++] = variant;
}

static void add_image(struct import_product *product, const struct import_row *row)
{
    const char *url = row->text[COLUMN_IMAGE];
    if (!import_url(product, row, COLUMN_IMAGE))
        return;
    for (size_t i = 0; i < product->images_n; i++)
        if (strcmp(product->images[i].url, url) == 0)
            return;
    if (product->images_n == IMPORT_IMAGES_MAX) {
        import_problem(product, row->line, "images", "more than %d pictures", IMPORT_IMAGES_MAX);
        return;
    }
    struct import_image image = {.url = url, .alt = row->text[COLUMN_IMAGE_ALT], .position = INT64_MAX};
    const char *position = row->text[COLUMN_IMAGE_POSITION];
    if (*position && !text_int64(position, strlen(position), &image.position))
        import_problem(product, row->line, "image", "Image Position is \"%.40s\", not a whole number", position);
    size_t at = product->images_n++;
    for (; at > 0 && product->images[at - 1].position > image.position; at--)
        product->images[at] = product->images[at - 1];
    product->images[at] = image;
}

/* True for a row that describes a variant: the first one, and each with an option value or anything of a variant. */
static bool is_variant(const struct import_product *product, const struct import_row *row)
{
    static const enum import_column signs[] = {COLUMN_OPTION1_VALUE, COLUMN_OPTION2_VALUE, COLUMN_OPTION3_VALUE,
                                               COLUMN_SKU, COLUMN_PRICE, COLUMN_QTY};
    if (row->line == product->line)
        return true;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (*row->text[signs[i]])
            return true;
    return false;
}

void import_product_add(struct import_product *product, const struct import_rules *rules,
                        const struct import_header *header, const struct csv_row *csv)
{
    struct import_row row;
    if (!import_row_read(product, header, csv, &row))
        return;
    if (row.line == product->line) {
        add_head(product, &row);
        add_option_names(product, &row);
    }
    if (!product->title) /* its first row could not be read: refused already */
        return;
    bool variant = is_variant(product, &row), image = *row.text[COLUMN_IMAGE] != '\0';
    if (variant)
        add_variant(product, rules, &row);
    if (image)
        add_image(product, &row);
    if (!variant && !image)
        import_problem(product, row.line, "empty", "the row has neither a variant nor a picture");
}

void import_product_end(struct import_product *product)
{
    if (product->problems)
        return;
    bool for_sale = false;
    for (size_t i = 0; i < product->variants_n; i++)
        for_sale = for_sale || product->variants[i].for_sale;
    if (!for_sale && product->published) {
        product->published = false;
        import_note(product, product->line, "draft", "no variant is for sale: the product is imported as a draft");
    }
    const char *texts[] = {product->title, product->vendor, product->type};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        product->words_n = words_add(product->arena, texts[i], product->words, product->words_n, IMPORT_WORDS_MAX);
    for (size_t i = 0; i < product->tags_n; i++)
        product->words_n = words_add(product->arena, product->tags[i], product->words, product->words_n, IMPORT_WORDS_MAX);
}
