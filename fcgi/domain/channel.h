/* Payment channels: a channel is a table of C functions around one provider.
 *
 * open() makes no outside call: as with Alipay's page pay it signs an address that the buyer's browser is sent to, so a
 * request never waits for a provider. query() and close() do call outside (http/client.h: connect 3 s, 10 s in all, less
 * when the deadline is nearer) and are for the worker. verify_callback() is pure: bytes and headers in, a verified event
 * out. What a provider says reaches the database through channel_settle() alone, from a callback, a query or a close
 * alike, any number of times, in any order.
 */
#ifndef SOUK_DOMAIN_CHANNEL_H
#define SOUK_DOMAIN_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"
#include "store/store.h"

/* A payment as its channel is told of it. Text is borrowed. */
struct channel_payment {
    int64_t payment_id;
    int64_t order_id;
    int64_t amount; /* minor units */
    const char *currency;
    const char *description; /* what the buyer reads on the pay page */
    int64_t expires_s;       /* Unix seconds after which the provider takes no money */
};

enum channel_state {
    CHANNEL_OPEN,     /* unpaid, may still be paid (query only) */
    CHANNEL_CAPTURED, /* the provider has the money */
    CHANNEL_DECLINED, /* it was refused, and this attempt can no longer be paid */
    CHANNEL_CLOSED    /* it can no longer be paid */
};

/* What the provider says of one payment. Text lives in the arena of the call. CAPTURED and DECLINED carry every field;
 * OPEN and CLOSED only state and payment_id. */
struct channel_event {
    enum channel_state state;
    int64_t payment_id;
    int64_t order_id;
    int64_t amount;
    const char *currency;
    const char *event_id;     /* unique per provider: the same fact always has the same one */
    const char *provider_ref; /* the provider's number of the transaction */
};

/* A callback as it came in. */
struct channel_callback {
    const char *body;
    size_t body_len;
    int64_t now_s; /* Unix seconds */
    const char *(*header)(const void *from, const char *name); /* NULL: the header is not there */
    const void *from;
};

struct channel {
    const char *name;

    /* Builds the signed address of the pay page; the same payment gives the same bytes. */
    enum souk_err (*open)(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                          const char **pay_url);

    /* Asks the provider. SOUK_UNAVAILABLE: it did not answer, or not in a way to rely on; nothing is known. */
    enum souk_err (*query)(const struct config *config, struct arena *arena, int64_t payment_id, int64_t deadline_us,
                           struct channel_event *event);

    /* Tells the provider to take no money for this payment any more. `event` says how it ended: CLOSED, or CAPTURED or
     * DECLINED when that came first. Safe to repeat. A payment the provider has never seen is closed too. Errors as
     * query(). */
    enum souk_err (*close)(const struct config *config, struct arena *arena, int64_t payment_id, int64_t deadline_us,
                           struct channel_event *event);

    /* SOUK_PAYMENT_SIGNATURE: not signed by the provider, or outside the time window. SOUK_PAYMENT_MISMATCH: meant for
     * another merchant. SOUK_BAD_REQUEST: signed, and not an event as documented. */
    enum souk_err (*verify_callback)(const struct config *config, struct arena *arena,
                                     const struct channel_callback *callback, struct channel_event *event);
};

/* The channel `name`, or NULL when there is none or it is switched off by the configuration. */
const struct channel *channel_find(const struct config *config, const char *name);

/* Writes what the provider said: payment_capture, payment_decline or payment_closed on the payment's shard; OPEN does
 * nothing. SOUK_OK: done, now or before. SOUK_NOT_FOUND: no such payment on this channel. SOUK_PAYMENT_MISMATCH: amount,
 * currency or order differ, nothing was changed. Else as store_call(); then call again. */
SOUK_CHECK enum souk_err channel_settle(struct store *store, struct arena *arena, const struct channel *channel,
                                        const struct channel_event *event, int64_t deadline_us, struct answer *answer,
                                        struct refusal *refusal);

#endif
