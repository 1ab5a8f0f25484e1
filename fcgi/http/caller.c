/* Who is calling, and may they? */
#include <string.h>

#include "base/clock.h"
#include "http/engine.h"

static const char *bearer_token(const char *header)
{
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    header += 7;
    return header + strspn(header, " ");
}

enum souk_err caller_admit(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    const struct route *route = request->route;
    const char *header = exchange->intake->authorization;
    bool open = route->who == 0;
    /* Cached answers are everybody's. */
    if (open && (!header || route->flags & ROUTE_PUBLIC_CACHE || !request->context->keys))
        return SOUK_OK;
    const char *token = bearer_token(header);
    enum souk_err err = SOUK_UNAUTHENTICATED;
    if (token && request->context->keys)
        err = token_verify(request->context->keys, token, clock_unix_ms() / 1000, &request->claims);
    else if (header)
        err = SOUK_TOKEN_INVALID;
    if (err != SOUK_OK)
        request->claims = (struct claims){.account_id = 0};
    /* A stale token must not stand in the way of signing in. */
    if (open)
        return SOUK_OK;
    if (err != SOUK_OK) {
        request_add_header(request, header ? "WWW-Authenticate: Bearer error=\"invalid_token\"" : "WWW-Authenticate: Bearer");
        return err;
    }
    return request->claims.roles & route->who ? SOUK_OK : SOUK_FORBIDDEN;
}
