/* Refusals of the gate. See flash_refusal.h. */
#include "domain/flash_refusal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "guard/limit.h"
#include "observe/metrics.h"

enum { MEMORY_N = 64, MEMORY_US = 1000000 };

bool flash_said(const redisReply *reply, const char *word)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && reply->element[0]->type == REDIS_REPLY_STRING &&
           strcmp(reply->element[0]->str, word) == 0;
}

int64_t flash_reply_number(const redisReply *reply, size_t i)
{
    if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements || reply->element[i]->type != REDIS_REPLY_STRING)
        return 0;
    return strtoll(reply->element[i]->str, NULL, 10);
}

/* What global said of a sale a moment ago. Sales that fall on one place take turns. */
static struct memory {
    int64_t sale_id, until_us;
    enum souk_err err;
} memories[MEMORY_N];
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;

static struct memory *memory_of(int64_t sale_id)
{
    return &memories[(uint64_t)sale_id * UINT64_C(0x9E3779B97F4A7C15) >> 58];
}

/* False: the caller is to ask, and keep what was said. Until then the others of the crowd are given what was known before. */
static bool remember(int64_t sale_id, enum souk_err *err)
{
    struct memory *memory = memory_of(sale_id);
    const int64_t now_us = clock_us();
    pthread_mutex_lock(&memory_lock);
    const bool same = memory->sale_id == sale_id, known = same && now_us < memory->until_us;
    if (!known)
        *memory = (struct memory){sale_id, now_us + MEMORY_US, same ? memory->err : SOUK_FLASH_GATE};
    *err = memory->err;
    pthread_mutex_unlock(&memory_lock);
    return known;
}

static void keep(int64_t sale_id, enum souk_err err)
{
    pthread_mutex_lock(&memory_lock);
    *memory_of(sale_id) = (struct memory){sale_id, clock_us() + MEMORY_US, err};
    pthread_mutex_unlock(&memory_lock);
}

static enum souk_err ask_global(struct request *request, int64_t sale_id)
{
    const struct param params[] = {param_int(sale_id)};
    struct answer answer;
    enum souk_err err = request_call(request, DB_GLOBAL, "flash_shown", params, 1, true, &answer);
    if (err == SOUK_NOT_FOUND)
        return err;
    if (err != SOUK_OK)
        return SOUK_FLASH_GATE;
    json_object *body = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    const char *state = json_member_text(body, "state");
    if (state && strcmp(state, "scheduled") == 0)
        return SOUK_FLASH_NOT_OPEN;
    return state && (strcmp(state, "open") == 0 || strcmp(state, "queue") == 0) ? SOUK_FLASH_GATE : SOUK_FLASH_OVER;
}

enum souk_err flash_gate_closed(struct request *request, int64_t sale_id)
{
    enum souk_err err;
    if (!remember(sale_id, &err)) {
        err = ask_global(request, sale_id);
        keep(sale_id, err);
    }
    if (err == SOUK_FLASH_GATE)
        request->retry_after_s = 2;
    metrics_add(METRIC_FLASH_GATE_CLOSED, 1);
    return err;
}

static enum souk_err limited(struct request *request, const redisReply *reply)
{
    const int64_t per_min = flash_reply_number(reply, 2), burst = per_min / 6 > 0 ? per_min / 6 : 1;
    request->retry_after_s = (flash_reply_number(reply, 1) + 999) / 1000;
    const char *policy = limit_policy_header(request->arena, "flash", burst, per_min * 1000 / 60);
    const char *state = limit_state_header(request->arena, "flash", request->retry_after_s);
    if (policy && state) {
        request_add_header(request, policy);
        request_add_header(request, state);
    }
    metrics_add(METRIC_FLASH_LIMITED, 1);
    return SOUK_RATE_LIMITED;
}

/* The answer is the same for everybody until the second ends: nginx may give it (nginx/snippets/flash.conf). */
static enum souk_err sold_out(struct request *request)
{
    const char *until = arena_printf(request->arena, "X-Accel-Expires: @%lld", (long long)(clock_unix_ms() / 1000));
    if (until)
        request_add_header(request, until);
    metrics_add(METRIC_FLASH_SOLD_OUT, 1);
    return SOUK_FLASH_SOLD_OUT;
}

static enum souk_err early(struct request *request, const redisReply *reply)
{
    const int64_t wait_ms = flash_reply_number(reply, 1) - clock_unix_ms();
    request->retry_after_s = wait_ms > 1000 ? (wait_ms + 999) / 1000 : 1;
    return SOUK_FLASH_NOT_OPEN;
}

enum souk_err flash_refuse(struct request *request, int64_t sale_id, const redisReply *reply)
{
    static const struct {
        const char *word;
        enum souk_err err;
    } words[] = {
        {"over", SOUK_FLASH_OVER},           {"limit", SOUK_FLASH_LIMIT},         {"waiting", SOUK_FLASH_WAITING},
        {"place", SOUK_FLASH_PLACE},         {"challenge", SOUK_FLASH_CHALLENGE}, {"mismatch", SOUK_IDEMPOTENCY_MISMATCH},
    };
    if (flash_said(reply, "rate_limited"))
        return limited(request, reply);
    if (flash_said(reply, "sold_out"))
        return sold_out(request);
    if (flash_said(reply, "early"))
        return early(request, reply);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (flash_said(reply, words[i].word)) {
            metrics_add(METRIC_FLASH_REFUSED, 1);
            return words[i].err;
        }
    }
    return flash_gate_closed(request, sale_id);
}
