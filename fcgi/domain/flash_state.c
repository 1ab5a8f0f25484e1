/* The state of flash sales. See flash_state.h. */
#include "domain/flash_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"

enum { SALES_MAX = 100 };

static bool has_gate(json_object *sale)
{
    const char *state = json_member_text(sale, "state");
    return state && (strcmp(state, "open") == 0 || strcmp(state, "queue") == 0);
}

static const char *band(int64_t left, int64_t units)
{
    if (left <= 0)
        return "none";
    return left * 10 <= units ? "few" : left * 2 <= units ? "some" : "plenty";
}

/* `reply`: run and units of the gate; NULL: nothing. What a gate says that is of another life of Redis is not true any more. */
static void add_remaining(json_object *sale, const redisReply *reply, const char *run_id)
{
    const bool known = reply && flash_gate_lives(reply, run_id) && reply->element[1]->type == REDIS_REPLY_STRING;
    const int64_t left = known ? strtoll(reply->element[1]->str, NULL, 10) : 0;
    const char *remaining = known ? band(left, json_member_number(sale, "units")) : NULL;
    if (known && left <= 0 && strcmp(json_member_text(sale, "state"), "open") == 0)
        json_object_object_add(sale, "state", json_object_new_string("sold_out"));
    json_object_object_add(sale, "remaining", remaining ? json_object_new_string(remaining) : NULL);
}

bool flash_gate_lives(const redisReply *reply, const char *run_id)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && reply->element[0]->type == REDIS_REPLY_STRING &&
           strcmp(reply->element[0]->str, run_id) == 0;
}

enum souk_err flash_state_list(struct request *request, json_object *sales)
{
    struct redis_line lines[SALES_MAX];
    const char *argv[SALES_MAX][4];
    char run_id[GATE_RUN_BYTES];
    redisReply *replies[SALES_MAX];
    json_object *asked[SALES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < json_object_array_length(sales); i++) {
        json_object *sale = json_object_array_get_idx(sales, i);
        if (!has_gate(sale) || n == SALES_MAX) {
            json_object_object_add(sale, "remaining", NULL);
            continue;
        }
        argv[n][0] = "HMGET";
        argv[n][1] = arena_printf(request->arena, "souk:flash:%s", json_member_text(sale, "sale_id"));
        argv[n][2] = "run";
        argv[n][3] = "units";
        if (argv[n][1] == NULL)
            return SOUK_TOO_LARGE;
        lines[n] = (struct redis_line){4, argv[n], NULL};
        asked[n++] = sale;
    }
    const bool answered = n > 0 && gate_life(request->context->gate, request->arena, request->deadline_us, run_id) == SOUK_OK &&
                          redis_pipeline(request->context->redis, request->arena, lines, n, replies) == SOUK_OK;
    for (size_t i = 0; i < n; i++)
        add_remaining(asked[i], answered ? replies[i] : NULL, run_id);
    return SOUK_OK;
}

enum souk_err flash_state_one(struct request *request, json_object *sale)
{
    json_object *list = arena_own(request->arena, json_object_new_array(), json_release);
    if (list == NULL)
        return SOUK_TOO_LARGE;
    json_object_array_add(list, json_object_get(sale));
    return flash_state_list(request, list);
}

void flash_state_time(json_object *body)
{
    char text[48];
    const int64_t now_ms = clock_unix_ms();
    const time_t now = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&now, &utc);
    const size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%03dZ", (int)(now_ms % 1000));
    json_object_object_add(body, "server_time", json_object_new_string(text));
}
