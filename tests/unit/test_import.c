/* The product CSV: rows and their physical lines, what is refused, what is taken in another sense than it says. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/import_product.h"
#include "base/money.h"
#include "base/words.h"
#include "unit.h"

static struct csv_file *open_text(const char *text, size_t len)
{
    char path[] = "/tmp/souk-unit-XXXXXX", message[256];
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
    struct csv_file *file = NULL;
    CU_ASSERT_EQUAL_FATAL(csv_file_open(path, &file, message, sizeof message), SOUK_OK);
    unlink(path);
    return file;
}

/* All rows as "line:field|field;", then "!line" where the structure breaks. */
static const char *rows_of(const char *text, size_t len)
{
    static char out[4096];
    struct csv_file *file = open_text(text, len);
    const struct csv_row *row = NULL;
    int64_t line = 0;
    size_t at = 0;
    enum souk_err err;
    out[0] = '\0';
    while ((err = csv_file_next(file, &row, &line)) == SOUK_OK && row) {
        at += (size_t)snprintf(out + at, sizeof out - at, "%lld:", (long long)row->line);
        for (size_t i = 0; i < row->fields_n; i++)
            at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i ? "|" : "", row->fields[i]);
        at += (size_t)snprintf(out + at, sizeof out - at, ";");
    }
    if (err != SOUK_OK) {
        CU_ASSERT(strlen(csv_file_problem(file)) > 0);
        snprintf(out + at, sizeof out - at, "!%lld", (long long)line);
    }
    csv_file_close(file);
    return out;
}

static void test_rows_and_lines(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"a,b\nc,d\n", "1:a|b;2:c|d;"},
        {"a,b\nc,d", "1:a|b;2:c|d;"},
        {"\xef\xbb\xbf" "a,b\r\nc,d\r\n", "1:a|b;2:c|d;"},
        {"a\rb\rc", "1:a;2:b;3:c;"},
        {"\n\n a ,b\n\n\nc,d\n\n", "3:a|b;6:c|d;"},
        {"a,\"x\ny\n\nz\"\nb,c\n", "1:a|x\ny\n\nz;5:b|c;"},
        {"a,\"x\r\ny\"\r\nb,c\r\n", "1:a|x\r\ny;3:b|c;"},
        {"\"say \"\"hi\"\"\",\"\"\n", "1:say \"hi\"|;"},
        {"a,,\n", "1:a||;"},
        {"a,b\nc\"d,e\nf,g\n", "1:a|b;!2"},
        {"a,\"b\"c\n", "!1"},
        {"a,b\n\nc,\"open\nand\non", "1:a|b;!3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_STRING_EQUAL(rows_of(cases[i][0], strlen(cases[i][0])), cases[i][1]);
}

/* A row over two reads of the file, and twice through it. */
static void test_long_file(void)
{
    enum { ROWS = 20000 };
    char *text = malloc(ROWS * 16 + 16), *at = text;
    CU_ASSERT_FATAL(text != NULL);
    for (int i = 0; i < ROWS; i++)
        at += sprintf(at, "%05d,\"x\n%d\"\n", i, i % 10);
    struct csv_file *file = open_text(text, (size_t)(at - text));
    for (int pass = 0; pass < 2; pass++) {
        const struct csv_row *row;
        int64_t line, wrong = 0, n = 0;
        while (csv_file_next(file, &row, &line) == SOUK_OK && row)
            wrong += row->line != 2 * n++ + 1 || row->fields_n != 2 || atoi(row->fields[0]) != n - 1;
        CU_ASSERT_EQUAL(n, ROWS);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(csv_file_permille(file), 1000);
        csv_file_rewind(file);
    }
    csv_file_close(file);
    free(text);
}

static void test_endless_field(void)
{
    size_t len = 3u << 20;
    char *text = malloc(len);
    CU_ASSERT_FATAL(text != NULL);
    memset(text, 'x', len);
    memcpy(text, "a,b\nc,\"", 7);
    for (size_t i = 100; i < len; i += 100)
        text[i] = '\n';
    CU_ASSERT_STRING_EQUAL(rows_of(text, len), "1:a|b;!2");
    free(text);
}

