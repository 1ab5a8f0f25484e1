/* Reconciliation: a provider's statement of one day against our books.
 *
 * Lines are read as they come and compared 500 at a time on the shards of their payments, so memory does not grow with the
 * statement. What is missing on our side is written as its callback would have been (a capture of an order that is closed
 * goes back by itself), and what a line cost is booked. Everything else is listed for a person, in reconciliation_difference
 * on global. Running it again is harmless: what is in order by then is closed.
 */
#ifndef SOUK_DOMAIN_RECONCILE_H
#define SOUK_DOMAIN_RECONCILE_H

#include <stdatomic.h>

#include "domain/channel.h"

/* Reads the statement of `day` ("2026-11-28", a day of the provider) until `deadline_us`, or until `stopping` (NULL: never) is
 * true, which is looked at before each line and call: SOUK_UNAVAILABLE. `*report` gets the JSON that
 * reconciliation_json() writes, in `arena`. SOUK_NOT_FOUND: there is no such statement yet. SOUK_INVALID: no such day.
 * SOUK_PAYMENT_CHANNEL: the channel has no statements. Else as channel->statement() and store_call(): begin again later. */
SOUK_CHECK enum souk_err reconcile_day(const struct context *context, struct arena *arena, const struct channel *channel,
                                       const char *day, int64_t deadline_us, const atomic_bool *stopping,
                                       const char **report);

#endif
