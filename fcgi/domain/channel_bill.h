/* A provider's statement that comes as a file: fetched into a temporary file that has no name, then read row by row as CSV,
 * so that 100,000 lines take no more memory than one. */
#ifndef SOUK_DOMAIN_CHANNEL_BILL_H
#define SOUK_DOMAIN_CHANNEL_BILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "http/client.h"

enum { BILL_BYTES_MAX = 256 * 1024 * 1024, BILL_COLUMNS_MAX = 64, BILL_FIELD_BYTES_MAX = 256, BILL_SHA1_BYTES = 41 };

/* Sends `call` and leaves what came in *file, read from its beginning; the caller closes it. `sha1` (may be NULL) gets the
 * hex digest of it. *status is HTTP's. */
SOUK_CHECK enum souk_err bill_fetch(struct client_call *call, struct arena *arena, FILE **file, char sha1[BILL_SHA1_BYTES],
                                    int *status);

/* One row: fields without the blanks and the ` around them, in UTF-8, longer ones cut. Another answer than SOUK_OK ends the
 * reading with it. */
typedef enum souk_err bill_row(void *to, const char *const *fields, size_t n);

struct bill;

/* A reader that hands rows to `row`. `charset` NULL: UTF-8. NULL: memory is out. For bill_free(). */
struct bill *bill_new(const char *charset, bill_row *row, void *to);
void bill_free(struct bill *bill);

/* The next bytes; the last row ends with bill_end(). SOUK_UNAVAILABLE: it is not in that charset, or no CSV. */
SOUK_CHECK enum souk_err bill_feed(struct bill *bill, const char *bytes, size_t len);
SOUK_CHECK enum souk_err bill_end(struct bill *bill);

/* Where the columns of these names stand in a row. False: one is missing, so this is not the row of names. */
bool bill_columns(const char *const *names, size_t names_n, const char *const *fields, size_t n, size_t *at);

#endif
