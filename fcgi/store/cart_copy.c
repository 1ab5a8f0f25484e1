/* The copy of a cart in Redis. See cart_copy.h. Every script checks first and writes last. */
#include "store/cart_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

enum { STATE_LEN = 1, LINES_LEN = 3, VERSION_LEN = 16, ID_LEN = 8, HEAD_LEN = STATE_LEN + LINES_LEN + VERSION_LEN };

/* ---- keys and bytes ---- */

bool cart_copy_of(struct redis *redis, struct arena *arena, int shard, int64_t account_id, struct cart_key *out)
{
    const long long id = account_id;
    *out = (struct cart_key){
        .redis = redis,
        .arena = arena,
        .account_id = arena_printf(arena, "%lld", id),
        .copy = arena_printf(arena, "souk:cart:%lld", id),
        .body = arena_printf(arena, "souk:cart:%lld:shown", id),
        .holders = arena_printf(arena, "souk:cart:%lld:held", id),
        .lease = arena_printf(arena, "souk:cart:%lld:lease", id),
        .ticked = arena_printf(arena, "souk:carts:ticked:%d", shard),
    };
    return out->account_id && out->copy && out->body && out->holders && out->lease && out->ticked;
}

static void put_id(char *out, int64_t id)
{
    for (int i = 0; i < ID_LEN; i++)
        out[i] = (char)((uint64_t)id >> (56 - 8 * i) & 0xff);
}

static int64_t get_id(const char *in)
{
    uint64_t id = 0;
    for (int i = 0; i < ID_LEN; i++)
        id = id << 8 | (unsigned char)in[i];
    return (int64_t)id;
}

static bool get_number(const char *in, size_t len, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        if (in[i] < '0' || in[i] > '9')
            return false;
        *out = *out * 10 + (in[i] - '0');
    }
    return true;
}

static size_t copy_len(size_t lines_n)
{
    return HEAD_LEN + ID_LEN * lines_n + VERSION_LEN + (lines_n + 7) / 8;
}

bool cart_copy_unpack(const char *bytes, size_t len, struct cart_copy *out)
{
    int64_t lines_n;
    if (len < HEAD_LEN || !get_number(bytes + STATE_LEN, LINES_LEN, &lines_n) || lines_n > CART_LINES_MAX ||
        len != copy_len((size_t)lines_n))
        return false;
    out->lines_n = (size_t)lines_n;
    const char *version = bytes + HEAD_LEN + ID_LEN * out->lines_n, *bits = version + VERSION_LEN;
    for (size_t i = 0; i < out->lines_n; i++) {
        out->sku_ids[i] = get_id(bytes + HEAD_LEN + ID_LEN * i);
        out->ticked[i] = (unsigned char)bits[i / 8] >> (7 - i % 8) & 1;
    }
    return get_number(bytes + STATE_LEN + LINES_LEN, VERSION_LEN, &out->base) &&
           get_number(version, VERSION_LEN, &out->version);
}

/* NULL: arena full. */
static char *pack(struct arena *arena, const struct cart_copy *copy, size_t *len)
{
    char head[HEAD_LEN + 1], version[VERSION_LEN + 1];
    *len = copy_len(copy->lines_n);
    char *out = arena_alloc(arena, *len);
    if (out == NULL)
        return NULL;
    snprintf(head, sizeof head, "o%03u%016" PRIu64, (unsigned)(copy->lines_n % 1000), (uint64_t)copy->base % 10000000000000000u);
    snprintf(version, sizeof version, "%016" PRIu64, (uint64_t)copy->version % 10000000000000000u);
    memcpy(out, head, HEAD_LEN);
    for (size_t i = 0; i < copy->lines_n; i++)
        put_id(out + HEAD_LEN + ID_LEN * i, copy->sku_ids[i]);
    char *after = out + HEAD_LEN + ID_LEN * copy->lines_n, *bits = after + VERSION_LEN;
    memcpy(after, version, VERSION_LEN);
    for (size_t i = 0; i < copy->lines_n; i++)
        bits[i / 8] = (char)((unsigned char)bits[i / 8] | (unsigned)copy->ticked[i] << (7 - i % 8));
    return out;
}

const char *cart_copy_ticked(struct arena *arena, const struct cart_copy *copy)
{
    struct buffer out = buffer_in(arena, 256);
    buffer_puts(&out, ",");
    for (size_t i = 0; i < copy->lines_n; i++) {
        if (copy->ticked[i])
            buffer_printf(&out, "%" PRId64 ",", copy->sku_ids[i]);
    }
    return out.failed ? NULL : out.data;
}

