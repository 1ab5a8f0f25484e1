#include "admin/import_csv.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_BYTES = 64 * 1024, PARSER_GROW_BYTES = 4096 };

struct csv_file {
    FILE *stream;
    int64_t size, consumed;
    struct csv_parser parser;
    char block[READ_BYTES];
    size_t block_len, block_at;
    int64_t line;    /* physical line of the next byte */
    bool after_cr;   /* the byte before was a carriage return: a line feed now ends no other line */
    bool blank;      /* nothing but blanks since the last row ended */
    bool complete;   /* `row` is whole */
    bool too_long;
    const char *problem;
    struct csv_row row;
    char text[CSV_ROW_BYTES_MAX];
    size_t text_len;
    const char *fields[CSV_FIELDS_MAX + 1];
    size_t lens[CSV_FIELDS_MAX + 1];
};

/* libcsv tells of a field, then of the end of its row. */
static void on_field(void *field, size_t len, void *context)
{
    struct csv_file *file = context;
    struct csv_row *row = &file->row;
    if (row->fields_n > CSV_FIELDS_MAX)
        return;
    if (len >= sizeof file->text - file->text_len) {
        file->too_long = true;
        return;
    }
    char *copy = file->text + file->text_len;
    if (len)
        memcpy(copy, field, len);
    copy[len] = '\0';
    file->text_len += len + 1;
    file->fields[row->fields_n] = copy;
    file->lens[row->fields_n++] = len;
}

static void on_row(int terminator, void *context)
{
    (void)terminator;
    struct csv_file *file = context;
    file->complete = true;
}

enum souk_err csv_file_open(const char *path, struct csv_file **out, char *message, size_t message_bytes)
{
    struct stat stat;
    struct csv_file *file = calloc(1, sizeof *file);
    if (!file) {
        snprintf(message, message_bytes, "out of memory");
        return SOUK_INTERNAL;
    }
    file->stream = fopen(path, "rb");
    if (!file->stream || fstat(fileno(file->stream), &stat) != 0) {
        snprintf(message, message_bytes, "%s: %s", path, strerror(errno));
        csv_file_close(file);
        return SOUK_NOT_FOUND;
    }
    if (!S_ISREG(stat.st_mode)) {
        snprintf(message, message_bytes, "%s: not a regular file (it is read twice: first checked, then imported)", path);
        csv_file_close(file);
        return SOUK_BAD_REQUEST;
    }
    file->size = stat.st_size;
    csv_file_rewind(file);
    *out = file;
    return SOUK_OK;
}

void csv_file_close(struct csv_file *file)
{
    if (!file)
        return;
    if (file->stream)
        fclose(file->stream);
    csv_free(&file->parser);
    free(file);
}

void csv_file_rewind(struct csv_file *file)
{
    csv_free(&file->parser);
    csv_init(&file->parser, CSV_STRICT | CSV_STRICT_FINI); /* fails for a NULL parser only */
    csv_set_blk_size(&file->parser, PARSER_GROW_BYTES);
    rewind(file->stream);
    file->block_len = fread(file->block, 1, sizeof file->block, file->stream);
    file->block_at = file->block_len >= 3 && memcmp(file->block, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    file->consumed = (int64_t)file->block_at;
    file->line = 1;
    file->after_cr = false;
    file->blank = true;
    file->complete = false;
    file->too_long = false;
    file->problem = NULL;
}

/* From block_at to the end of the line or of the block. */
static size_t piece_len(const struct csv_file *file)
{
    const char *from = file->block + file->block_at;
    size_t left = file->block_len - file->block_at;
    const char *end = memchr(from, '\n', left);
    const char *cr = memchr(from, '\r', end ? (size_t)(end - from) : left);
    end = cr ? cr : end;
    return end ? (size_t)(end - from) + 1 : left;
}

static bool blanks_only(const char *piece, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", piece[i]) || piece[i] == '\0')
            return false;
    return true;
}

static void count_lines(struct csv_file *file, char last)
{
    if (last == '\r' || (last == '\n' && !file->after_cr))
        file->line++;
    file->after_cr = last == '\r';
}

/* Feeds one piece: never more than one line, so that at most one row ends in it. */
static void feed(struct csv_file *file)
{
    const char *piece = file->block + file->block_at;
    size_t len = piece_len(file);
    if (file->blank) {
        file->row.line = file->line;
        file->blank = blanks_only(piece, len);
    }
    if (csv_parse(&file->parser, piece, len, on_field, on_row, file) != len)
        file->problem = csv_error(&file->parser) == CSV_EPARSE
                            ? "a quote inside an unquoted field, or text after a closing quote"
                            : "out of memory";
    file->too_long = file->too_long || csv_get_buffer_size(&file->parser) > CSV_ROW_BYTES_MAX;
    if (!file->problem && file->too_long)
        file->problem = "the row that begins here is longer than 1 MiB: is a closing quote missing?";
    if (!file->problem)
        count_lines(file, piece[len - 1]);
    file->block_at += len;
    file->consumed += (int64_t)len;
}

static void finish(struct csv_file *file)
{
    if (ferror(file->stream))
        file->problem = "the file cannot be read further";
    else if (csv_fini(&file->parser, on_field, on_row, file) != 0)
        file->problem = "a quote in the row that begins here is never closed";
}

enum souk_err csv_file_next(struct csv_file *file, const struct csv_row **row, int64_t *line)
{
    bool end = false;
    file->row.fields_n = 0;
    file->row.fields = file->fields;
    file->row.lens = file->lens;
    file->text_len = 0;
    file->complete = false;
    file->blank = true;
    while (!file->complete && !file->problem && !end) {
        if (file->block_at < file->block_len) {
            feed(file);
            continue;
        }
        file->block_len = fread(file->block, 1, sizeof file->block, file->stream);
        file->block_at = 0;
        end = file->block_len == 0;
        if (end)
            finish(file);
    }
    *line = file->problem && !file->too_long && !end ? file->line : file->row.line;
    *row = file->complete ? &file->row : NULL;
    return file->problem ? SOUK_BAD_REQUEST : SOUK_OK;
}

const char *csv_file_problem(const struct csv_file *file)
{
    return file->problem ? file->problem : "";
}

int csv_file_permille(const struct csv_file *file)
{
    return file->size > 0 ? (int)(file->consumed * 1000 / file->size) : 1000;
}
