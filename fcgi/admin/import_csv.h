/* A CSV file as a stream of rows, strict (RFC 4180), with the line of the physical file at which each row begins.
 *
 * One row is in memory at a time. What breaks the file's structure (a stray quote, a quote that is never closed, an
 * endless field) ends the reading: where the next row would begin cannot be known. A row with too few or too many
 * fields does not; that is for the caller to judge.
 */
#ifndef SOUK_ADMIN_IMPORT_CSV_H
#define SOUK_ADMIN_IMPORT_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { CSV_ROW_BYTES_MAX = 1 << 20, CSV_FIELDS_MAX = 512 };

struct csv_row {
    int64_t line;        /* where it begins, from 1 */
    size_t fields_n;     /* as many as the file has there, at most CSV_FIELDS_MAX + 1 */
    const char **fields; /* NUL-terminated, valid until the next csv_next() */
    size_t *lens;        /* their bytes; a field with a NUL inside is longer than its text */
};

struct csv_file;

/* Opens a regular file; a UTF-8 byte order mark is skipped. `message` (≥256 bytes) says what is wrong. */
SOUK_CHECK enum souk_err csv_file_open(const char *path, struct csv_file **out, char *message, size_t message_bytes);
void csv_file_close(struct csv_file *file); /* accepts NULL */

/* The next row that is not blank; NULL at the end. SOUK_BAD_REQUEST: the structure is broken; csv_file_problem() says how,
 * *line says where. */
SOUK_CHECK enum souk_err csv_file_next(struct csv_file *file, const struct csv_row **row, int64_t *line);
const char *csv_file_problem(const struct csv_file *file);

/* To the first row again. */
void csv_file_rewind(struct csv_file *file);

/* Share of the file that was read, 0…1000. */
int csv_file_permille(const struct csv_file *file);

#endif
