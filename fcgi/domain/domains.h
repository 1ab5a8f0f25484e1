/* The domains that have rows. A domain is one line here and one file domain/<name>.c that defines
 * `const struct route_set <name>_routes`. */
#ifndef SOUK_DOMAIN_DOMAINS_H
#define SOUK_DOMAIN_DOMAINS_H

#include "http/route.h"

#define DOMAINS(X) X(account) X(account_mail) X(session) X(idempotency) X(address) X(catalog) X(catalog_admin) X(search) X(recommend) X(availability) X(stock) X(ids) X(cart) X(order) X(order_staff) X(shipment) X(order_return) X(quote) X(promotion) X(payment) X(refund) X(payment_case) X(ledger) X(reconciliation) X(webhook) X(flash) X(flash_admin) X(hold_rule)

#define X(name) extern const struct route_set name##_routes;
DOMAINS(X)
#undef X

/* All rows of `souk api`: the engine's own and the domains'. */
extern const struct route_set *const domain_sets[];
extern const size_t domain_sets_n;

/* The sandbox provider's own rows (souk sandbox). */
extern const struct route_set sandbox_routes, sandbox_merchant_routes;

#endif
