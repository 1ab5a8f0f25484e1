/* Flash sales as buyers meet them: what there is, a challenge, a place in the queue, buying, and what became of it.
 *
 * The gate decides (store/gate_script.c): nothing here reads a database on the way of a buyer, but for a ticket that Redis
 * does not know. What the gate lets through is a ticket; the worker makes an order of it (worker/flash_commit.c).
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/domains.h"
#include "domain/flash_refusal.h"
#include "domain/flash_state.h"
#include "guard/flash_token.h"
#include "http/fields.h"
#include "http/request.h"

enum { CHALLENGE_S = 300, KEY_HASH_BYTES = 16, POLL_S_MAX = 30, NOTE_CHARS_MAX = 500, UNITS_MAX = 1000 };

static const char *text_of(struct request *request, const char *name)
{
    const struct value *value = request_value(request, name);
    return value->present ? value->text : "";
}

static int64_t sale_of(struct request *request)
{
    return request_value(request, "sale_id")->number;
}

static const char *number_text(struct request *request, int64_t number)
{
    return arena_printf(request->arena, "%" PRId64, number);
}

static const char *gate_key(struct request *request)
{
    return arena_printf(request->arena, "souk:flash:%" PRId64, sale_of(request));
}

static const char *bucket_key(struct request *request)
{
    return arena_printf(request->arena, "souk:limit:flash:%" PRId64 ":%" PRId64, sale_of(request), request->claims.account_id);
}

/* A challenge. */

static const char *const numbers[] = {"zero",    "one",     "two",       "three",    "four",     "five",    "six",
                                      "seven",   "eight",   "nine",      "ten",      "eleven",   "twelve",  "thirteen",
                                      "fourteen", "fifteen", "sixteen",  "seventeen", "eighteen", "nineteen", "twenty"};

static enum souk_err challenge(struct request *request)
{
    const char *bits_of[] = {"HGET", gate_key(request), "bits"};
    redisReply *reply;
    char text[FLASH_TOKEN_TEXT];
    if (!bits_of[1])
        return SOUK_TOO_LARGE;
    enum souk_err err = redis_command(request->context->redis, request->arena, 3, bits_of, NULL, &reply);
    if (err != SOUK_OK || reply->type != REDIS_REPLY_STRING)
        return flash_gate_closed(request, sale_of(request));
    const int64_t bits = strtoll(reply->str, NULL, 10), expires_s = clock_unix_ms() / 1000 + CHALLENGE_S;
    const bool question = strcmp(text_of(request, "kind"), "question") == 0;
    struct flash_token token = {
        .kind = question ? FLASH_QUESTION : FLASH_WORK,
        .sale_id = sale_of(request),
        .account_id = request->claims.account_id,
        .second = expires_s * 256 + bits,
    };
    randombytes_buf(&token.first, sizeof token.first);
    flash_token_make(request->context->keys, &token, text);
    json_object *body = json_object_new_object();
    json_object_object_add(body, "challenge", json_object_new_string(text));
    json_object_object_add(body, "kind", json_object_new_string(question ? "question" : "work"));
    json_object_object_add(body, "bits", json_object_new_int64(question ? 0 : bits));
    int a, b;
    flash_question(request->context->keys, &token, &a, &b);
    const char *words = arena_printf(request->arena, "What is %s plus %s?", numbers[a], numbers[b]);
    json_object_object_add(body, "question", question && words ? json_object_new_string(words) : NULL);
    json_object_object_add(body, "expires_in_s", json_object_new_int(CHALLENGE_S));
    return request_answer(request, 200, body);
}

/* "", "solved" or "wrong", and the key under which it is used up. */
static const char *judge_challenge(struct request *request, const char **used)
{
    const char *text = text_of(request, "challenge");
    struct flash_token token;
    *used = "souk:flash:used:none";
    if (!*text)
        return "";
    if (!flash_token_read(request->context->keys, text, sale_of(request), request->claims.account_id, &token) ||
        (token.kind != FLASH_WORK && token.kind != FLASH_QUESTION) || token.second / 256 < clock_unix_ms() / 1000)
        return "";
    *used = arena_printf(request->arena, "souk:flash:used:%s", text);
    return flash_solved(request->context->keys, &token, text, text_of(request, "answer")) ? "solved" : "wrong";
}

