/* Loading of routines, also for the first deploy. */
#ifndef SOUK_ADMIN_ROUTINES_H
#define SOUK_ADMIN_ROUTINES_H

#include "admin/database.h"

/* What became of one database's routines. */
struct routines_result {
    int total;
    int loaded;  /* new or changed */
    int dropped; /* the file has been gone for long enough */
    int failed;  /* said on stderr, one line each */
};

/* Brings the routines of `database` and the grants of its tables to what the files below `sql_dir` say. False when the
 * database cannot be entered or something failed; what could be done was done. */
bool routines_apply(const struct database *database, const char *sql_dir, struct routines_result *result);

#endif
