/* The rows against the databases: a row and its routine must agree before anything is served. */
#ifndef SOUK_HTTP_CHECK_H
#define SOUK_HTTP_CHECK_H

#include "http/table.h"
#include "store/store.h"

enum check_result {
    CHECK_AGREES,
    CHECK_DISAGREES,  /* at least one row; each is logged with what is wrong */
    CHECK_INCOMPLETE  /* nothing disagrees, but a database could not be asked */
};

/* Every row with a routine: the routine exists where it will be called, and its parameters have the fields' names, in
 * order, and a type of the fields' family. `say` gets one line per disagreement. */
enum check_result check_rows(const struct table *table, struct store *store, void (*say)(const char *line));

#endif