/* ---- scripts ---- */

/* Offsets in Lua count from 1: lines at 2, base at 5, ids at 21; with n lines the version at 21 + 8n, ticks 16 on. */
#define LUA_BASE "local function base(c) return string.sub(c, 5, 20) end "
#define LUA_VERSION \
    "local function version(c) local at = 21 + 8 * tonumber(string.sub(c, 2, 4)) return string.sub(c, at, at + 15) end "

/* KEYS copy, ticked; ARGV account, "1" or "0", if_match or "", ids or "" for all. "": MySQL decides. */
static struct redis_script tick_script = {
    .text = "local c = redis.call('GET', KEYS[1]) "
            "if not c or string.byte(c, 1) ~= 111 then return '' end "
            "local n = tonumber(string.sub(c, 2, 4)) "
            "local ids_end = 20 + 8 * n "
            "local version = string.sub(c, ids_end + 1, ids_end + 16) "
            "if ARGV[3] ~= '' and ARGV[3] ~= version then return '' end "
            "local old = string.sub(c, ids_end + 17) "
            "local bits = {string.byte(old, 1, -1)} "
            "local on, wanted = ARGV[2] == '1', ARGV[4] "
            "local function set(at) "
            "  local k, mask = math.floor(at / 8) + 1, bit.lshift(1, 7 - at % 8) "
            "  bits[k] = on and bit.bor(bits[k], mask) or bit.band(bits[k], bit.bnot(mask)) "
            "end "
            "if wanted == '' then for at = 0, n - 1 do set(at) end end "
            "for i = 1, #wanted, 8 do "
            "  local id = string.sub(wanted, i, i + 7) "
            "  local at = string.find(c, id, 21, true) "
            "  while at and (at - 21) % 8 ~= 0 do at = string.find(c, id, at + 1, true) end "
            "  if not at or at > ids_end then return '' end "
            "  set((at - 21) / 8) "
            "end "
            "local new, count = string.char(unpack(bits)), 0 "
            "for k = 1, #bits do local b = bits[k] while b > 0 do count, b = count + 1, bit.band(b, b - 1) end end "
            "if new ~= old then "
            "  if version == string.sub(c, 5, 20) then "
            "    redis.call('SADD', KEYS[2], ARGV[1]) "
            "    redis.call('EXPIRE', KEYS[1], 3600) "
            "  end "
            "  local t = redis.call('TIME') "
            "  version = string.format('%016.0f', math.max(tonumber(version) + 1, t[1] * 1000000 + t[2])) "
            "  redis.call('SETRANGE', KEYS[1], ids_end, version .. new) "
            "end "
            "return version .. ' ' .. n .. ' ' .. count",
};

/* KEYS copy, body, holders, lease; ARGV token, lease ms. {held, copy, shown} */
static struct redis_script see_script = {
    .text = LUA_VERSION
            "local c, held = redis.call('GET', KEYS[1]), redis.call('EXISTS', KEYS[3]) "
            "if c then "
            "  local shown = redis.call('GET', KEYS[2]) "
            "  if held == 0 and string.byte(c, 1) ~= 111 then redis.call('SETRANGE', KEYS[1], 0, 'o') end "
            "  if shown and string.sub(shown, 1, 16) == version(c) then return {held, c, string.sub(shown, 17)} end "
            "  return {held, c, ''} "
            "end "
            "if held == 0 then redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[2]) end "
            "return {held, '', ''}",
};

/* KEYS copy, body, holders, lease; ARGV token, copy or "", version and shown, copy s, body ms */
static struct redis_script store_script = {
    .text = LUA_VERSION
            "if redis.call('EXISTS', KEYS[3]) == 1 then return 0 end "
            "if ARGV[2] ~= '' then "
            "  if redis.call('GET', KEYS[4]) ~= ARGV[1] then return 0 end "
            "  redis.call('DEL', KEYS[4]) "
            "  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4]) "
            "else "
            "  local c = redis.call('GET', KEYS[1]) "
            "  if not c or version(c) ~= string.sub(ARGV[3], 1, 16) then return 0 end "
            "end "
            "redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[5]) "
            "return 1",
};

/* KEYS copy, body, holders, lease, ticked; ARGV token, account, hold ms. The copy whose ticks may be new, or "". */
static struct redis_script hold_script = {
    .text = LUA_BASE LUA_VERSION
            "redis.call('SADD', KEYS[3], ARGV[1]) "
            "redis.call('PEXPIRE', KEYS[3], ARGV[3]) "
            "redis.call('DEL', KEYS[2], KEYS[4]) "
            "local c = redis.call('GET', KEYS[1]) "
            "if not c then return '' end "
            "if base(c) == version(c) then "
            "  redis.call('DEL', KEYS[1]) "
            "  redis.call('SREM', KEYS[5], ARGV[2]) "
            "  return '' "
            "end "
            "redis.call('SETRANGE', KEYS[1], 0, 'w') "
            "return c",
};

