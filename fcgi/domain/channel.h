/* Payment channels: a channel is a table of C functions around one provider.
 *
 * A new channel is one file domain/channel_<name>.c that defines `const struct channel channel_<name>`, its name in
 * CHANNELS below, and its keys in a section [channel.<name>] of base/config.c. Nothing else in souk knows its name. Its
 * payments carry our payment_id as the merchant's number, its refunds our refund_id: these are the keys under which
 * everything may be said again. An adapter keeps nothing and decides nothing: it turns our facts into the provider's
 * bytes, and the provider's bytes, verified, into a struct channel_event.
 *
 * Who calls what. In a client's request: open() where it calls nobody (opens_outside is false), and verify_callback().
 * Everything else calls outside and is for the worker (http/client.h: connecting 3 s, 10 s in all, less when the deadline
 * is nearer); several threads may be in an adapter at once. With opens_outside a new payment is CREATED without an address,
 * the worker calls open() within about a second, and the buyer's page asks GET /v1/payments/{id} until there is one.
 *
 * What is known. SOUK_OK: the provider said it, and nobody else could have (TLS at least; where answers are signed, the
 * signature). SOUK_UNAVAILABLE and SOUK_TIMEOUT: nothing is known, it may have been done; the same call comes again in 1, 2,
 * 4 … 300 s, until after closing_max_s a person is called too. SOUK_PAYMENT_REFUSED: the provider has said that it will
 * never do it (only open() and refund()): the attempt or refund fails. An answer that is odd is SOUK_UNAVAILABLE, logged.
 *
 * What a provider says reaches the database through channel_settle() alone, from a callback, a query, a close, a refund or
 * a statement alike, any number of times, in any order.
 *
 * Text that goes in is borrowed; text that comes out lives in the arena of the call or for ever.
 */
#ifndef SOUK_DOMAIN_CHANNEL_H
#define SOUK_DOMAIN_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/error.h"
#include "http/request.h"

#define CHANNELS(X) X(sandbox) X(alipay) X(wechat) X(stripe)

/* The channel of payments that staff records (order_mark_paid): no provider stands behind it. */
#define CHANNEL_MANUAL "manual"

/* A payment as its channel is told of it. */
struct channel_payment {
    int64_t payment_id;
    int64_t order_id;
    int64_t amount; /* minor units */
    const char *currency;
    const char *description; /* what the buyer reads on the pay page */
    int64_t expires_s;       /* Unix seconds after which the provider takes no money */
    const char *handle;      /* what open() gave, once it is stored; NULL before, and after an open() of unknown outcome */
};

/* What open() found out. At least one of the addresses. */
struct channel_opened {
    const char *pay_url;  /* where the buyer's browser goes; ≤2048 bytes */
    const char *code_url; /* what a QR code shows instead; ≤512 bytes */
    const char *handle;   /* the provider's own number, where later calls need it; ≤255 bytes */
};

struct channel_refund {
    int64_t refund_id;
    int64_t payment_id;
    int64_t order_id;
    int64_t amount;   /* minor units that go back */
    int64_t captured; /* minor units that were taken with the payment */
    const char *currency;
    const char *reason;       /* for people; never NULL */
    const char *provider_ref; /* of the capture */
    const char *handle;       /* of the payment, or NULL */
};

enum channel_state {
    CHANNEL_OPEN,       /* unpaid, may still be paid (query only) */
    CHANNEL_AUTHORISED, /* the buyer has agreed, the provider has not taken the money yet */
    CHANNEL_CAPTURED,   /* the provider has the money */
    CHANNEL_DECLINED,   /* it was refused, and this attempt can no longer be paid */
    CHANNEL_TRY_DECLINED, /* one try of the buyer's was refused; whether another comes is told as a fact of its own */
    CHANNEL_CLOSED,     /* it can no longer be paid */
    CHANNEL_REFUND_PENDING, /* the provider has the refund and has not ended it */
    CHANNEL_REFUNDED,       /* the money is on its way back */
    CHANNEL_REFUND_FAILED,  /* it never will be, under this refund_id */
    CHANNEL_REFUND_UNKNOWN, /* the provider has never heard of it (refund_query only): refund() is called again */
    CHANNEL_IGNORED         /* a callback about something else: answered as accepted, nothing is written */
};

