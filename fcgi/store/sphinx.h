/* The search server (Sphinx 2.2), asked in SphinxQL over the MySQL protocol. A few connections per process, exact
 * deadlines, a breaker: while it is away or slow, callers are told at once and ask the databases instead. Thread-safe.
 *
 * It holds the indexes products_a and products_b, one of which is whole and in use. Document 1 of an index is its marker:
 * the epoch of that index, written last when it was built. Who empties the server takes the marker away as well.
 *
 * It has no prepared statements: every text goes through sphinx_quote(), and what is put into MATCH consists of lexemes
 * (base/lexeme.h) only, which hold letters and digits, never operators.
 */
#ifndef SOUK_STORE_SPHINX_H
#define SOUK_STORE_SPHINX_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/config.h"
#include "base/error.h"

enum { SPHINX_RESULTS_MAX = 8, SPHINX_MARKER_ID = 1 };

struct sphinx;

/* NULL in *out when none is configured; every function here takes that for a server that is away. */
SOUK_CHECK enum souk_err sphinx_new(const struct config *config, struct sphinx **out);
void sphinx_free(struct sphinx *sphinx); /* accepts NULL */

struct sphinx_result {
    size_t rows_n, columns_n;
    const char **cells; /* rows_n × columns_n texts; NULL for NULL */
};

/* Runs statements separated by semicolons and hands back at most SPHINX_RESULTS_MAX results, in the arena.
 * `timeout_ms` 0: [search] timeout_ms. SOUK_UNAVAILABLE: away, too slow, or the breaker is open; a write may have
 * happened. SOUK_INVALID: it refused the statement (logged). */
SOUK_CHECK enum souk_err sphinx_query(struct sphinx *sphinx, struct arena *arena, const struct buffer *sql,
                                      int64_t timeout_ms, struct sphinx_result *results, size_t *results_n);

/* The index in use, 'a' or 'b', and its epoch. `fresh`: ask the server, else what was known at most half a second ago
 * will do. SOUK_NOT_FOUND: it answers and has none that is whole. SOUK_UNAVAILABLE as above. */
SOUK_CHECK enum souk_err sphinx_live(struct sphinx *sphinx, struct arena *arena, bool fresh, char *index, int64_t *epoch);

/* `text` as a string of SphinxQL. */
void sphinx_quote(struct buffer *sql, const char *text);

#endif
