/* The sandbox provider's protocol as far as both sides need it: the fields of a pay page, and signatures.
 *
 * Every signature is HMAC-SHA256 under the secret that merchant and provider share, as lower-case hex. What is signed
 * begins differently for each purpose, so that no signature is good for another one. docs/sandbox.md has it all with
 * examples.
 */
#ifndef SOUK_DOMAIN_SANDBOX_SIGN_H
#define SOUK_DOMAIN_SANDBOX_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SANDBOX_MERCHANT "souk"
#define SANDBOX_HEADER_TIMESTAMP "Sandbox-Timestamp"
#define SANDBOX_HEADER_SIGNATURE "Sandbox-Signature"

enum { SANDBOX_WINDOW_S = 300, SANDBOX_SIGNATURE_BYTES = 65 };

/* The parameters of a pay page in the order in which they are signed: symbol, name, characters at most. */
#define SANDBOX_PAGE_FIELDS(X) \
    X(SANDBOX_PAGE_MERCHANT, "merchant", 32) \
    X(SANDBOX_PAGE_PAYMENT_ID, "payment_id", 19) \
    X(SANDBOX_PAGE_ORDER_ID, "order_id", 19) \
    X(SANDBOX_PAGE_AMOUNT, "amount", 16) \
    X(SANDBOX_PAGE_CURRENCY, "currency", 3) \
    X(SANDBOX_PAGE_DESCRIPTION, "description", 255) \
    X(SANDBOX_PAGE_NOTIFY_URL, "notify_url", 500) \
    X(SANDBOX_PAGE_RETURN_URL, "return_url", 500) \
    X(SANDBOX_PAGE_EXPIRES, "expires", 16)

enum sandbox_page_field {
#define X(symbol, name, max) symbol,
    SANDBOX_PAGE_FIELDS(X)
#undef X
    SANDBOX_PAGE_FIELDS_N
};

extern const char *const sandbox_page_names[SANDBOX_PAGE_FIELDS_N];

/* A pay page: all values as text, borrowed. */
struct sandbox_page {
    const char *value[SANDBOX_PAGE_FIELDS_N];
};

/* Signs "pay\n" and a line "name=value\n" for each field. */
void sandbox_sign_page(const char *secret, const struct sandbox_page *page, char out[SANDBOX_SIGNATURE_BYTES]);

/* Signs `timestamp` "." [`request_line` "."] `body`. request_line is "GET /path" or "POST /path" for requests of the
 * merchant's server, NULL for callbacks. */
void sandbox_sign_message(const char *secret, int64_t timestamp_s, const char *request_line, const char *body,
                          size_t body_len, char out[SANDBOX_SIGNATURE_BYTES]);

/* Whether `given` (may be NULL) is `expected`; takes the same time wherever they differ. */
bool sandbox_signature_equal(const char *expected, const char *given);

/* Checks the two headers of a message: the time within ±SANDBOX_WINDOW_S of `now_s`, the signature right. Either header
 * may be NULL. */
bool sandbox_message_valid(const char *secret, int64_t now_s, const char *timestamp, const char *signature,
                           const char *request_line, const char *body, size_t body_len);

#endif
