/* `souk admin import`: the product CSV that Shopify exports, into the catalogue and the stock.
 *
 * The file is read twice, one product in memory at a time: first its structure is checked and every handle noted, so that
 * a broken file changes nothing; then product after product is checked whole and stored whole. Importing a file again
 * changes nothing, adds no stock, and finishes what a killed run left half done.
 */
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "admin/commands.h"
#include "admin/import_product.h"
#include "admin/import_report.h"
#include "admin/import_store.h"
#include "base/money.h"

enum { HANDLES_MAX = 500000, HANDLE_BYTES_MAX = 1024, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* Where a handle stands in the file, by its keyed hash. */
struct place {
    uint64_t hash;
    int64_t line;  /* of its first row */
    int64_t again; /* where it comes back after other products; 0: nowhere */
    UT_hash_handle hh;
};

struct import {
    struct import_rules rules;
    struct import_report report;
    const struct context *context; /* NULL: dry run */
    struct csv_file *file;
    struct arena *head_arena, *product_arena;
    struct import_header header;
    struct import_product product;
    bool open;                     /* `product` is being read */
    struct place *places;
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
};

static uint64_t hash_of(const struct import *import, const char *handle)
{
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)handle, strlen(handle), import->hash_key);
    return hash;
}

static struct place *find_place(struct import *import, const char *handle)
{
    uint64_t hash = hash_of(import, handle);
    struct place *place = NULL;
    HASH_FIND(hh, import->places, &hash, sizeof hash, place);
    return place;
}

/* A problem of the file as a whole: refuses it. */
static enum souk_err refuse_file(struct import *import, int64_t line, const char *rule, const char *text)
{
    struct import_remark remark = {.line = line, .rule = rule, .text = text};
    import_report_remark(&import->report, &import->report.refused, NULL, &remark);
    return SOUK_BAD_REQUEST;
}

static enum souk_err next_row(struct import *import, const struct csv_row **row)
{
    int64_t line;
    enum souk_err err = csv_file_next(import->file, row, &line);
    return err == SOUK_OK ? SOUK_OK : refuse_file(import, line, "csv", csv_file_problem(import->file));
}

static enum souk_err read_header(struct import *import)
{
    const struct csv_row *row;
    const char *problem = "the file is empty";
    enum souk_err err = next_row(import, &row);
    if (err != SOUK_OK)
        return err;
    if (!row || import_header_read(import->head_arena, row, &import->header, &problem) != SOUK_OK)
        return refuse_file(import, 1, "header", problem);
    return SOUK_OK;
}

/* Notes the handle of a product that begins at `line`. */
static enum souk_err note_place(struct import *import, const char *handle, int64_t line)
{
    struct place *place = find_place(import, handle);
    if (place) {
        place->again = place->again ? place->again : line;
        return SOUK_OK;
    }
    if (HASH_COUNT(import->places) == HANDLES_MAX)
        return refuse_file(import, line, "size", "more than 500,000 products in one file: split it");
    place = calloc(1, sizeof *place);
    if (!place)
        return refuse_file(import, line, "memory", "out of memory");
    place->hash = hash_of(import, handle);
    place->line = line;
    HASH_ADD(hh, import->places, hash, sizeof place->hash, place);
    return SOUK_OK;
}

/* First reading: structure and handles. */
static enum souk_err check_file(struct import *import)
{
    char last[HANDLE_BYTES_MAX] = "";
    enum souk_err err = read_header(import);
    for (const struct csv_row *row; err == SOUK_OK && (err = next_row(import, &row)) == SOUK_OK && row;) {
        const char *handle = import_field(&import->header, row, COLUMN_HANDLE);
        if (*handle && strcmp(handle, last) != 0)
            err = note_place(import, handle, row->line);
        snprintf(last, sizeof last, "%s", handle);
    }
    if (import->header.unknown && err == SOUK_OK) {
        const char *text = arena_printf(import->head_arena, "unknown columns, not read: %s", import->header.unknown);
        struct import_remark remark = {.line = 1, .rule = "header", .text = text ? text : "unknown columns, not read"};
        import_report_remark(&import->report, &import->report.notes, NULL, &remark);
    }
    csv_file_rewind(import->file);
    return err;
}

/* The product is complete: stores it unless something is wrong with it. SOUK_OK also when it was refused; an error when a
 * database is away and going on makes no sense. */
static enum souk_err close_product(struct import *import)
{
    struct import_product *product = &import->product;
    enum import_outcome outcome = IMPORT_CHECKED;
    enum souk_err err = SOUK_OK;
    int64_t units = 0;
    if (!import->open)
        return SOUK_OK;
    import_product_end(product);
    if (!product->problems && import->context)
        err = import_store(import->context, product, &import->rules, &outcome, &units);
    import_report_product(&import->report, product, product->problems ? IMPORT_REFUSED : outcome, units);
    import->open = false;
    if (err != SOUK_UNAVAILABLE && err != SOUK_TIMEOUT)
        return SOUK_OK;
    return refuse_file(import, product->line, "stopped", "stopped here: import the file again once the databases answer");
}

