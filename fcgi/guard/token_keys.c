/* Reads the key folder and the secret file.
 *
 * A key file is <kid>.pem, an Ed25519 private key in PKCS #8. Files that others than owner and group may read are
 * refused: whoever reads one can sign in as anybody.
 */
#include "guard/token_keys.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/text.h"

enum { SECRET_BYTES_MIN = 32, SECRET_BYTES_MAX = 4096, NEW_KEY_S = 3600, NEW_KEY_WAIT_S = 15 };

/* Where a failure is told. */
struct complaint {
    char *text;
    size_t bytes;
};

__attribute__((format(printf, 2, 3))) static enum souk_err complain(struct complaint *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(to->text, to->bytes, format, args);
    va_end(args);
    return SOUK_INTERNAL;
}

bool token_kid_valid(const char *kid)
{
    size_t len = strspn(kid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    return len > 0 && len <= TOKEN_KID_MAX && kid[len] == '\0';
}

static FILE *open_private(const char *path, time_t *changed_s, struct complaint *to)
{
    FILE *file = fopen(path, "re");
    struct stat stat = {0};
    if (!file || fstat(fileno(file), &stat) != 0) {
        complain(to, "%s: %s", path, strerror(errno));
    } else if (stat.st_mode & S_IRWXO) {
        complain(to, "%s: others may read it; chmod 600", path);
    } else {
        *changed_s = stat.st_mtime;
        return file;
    }
    if (file)
        fclose(file);
    return NULL;
}

static void make_header(struct token_key *key)
{
    char json[TOKEN_HEADER_MAX];
    int len = snprintf(json, sizeof json, "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"JWT\"}", key->kid);
    base64url_encode((const uint8_t *)json, (size_t)len, key->header, sizeof key->header);
}

/* A rolling reload brings a new key to one process after the other: until all have it, none signs with it. */
static int64_t sign_from(time_t made_s)
{
    time_t now_s = time(NULL);
    return now_s - made_s > NEW_KEY_S ? 0 : now_s + NEW_KEY_WAIT_S;
}

static enum souk_err read_key(const char *path, const char *kid, struct token_key *key, struct complaint *to)
{
    time_t made_s;
    FILE *file = open_private(path, &made_s, to);
    if (!file)
        return SOUK_INTERNAL;
    key->pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    size_t len = sizeof key->public_key;
    if (!key->pkey || EVP_PKEY_base_id(key->pkey) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key->pkey, key->public_key, &len) != 1)
        return complain(to, "%s: not an Ed25519 private key in PEM", path);
    snprintf(key->kid, sizeof key->kid, "%.*s", TOKEN_KID_MAX, kid);
    key->sign_from_s = sign_from(made_s);
    make_header(key);
    return SOUK_OK;
}

static int is_pem(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".pem") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum souk_err read_named_key(struct token_keys *keys, const char *dir, const char *name, struct complaint *to)
{
    char kid[sizeof((struct dirent *)0)->d_name];
    char path[CONFIG_TEXT_MAX + sizeof kid + 1];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    snprintf(kid, sizeof kid, "%.*s", (int)(strlen(name) - 4), name);
    if (!token_kid_valid(kid))
        return complain(to, "%.190s: a key's name is 1 to %d letters, digits, - and _", path, TOKEN_KID_MAX);
    if (keys->keys_n == TOKEN_KEYS_MAX)
        return complain(to, "%.190s: more than %d keys; retire old ones", dir, TOKEN_KEYS_MAX);
    return read_key(path, kid, &keys->keys[keys->keys_n++], to);
}

static enum souk_err read_keys(struct token_keys *keys, const char *dir, struct complaint *to)
{
    struct dirent **names = NULL;
    int names_n = scandir(dir, &names, is_pem, by_name);
    if (names_n < 0)
        return complain(to, "%s: %s", dir, strerror(errno));
    enum souk_err err = SOUK_OK;
    for (int i = 0; i < names_n; i++) {
        if (!err)
            err = read_named_key(keys, dir, names[i]->d_name, to);
        free(names[i]);
    }
    free(names);
    if (!err && keys->keys_n == 0)
        err = complain(to, "%s: no keys; make one with `souk admin keys new`", dir);
    return err;
}

/* Each use of the secret has a key of its own. */
static void derive(const unsigned char *secret, size_t len, const char *purpose, uint8_t out[TOKEN_MAC_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, secret, len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)purpose, strlen(purpose));
    crypto_auth_hmacsha256_final(&state, out);
}

