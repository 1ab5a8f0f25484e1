/* Signatures of Stripe's webhooks, as https://docs.stripe.com/webhooks#verify-manually documents them. */
#ifndef SOUK_DOMAIN_CHANNEL_STRIPE_SIGN_H
#define SOUK_DOMAIN_CHANNEL_STRIPE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRIPE_WINDOW_S = 300, STRIPE_HEADER_BYTES_MAX = 4096 };

/* Whether `header` (Stripe-Signature: "t=…,v1=…[,v1=…]"; may be NULL) has a v1 that is the HMAC-SHA256 of "<t>.<body>" under
 * `secret`, with t within ±STRIPE_WINDOW_S of `now_s`. Every v1 is compared, each in constant time: while a secret is
 * rolled Stripe signs with both. Other schemes (v0) count for nothing. */
bool stripe_signature_valid(const char *secret, const char *header, const char *body, size_t body_len, int64_t now_s);

#endif