/* A place in the queue. */

static enum souk_err answer_place(struct request *request, const redisReply *reply)
{
    const int64_t arrival = flash_reply_number(reply, 1), now_ms = clock_unix_ms();
    const bool waiting = strcmp(reply->element[0]->str, "waiting") == 0;
    const struct flash_token token = {FLASH_PLACE, sale_of(request), request->claims.account_id, arrival, 0};
    char text[FLASH_TOKEN_TEXT];
    flash_token_make(request->context->keys, &token, text);
    json_object *body = json_object_new_object();
    json_object_object_add(body, "state", json_object_new_string(reply->element[0]->str));
    json_object_object_add(body, "place", json_object_new_string(text));
    if (waiting) {
        const int64_t position = flash_reply_number(reply, 2), rate = flash_reply_number(reply, 4);
        const int64_t before_ms = flash_reply_number(reply, 5) - now_ms;
        const int64_t eta_s = (before_ms > 0 ? before_ms / 1000 : 0) + position / (rate > 0 ? rate : 1) + 1;
        json_object_object_add(body, "position", json_object_new_int64(position));
        json_object_object_add(body, "size", json_object_new_int64(flash_reply_number(reply, 3)));
        json_object_object_add(body, "eta_s", json_object_new_int64(eta_s));
        /* soon enough to use the turn when it comes, seldom enough for a crowd */
        request->retry_after_s = eta_s / 4 < 1 ? 1 : eta_s / 4 > POLL_S_MAX ? POLL_S_MAX : eta_s / 4;
    } else {
        const int64_t left_ms = flash_reply_number(reply, 2) - now_ms;
        json_object_object_add(body, "position", json_object_new_int(0));
        json_object_object_add(body, "expires_in_s", json_object_new_int64(left_ms > 0 ? left_ms / 1000 : 0));
    }
    return request_answer(request, 200, body);
}

static enum souk_err queue(struct request *request)
{
    struct flash_token place = {.first = 0};
    const char *used, *solved = judge_challenge(request, &used), *shown = text_of(request, "place");
    if (*shown && (!flash_token_read(request->context->keys, shown, sale_of(request), request->claims.account_id, &place) ||
                   place.kind != FLASH_PLACE))
        return SOUK_FLASH_PLACE;
    const char *argv[] = {gate_key(request), bucket_key(request), used,
                          request->context->config->limits ? "1" : "0", number_text(request, request->claims.account_id),
                          number_text(request, place.first), solved};
    redisReply *reply;
    for (size_t i = 0; i < sizeof argv / sizeof argv[0]; i++)
        if (argv[i] == NULL)
            return SOUK_TOO_LARGE;
    const struct gate_call call = {GATE_QUEUE, 3, 7, argv, request->deadline_us};
    enum souk_err err = gate_run(request->context->gate, request->arena, &call, &reply);
    if (err != SOUK_OK)
        return flash_gate_closed(request, sale_of(request));
    if (flash_said(reply, "waiting") || flash_said(reply, "admitted"))
        return answer_place(request, reply);
    return flash_refuse(request, sale_of(request), reply);
}

/* Buying. */

static void put_text(struct buffer *out, const char *name, const struct value *value)
{
    buffer_printf(out, ",\"%s\":", name);
    if (value->present)
        buffer_json_string(out, value->text);
    else
        buffer_puts(out, "null");
}

