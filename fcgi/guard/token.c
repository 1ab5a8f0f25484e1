/* Signs and checks access and refresh tokens. */
#include "guard/token.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "guard/role.h"
#include "guard/token_keys.h"
#include "guard/token_memory.h"
#include "observe/metrics.h"

enum { SIGNATURE_BYTES = 64, CLOCK_SKEW_S_MAX = 60 };

static const char audience[] = "souk";

/* ---- signing ---- */

static json_object *payload_of(const struct token_keys *keys, const struct claims *claims, int64_t issued_s)
{
    char id[24];
    json_object *payload = json_object_new_object();
    json_object_object_add(payload, "iss", json_object_new_string(keys->issuer));
    json_object_object_add(payload, "aud", json_object_new_string(audience));
    snprintf(id, sizeof id, "%lld", (long long)claims->account_id);
    json_object_object_add(payload, "sub", json_object_new_string(id));
    if (claims->session_id) {
        snprintf(id, sizeof id, "%lld", (long long)claims->session_id);
        json_object_object_add(payload, "sid", json_object_new_string(id));
    }
    json_object *roles = json_object_new_array();
    for (unsigned bit = 1; role_name(bit); bit <<= 1) {
        if (claims->roles & bit)
            json_object_array_add(roles, json_object_new_string(role_name(bit)));
    }
    json_object_object_add(payload, "roles", roles);
    json_object_object_add(payload, "iat", json_object_new_int64(issued_s));
    json_object_object_add(payload, "exp", json_object_new_int64(claims->expires_s));
    return payload;
}

/* The newest key that may sign; while all are new, the first, which has been there longest. */
static const struct token_key *signing_key(const struct token_keys *keys, int64_t now_s)
{
    for (size_t i = keys->keys_n; i > 0; i--) {
        if (keys->keys[i - 1].sign_from_s <= now_s)
            return &keys->keys[i - 1];
    }
    return &keys->keys[0];
}

static bool sign(const struct token_key *key, const char *text, size_t len, uint8_t out[SIGNATURE_BYTES])
{
    size_t out_len = SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, out, &out_len, (const unsigned char *)text, len) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

enum souk_err token_sign(struct token_keys *keys, const struct claims *claims, int64_t issued_s,
                         char out[TOKEN_TEXT_MAX])
{
    const struct token_key *key = signing_key(keys, issued_s);
    uint8_t signature[SIGNATURE_BYTES];
    json_object *payload = payload_of(keys, claims, issued_s);
    size_t json_len;
    const char *json =
        json_object_to_json_string_length(payload, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &json_len);
    size_t header_len = strlen(key->header);
    enum souk_err err = SOUK_INTERNAL;
    if (header_len + 1 + BASE64URL_BYTES(json_len) + BASE64URL_BYTES(sizeof signature) > TOKEN_TEXT_MAX)
        goto out;
    memcpy(out, key->header, header_len);
    out[header_len] = '.';
    size_t signed_len = header_len + 1 + base64url_encode((const uint8_t *)json, json_len, out + header_len + 1,
                                                          TOKEN_TEXT_MAX - header_len - 1);
    if (!sign(key, out, signed_len, signature))
        goto out;
    out[signed_len] = '.';
    base64url_encode(signature, sizeof signature, out + signed_len + 1, TOKEN_TEXT_MAX - signed_len - 1);
    err = SOUK_OK;
out:
    json_object_put(payload);
    return err;
}

/* ---- checking ---- */

/* The key whose header stands before the first dot. */
static const struct token_key *key_of(const struct token_keys *keys, const char *token, size_t header_len)
{
    for (size_t i = 0; i < keys->keys_n; i++) {
        const char *header = keys->keys[i].header;
        if (strlen(header) == header_len && memcmp(header, token, header_len) == 0)
            return &keys->keys[i];
    }
    return NULL;
}

static bool signature_good(const struct token_key *key, const char *text, size_t len,
                           const uint8_t signature[SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestVerify(context, signature, SIGNATURE_BYTES, (const unsigned char *)text, len) == 1;
    EVP_MD_CTX_free(context);
    metrics_add(METRIC_TOKEN_VERIFIED, 1);
    return good;
}

static bool text_is(const json_object *payload, const char *name, const char *wanted)
{
    json_object *value;
    return json_object_object_get_ex(payload, name, &value) && json_object_is_type(value, json_type_string) &&
           strcmp(json_object_get_string(value), wanted) == 0;
}

static bool read_time(const json_object *payload, const char *name, int64_t *out)
{
    json_object *value;
    if (!json_object_object_get_ex(payload, name, &value) || !json_object_is_type(value, json_type_int))
        return false;
    *out = json_object_get_int64(value);
    return *out > 0;
}

static bool read_id(const json_object *payload, const char *name, int64_t *out)
{
    json_object *value;
    if (!json_object_object_get_ex(payload, name, &value) || !json_object_is_type(value, json_type_string))
        return false;
    const char *text = json_object_get_string(value);
    return text_int64(text, strlen(text), out) && *out > 0;
}

static bool read_roles(const json_object *payload, unsigned *out)
{
    json_object *value;
    if (!json_object_object_get_ex(payload, "roles", &value) || !json_object_is_type(value, json_type_array))
        return false;
    *out = 0;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(value, i));
        *out |= name ? role_bit(name) : 0;
    }
    return *out != 0;
}

