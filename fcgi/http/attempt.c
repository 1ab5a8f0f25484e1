#include "http/attempt.h"

#include <arpa/inet.h>

#include "base/text.h"
#include "guard/limit.h"

const char *attempt_place(struct request *request)
{
    struct in6_addr address;
    char hex[17];
    if (inet_pton(AF_INET6, request->client_ip, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
        return request->client_ip;
    text_hex(address.s6_addr, 8, hex);
    const char *network = arena_printf(request->arena, "%s/64", hex);
    return network ? network : request->client_ip;
}

static enum souk_err refuse(struct request *request, const struct attempt *attempt)
{
    const char *policy = limit_policy_header(request->arena, attempt->name, attempt->burst, attempt->per_s_x1000);
    const char *state = limit_state_header(request->arena, attempt->name, request->retry_after_s);
    if (policy && state) {
        request_add_header(request, policy);
        request_add_header(request, state);
    }
    return request_fail(request, SOUK_RATE_LIMITED, "Too many attempts; wait %lld s", (long long)request->retry_after_s);
}

enum souk_err attempt_take(struct request *request, const struct attempt *attempts, size_t n)
{
    for (size_t i = 0; i < n && request->context->config->limits; i++) {
        if (limit_take(request->context->redis, request->arena, attempts[i].name, attempts[i].key, attempts[i].burst,
                       attempts[i].per_s_x1000, &request->retry_after_s))
            return refuse(request, &attempts[i]);
    }
    return SOUK_OK;
}

void attempt_give_back(struct request *request, const struct attempt *attempts, size_t n)
{
    for (size_t i = 0; i < n && request->context->config->limits; i++)
        limit_give(request->context->redis, request->arena, attempts[i].name, attempts[i].key, attempts[i].burst,
                   attempts[i].per_s_x1000);
}
