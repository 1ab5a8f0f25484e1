/* Idempotency tokens: keys for a business act that souk itself hands out (guard/idempotency_token.h). */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "domain/domains.h"
#include "guard/idempotency_token.h"
#include "http/request.h"

static const struct field idempotency_token_fields[] = {
    {.name = "biz_id", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 64, .required = true,
     .about = "What it is for, in your words: letters, digits and . _ -"},
};

static enum souk_err idempotency_token(struct request *request)
{
    char token[IDEMPOTENCY_TOKEN_TEXT], until[32];
    const char *biz_id = request_value(request, "biz_id")->text;
    const int64_t now_ms = clock_unix_ms();
    const time_t end_s = (time_t)(now_ms / 1000 + IDEMPOTENCY_TOKEN_LIFE_S);
    struct tm end;
    if (!idempotency_biz_id_valid(biz_id))
        return request_fail_field(request, "biz_id", "format", "may have letters, digits and . _ -");
    idempotency_token_make(request->context->keys, request->claims.account_id, biz_id, now_ms, token);
    strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%S", gmtime_r(&end_s, &end));
    json_object *body = json_object_new_object();
    json_object_object_add(body, "token", json_object_new_string(token));
    json_object_object_add(body, "biz_id", json_object_new_string(biz_id));
    json_object_object_add(body, "expires_at",
                           json_object_new_string(arena_printf(request->arena, "%s.%03dZ", until, (int)(now_ms % 1000))));
    return request_answer(request, 201, body);
}

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/idempotency-tokens", .who = ROLE_GUEST | ROLE_BUYER, FIELDS(idempotency_token_fields),
     .handle = idempotency_token, .name = "idempotency_token_create", .summary = "A key for one business act, good for 24 hours",
     .status = 201, .answers = "IdempotencyToken"},
};

const struct route_set idempotency_routes = {"idempotency", routes, sizeof routes / sizeof routes[0]};
