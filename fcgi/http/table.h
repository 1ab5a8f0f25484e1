/* All rows of a process, compiled for matching: a trie over path segments, literals before parameters. */
#ifndef SOUK_HTTP_TABLE_H
#define SOUK_HTTP_TABLE_H

#include "http/route.h"

enum { PATH_SEGMENTS_MAX = 12, TABLE_ROWS_MAX = 512 };

/* A row and what was worked out about it once. */
struct row {
    const struct route *route;
    size_t index;                       /* in the table; its metrics */
    int path_field[PATH_SEGMENTS_MAX];  /* segment → index of the field it fills, −1 for a literal */
    int shard_field;                    /* index into fields, −1: none */
    int key_field, if_match_field;      /* FIELD_IDEMPOTENCY_KEY, FIELD_IF_MATCH; −1: none */
    bool takes_body, takes_query;
};

struct segment {
    const char *text; /* decoded */
    size_t len;
};

struct table;

/* Compiles the rows. A row that contradicts itself is a programmer's error and asserts. NULL: out of memory. */
struct table *table_new(const struct route_set *const *sets, size_t sets_n);
void table_free(struct table *table); /* accepts NULL */

size_t table_rows_n(const struct table *table);
const struct row *table_row(const struct table *table, size_t index);

/* The row of (method, path), or NULL; then *allowed is the mask of 1 << enum method that the path has, 0 when there is
 * no such path. */
const struct row *table_match(const struct table *table, enum method method, const struct segment *segments, size_t n,
                              unsigned *allowed);

const char *method_name(enum method method);

#endif
