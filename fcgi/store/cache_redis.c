/* See cache_redis.h. What decides, decides in a script: whether an answer may still be kept is asked and done in one step. */
#include "store/cache_redis.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { HEAD_TEXT_BYTES = 21, MAGIC = 0x736f6b31, ABSENT = -1, CUT_MS = 15000, ENDS_MAX = 64, END_ARGS = 3 * ENDS_MAX + 8 };

/* After 'v' or 'n' (null) and the version as 20 digits, so that a script can compare it as text. */
struct head {
    int32_t magic, status;
    int64_t loaded_ms, expires_ms, cost_us;
    int32_t row_cut_len, body_len, etag_len, next_cursor_len, location_len; /* ABSENT: NULL */
};

/* KEYS lock, cut, cut of the row, epoch; ARGV token, ms. Answers {locked, cut, cut of the row, epoch}. */
static struct redis_script take_script = {
    .text = "local mine = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])\n"
            "return {mine and 1 or 0, redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[3]) or '',\n"
            "  redis.call('GET', KEYS[4]) or ''}\n"};

/* KEYS lock, cut, cut of the row, epoch, value; ARGV token, the three as they were, ms, value. Answers 1 when it was kept.
 * A null stands above every version, for it was made under the same cuts. */
static struct redis_script give_script = {
    .text = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end\n"
            "if ARGV[6] == '' then return 0 end\n"
            "for i = 2, 4 do if (redis.call('GET', KEYS[i]) or '') ~= ARGV[i] then return 0 end end\n"
            "local old = redis.call('GETRANGE', KEYS[5], 0, 20)\n"
            "local new = string.sub(ARGV[6], 1, 21)\n"
            "if #old == 21 and string.sub(old, 1, 1) == 'v' and string.sub(new, 1, 1) == 'v' and old > new then return 0 end\n"
            "redis.call('SET', KEYS[5], ARGV[6], 'PX', ARGV[5])\n"
            "return 1\n"};

/* KEYS cut, value in turn, for all of a row its cut twice; ARGV ms, a stamp "<stream>/<entry>" for each pair. A cut is
 * "<count>|<stamp>": it never comes back to what it was, and what another process has done already is not done again. */
static const char end_script[] =
    "local function later(stamp, cut)\n"
    "  local stream, ms, seq = string.match(stamp, '^(%d+)/(%d+)-(%d+)$')\n"
    "  local cut_stream, cut_ms, cut_seq = string.match(cut, '|(%d+)/(%d+)-(%d+)$')\n"
    "  if stream ~= cut_stream then return true end\n"
    "  if ms ~= cut_ms then return tonumber(ms) > tonumber(cut_ms) end\n"
    "  return tonumber(seq) > tonumber(cut_seq)\n"
    "end\n"
    "for i = 1, #KEYS, 2 do\n"
    "  local stamp, cut = ARGV[(i + 1) / 2 + 1], redis.call('GET', KEYS[i])\n"
    "  if not cut or later(stamp, cut) then\n"
    "    local new = string.format('%.0f|%s', (cut and tonumber(string.match(cut, '^%d+')) or 0) + 1, stamp)\n"
    "    if KEYS[i] == KEYS[i + 1] then redis.call('SET', KEYS[i], new)\n"
    "    else redis.call('SET', KEYS[i], new, 'PX', ARGV[1]) redis.call('DEL', KEYS[i + 1]) end\n"
    "  end\n"
    "end\n"
    "return 1\n";

static const char *value_key(struct arena *arena, uint64_t epoch, const char *key)
{
    return arena_printf(arena, "souk:c:%016" PRIx64 ":%s", epoch, key);
}

static const char *take_text(const char **at, const char *end, int32_t len, bool *good)
{
    const char *text = *at;
    if (len == ABSENT)
        return NULL;
    if (len < 0 || end - *at < (ptrdiff_t)len + 1 || text[len] != '\0') {
        *good = false;
        return NULL;
    }
    *at += len + 1;
    return text;
}