/* The members of the order's request that the buyer said: what order_place gets of it. */
static const char *order_data(struct request *request)
{
    struct buffer out = buffer_in(request->arena, 512);
    const struct value *total = request_value(request, "expected_total"), *method = request_value(request, "shipping_method");
    if (total->present)
        buffer_printf(&out, "\"expected_total\":%" PRId64, total->number);
    else
        buffer_puts(&out, "\"expected_total\":null");
    if (method->present)
        buffer_printf(&out, ",\"shipping_method\":\"%" PRId64 "\"", method->number);
    else
        buffer_puts(&out, ",\"shipping_method\":null");
    put_text(&out, "note", request_value(request, "note"));
    buffer_puts(&out, ",\"email\":null,\"address\":");
    buffer_puts(&out, request_value(request, "address")->text);
    return out.failed ? NULL : out.data;
}

static enum souk_err answer_ticket(struct request *request, const redisReply *reply)
{
    char text[FLASH_TOKEN_TEXT];
    const struct flash_token token = {FLASH_TICKET, sale_of(request), request->claims.account_id, flash_reply_number(reply, 1),
                                      flash_reply_number(reply, 2)};
    flash_token_make(request->context->keys, &token, text);
    json_object *body = json_object_new_object();
    json_object_object_add(body, "ticket", json_object_new_string(text));
    json_object_object_add(body, "state", json_object_new_string("queued"));
    request->retry_after_s = 1;
    enum souk_err err = request_answer(request, 202, body);
    request->answer.location = arena_printf(request->arena, "/v1/flash/%" PRId64 "/tickets/%s", sale_of(request), text);
    return err;
}

static enum souk_err buy(struct request *request)
{
    struct flash_token place;
    uint8_t hash[KEY_HASH_BYTES];
    char key[2 * KEY_HASH_BYTES + 1], body[2 * crypto_hash_sha256_BYTES + 1];
    if (!flash_token_read(request->context->keys, text_of(request, "place"), sale_of(request), request->claims.account_id,
                          &place) || place.kind != FLASH_PLACE)
        return SOUK_FLASH_PLACE;
    const struct value *said = request_value(request, "idempotency_key");
    crypto_generichash(hash, sizeof hash, (const unsigned char *)said->text, said->len, NULL, 0);
    text_hex(hash, sizeof hash, key);
    text_hex((const uint8_t *)request_value(request, "body_hash")->text, crypto_hash_sha256_BYTES, body);
    const int shard = store_shard_of(request->context->store, request->claims.account_id);
    const char *argv[] = {gate_key(request),
                          request->context->config->limits ? "1" : "0",
                          bucket_key(request),
                          arena_printf(request->arena, "souk:flash:entries:%d", shard),
                          number_text(request, request->claims.account_id),
                          number_text(request, place.first),
                          key,
                          body,
                          number_text(request, request_value(request, "qty")->number),
                          number_text(request, request_value(request, "order_id")->number),
                          order_data(request)};
    redisReply *reply;
    for (size_t i = 0; i < sizeof argv / sizeof argv[0]; i++)
        if (argv[i] == NULL)
            return SOUK_TOO_LARGE;
    const struct gate_call call = {GATE_BUY, 1, 11, argv, request->deadline_us};
    enum souk_err err = gate_run(request->context->gate, request->arena, &call, &reply);
    if (err != SOUK_OK)
        return flash_gate_closed(request, sale_of(request));
    return flash_said(reply, "ticket") ? answer_ticket(request, reply) : flash_refuse(request, sale_of(request), reply);
}

/* What became of it. */

struct outcome {
    const char *state, *reason;
    int64_t order_id;
};

static const struct outcome is_queued = {.state = "queued"};

static struct outcome is_ordered(const struct flash_token *ticket)
{
    return (struct outcome){.state = "ordered", .order_id = ticket->first};
}

static struct outcome is_refused(const char *reason)
{
    return (struct outcome){.state = "refused", .reason = reason};
}

