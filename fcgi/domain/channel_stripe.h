/* Calls to Stripe's API, for the files of the channel `stripe`. */
#ifndef SOUK_DOMAIN_CHANNEL_STRIPE_H
#define SOUK_DOMAIN_CHANNEL_STRIPE_H

#include "domain/channel.h"
#include "domain/channel_json.h"

struct stripe_call {
    const char *path; /* with its query; NULL: the arena was full */
    const char *form; /* NULL: a GET */
    const char *key;  /* Idempotency-Key; NULL: none */
    int64_t deadline_us;
    size_t answer_bytes_max; /* 0: of one object */
};

struct stripe_answer {
    int status;
    const char *code;    /* of the error; "" for a success or when it has none */
    json_object *fields; /* of the success */
};

/* SOUK_OK: a success, or an error that is about what was asked (400, 402, 404). SOUK_UNAVAILABLE, SOUK_TIMEOUT: nothing is
 * known. */
SOUK_CHECK enum souk_err stripe_send(const struct config *config, struct arena *arena, const struct stripe_call *call,
                                     struct stripe_answer *answer);

/* channel.statement, in channel_stripe_balance.c. */
enum souk_err stripe_statement(const struct config *config, struct arena *arena, const char *day, int64_t deadline_us,
                               channel_take_line *take, void *to);

#endif