/* NULL when it is not one of ours, or from before the row's answers were ended. */
static struct cached *decode(const struct cache_key *key, const redisReply *value, const redisReply *row_cut)
{
    struct head head;
    const char *at = value->str + HEAD_TEXT_BYTES, *end = value->str + value->len;
    if ((size_t)value->len < HEAD_TEXT_BYTES + sizeof head)
        return NULL;
    memcpy(&head, at, sizeof head);
    at += sizeof head;
    bool good = head.magic == MAGIC;
    const char *made_under = good ? take_text(&at, end, head.row_cut_len, &good) : NULL;
    const char *now = row_cut->type == REDIS_REPLY_STRING ? row_cut->str : "";
    if (!good || made_under == NULL || strcmp(made_under, now) != 0)
        return NULL;
    struct cached_parts parts = {.key = key, .null = value->str[0] == 'n', .status = head.status};
    parts.etag = take_text(&at, end, head.etag_len, &good);
    parts.next_cursor = take_text(&at, end, head.next_cursor_len, &good);
    parts.location = take_text(&at, end, head.location_len, &good);
    parts.body = take_text(&at, end, head.body_len, &good);
    parts.body_len = parts.body ? (size_t)head.body_len : 0;
    struct cached *cached = good ? cached_new(&parts) : NULL;
    if (cached != NULL) {
        cached->loaded_ms = head.loaded_ms;
        cached->expires_ms = head.expires_ms;
        cached->cost_us = head.cost_us;
    }
    return cached;
}

struct cached *tier_find(const struct tier *tier, struct arena *arena, uint64_t epoch, const struct cache_key *key)
{
    redisReply *reply;
    const char *value = value_key(arena, epoch, key->text);
    const char *row = arena_printf(arena, "souk:g:%s", tier->row_names[key->row]);
    const char *argv[] = {"MGET", value, row};
    if (epoch == 0 || !value || !row || redis_command(tier->redis, arena, 3, argv, NULL, &reply) != SOUK_OK)
        return NULL;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || reply->element[0]->type != REDIS_REPLY_STRING)
        return NULL;
    return decode(key, reply->element[0], reply->element[1]);
}

static bool name_keys(const struct tier *tier, struct arena *arena, const struct cache_key *key, const char *names[4])
{
    names[0] = arena_printf(arena, "souk:l:%s", key->text);
    names[1] = arena_printf(arena, "souk:x:%s", key->text);
    names[2] = arena_printf(arena, "souk:g:%s", tier->row_names[key->row]);
    names[3] = "souk:epoch";
    return names[0] && names[1] && names[2];
}

void tier_take(const struct tier *tier, struct arena *arena, uint64_t epoch, const struct cache_key *key,
               struct tier_ticket *ticket)
{
    uint8_t random[16];
    char ms[16];
    const char *argv[6];
    redisReply *reply;
    *ticket = (struct tier_ticket){.epoch = epoch, .locked = true};
    randombytes_buf(random, sizeof random);
    text_hex(random, sizeof random, ticket->token);
    snprintf(ms, sizeof ms, "%d", TIER_LOCK_MS);
    argv[4] = ticket->token;
    argv[5] = ms;
    if (epoch == 0 || !name_keys(tier, arena, key, argv) ||
        redis_eval(tier->redis, arena, &take_script, 4, 6, argv, NULL, &reply) != SOUK_OK ||
        reply->type != REDIS_REPLY_ARRAY || reply->elements != 4)
        return;
    ticket->locked = reply->element[0]->integer == 1;
    ticket->good = strtoull(reply->element[3]->str, NULL, 16) == epoch;
    snprintf(ticket->cut, sizeof ticket->cut, "%s", reply->element[1]->str);
    snprintf(ticket->row_cut, sizeof ticket->row_cut, "%s", reply->element[2]->str);
}

static char *put(char *at, const char *text, int32_t len)
{
    if (len == ABSENT)
        return at;
    memcpy(at, text, (size_t)len);
    at[len] = '\0';
    return at + len + 1;
}

static int32_t len_of(const char *text)
{
    return text ? (int32_t)strlen(text) : ABSENT;
}