/* What the provider says of one payment or refund. Fields by state:
 *   OPEN, CLOSED                         payment_id
 *   AUTHORISED, CAPTURED, (TRY_)DECLINED all but refund_id and reason; fee where it is told
 *   REFUND_PENDING, REFUND_UNKNOWN       refund_id
 *   REFUNDED                             refund_id, amount, currency, event_id, provider_ref (of the refund); fee
 *   REFUND_FAILED                        refund_id, reason
 * The amount of CAPTURED is what was taken, never what we asked for. */
struct channel_event {
    enum channel_state state;
    int64_t payment_id;
    int64_t order_id; /* 0: the provider does not know it; payment_id names it */
    int64_t refund_id;
    int64_t amount;   /* minor units */
    const char *currency;
    const char *event_id;     /* unique per provider, ≤64 bytes; the same fact always has the same one, else e.g. "query-<ref>" */
    const char *provider_ref; /* the provider's number of the transaction, ≤64 bytes */
    const char *reason;       /* why it failed, ≤190 bytes; or NULL */
    const char *code;         /* of (TRY_)DECLINED: the provider's own word for why, ≤64 bytes; NULL: it gives none */
    bool asked;               /* an answer to souk, not a callback; set by whoever asked, before channel_settle() */
};

/* A callback as it came in. */
struct channel_callback {
    const char *body;
    size_t body_len;
    int64_t now_s; /* Unix seconds */
    const char *(*header)(const void *from, const char *name); /* NULL: the header is not there */
    const void *from;
};

enum channel_line_kind { CHANNEL_LINE_CAPTURE, CHANNEL_LINE_REFUND, CHANNEL_LINE_FEE };

/* One line of a day's statement. */
struct channel_line {
    enum channel_line_kind kind;
    const char *provider_ref; /* ≤64 bytes; with `kind` unique for the channel */
    int64_t payment_id;       /* 0: the provider does not say, or it was none of ours */
    int64_t refund_id;        /* of a REFUND; 0 as above */
    int64_t amount;           /* minor units, > 0; of a FEE that belongs to no line: what it cost */
    int64_t fee;              /* minor units the provider keeps for this line; 0: none, or told in a line of its own */
    const char *currency;
    int64_t at_ms; /* Unix ms */
};

/* Takes one line; copies what it keeps. Another answer than SOUK_OK ends the reading with it. */
typedef enum souk_err channel_take_line(void *to, const struct channel_line *line);

/* What a provider wants to hear when its callback was taken. */
struct channel_accepted {
    int status;               /* HTTP; 0: souk's own 200 with {event_id, payment_id} */
    const char *content_type; /* NULL: application/json */
    const char *body;         /* "": none */
};

struct channel {
    const char *name;       /* ≤16 bytes, as in addresses and accounts of the ledger */
    const char *currencies; /* "CNY" or "CNY,USD"; NULL: any */
    bool opens_outside;     /* open() calls the provider */
    struct channel_accepted accepted;

    /* Whether the configuration has all that the channel needs; else it is off and does not exist for anyone. */
    bool (*configured)(const struct config *config);

    /* At start: whether the files that the configuration names can be used; what cannot is logged. NULL: it names none. */
    bool (*usable)(const struct config *config);

    /* Makes the attempt known to the provider, or signs an address that does so when a browser goes there. The same payment
     * again is the same attempt. */
    enum souk_err (*open)(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                          int64_t deadline_us, struct channel_opened *opened);

    /* How the payment stands. One that the provider has never seen is OPEN. */
    enum souk_err (*query)(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                           int64_t deadline_us, struct channel_event *event);

    /* Tells the provider to take no money for this payment any more. `event` says how it ended: CLOSED, or CAPTURED or
     * DECLINED when that came first. Safe to repeat. A payment the provider has never seen must not be payable afterwards
     * either: where it cannot be closed, CLOSED is said once open() can no longer be under way and the time is over. */
    enum souk_err (*close)(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                           int64_t deadline_us, struct channel_event *event);