/* Redis does not know it, or cannot be asked: the buyer's shard says. */
static enum souk_err ask_shard(struct request *request, const struct flash_token *ticket, struct outcome *outcome)
{
    const struct param params[] = {param_int(ticket->sale_id), param_int(ticket->first), param_int(ticket->account_id)};
    struct answer answer;
    enum souk_err err = request_call(request, store_shard_of(request->context->store, ticket->account_id), "flash_ticket", params,
                                     3, true, &answer);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    const char *state = json_member_text(body, "state");
    const bool open = state && strcmp(state, "open") == 0;
    if (json_member_number(body, "ordered"))
        *outcome = is_ordered(ticket);
    else if (json_member_number(body, "epoch") > ticket->second)
        *outcome = is_refused(open ? "gate_restarted" : "over");
    else
        *outcome = open ? is_queued : is_refused("over");
    return SOUK_OK;
}

/* What Redis knows of it, else the shard. */
static enum souk_err ask(struct request *request, const struct flash_token *ticket, struct outcome *outcome)
{
    const char *gate = gate_key(request), *order_id = number_text(request, ticket->first);
    const char *held = arena_printf(request->arena, "%s:%" PRId64 ":o", gate, ticket->second);
    const char *refused = arena_printf(request->arena, "%s:%" PRId64 ":r", gate, ticket->second);
    const char *epoch_of[] = {"HGET", gate, "epoch"}, *held_of[] = {"HGET", held, order_id}, *why[] = {"HGET", refused, order_id};
    const struct redis_line lines[] = {{3, epoch_of, NULL}, {3, held_of, NULL}, {3, why, NULL}};
    redisReply *replies[3];
    if (!gate || !order_id || !held || !refused)
        return SOUK_TOO_LARGE;
    if (redis_pipeline(request->context->redis, request->arena, lines, 3, replies) != SOUK_OK)
        return ask_shard(request, ticket, outcome);
    const char *state = replies[1]->type == REDIS_REPLY_STRING ? strrchr(replies[1]->str, ':') : NULL;
    if (state && strcmp(state, ":o") == 0)
        *outcome = is_ordered(ticket);
    else if (replies[2]->type == REDIS_REPLY_STRING)
        *outcome = is_refused(replies[2]->str);
    else if (state && replies[0]->type == REDIS_REPLY_STRING && strtoll(replies[0]->str, NULL, 10) == ticket->second)
        *outcome = is_queued;
    else
        return ask_shard(request, ticket, outcome);
    return SOUK_OK;
}

/* The caller's ticket of the path, and what became of it. */
static enum souk_err read_ticket(struct request *request, struct flash_token *ticket, struct outcome *outcome)
{
    if (!flash_token_read(request->context->keys, text_of(request, "ticket"), sale_of(request), request->claims.account_id,
                          ticket) || ticket->kind != FLASH_TICKET)
        return SOUK_NOT_FOUND;
    return ask(request, ticket, outcome);
}

static enum souk_err ticket(struct request *request)
{
    struct flash_token token;
    struct outcome outcome;
    enum souk_err err = read_ticket(request, &token, &outcome);
    if (err != SOUK_OK)
        return err;
    json_object *body = json_object_new_object(), *order_id = NULL;
    if (outcome.order_id)
        order_id = json_object_new_string(number_text(request, outcome.order_id));
    json_object_object_add(body, "state", json_object_new_string(outcome.state));
    json_object_object_add(body, "order_id", order_id);
    json_object_object_add(body, "reason", outcome.reason ? json_object_new_string(outcome.reason) : NULL);
    if (outcome.state == is_queued.state)
        request->retry_after_s = 1;
    return request_answer(request, 200, body);
}

/* nginx keeps only those who say that they take events. */
static bool can_listen(struct request *request)
{
    const char *accept = request_header(request, "Accept");
    return request->context->config->events_socket[0] && accept && strstr(accept, "text/event-stream");
}