static char *encode(struct arena *arena, const struct tier_ticket *ticket, const struct cached *cached, size_t *len)
{
    struct head head = {.magic = MAGIC, .status = cached->status, .loaded_ms = cached->loaded_ms,
                        .expires_ms = cached->expires_ms, .cost_us = cached->cost_us,
                        .row_cut_len = len_of(ticket->row_cut), .etag_len = len_of(cached->etag),
                        .next_cursor_len = len_of(cached->next_cursor), .location_len = len_of(cached->location),
                        .body_len = cached->body ? (int32_t)cached->body_len : ABSENT};
    size_t room = HEAD_TEXT_BYTES + sizeof head + (size_t)(head.row_cut_len + head.etag_len + head.next_cursor_len +
                                                           head.location_len + head.body_len + 5);
    char *value = arena_alloc(arena, room + 1);
    if (value == NULL)
        return NULL;
    snprintf(value, room, "%c%020" PRId64, cached->null ? 'n' : 'v', cached->version);
    char *at = value + HEAD_TEXT_BYTES;
    memcpy(at, &head, sizeof head);
    at = put(at + sizeof head, ticket->row_cut, head.row_cut_len);
    at = put(at, cached->etag, head.etag_len);
    at = put(at, cached->next_cursor, head.next_cursor_len);
    at = put(at, cached->location, head.location_len);
    at = put(at, cached->body, head.body_len);
    *len = (size_t)(at - value);
    return value;
}

bool tier_give(const struct tier *tier, struct arena *arena, const struct cache_key *key, const struct tier_ticket *ticket,
               const struct cached *cached, int64_t px_ms)
{
    char epoch[20], ms[24];
    const char *argv[11];
    size_t lens[11], value_len = 0;
    redisReply *reply;
    if (!ticket->good || !name_keys(tier, arena, key, argv))
        return false;
    const char *value = cached ? encode(arena, ticket, cached, &value_len) : "";
    argv[4] = value_key(arena, ticket->epoch, key->text);
    if (!value || !argv[4])
        return false;
    snprintf(epoch, sizeof epoch, "%016" PRIx64, ticket->epoch);
    snprintf(ms, sizeof ms, "%" PRId64, px_ms);
    memcpy(argv + 5, ((const char *[]){ticket->token, ticket->cut, ticket->row_cut, epoch, ms, value}), 6 * sizeof *argv);
    for (size_t i = 0; i < 10; i++)
        lens[i] = strlen(argv[i]);
    lens[10] = value_len;
    return redis_eval(tier->redis, arena, &give_script, 5, 11, argv, lens, &reply) == SOUK_OK &&
           reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
}

static bool command(redisContext *redis, int argc, const char **argv)
{
    redisReply *reply = redisCommandArgv(redis, argc, argv, NULL);
    bool good = reply != NULL && reply->type != REDIS_REPLY_ERROR;
    if (reply != NULL)
        freeReplyObject(reply);
    return good;
}

static bool name_end(struct arena *arena, uint64_t epoch, const struct tier_end *end, const char *names[2])
{
    if (end->key == NULL) {
        names[0] = names[1] = arena_printf(arena, "souk:g:%s", end->row);
    } else {
        names[0] = arena_printf(arena, "souk:x:%s", end->key);
        names[1] = value_key(arena, epoch, end->key);
    }
    return names[0] && names[1];
}

/* At most ENDS_MAX in one script. */
static bool end_some(redisContext *redis, struct arena *arena, uint64_t epoch, const struct tier_end *ends, size_t n)
{
    const char *argv[END_ARGS] = {"EVAL", end_script};
    char keys_n[16], ms[16];
    size_t at = 3;
    snprintf(keys_n, sizeof keys_n, "%zu", 2 * n);
    snprintf(ms, sizeof ms, "%d", CUT_MS);
    argv[2] = keys_n;
    for (size_t i = 0; i < n; i++, at += 2) {
        if (!name_end(arena, epoch, &ends[i], argv + at))
            return false;
    }
    argv[at++] = ms;
    for (size_t i = 0; i < n; i++)
        argv[at++] = ends[i].stamp;
    return command(redis, (int)at, argv);
}

bool tier_end(redisContext *redis, struct arena *arena, uint64_t epoch, const struct tier_end *ends, size_t n)
{
    bool good = true;
    for (size_t i = 0; good && i < n; i += ENDS_MAX)
        good = end_some(redis, arena, epoch, ends + i, n - i < ENDS_MAX ? n - i : ENDS_MAX);
    return good;
}