static enum souk_err read_secret(struct token_keys *keys, const char *path, struct complaint *to)
{
    static const char *const purposes[TOKEN_USES_N] = {[TOKEN_USE_SALT] = "souk password salt 1",
                                                       [TOKEN_USE_MAIL] = "souk mailed token 1",
                                                       [TOKEN_USE_IDEMPOTENCY] = "souk idempotency token 1",
                                                       [TOKEN_USE_FLASH] = "souk flash sale token 1"};
    unsigned char secret[SECRET_BYTES_MAX];
    time_t changed_s;
    FILE *file = open_private(path, &changed_s, to);
    if (!file)
        return SOUK_INTERNAL;
    size_t len = fread(secret, 1, sizeof secret, file);
    fclose(file);
    if (len < SECRET_BYTES_MIN) {
        sodium_memzero(secret, sizeof secret);
        return complain(to, "%s: fewer than %d bytes", path, SECRET_BYTES_MIN);
    }
    derive(secret, len, "souk refresh token 1", keys->refresh_key);
    for (size_t use = 0; use < TOKEN_USES_N; use++)
        derive(secret, len, purposes[use], keys->use_keys[use]);
    sodium_memzero(secret, sizeof secret);
    return SOUK_OK;
}

void token_mac(const struct token_keys *keys, enum token_use use, const void *bytes, size_t len,
               uint8_t out[TOKEN_MAC_BYTES])
{
    (void)crypto_auth_hmacsha256(out, bytes, len, keys->use_keys[use]);
}

enum souk_err token_keys_new(const struct config *config, struct token_keys **out, char *message, size_t message_bytes)
{
    struct complaint to = {message, message_bytes};
    *out = NULL;
    if (sodium_init() < 0)
        return complain(&to, "libsodium cannot start");
    struct token_keys *keys = calloc(1, sizeof *keys);
    if (!keys || !(keys->memory = token_memory_new())) {
        token_keys_free(keys);
        return complain(&to, "memory is out");
    }
    snprintf(keys->issuer, sizeof keys->issuer, "%s", config->public_url);
    enum souk_err err = read_keys(keys, config->keys_dir, &to);
    if (!err)
        err = read_secret(keys, config->secret_file, &to);
    if (err) {
        token_keys_free(keys);
        return err;
    }
    *out = keys;
    return SOUK_OK;
}

void token_keys_free(struct token_keys *keys)
{
    if (!keys)
        return;
    for (size_t i = 0; i < keys->keys_n; i++)
        EVP_PKEY_free(keys->keys[i].pkey);
    token_memory_free(keys->memory);
    sodium_memzero(keys->refresh_key, sizeof keys->refresh_key);
    sodium_memzero(keys->use_keys, sizeof keys->use_keys);
    free(keys);
}

static json_object *jwk(const struct token_key *key)
{
    char x[BASE64URL_BYTES(sizeof key->public_key)];
    base64url_encode(key->public_key, sizeof key->public_key, x, sizeof x);
    json_object *object = json_object_new_object();
    json_object_object_add(object, "kty", json_object_new_string("OKP"));
    json_object_object_add(object, "crv", json_object_new_string("Ed25519"));
    json_object_object_add(object, "alg", json_object_new_string("EdDSA"));
    json_object_object_add(object, "use", json_object_new_string("sig"));
    json_object_object_add(object, "kid", json_object_new_string(key->kid));
    json_object_object_add(object, "x", json_object_new_string(x));
    return object;
}

json_object *token_jwks(const struct token_keys *keys)
{
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < keys->keys_n; i++)
        json_object_array_add(array, jwk(&keys->keys[i]));
    json_object *set = json_object_new_object();
    json_object_object_add(set, "keys", array);
    return set;
}

void token_seal(const struct token_keys *keys, enum token_use use, uint8_t *bytes, size_t n, size_t mac_bytes, char *text)
{
    uint8_t mac[TOKEN_MAC_BYTES];
    token_mac(keys, use, bytes, n - mac_bytes, mac);
    memcpy(bytes + n - mac_bytes, mac, mac_bytes);
    (void)base64url_encode(bytes, n, text, BASE64URL_BYTES(n));
}

bool token_unseal(const struct token_keys *keys, enum token_use use, const char *text, uint8_t *bytes, size_t n,
                  size_t mac_bytes)
{
    uint8_t mac[TOKEN_MAC_BYTES];
    size_t got;
    if (!base64url_decode(text, strnlen(text, BASE64URL_BYTES(n)), bytes, n, &got) || got != n)
        return false;
    token_mac(keys, use, bytes, n - mac_bytes, mac);
    return sodium_memcmp(mac, bytes + n - mac_bytes, mac_bytes) == 0;
}