/* The outcome as an event, from nginx once there is one (nginx/snippets/events.conf): no thread waits for it here. */
static enum souk_err ticket_events(struct request *request)
{
    struct flash_token token;
    struct outcome outcome;
    enum souk_err err = read_ticket(request, &token, &outcome);
    if (err != SOUK_OK)
        return err;
    struct buffer out = buffer_in(request->arena, 256);
    if (outcome.state == is_queued.state && can_listen(request)) {
        request_add_header(request, arena_printf(request->arena, "X-Accel-Redirect: /-/events/%" PRId64, token.first));
    } else {
        buffer_printf(&out, "retry: 1000\nevent: ticket\ndata: {\"state\":\"%s\",\"reason\":", outcome.state);
        if (outcome.reason)
            buffer_json_string(&out, outcome.reason);
        else
            buffer_puts(&out, "null");
        buffer_puts(&out, "}\n\n");
    }
    request->content_type = "text/event-stream";
    request->answer = (struct answer){.status = 200, .body = out.len ? out.data : "", .body_len = out.len};
    return out.failed ? SOUK_TOO_LARGE : SOUK_OK;
}

/* What there is. */

static enum souk_err shown(struct request *request)
{
    enum souk_err err = request_invoke(request);
    if (err != SOUK_OK)
        return err;
    json_object *body = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    json_object *items = json_member_array(body, "items");
    if (body == NULL)
        return SOUK_INTERNAL;
    err = items ? flash_state_list(request, items) : flash_state_one(request, body);
    flash_state_time(body);
    return err ? err : request_answer(request, 200, json_object_get(body));
}

static const char *const challenge_kinds[] = {"work", "question", NULL};
static const struct field address_fields[] = {FIELDS_ADDRESS(true, true)};

#define FIELD_SALE FIELDS_PATH_ID("sale_id", "The sale")
#define FIELD_TOKEN(name_, from_, about_) \
    .name = (name_), .from = (from_), .type = FIELD_STRING, .max = 100, .about = (about_)

static const struct field shown_fields[] = {FIELD_SALE};
static const struct field challenge_fields[] = {
    FIELDS_ACCOUNT,
    FIELD_SALE,
    {.name = "kind", .from = FROM_BODY, .type = FIELD_ENUM, .one_of = challenge_kinds,
     .about = "work (when absent): something for the browser to compute; question: something for a person to answer"},
};
static const struct field queue_fields[] = {
    FIELDS_ACCOUNT,
    FIELD_SALE,
    {FIELD_TOKEN("place", FROM_BODY, "The place you have, so that it is kept when the queue was lost"), .nullable = true},
    {FIELD_TOKEN("challenge", FROM_BODY, "A challenge, where the sale asks for one"), .nullable = true},
    {.name = "answer", .from = FROM_BODY, .type = FIELD_STRING, .max = 32, .nullable = true,
     .about = "work: a text with which SHA-256 of <challenge>:<answer> begins with so many zero bits; question: the number"},
};
static const struct field quoted_address_fields[] = {FIELDS_ADDRESS(false, true)};
static const struct field quote_fields[] = {
    FIELDS_ACCOUNT,
    FIELD_SALE,
    {.name = "qty", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = UNITS_MAX, .fallback = 1, .about = "Units; 1 when absent"},
    {.name = "address", .from = FROM_BODY, .type = FIELD_OBJECT, .nullable = true, .of = quoted_address_fields,
     .of_n = sizeof quoted_address_fields / sizeof quoted_address_fields[0], .about = "Where it goes: country and region say the taxes"},
    {.name = "shipping_method", .from = FROM_BODY, .type = FIELD_ID, .nullable = true, .about = "The usual one when absent"},
};
static const struct field buy_fields[] = {
    FIELDS_NEW_ID("order_id"),
    FIELDS_ACCOUNT,
    FIELDS_IDEMPOTENCY,
    FIELD_SALE,
    {FIELD_TOKEN("place", FROM_BODY, "What the queue gave you when it let you in"), .required = true},
    {.name = "qty", .from = FROM_BODY, .type = FIELD_INT, .min = 1, .max = UNITS_MAX, .fallback = 1, .about = "Units; 1 when absent"},
    {.name = "address", .from = FROM_BODY, .type = FIELD_OBJECT, .required = true, .of = address_fields,
     .of_n = sizeof address_fields / sizeof address_fields[0], .about = "Where it goes"},
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .max = NOTE_CHARS_MAX, .nullable = true,
     .about = "What the buyer wants to say"},
    {.name = "expected_total", .from = FROM_BODY, .type = FIELD_INT, .min = 0, .max = 9007199254740991, .nullable = true,
     .about = "The total the buyer was shown, minor units; another one is refused"},
    {.name = "shipping_method", .from = FROM_BODY, .type = FIELD_ID, .nullable = true, .about = "The usual one when absent"},
};
static const struct field ticket_fields[] = {
    FIELDS_ACCOUNT,
    FIELD_SALE,
    {FIELD_TOKEN("ticket", FROM_PATH, "The ticket"), .required = true},
};