/* KEYS copy, holders; ARGV token. A hold that had ended before its time may have let an old copy in. */
static struct redis_script release_script = {
    .text = "if redis.call('SREM', KEYS[2], ARGV[1]) == 0 then redis.call('DEL', KEYS[1]) end return 1",
};

/* KEYS copy, body, ticked; ARGV account, "only" that version, or what was made "before" it; version. */
static struct redis_script drop_script = {
    .text = LUA_BASE LUA_VERSION
            "local c = redis.call('GET', KEYS[1]) "
            "local goes = not c or (ARGV[2] == 'only' and version(c) == ARGV[3]) or (ARGV[2] == 'before' and base(c) < ARGV[3]) "
            "if not goes then return 0 end "
            "redis.call('DEL', KEYS[1], KEYS[2]) "
            "redis.call('SREM', KEYS[3], ARGV[1]) "
            "return c and 1 or 0",
};

/* KEYS copy, ticked; ARGV account, base, version */
static struct redis_script kept_script = {
    .text = LUA_BASE LUA_VERSION
            "local c = redis.call('GET', KEYS[1]) "
            "local old = c and base(c) "
            "if old == ARGV[2] then "
            "  redis.call('SETRANGE', KEYS[1], 4, ARGV[3]) "
            "  old = ARGV[3] "
            "end "
            "if not c or version(c) == old then redis.call('SREM', KEYS[2], ARGV[1]) end "
            "return 1",
};

/* ---- calls ---- */

#define TEXT(text) (text), strlen(text)

struct args {
    const char *argv[16];
    size_t lens[16];
    int n, keys_n;
};

static void add(struct args *args, const char *bytes, size_t len)
{
    args->argv[args->n] = bytes;
    args->lens[args->n++] = len;
}

static void add_key(struct args *args, const char *key)
{
    add(args, TEXT(key));
    args->keys_n++;
}

/* 16 digits. */
static void add_version(struct args *args, int64_t version, char out[VERSION_LEN + 1])
{
    snprintf(out, VERSION_LEN + 1, "%016" PRIu64, (uint64_t)version % 10000000000000000u);
    add(args, TEXT(out));
}

static enum souk_err eval(const struct cart_key *key, struct redis_script *script, struct args *args, redisReply **reply)
{
    return redis_eval(key->redis, key->arena, script, args->keys_n, args->n, args->argv, args->lens, reply);
}

static enum souk_err eval_only(const struct cart_key *key, struct redis_script *script, struct args *args)
{
    redisReply *reply;
    return eval(key, script, args, &reply);
}

enum souk_err cart_copy_tick(const struct cart_key *key, const struct cart_tick *tick, struct cart_ticked *out)
{
    char version[VERSION_LEN + 1], ids[CART_LINES_MAX * ID_LEN];
    struct args args = {.n = 0};
    redisReply *reply;
    if (tick->n > CART_LINES_MAX)
        return SOUK_NOT_FOUND;
    for (size_t i = 0; i < tick->n; i++)
        put_id(ids + ID_LEN * i, tick->sku_ids[i]);
    add_key(&args, key->copy);
    add_key(&args, key->ticked);
    add(&args, TEXT(key->account_id));
    add(&args, tick->ticked ? "1" : "0", 1);
    if (tick->if_match)
        add_version(&args, *tick->if_match, version);
    else
        add(&args, TEXT(""));
    add(&args, ids, ID_LEN * tick->n);
    enum souk_err err = eval(key, &tick_script, &args, &reply);
    if (err != SOUK_OK)
        return err;
    if (reply->type != REDIS_REPLY_STRING ||
        sscanf(reply->str, "%" SCNd64 " %d %d", &out->version, &out->lines_n, &out->ticked_n) != 3)
        return SOUK_NOT_FOUND;
    return SOUK_OK;
}