    /* Takes the money of an AUTHORISED payment: CAPTURED, or how it ended. NULL: the channel never authorises only. */
    enum souk_err (*capture)(const struct config *config, struct arena *arena, const struct channel_payment *payment,
                             int64_t deadline_us, struct channel_event *event);

    /* Gives money back under our refund_id; the same refund_id again is the same refund. REFUNDED, REFUND_PENDING or
     * REFUND_FAILED. */
    enum souk_err (*refund)(const struct config *config, struct arena *arena, const struct channel_refund *refund,
                            int64_t deadline_us, struct channel_event *event);

    /* How the refund stands. */
    enum souk_err (*refund_query)(const struct config *config, struct arena *arena, const struct channel_refund *refund,
                                  int64_t deadline_us, struct channel_event *event);

    /* Pure: raw bytes and headers in, a verified event out. SOUK_PAYMENT_SIGNATURE: not signed by the provider, or outside
     * ±300 s. SOUK_PAYMENT_MISMATCH: meant for another merchant. SOUK_BAD_REQUEST: signed, and not as documented. Signatures
     * are compared in constant time. */
    enum souk_err (*verify_callback)(const struct config *config, struct arena *arena,
                                     const struct channel_callback *callback, struct channel_event *event);

    /* Before verify_callback(), in the same request: makes known to this process what verifying takes and the database keeps,
     * e.g. a certificate. Calls nobody outside; SOUK_OK where there is nothing to be had. NULL: nothing is kept. */
    enum souk_err (*learn)(const struct context *context, struct arena *arena, const struct channel_callback *callback,
                           int64_t deadline_us);

    /* Every few seconds in the worker, by one leader: gets what learn() needs. NULL: nothing to do. */
    enum souk_err (*upkeep)(const struct context *context, struct arena *arena, int64_t deadline_us);

    /* Reads the provider's statement of `day` ("2026-11-28", a day of the provider), handing over each line. It may be
     * 100,000 lines long: page by page, and the arena, which is this call's own, may be reset between pages. SOUK_NOT_FOUND:
     * there is no statement of this day yet. Errors as query(). */
    enum souk_err (*statement)(const struct config *config, struct arena *arena, const char *day, int64_t deadline_us,
                               channel_take_line *take, void *to);
};

/* The channel `name`, or NULL when there is none or it is switched off by the configuration. */
const struct channel *channel_find(const struct config *config, const char *name);

/* Whether every channel that is on can be used. */
bool channels_usable(const struct config *config);

/* The channels that are on, one by one: n from 0 until NULL. */
const struct channel *channel_at(const struct config *config, size_t n);

/* A payment as payment_take_each writes it. */
struct channel_payment channel_payment_read(struct arena *arena, json_object *payment);

/* Whether its provider can know of it: false for one that is CREATED and was never sent there. */
bool channel_was_asked(json_object *payment);

/* Writes what the provider said on the shard of the payment or refund; OPEN, REFUND_PENDING, REFUND_UNKNOWN and IGNORED do
 * nothing. SOUK_OK: done, now or before. SOUK_NOT_FOUND: no such payment or refund on this channel. SOUK_PAYMENT_MISMATCH:
 * amount, currency or order differ, no money was booked. Both are put down for a person (payment_case), and the amount that a
 * provider has answered with is kept for what that person does (payment_taken). Else as store_call(); then call again. `answer` gets {event_id, payment_id}. */
SOUK_CHECK enum souk_err channel_settle(const struct context *context, struct arena *arena, const struct channel *channel,
                                        const struct channel_event *event, int64_t deadline_us, struct answer *answer,
                                        struct refusal *refusal);

/* Something about money that a person has to look at. Text is borrowed; ids are 0 where they are not known. */
struct channel_case {
    const char *kind;      /* ≤24 bytes */
    const char *reference; /* what it is about: one case for each kind and reference */
    const char *channel;
    int64_t order_id, payment_id, refund_id;
    const char *data; /* JSON object */
};

/* Puts it down (payment_case), logs and counts it, once for each kind and reference, however often it is called. A failure is
 * logged: whatever led here comes again. */
void channel_call_person(const struct context *context, struct arena *arena, const struct channel_case *about);

#endif