/* The state of a sale and what is left of it: asked for once a second by each nginx, whatever the crowd. */
static const struct cache_policy this_second = {.nginx_ms = 1000, .this_second = true};

#define BUYER_ROW(method_, path_, fields_, handle_, name_) \
    .method = (method_), .path = "/v1/flash/{sale_id}/" path_, .who = ROLE_BUYER, FIELDS(fields_), .shard_by = SHARD_NONE, \
    .handle = (handle_), .name = (name_)

static const struct route routes[] = {
    {.method = METHOD_GET, .path = "/v1/flash", .shard_by = SHARD_GLOBAL, .routine = "flash_shown_list", .handle = shown,
     .cache = &this_second, .flags = ROUTE_PUBLIC_CACHE, .name = "flash_shown_list",
     .summary = "Flash sales: coming, under way, and those of the last day", .answers = "FlashList"},
    {.method = METHOD_GET, .path = "/v1/flash/{sale_id}", FIELDS(shown_fields), .shard_by = SHARD_GLOBAL,
     .routine = "flash_shown", .handle = shown, .cache = &this_second, .flags = ROUTE_PUBLIC_CACHE, .name = "flash_shown",
     .summary = "A flash sale: its state, the server's time, about how much is left", .answers = "Flash"},
    {BUYER_ROW(METHOD_POST, "challenge", challenge_fields, challenge, "flash_challenge"),
     .summary = "Something to solve before the queue is joined", .answers = "FlashChallenge"},
    {BUYER_ROW(METHOD_POST, "queue", queue_fields, queue, "flash_queue"),
     .summary = "Your place in the queue: the first call takes it, later ones say how far it is", .answers = "FlashPlace"},
    {.method = METHOD_POST, .path = "/v1/flash/{sale_id}/quote", .who = ROLE_BUYER, FIELDS(quote_fields), .shard_by = SHARD_BY_ID,
     .shard_field = "account_id", .routine = "flash_quote", .name = "flash_quote",
     .summary = "What an order in the sale would cost; holds nothing", .answers = "Quote"},
    {.method = METHOD_POST, .path = "/v1/flash/{sale_id}/orders", .who = ROLE_BUYER, FIELDS(buy_fields), .shard_by = SHARD_BY_ID,
     .shard_field = "account_id", .handle = buy, .flags = ROUTE_KEY_REQUIRED, .name = "flash_buy",
     .summary = "Buy: units are yours from now on, and an order is made of them within moments",
     .status = 202, .answers = "FlashTicket"},
    {BUYER_ROW(METHOD_GET, "tickets/{ticket}", ticket_fields, ticket, "flash_ticket"),
     .summary = "What became of it: queued, ordered or refused", .answers = "FlashOutcome"},
    {BUYER_ROW(METHOD_GET, "tickets/{ticket}/events", ticket_fields, ticket_events, "flash_ticket_events"), .flags = ROUTE_EVENTS,
     .summary = "The same as a stream of server-sent events: one of type ticket, with state and reason, when it is known"},
};

const struct route_set flash_routes = {"flash", routes, sizeof routes / sizeof routes[0]};
