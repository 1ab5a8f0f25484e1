/* The first result of a CALL, read by column names. Internal to store/. */
#ifndef SOUK_STORE_RESULT_H
#define SOUK_STORE_RESULT_H

#include <mariadb/mysql.h>

#include "store/store.h"

/* The one row of an answer. The result is stored here already: nothing waits. SOUK_INTERNAL: it is no answer.
 * SOUK_TOO_LARGE: the arena is full. */
SOUK_CHECK enum souk_err result_read_row(MYSQL_STMT *stmt, unsigned columns_n, struct arena *arena, struct answer *answer);

/* The rows of a batch's answer, each into parts[n]; a part whose row is missing stays unanswered. SOUK_INTERNAL as above,
 * also when a row is of no part or the second of one. */
SOUK_CHECK enum souk_err result_read_parts(MYSQL_STMT *stmt, unsigned columns_n, struct call_part *parts, size_t parts_n);

#endif