enum souk_err cart_copy_see(const struct cart_key *key, const char *token, struct cart_seen *out)
{
    char lease_ms[12];
    struct args args = {.n = 0};
    redisReply *reply;
    snprintf(lease_ms, sizeof lease_ms, "%d", CART_LEASE_MS);
    add_key(&args, key->copy);
    add_key(&args, key->body);
    add_key(&args, key->holders);
    add_key(&args, key->lease);
    add(&args, TEXT(token));
    add(&args, TEXT(lease_ms));
    *out = (struct cart_seen){.held = true};
    enum souk_err err = eval(key, &see_script, &args, &reply);
    if (err != SOUK_OK)
        return err;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
        return SOUK_UNAVAILABLE;
    redisReply *const *parts = reply->element;
    out->held = parts[0]->integer != 0;
    out->copied = parts[1]->len > 0 && cart_copy_unpack(parts[1]->str, parts[1]->len, &out->copy);
    out->shown = parts[2]->len > 0 ? parts[2]->str : NULL;
    out->shown_len = parts[2]->len;
    return SOUK_OK;
}

/* `mean` give or take a tenth. */
static unsigned randomised(unsigned mean)
{
    return mean - mean / 10 + arc4random_uniform(mean / 5 + 1);
}

enum souk_err cart_copy_store(const struct cart_key *key, const char *token, const struct cart_copy *copy,
                              int64_t version, const char *etag, const char *body)
{
    char copy_s[12], body_ms[12];
    size_t len = 0;
    struct args args = {.n = 0};
    const char *bytes = copy ? pack(key->arena, copy, &len) : "";
    const char *shown = arena_printf(key->arena, "%016" PRId64 "%s\n%s", version, etag, body);
    if (bytes == NULL || shown == NULL)
        return SOUK_TOO_LARGE;
    snprintf(copy_s, sizeof copy_s, "%u", randomised(CART_COPY_S));
    snprintf(body_ms, sizeof body_ms, "%u", randomised(CART_BODY_MS));
    add_key(&args, key->copy);
    add_key(&args, key->body);
    add_key(&args, key->holders);
    add_key(&args, key->lease);
    add(&args, TEXT(token));
    add(&args, bytes, len);
    add(&args, TEXT(shown));
    add(&args, TEXT(copy_s));
    add(&args, TEXT(body_ms));
    return eval_only(key, &store_script, &args);
}

enum souk_err cart_copy_hold(const struct cart_key *key, const char *token, bool *ticks, struct cart_copy *out)
{
    char hold_ms[12];
    struct args args = {.n = 0};
    redisReply *reply;
    snprintf(hold_ms, sizeof hold_ms, "%d", CART_HOLD_MS);
    add_key(&args, key->copy);
    add_key(&args, key->body);
    add_key(&args, key->holders);
    add_key(&args, key->lease);
    add_key(&args, key->ticked);
    add(&args, TEXT(token));
    add(&args, TEXT(key->account_id));
    add(&args, TEXT(hold_ms));
    *ticks = false;
    enum souk_err err = eval(key, &hold_script, &args, &reply);
    if (err == SOUK_OK)
        *ticks = reply->type == REDIS_REPLY_STRING && cart_copy_unpack(reply->str, reply->len, out);
    return err;
}

void cart_copy_release(const struct cart_key *key, const char *token)
{
    struct args args = {.n = 0};
    add_key(&args, key->copy);
    add_key(&args, key->holders);
    add(&args, TEXT(token));
    enum souk_err err = eval_only(key, &release_script, &args);
    (void)err; /* the hold ends by itself */
}

static enum souk_err drop(const struct cart_key *key, const char *which, int64_t version, bool *stood)
{
    redisReply *reply;
    char text[VERSION_LEN + 1];
    struct args args = {.n = 0};
    add_key(&args, key->copy);
    add_key(&args, key->body);
    add_key(&args, key->ticked);
    add(&args, TEXT(key->account_id));
    add(&args, TEXT(which));
    add_version(&args, version, text);
    enum souk_err err = eval(key, &drop_script, &args, &reply);
    if (stood)
        *stood = err == SOUK_OK && reply->integer == 1;
    return err;
}

enum souk_err cart_copy_drop(const struct cart_key *key, int64_t version, bool *stood)
{
    return drop(key, "only", version, stood);
}

enum souk_err cart_copy_drop_before(const struct cart_key *key, int64_t version)
{
    return drop(key, "before", version, NULL);
}

enum souk_err cart_copy_kept(const struct cart_key *key, int64_t base, int64_t version)
{
    char base_text[VERSION_LEN + 1], version_text[VERSION_LEN + 1];
    struct args args = {.n = 0};
    add_key(&args, key->copy);
    add_key(&args, key->ticked);
    add(&args, TEXT(key->account_id));
    add_version(&args, base, base_text);
    add_version(&args, version, version_text);
    return eval_only(key, &kept_script, &args);
}