/* Fields beyond the most there may be are counted as one more, not kept. */
static void test_endless_row(void)
{
    size_t len = 3u << 20, fields = 0;
    char *text = malloc(len);
    CU_ASSERT_FATAL(text != NULL);
    memset(text, ',', len);
    for (const char *at = rows_of(text, len); *at; at++)
        fields += *at == '|' || *at == ';';
    CU_ASSERT_EQUAL(fields, CSV_FIELDS_MAX + 1);
    free(text);
}

#define HEADER "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value," \
               "Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price," \
               "Variant Compare At Price,Image Src,Variant Image,Gift Card\n"

/* The product that `rows` under HEADER describe; everything in `arena`. */
static struct import_product read_product(struct arena *arena, const char *rows, const struct import_rules *rules)
{
    struct import_product product = {0};
    struct import_header header;
    const struct csv_row *row;
    const char *problem;
    int64_t line;
    char text[8192];
    snprintf(text, sizeof text, HEADER "%s", rows);
    struct csv_file *file = open_text(text, strlen(text));
    arena_reset(arena);
    CU_ASSERT_EQUAL_FATAL(csv_file_next(file, &row, &line), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(import_header_read(arena, row, &header, &problem), SOUK_OK);
    for (bool open = false; csv_file_next(file, &row, &line) == SOUK_OK && row; open = true) {
        if (!open)
            CU_ASSERT_FATAL(import_product_begin(&product, arena, import_field(&header, row, COLUMN_HANDLE), row->line));
        import_product_add(&product, rules, &header, row);
    }
    import_product_end(&product);
    csv_file_close(file);
    return product;
}

/* "line rule" of each remark, with a comma between. */
static const char *rules_of(const struct import_remark *remark)
{
    static char out[512];
    out[0] = '\0';
    for (; remark; remark = remark->next) {
        size_t at = strlen(out);
        snprintf(out + at, sizeof out - at, "%s%lld %s", at ? ", " : "", (long long)remark->line, remark->rule);
    }
    return out;
}

static const struct import_rules usd = {.currency = "USD", .exponent = 2};

static void test_product(void)
{
    struct arena *arena = arena_new(IMPORT_PRODUCT_BYTES_MAX);
    struct import_product p = read_product(
        arena,
        "shirt, A  Shirt ,\"<p onclick=x>Hi</p>\n<script>x</script>\",Me,Shirts,\"red, Blue ,red,\",true,Size,S,Color,Red,120,"
        "shopify,5,deny,12.50,20.00,https://a.example/1.jpg,,false\n"
        "shirt,,,,,,,,M,,Red,120,shopify,7,deny,12.5,,https://a.example/2.jpg,/img/m.svg,\n"
        "shirt,,,,,,,,,,,,,,,,,https://a.example/1.jpg,,\n",
        &usd);
    CU_ASSERT_STRING_EQUAL(rules_of(p.problems), "");
    CU_ASSERT_STRING_EQUAL(rules_of(p.notes), "");
    CU_ASSERT_STRING_EQUAL(p.title, "A Shirt");
    CU_ASSERT_STRING_EQUAL(p.description_html, "<p>Hi</p>");
    CU_ASSERT_STRING_EQUAL(p.category, "Shirts");
    CU_ASSERT_EQUAL(p.tags_n, 2);
    CU_ASSERT_EQUAL(p.options_n, 2);
    CU_ASSERT_EQUAL(p.images_n, 2);
    CU_ASSERT_EQUAL_FATAL(p.variants_n, 2);
    CU_ASSERT_STRING_EQUAL(p.variants[1].title, "M / Red");
    CU_ASSERT_EQUAL(p.variants[0].price, 1250);
    CU_ASSERT_EQUAL(p.variants[0].list_price, 2000);
    CU_ASSERT_EQUAL(p.variants[1].price, 1250);
    CU_ASSERT_EQUAL(p.variants[1].list_price, -1);
    CU_ASSERT_EQUAL(p.variants[1].units, 7);
    CU_ASSERT_EQUAL(p.variants[1].line, 4); /* the first row takes two lines */
    CU_ASSERT_STRING_EQUAL(p.variants[1].image_url, "/img/m.svg");
    CU_ASSERT(p.published && !p.plain && p.variants[0].for_sale);
    CU_ASSERT_EQUAL(p.words_n, 6); /* a shirt me shirts red blue */
    arena_free(arena);
}

static void test_refusals(void)
{
    static const char *const cases[][2] = {
        {"p,T,,\n", "2 columns"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,\np\n", "3 columns"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,,x\n", "2 columns"},
        {"p,\xff,,,,,,Size,S,,,0,,1,deny,1.00,,,,\n", "2 utf8"},
        {"p,a\x01,,,,,,Size,S,,,0,,1,deny,1.00,,,,\n", "2 utf8"},
        {"p,,,,,,,Size,S,,,0,,1,deny,1.00,,,,\n", "2 title"},
        {"a b,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,\n", "2 handle"},
        {"a/b,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,\n", "2 handle"},
        {"p,T,,,,,maybe,Size,S,,,0,,1,deny,1.00,,,,\n", "2 flag"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,,,,,\n", "2 price"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,-1.00,,,,\n", "2 price"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,10.999,,,,\n", "2 price"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1e3,,,,\n", "2 price"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,\"1,000\",,,,\n", "2 price"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,99999999999999,,,,\n", "2 price"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,abc,,,\n", "2 price"},
        {"p,T,,,,,,Size,S,,,0,,1.5,deny,1.00,,,,\n", "2 number"},
        {"p,T,,,,,,Size,S,,,0,,many,deny,1.00,,,,\n", "2 number"},
        {"p,T,,,,,,Size,S,,,0,,99999999999,deny,1.00,,,,\n", "2 number"},
        {"p,T,,,,,,Size,S,,,-5,,1,deny,1.00,,,,\n", "2 number"},
        {"p,T,,,,,,Size,S,,,0,,1,maybe,1.00,,,,\n", "2 policy"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,http://a.example/1.jpg,,\n", "2 image"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,//a.example/1.jpg,,\n", "2 image"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,javascript:alert(1),,\n", "2 image"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,data:image/png;base64;x,,\n", "2 image"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,/\\a.example/1.jpg,,\n", "2 image"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,https://u:p@a.example/1,,\n", "2 image"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,,img/x.svg,\n", "2 image"},
        {"p,T,,,,,,Size,,,,0,,1,deny,1.00,,,,\n", "2 option"},
        {"p,T,,,,,,Size,S,,Red,0,,1,deny,1.00,,,,\n", "2 option"},
        {"p,T,,,,,,Size,S,Size,S,0,,1,deny,1.00,,,,\n", "2 option"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,\np,,,,,,,,S,,,0,,1,deny,1.00,,,,\n", "3 duplicate"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,\np,,,,,,,,s,,,0,,1,deny,1.00,,,,\n", "3 duplicate"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,\np,,,,,,,Color,Red,,,0,,1,deny,1.00,,,,\n", "3 option"},
        {"p,T,,,,,,Size,S,,,0,,1,deny,1.00,,,,\np,,,,,,,,,,,,,,,,,,,\n", "3 empty"},
        {"p,,,,,,,Size,S,,,0,,x,deny,z,,,,\np,,,,,,,,M,,,0,,1,deny,,,,,\n", "2 title, 2 price, 2 number, 3 price"},
    };
    struct arena *arena = arena_new(IMPORT_PRODUCT_BYTES_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct import_product product = read_product(arena, cases[i][0], &usd);
        const char *got = rules_of(product.problems);
        if (strcmp(got, cases[i][1]) != 0)
            printf("\n  %s  gives %s, not %s\n", cases[i][0], got, cases[i][1]);
        CU_ASSERT_STRING_EQUAL(got, cases[i][1]);
    }
    arena_free(arena);
}

static void test_notes(void)
{
    struct arena *arena = arena_new(IMPORT_PRODUCT_BYTES_MAX);
    struct import_product p = read_product(arena,
                                           "p,T,,,,,,Size,S,,,0,shopify,-3,continue,5.00,4.00,,,\n"
                                           "p,,,,,,,,M,,,0,,9,deny,0.00,,,,\n",
                                           &usd);
    CU_ASSERT_STRING_EQUAL(rules_of(p.problems), "");
    CU_ASSERT_STRING_EQUAL(rules_of(p.notes), "2 list_price, 2 stock_negative, 2 oversell, 3 price_zero, 3 untracked");
    CU_ASSERT_EQUAL(p.variants[0].units, 0);
    CU_ASSERT_EQUAL(p.variants[1].units, 9);
    CU_ASSERT(p.variants[0].for_sale && !p.variants[1].for_sale && p.published);

    const char *free_only = "p,T,,,,,,,,,,0,shopify,1,deny,0.00,,,,\n";
    p = read_product(arena, free_only, &usd);
    CU_ASSERT_STRING_EQUAL(rules_of(p.notes), "2 price_zero, 2 draft");
    CU_ASSERT(p.plain && !p.published);
    struct import_rules allow_free = usd;
    allow_free.allow_free = true;
    p = read_product(arena, free_only, &allow_free);
    CU_ASSERT_STRING_EQUAL(rules_of(p.notes), "");
    CU_ASSERT(p.published && p.variants[0].for_sale);

    p = read_product(arena, "p,T,,,,,,,,,,0,shopify,1,deny,1.00,,,,true\n", &usd);
    CU_ASSERT_STRING_EQUAL(rules_of(p.notes), "2 gift_card");
    CU_ASSERT(!p.published);
    arena_free(arena);
}

static void test_header(void)
{
    static const struct {
        const char *header, *problem, *unknown;
    } cases[] = {
        {"Handle,Title,Option1 Name,Option1 Value,Variant Price", NULL, NULL},
        {"handle,TITLE,Option1 Name,Option1 Value,Variant Price,SEO Title,Google Shopping / MPN", NULL, NULL},
        {"Handle,Title,Option1 Name,Option1 Value,Variant Price,Shoe,Size", NULL, "\"Shoe\", \"Size\""},
        {"Title,Option1 Name,Option1 Value,Variant Price", "the column \"Handle\" is missing", NULL},
        {"Handle,Title,Option1 Name,Option1 Value", "the column \"Variant Price\" is missing", NULL},
        {"Handle,Title,Option1 Name,Option1 Value,Variant Price,Title", "the column \"Title\" is there twice", NULL},
        {"Handle,\xff\xfe", "the header is not UTF-8 text", NULL},
    };
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct csv_file *file = open_text(cases[i].header, strlen(cases[i].header));
        struct import_header header = {.unknown = NULL};
        const struct csv_row *row;
        const char *problem = NULL;
        int64_t line;
        CU_ASSERT_EQUAL_FATAL(csv_file_next(file, &row, &line), SOUK_OK);
        enum souk_err err = import_header_read(arena, row, &header, &problem);
        CU_ASSERT_EQUAL(err, cases[i].problem ? SOUK_BAD_REQUEST : SOUK_OK);
        if (cases[i].problem)
            CU_ASSERT_STRING_EQUAL(problem, cases[i].problem);
        CU_ASSERT(!cases[i].unknown == !header.unknown);
        if (cases[i].unknown && header.unknown)
            CU_ASSERT_STRING_EQUAL(header.unknown, cases[i].unknown);
        csv_file_close(file);
    }
    arena_free(arena);
}

static void test_money(void)
{
    static const struct {
        const char *text;
        int exponent;
        enum money_parsed parsed;
        int64_t minor;
    } cases[] = {
        {"12.50", 2, MONEY_PARSED, 1250},      {"12.5", 2, MONEY_PARSED, 1250},  {"12", 2, MONEY_PARSED, 1200},
        {"0.01", 2, MONEY_PARSED, 1},          {"0", 2, MONEY_PARSED, 0},        {"1200", 0, MONEY_PARSED, 1200},
        {"36.00", 0, MONEY_PARSED, 36},        {"36.50", 0, MONEY_DECIMALS, 0},  {"1.234", 3, MONEY_PARSED, 1234},
        {"1.5", 3, MONEY_PARSED, 1500},        {"1.2345", 3, MONEY_DECIMALS, 0}, {"1.005", 2, MONEY_DECIMALS, 0},
        {"1.000", 2, MONEY_PARSED, 100},       {"", 2, MONEY_MALFORMED, 0},      {".5", 2, MONEY_MALFORMED, 0},
        {"5.", 2, MONEY_MALFORMED, 0},         {"1.2.3", 2, MONEY_MALFORMED, 0}, {"-1", 2, MONEY_MALFORMED, 0},
        {"+1", 2, MONEY_MALFORMED, 0},         {"1,5", 2, MONEY_MALFORMED, 0},   {" 1", 2, MONEY_MALFORMED, 0},
        {"10000000000", 2, MONEY_PARSED, MONEY_MINOR_MAX}, {"10000000000.01", 2, MONEY_TOO_LARGE, 0},
        {"99999999999999999999999999", 2, MONEY_TOO_LARGE, 0}, {"99999999999", 3, MONEY_TOO_LARGE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t minor = 0;
        CU_ASSERT_EQUAL(money_parse(cases[i].text, cases[i].exponent, &minor), cases[i].parsed);
        CU_ASSERT_EQUAL(minor, cases[i].minor);
    }
    int exponent = -1;
    CU_ASSERT(money_exponent("USD", &exponent) && exponent == 2);
    CU_ASSERT(money_exponent("JPY", &exponent) && exponent == 0);
    CU_ASSERT(money_exponent("KWD", &exponent) && exponent == 3);
    CU_ASSERT(!money_exponent("usd", &exponent) && !money_exponent("XXX", &exponent) && !money_exponent("", &exponent));
    CU_ASSERT(!money_exponent("D U", &exponent) && !money_exponent("SD ", &exponent) && !money_exponent("EAF", &exponent));
}

static const char *words_of(const char *text)
{
    static char out[512];
    const char *words[16];
    struct arena *arena = arena_new(1 << 20);
    size_t n = words_add(arena, text, words, 0, 16);
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", i ? " " : "", words[i]);
    arena_free(arena);
    return out;
}

static void test_words(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"A lamp, a LAMP; two-tone 15mm!", "a lamp two tone 15mm"},
        {"Caf\xc3\xa9 Stra\xc3\x9f" "e", "cafe strasse"},
        {"100%_x", "100 x"},
        {"\xe7\xba\xa2\xe8\x89\xb2\xe8\xa1\xa3", "\xe7\xba\xa2\xe8\x89\xb2 \xe8\x89\xb2\xe8\xa1\xa3 \xe8\xa1\xa3"},
        {"\xe8\xa1\xa3" "XL", "\xe8\xa1\xa3 xl"},
        {"'; DROP TABLE x", "drop table x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_STRING_EQUAL(words_of(cases[i][0]), cases[i][1]);
    char lengthy[201];
    memset(lengthy, 'y', 200);
    lengthy[200] = '\0';
    CU_ASSERT_EQUAL(strlen(words_of(lengthy)), WORD_CHARS_MAX);
}

UNIT_SUITE(import, UNIT_TEST(test_rows_and_lines), UNIT_TEST(test_long_file), UNIT_TEST(test_endless_field),
           UNIT_TEST(test_endless_row), UNIT_TEST(test_product), UNIT_TEST(test_refusals), UNIT_TEST(test_notes), UNIT_TEST(test_header),
           UNIT_TEST(test_money), UNIT_TEST(test_words))
