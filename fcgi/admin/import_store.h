/* Brings one checked product into the databases, all of it or nothing that shows.
 *
 * The product is written on global in one transaction (a new one as a draft), its SKUs go to every shard, its first units
 * come into stock under a reference of their own, and then it is published. Each step may be repeated: a run that is killed
 * between two of them leaves a product marked pending, which the next import of the same file finishes.
 */
#ifndef SOUK_ADMIN_IMPORT_STORE_H
#define SOUK_ADMIN_IMPORT_STORE_H

#include "admin/import_product.h"
#include "admin/import_report.h"
#include "http/context.h"

/* SOUK_OK: `*outcome` and `*units` (received now) are set, and notes may have been added. Else a problem was added;
 * SOUK_UNAVAILABLE, SOUK_TIMEOUT, SOUK_CONFLICT: going on makes no sense now. */
SOUK_CHECK enum souk_err import_store(const struct context *context, struct import_product *product,
                                      const struct import_rules *rules, enum import_outcome *outcome, int64_t *units);

#endif
