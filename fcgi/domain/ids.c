/* Ids for other systems of the shop: as souk makes them for itself, many at once. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain/domains.h"
#include "guard/limit.h"
#include "http/request.h"

enum { COUNT_MAX = 1000, LIMIT_BURST = 200, LIMIT_PER_S_X1000 = 100000, ID_TEXT_BYTES = 21 };

static enum souk_err admit(struct request *request)
{
    char account[24];
    if (!request->context->config->limits)
        return SOUK_OK;
    snprintf(account, sizeof account, "%" PRId64, request->claims.account_id);
    return limit_take(request->context->redis, request->arena, "ids", account, LIMIT_BURST, LIMIT_PER_S_X1000,
                      &request->retry_after_s);
}

/* One slot after the other, from a random one: a thousand fit into one millisecond. */
static enum souk_err ids_make(struct request *request)
{
    const int64_t count = request_value(request, "count")->number;
    const uint32_t first = arc4random_uniform(STORE_SLOTS);
    enum souk_err err = admit(request);
    if (err != SOUK_OK)
        return err;
    json_object *body = json_object_new_object(), *list = json_object_new_array();
    json_object_object_add(body, "ids", list);
    for (int64_t i = 0; err == SOUK_OK && i < count; i++) {
        int64_t id;
        char text[ID_TEXT_BYTES];
        err = id_make(request->context->ids, (unsigned)((first + i) % STORE_SLOTS), &id);
        if (err == SOUK_OK) {
            snprintf(text, sizeof text, "%" PRId64, id);
            json_object_array_add(list, json_object_new_string(text));
        }
    }
    if (err == SOUK_OK)
        return request_answer(request, 200, body);
    json_object_put(body);
    return err;
}

static const struct field ids_fields[] = {
    {.name = "count", .from = FROM_QUERY, .type = FIELD_INT, .min = 1, .max = COUNT_MAX, .fallback = 1,
     .about = "How many"},
};

static const struct route routes[] = {
    {.method = METHOD_GET, .path = "/v1/ids", .who = ROLE_MERCHANT | ROLE_ADMIN | ROLE_OPS, FIELDS(ids_fields),
     .shard_by = SHARD_NONE, .handle = ids_make, .name = "ids_make",
     .summary = "New ids, unique over everything souk ever makes", .answers = "Ids"},
};

const struct route_set ids_routes = {"ids", routes, sizeof routes / sizeof routes[0]};
