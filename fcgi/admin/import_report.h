/* What an import tells: a progress bar while it runs (on a terminal only), a report at its end. Remarks wait in temporary
 * files, so that a long report takes no memory. */
#ifndef SOUK_ADMIN_IMPORT_REPORT_H
#define SOUK_ADMIN_IMPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "admin/import_product.h"

enum import_outcome { IMPORT_CREATED, IMPORT_UPDATED, IMPORT_UNCHANGED, IMPORT_CHECKED, IMPORT_REFUSED, IMPORT_OUTCOMES_N };

struct import_remarks {
    FILE *spool;
    int64_t n;
};

struct import_report {
    const char *file, *currency;
    bool json, dry_run, terminal;
    int64_t rows, variants, units;
    int64_t products[IMPORT_OUTCOMES_N];
    struct import_remarks notes, refused;
    int64_t drawn_us; /* when the progress bar was last drawn */
};

/* False, said on stderr: no temporary files. */
SOUK_CHECK bool import_report_open(struct import_report *report);
void import_report_close(struct import_report *report);

/* `handle` NULL: about the file. */
void import_report_remark(struct import_report *report, struct import_remarks *remarks, const char *handle,
                          const struct import_remark *remark);

/* One product is done: its outcome, its notes or, when refused, its problems. */
void import_report_product(struct import_report *report, const struct import_product *product,
                           enum import_outcome outcome, int64_t units_received);

/* Draws the bar on stderr, at most ten times a second. */
void import_report_progress(struct import_report *report, int permille);

/* Ends the bar and prints the report on stdout. */
void import_report_print(struct import_report *report);

#endif