static enum souk_err open_product(struct import *import, const char *handle, int64_t line)
{
    struct import_product *product = &import->product;
    arena_reset(import->product_arena);
    if (!import_product_begin(product, import->product_arena, handle, line))
        return refuse_file(import, line, "memory", "out of memory");
    import->open = true;
    const struct place *place = *handle ? find_place(import, handle) : NULL;
    if (!*handle)
        import_problem(product, line, "handle", "Handle is missing");
    else if (!place)
        import_problem(product, line, "file", "the file changed while it was read");
    else if (place->again)
        import_problem(product, line, "separated", "its rows must follow each other: it stands in line %lld and again in line %lld",
                       (long long)place->line, (long long)place->again);
    return SOUK_OK;
}

/* Second reading: product after product. */
static enum souk_err import_rows(struct import *import)
{
    char handle[HANDLE_BYTES_MAX] = "";
    const struct csv_row *row;
    enum souk_err err = next_row(import, &row); /* the header */
    while (err == SOUK_OK && (err = next_row(import, &row)) == SOUK_OK && row) {
        const char *name = import_field(&import->header, row, COLUMN_HANDLE);
        if (!import->open || strcmp(name, handle) != 0 || !*name) {
            err = close_product(import);
            if (err == SOUK_OK)
                err = open_product(import, name, row->line);
            snprintf(handle, sizeof handle, "%s", name);
        }
        if (err == SOUK_OK)
            import_product_add(&import->product, &import->rules, &import->header, row);
        import->report.rows++;
        import_report_progress(&import->report, csv_file_permille(import->file));
    }
    return err == SOUK_OK ? close_product(import) : err;
}

static bool set_up(struct import *import, const char *path)
{
    char message[256];
    if (sodium_init() < 0)
        return false;
    crypto_shorthash_keygen(import->hash_key);
    import->head_arena = arena_new(1 << 20);
    import->product_arena = arena_new(IMPORT_PRODUCT_BYTES_MAX);
    if (!import->head_arena || !import->product_arena) {
        fprintf(stderr, "souk admin import: out of memory\n");
        return false;
    }
    if (csv_file_open(path, &import->file, message, sizeof message) != SOUK_OK) {
        fprintf(stderr, "souk admin import: %s\n", message);
        return false;
    }
    return import_report_open(&import->report);
}

static void clean_up(struct import *import)
{
    struct place *place, *next;
    HASH_ITER(hh, import->places, place, next) {
        HASH_DEL(import->places, place);
        free(place);
    }
    import_report_close(&import->report);
    csv_file_close(import->file);
    arena_free(import->product_arena);
    arena_free(import->head_arena);
}

static int run_import(struct import *import, const struct config *config, const char *path)
{
    struct context context = {0};
    char message[256];
    int code = EXIT_REFUSED;
    if (!set_up(import, path))
        goto out;
    enum souk_err err = check_file(import);
    if (err == SOUK_OK && !import->report.dry_run) {
        if (context_open(config, CONTEXT_IDS | CONTEXT_REDIS, &context, message, sizeof message) != SOUK_OK) {
            fprintf(stderr, "souk admin import: %s\n", message);
            goto out;
        }
        import->context = &context;
    }
    if (err == SOUK_OK)
        err = import_rows(import);
    import_report_print(&import->report);
    code = err == SOUK_OK && import->report.refused.n == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
out:
    context_close(&context);
    clean_up(import);
    return code;
}

static int run(const struct config *config, int argc, char **argv)
{
    static const struct option options[] = {{"currency", required_argument, NULL, 'c'},
                                            {"allow-free", no_argument, NULL, 'f'},
                                            {"dry-run", no_argument, NULL, 'n'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    struct import import = {.rules.currency = config->currency};
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'c': import.rules.currency = optarg; break;
        case 'f': import.rules.allow_free = true; break;
        case 'n': import.report.dry_run = true; break;
        case 'j': import.report.json = true; break;
        default: return EXIT_USAGE;
        }
    }
    if (argc - optind != 1) {
        fprintf(stderr, "usage: souk admin %s\n", admin_import.usage);
        return EXIT_USAGE;
    }
    if (!money_exponent(import.rules.currency, &import.rules.exponent)) {
        fprintf(stderr, "souk admin import: \"%s\" is no ISO 4217 currency code\n", import.rules.currency);
        return EXIT_USAGE;
    }
    import.report.file = argv[optind];
    import.report.currency = import.rules.currency;
    return run_import(&import, config, argv[optind]);
}

const struct admin_command admin_import = {
    .name = "import",
    .usage = "import [--currency=USD] [--allow-free] [--dry-run] [--json] FILE.csv",
    .help = "Reads the product CSV that Shopify exports into the catalogue. A product with a bad row is refused whole and\n"
            "listed with its line; the others come in. Importing a file again changes nothing and adds no stock.\n"
            "  --currency=CODE  ISO 4217 currency of the prices (the configured one by default)\n"
            "  --allow-free     a price of zero may be sold at (otherwise such a variant is a draft)\n"
            "  --dry-run        checks the file and changes nothing\n"
            "  --json           the report as one JSON object\n"
            "Exit code: 0 all came in, 1 something was refused or failed, 2 usage.\n",
    .run = run,
};
