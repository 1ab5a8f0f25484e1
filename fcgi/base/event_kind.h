/* What webhooks are told of: the one list of kinds of events and their types. A type is "order.paid", the kind before the dot;
 * routines write them into the outbox. Other events are souk's own and told to nobody outside. */
#ifndef SOUK_BASE_EVENT_KIND_H
#define SOUK_BASE_EVENT_KIND_H

#include <stdbool.h>
#include <stddef.h>

#define EVENT_KINDS(X) \
    X(order, "placed", "paid", "held", "released", "partially_shipped", "shipped", "delivered", "completed", "rest_cancelled", \
      "closing", "closed", "cancelling", "cancelled") \
    X(payment, "created", "submitted", "authorised", "try_declined", "failed", "voided", "recorded", "refund_due") \
    X(refund, "requested", "succeeded", "failed") \
    X(shipment, "created", "shipped", "delivered", "cancelled", "changed") \
    X(return, "requested", "approved", "rejected", "withdrawn", "received", "refunded", "replaced", "reopened") \
    X(product, "changed") \
    X(sku, "changed") \
    X(category, "changed") \
    X(promotion, "changed") \
    X(stock, "changed")

struct event_kind {
    const char *name;
    const char *const *types; /* without the kind; ends with NULL */
};

/* In the order above; one without a name ends it. event_kind_names ends with NULL. */
extern const struct event_kind event_kinds[];
extern const char *const event_kind_names[];

/* Does any event fall under `pattern`: "order.paid", "order.*" or "*"? If none does, *kind is the one it begins with, or NULL. */
bool event_pattern_known(const char *pattern, const struct event_kind **kind);

#endif