/* What a payload under a good signature says, if it was meant for us. */
static enum souk_err read_payload(const struct token_keys *keys, const json_object *payload, int64_t now_s,
                                  struct claims *out)
{
    struct claims claims = {0};
    int64_t issued_s;
    json_object *session;
    if (!json_object_is_type(payload, json_type_object) || !text_is(payload, "iss", keys->issuer) ||
        !text_is(payload, "aud", audience) || !read_id(payload, "sub", &claims.account_id) ||
        !read_roles(payload, &claims.roles) || !read_time(payload, "iat", &issued_s) ||
        !read_time(payload, "exp", &claims.expires_s))
        return SOUK_TOKEN_INVALID;
    if (json_object_object_get_ex(payload, "sid", &session) && !read_id(payload, "sid", &claims.session_id))
        return SOUK_TOKEN_INVALID;
    if (issued_s > now_s + CLOCK_SKEW_S_MAX || claims.expires_s <= issued_s)
        return SOUK_TOKEN_INVALID;
    *out = claims;
    return claims.expires_s > now_s ? SOUK_OK : SOUK_TOKEN_EXPIRED;
}

/* header.payload.signature: the header a known key's, the signature good, the payload ours. */
static enum souk_err verify(const struct token_keys *keys, const char *token, size_t len, int64_t now_s,
                            struct claims *out)
{
    uint8_t signature[SIGNATURE_BYTES];
    char json[TOKEN_TEXT_MAX];
    size_t signature_len, json_len;
    const char *first = memchr(token, '.', len);
    const char *last = memrchr(token, '.', len);
    if (!first || first == last)
        return SOUK_TOKEN_INVALID;
    const struct token_key *key = key_of(keys, token, (size_t)(first - token));
    if (!key || !base64url_decode(last + 1, (size_t)(token + len - last - 1), signature, sizeof signature, &signature_len) ||
        signature_len != sizeof signature ||
        !base64url_decode(first + 1, (size_t)(last - first - 1), (uint8_t *)json, sizeof json - 1, &json_len) ||
        !signature_good(key, token, (size_t)(last - token), signature))
        return SOUK_TOKEN_INVALID;
    json[json_len] = '\0';
    json_object *payload = json_tokener_parse(json);
    enum souk_err err = read_payload(keys, payload, now_s, out);
    json_object_put(payload);
    return err;
}

enum souk_err token_verify(struct token_keys *keys, const char *token, int64_t now_s, struct claims *out)
{
    struct token_print print;
    size_t len = strnlen(token, TOKEN_TEXT_MAX);
    *out = (struct claims){0};
    if (len == 0 || len == TOKEN_TEXT_MAX)
        return SOUK_TOKEN_INVALID;
    token_memory_print(keys->memory, token, len, &print);
    if (token_memory_find(keys->memory, &print, now_s, out)) {
        metrics_add(METRIC_TOKEN_REMEMBERED, 1);
        return SOUK_OK;
    }
    struct claims claims = {0};
    enum souk_err err = verify(keys, token, len, now_s, &claims);
    if (!err) {
        token_memory_add(keys->memory, &print, &claims);
        *out = claims;
    }
    return err;
}

/* ---- refresh tokens: base64url of session id, sequence (8 bytes each, big endian) and HMAC-SHA-256 over both ---- */

enum { REFRESH_BODY_BYTES = 16, REFRESH_BYTES = REFRESH_BODY_BYTES + crypto_auth_hmacsha256_BYTES };

enum souk_err token_refresh_make(struct token_keys *keys, int64_t session_id, int64_t sequence,
                                 char out[TOKEN_TEXT_MAX])
{
    uint8_t bytes[REFRESH_BYTES];
    bytes_put_int64(bytes, session_id);
    bytes_put_int64(bytes + 8, sequence);
    if (crypto_auth_hmacsha256(bytes + REFRESH_BODY_BYTES, bytes, REFRESH_BODY_BYTES, keys->refresh_key) != 0)
        return SOUK_INTERNAL;
    base64url_encode(bytes, sizeof bytes, out, TOKEN_TEXT_MAX);
    return SOUK_OK;
}

enum souk_err token_refresh_read(struct token_keys *keys, const char *token, int64_t *session_id, int64_t *sequence)
{
    uint8_t bytes[REFRESH_BYTES];
    size_t len;
    if (!base64url_decode(token, strnlen(token, TOKEN_TEXT_MAX), bytes, sizeof bytes, &len) || len != sizeof bytes ||
        crypto_auth_hmacsha256_verify(bytes + REFRESH_BODY_BYTES, bytes, REFRESH_BODY_BYTES, keys->refresh_key) != 0)
        return SOUK_TOKEN_INVALID;
    *session_id = bytes_get_int64(bytes);
    *sequence = bytes_get_int64(bytes + 8);
    return SOUK_OK;
}
