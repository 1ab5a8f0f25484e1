/* What Sqitch would have to do, and letting it do it. One project per kind of database, one registry per database. */
#ifndef SOUK_ADMIN_SQITCH_H
#define SOUK_ADMIN_SQITCH_H

#include "admin/database.h"

enum { SQITCH_CHANGES_MAX = 1024, SQITCH_NAME_BYTES = 128 };

/* migrations/<kind>/sqitch.plan, as far as it matters here. */
struct sqitch_plan {
    char folder[2 * CONFIG_TEXT_MAX];
    char project[SQITCH_NAME_BYTES];
    char changes[SQITCH_CHANGES_MAX][SQITCH_NAME_BYTES];
    size_t changes_n;
};

/* False when the plan cannot be read: said on stderr. */
bool sqitch_plan_read(const char *migrations_dir, const char *kind, struct sqitch_plan *plan);

/* Counts the plan's changes that the registry of `database` has and has not. False when the database cannot be
 * entered: said on stderr. A registry that does not exist yet has none. */
bool sqitch_compare(const struct sqitch_plan *plan, const struct database *database, int *deployed, int *pending);

/* Runs `sqitch deploy --verify`. False when it fails: its output was copied to stderr. */
bool sqitch_deploy(const struct sqitch_plan *plan, const struct database *database);

#endif
