/* A visit to the provider's pay page: its parameters, verified. */
#ifndef SOUK_DOMAIN_SANDBOX_VISIT_H
#define SOUK_DOMAIN_SANDBOX_VISIT_H

#include "domain/sandbox_sign.h"
#include "http/request.h"

struct sandbox_visit {
    struct sandbox_page page;
    const char *signature;
    int64_t payment_id, order_id, amount, expires_s;
};

/* What a person is told instead of the page. */
struct sandbox_notice {
    int status; /* HTTP */
    const char *title, *text;
};

/* Reads and verifies the parameters of `request`, whose row has them all as fields. NULL: all is well; else what to
 * say. Both addresses must be below the public URL of the one merchant there is: the provider never calls or sends a
 * browser anywhere else, whatever was signed. */
const struct sandbox_notice *sandbox_visit_read(const struct request *request, struct sandbox_visit *visit);

#endif
