/* Access and refresh tokens: what is signed is believed, what was touched anywhere is not. */
#include <fcntl.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "guard/role.h"
#include "guard/token.h"
#include "guard/token_keys.h"
#include "observe/metrics.h"
#include "unit.h"

enum { NOW = 1800000000 };

static const struct claims ann = {
    .account_id = 171798691840, .session_id = 171798691841, .roles = ROLE_BUYER | ROLE_ADMIN, .expires_s = NOW + 900};

/* A folder with a secret and keys, and the configuration that names it. */
static struct config folder;

static void make_folder(void)
{
    static char dir[] = "/tmp/souk-unit-XXXXXX";
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    folder = (struct config){0};
    snprintf(folder.public_url, sizeof folder.public_url, "https://souk.example:8443");
    snprintf(folder.keys_dir, sizeof folder.keys_dir, "%s", dir);
    snprintf(folder.secret_file, sizeof folder.secret_file, "%s/secret", dir);
    FILE *file = fopen(folder.secret_file, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("0123456789abcdef0123456789abcdef", file);
    fclose(file);
    chmod(folder.secret_file, 0600);
}

/* Writes <kid>.pem, a new key of `type`, made `age_s` ago. */
static void make_key(const char *kid, const char *type, mode_t mode, time_t age_s)
{
    char path[CONFIG_TEXT_MAX + 80];
    snprintf(path, sizeof path, "%s/%s.pem", folder.keys_dir, kid);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, type);
    FILE *file = fopen(path, "w");
    CU_ASSERT_FATAL(key && file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(file);
    EVP_PKEY_free(key);
    chmod(path, mode);
    struct timespec made[2] = {{.tv_sec = time(NULL) - age_s}, {.tv_sec = time(NULL) - age_s}};
    utimensat(AT_FDCWD, path, made, 0);
}

static void remove_key(const char *kid)
{
    char path[CONFIG_TEXT_MAX + 80];
    snprintf(path, sizeof path, "%s/%s.pem", folder.keys_dir, kid);
    unlink(path);
}

static struct token_keys *load(void)
{
    char message[256] = "";
    struct token_keys *keys = NULL;
    enum souk_err err = token_keys_new(&folder, &keys, message, sizeof message);
    CU_ASSERT_EQUAL_FATAL(err, SOUK_OK);
    return keys;
}

static struct token_keys *load_one(void)
{
    make_folder();
    make_key("a1", "ED25519", 0600, 86400);
    return load();
}

static void drop(struct token_keys *keys)
{
    token_keys_free(keys);
    remove_key("a1");
    remove_key("b2");
    unlink(folder.secret_file);
    rmdir(folder.keys_dir);
}

static enum souk_err check(struct token_keys *keys, const char *token)
{
    struct claims out;
    return token_verify(keys, token, NOW, &out);
}

/* A token of our own making: any header and payload, signed by the key or with 64 zero bytes. */
static void forge(struct token_keys *keys, const char *header, const char *payload, bool sign, char out[TOKEN_TEXT_MAX])
{
    uint8_t signature[64] = {0};
    size_t len = base64url_encode((const uint8_t *)header, strlen(header), out, TOKEN_TEXT_MAX);
    out[len++] = '.';
    len += base64url_encode((const uint8_t *)payload, strlen(payload), out + len, TOKEN_TEXT_MAX - len);
    if (sign) {
        size_t signature_len = sizeof signature;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        CU_ASSERT_EQUAL_FATAL(EVP_DigestSignInit(context, NULL, NULL, NULL, keys->keys[0].pkey), 1);
        CU_ASSERT_EQUAL_FATAL(EVP_DigestSign(context, signature, &signature_len, (uint8_t *)out, len), 1);
        EVP_MD_CTX_free(context);
    }
    out[len++] = '.';
    base64url_encode(signature, sizeof signature, out + len, TOKEN_TEXT_MAX - len);
}

static void test_round_trip(void)
{
    struct token_keys *keys = load_one();
    char first[TOKEN_TEXT_MAX], second[TOKEN_TEXT_MAX];
    struct claims out;
    CU_ASSERT_EQUAL(token_sign(keys, &ann, NOW, first), SOUK_OK);
    CU_ASSERT_EQUAL(token_sign(keys, &ann, NOW, second), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(first, second);
    CU_ASSERT_EQUAL(token_verify(keys, first, NOW, &out), SOUK_OK);
    CU_ASSERT_EQUAL(out.account_id, ann.account_id);
    CU_ASSERT_EQUAL(out.session_id, ann.session_id);
    CU_ASSERT_EQUAL(out.roles, ann.roles);
    CU_ASSERT_EQUAL(out.expires_s, ann.expires_s);
    const struct claims guest = {.account_id = 7, .roles = ROLE_GUEST, .expires_s = NOW + TOKEN_REFRESH_S};
    CU_ASSERT_EQUAL(token_sign(keys, &guest, NOW, first), SOUK_OK);
    CU_ASSERT_EQUAL(token_verify(keys, first, NOW, &out), SOUK_OK);
    CU_ASSERT_EQUAL(out.session_id, 0);
    CU_ASSERT_EQUAL(out.roles, ROLE_GUEST);
    drop(keys);
}

static void test_expiry(void)
{
    struct token_keys *keys = load_one();
    char token[TOKEN_TEXT_MAX];
    struct claims out;
    CU_ASSERT_EQUAL(token_sign(keys, &ann, NOW, token), SOUK_OK);
    CU_ASSERT_EQUAL(token_verify(keys, token, NOW + 899, &out), SOUK_OK);
    CU_ASSERT_EQUAL(token_verify(keys, token, NOW + 900, &out), SOUK_TOKEN_EXPIRED); /* though it is remembered */
    CU_ASSERT_EQUAL(out.account_id, 0);
    CU_ASSERT_EQUAL(token_verify(keys, token, NOW - 60, &out), SOUK_OK); /* clocks differ */
    struct token_keys *others = load();
    CU_ASSERT_EQUAL(token_verify(others, token, NOW - 61, &out), SOUK_TOKEN_INVALID); /* issued in the future */
    token_keys_free(others);
    drop(keys);
}

/* Every single changed, dropped or added character is noticed, also by a process that remembers the original. */
static void test_tampering(void)
{
    struct token_keys *keys = load_one();
    char token[TOKEN_TEXT_MAX], touched[TOKEN_TEXT_MAX + 1];
    CU_ASSERT_EQUAL(token_sign(keys, &ann, NOW, token), SOUK_OK);
    CU_ASSERT_EQUAL(check(keys, token), SOUK_OK);
    size_t len = strlen(token), passed = 0;
    for (size_t i = 0; i < len; i++) {
        memcpy(touched, token, len + 1);
        touched[i] = token[i] == 'A' ? 'B' : 'A';
        passed += check(keys, touched) != SOUK_TOKEN_INVALID;
        memmove(touched + i, token + i + 1, len - i);
        passed += check(keys, touched) != SOUK_TOKEN_INVALID;
    }
    CU_ASSERT_EQUAL(passed, 0);
    const char *const tails[] = {"=", ".", "A", " ", ".e30", "\n"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        snprintf(touched, sizeof touched, "%s%s", token, tails[i]);
        CU_ASSERT_EQUAL(check(keys, touched), SOUK_TOKEN_INVALID);
    }
    drop(keys);
}

static void test_shapes(void)
{
    struct token_keys *keys = load_one();
    const char *const bad[] = {"", ".", "..", "...", "a.b.c", "a..c", "Bearer", "eyJhbGciOiJub25lIn0.e30."};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(check(keys, bad[i]), SOUK_TOKEN_INVALID);
    char long_one[3 * TOKEN_TEXT_MAX];
    memset(long_one, 'A', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    CU_ASSERT_EQUAL(check(keys, long_one), SOUK_TOKEN_INVALID);
    drop(keys);
}

#define PAYLOAD(iss, aud, sub, roles, iat, exp) \
    "{\"iss\":\"" iss "\",\"aud\":" aud ",\"sub\":" sub ",\"roles\":" roles ",\"iat\":" iat ",\"exp\":" exp "}"
#define GOOD PAYLOAD("https://souk.example:8443", "\"souk\"", "\"7\"", "[\"buyer\"]", "1800000000", "1800000900")

/* A good signature under a header that is not, byte for byte, the one of the key is no signature. */
static void test_headers(void)
{
    struct token_keys *keys = load_one();
    char token[TOKEN_TEXT_MAX];
    const char *const bad[] = {
        "{\"alg\":\"none\",\"kid\":\"a1\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"kid\":\"a1\",\"typ\":\"JWT\"}",
        "{\"alg\":\"RS256\",\"kid\":\"a1\",\"typ\":\"JWT\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"a2\",\"typ\":\"JWT\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"a1\",\"typ\":\"JWE\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"a1\",\"typ\":\"JWT\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"EdDSA\",\"kid\":\"a1\",\"typ\":\"JWT\",\"jwk\":{}}",
        "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\",\"kid\":\"a1\",\"typ\":\"JWT\"}",
        "{}",
        "[]",
        "null",
    };
    forge(keys, "{\"alg\":\"EdDSA\",\"kid\":\"a1\",\"typ\":\"JWT\"}", GOOD, true, token);
    CU_ASSERT_EQUAL(check(keys, token), SOUK_OK);
    forge(keys, "{\"alg\":\"EdDSA\",\"kid\":\"a1\",\"typ\":\"JWT\"}", GOOD, false, token);
    CU_ASSERT_EQUAL(check(keys, token), SOUK_TOKEN_INVALID);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        forge(keys, bad[i], GOOD, true, token);
        CU_ASSERT_EQUAL(check(keys, token), SOUK_TOKEN_INVALID);
    }
    drop(keys);
}

static void test_payloads(void)
{
    struct token_keys *keys = load_one();
    char token[TOKEN_TEXT_MAX];
    const char *const bad[] = {
        PAYLOAD("https://other.example", "\"souk\"", "\"7\"", "[\"buyer\"]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"shop\"", "\"7\"", "[\"buyer\"]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "[\"souk\"]", "\"7\"", "[\"buyer\"]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "7", "[\"buyer\"]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"0\"", "[\"buyer\"]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"-7\"", "[\"buyer\"]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"99999999999999999999\"", "[\"buyer\"]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"7\"", "[]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"7\"", "\"buyer\"", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"7\"", "[\"king\",1,null]", "1800000000", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"7\"", "[\"buyer\"]", "1800000061", "1800000900"),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"7\"", "[\"buyer\"]", "1800000000", "\"1800000900\""),
        PAYLOAD("https://souk.example:8443", "\"souk\"", "\"7\"", "[\"buyer\"]", "1800000000", "1800000000"),
        "{}", "[]", "null", "not json", "",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        forge(keys, "{\"alg\":\"EdDSA\",\"kid\":\"a1\",\"typ\":\"JWT\"}", bad[i], true, token);
        CU_ASSERT_EQUAL(check(keys, token), SOUK_TOKEN_INVALID);
    }
    drop(keys);
}

/* The newest key signs, the older one still checks; a retired one does not. */
static void test_rotation(void)
{
    struct token_keys *keys = load_one();
    char old_token[TOKEN_TEXT_MAX], new_token[TOKEN_TEXT_MAX];
    CU_ASSERT_EQUAL(token_sign(keys, &ann, NOW, old_token), SOUK_OK);
    make_key("b2", "ED25519", 0600, 86400);
    struct token_keys *both = load();
    CU_ASSERT_EQUAL(token_sign(both, &ann, NOW, new_token), SOUK_OK);
    CU_ASSERT_STRING_NOT_EQUAL(old_token, new_token);
    CU_ASSERT_EQUAL(check(both, old_token), SOUK_OK);
    CU_ASSERT_EQUAL(check(both, new_token), SOUK_OK);
    CU_ASSERT_EQUAL(check(keys, new_token), SOUK_TOKEN_INVALID);
    remove_key("a1");
    struct token_keys *last = load();
    CU_ASSERT_EQUAL(check(last, old_token), SOUK_TOKEN_INVALID);
    CU_ASSERT_EQUAL(check(last, new_token), SOUK_OK);
    token_keys_free(last);
    token_keys_free(both);
    drop(keys);
}

/* A key made just now checks at once and signs a little later, when every process has it. */
static void test_new_key_waits(void)
{
    struct token_keys *keys = load_one();
    char token[TOKEN_TEXT_MAX], later[TOKEN_TEXT_MAX];
    make_key("b2", "ED25519", 0600, 0);
    struct token_keys *both = load();
    struct claims claims = {.account_id = 7, .roles = ROLE_BUYER, .expires_s = time(NULL) + 900};
    CU_ASSERT_EQUAL(token_sign(both, &claims, time(NULL), token), SOUK_OK);
    CU_ASSERT_EQUAL(token_sign(both, &claims, time(NULL) + 20, later), SOUK_OK);
    CU_ASSERT_EQUAL(strncmp(token, both->keys[0].header, strlen(both->keys[0].header)), 0);
    CU_ASSERT_EQUAL(strncmp(later, both->keys[1].header, strlen(both->keys[1].header)), 0);
    token_keys_free(both);
    make_key("a1", "ED25519", 0600, 60); /* a young shop: every key is new */
    both = load();
    CU_ASSERT_EQUAL(token_sign(both, &claims, time(NULL), token), SOUK_OK);
    CU_ASSERT_EQUAL(strncmp(token, both->keys[0].header, strlen(both->keys[0].header)), 0);
    token_keys_free(both);
    drop(keys);
}

static void refused_with(const char *words)
{
    char message[256] = "";
    struct token_keys *keys = NULL;
    enum souk_err err = token_keys_new(&folder, &keys, message, sizeof message);
    CU_ASSERT_NOT_EQUAL(err, SOUK_OK);
    CU_ASSERT_PTR_NULL(keys);
    CU_ASSERT_PTR_NOT_NULL(strstr(message, words));
}

static void test_bad_folders(void)
{
    make_folder();
    refused_with("no keys");
    make_key("a1", "X25519", 0600, 0);
    refused_with("not an Ed25519 private key");
    make_key("a1", "ED25519", 0644, 0);
    refused_with("others may read it");
    make_key("a1", "ED25519", 0600, 0);
    make_key("b 2", "ED25519", 0600, 0);
    refused_with("letters, digits");
    remove_key("b 2");
    chmod(folder.secret_file, 0604);
    refused_with("others may read it");
    chmod(folder.secret_file, 0600);
    CU_ASSERT_EQUAL(truncate(folder.secret_file, 31), 0);
    refused_with("fewer than 32 bytes");
    unlink(folder.secret_file);
    refused_with("No such file");
    remove_key("a1");
    rmdir(folder.keys_dir);
    refused_with("No such file");
}

static void test_jwks(void)
{
    struct token_keys *keys = load_one();
    json_object *set = token_jwks(keys);
    json_object *key = json_object_array_get_idx(json_object_object_get(set, "keys"), 0);
    const char *x = json_object_get_string(json_object_object_get(key, "x"));
    uint8_t bytes[32];
    size_t len = 0;
    CU_ASSERT_STRING_EQUAL(json_object_get_string(json_object_object_get(key, "kid")), "a1");
    CU_ASSERT_STRING_EQUAL(json_object_get_string(json_object_object_get(key, "alg")), "EdDSA");
    CU_ASSERT_PTR_NULL(json_object_object_get(key, "d"));
    CU_ASSERT_TRUE(base64url_decode(x, strlen(x), bytes, sizeof bytes, &len));
    CU_ASSERT_EQUAL(memcmp(bytes, keys->keys[0].public_key, 32), 0);
    json_object_put(set);
    drop(keys);
}

static void test_refresh(void)
{
    struct token_keys *keys = load_one();
    char first[TOKEN_TEXT_MAX], again[TOKEN_TEXT_MAX];
    int64_t session_id, sequence;
    CU_ASSERT_EQUAL(token_refresh_make(keys, INT64_C(171798691841), 3, first), SOUK_OK);
    CU_ASSERT_EQUAL(token_refresh_make(keys, INT64_C(171798691841), 3, again), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(first, again);
    CU_ASSERT_EQUAL(token_refresh_read(keys, first, &session_id, &sequence), SOUK_OK);
    CU_ASSERT_EQUAL(session_id, INT64_C(171798691841));
    CU_ASSERT_EQUAL(sequence, 3);
    size_t passed = 0;
    for (size_t i = 0; first[i]; i++) {
        memcpy(again, first, sizeof again);
        again[i] = first[i] == 'A' ? 'B' : 'A';
        passed += token_refresh_read(keys, again, &session_id, &sequence) != SOUK_TOKEN_INVALID;
    }
    CU_ASSERT_EQUAL(passed, 0);
    CU_ASSERT_EQUAL(token_refresh_read(keys, "", &session_id, &sequence), SOUK_TOKEN_INVALID);
    CU_ASSERT_EQUAL(token_refresh_read(keys, "AAAA", &session_id, &sequence), SOUK_TOKEN_INVALID);
    drop(keys);
}

/* More tokens than the table holds: all stay good, whether remembered or verified again. */
static void test_memory_is_bounded(void)
{
    enum { TOKENS = 6000 };
    struct token_memory *memory = token_memory_new();
    struct claims out;
    size_t found = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    for (int64_t i = 1; i <= TOKENS; i++) {
        struct token_print print;
        struct claims claims = {.account_id = i, .roles = ROLE_BUYER, .expires_s = NOW + 900};
        token_memory_print(memory, (const char *)&i, sizeof i, &print);
        CU_ASSERT_FALSE(token_memory_find(memory, &print, NOW, &out));
        token_memory_add(memory, &print, &claims);
        CU_ASSERT_TRUE(token_memory_find(memory, &print, NOW, &out));
        CU_ASSERT_EQUAL(out.account_id, i);
        CU_ASSERT_FALSE(token_memory_find(memory, &print, NOW + 900, &out));
    }
    for (int64_t i = 1; i <= TOKENS; i++) {
        struct token_print print;
        token_memory_print(memory, (const char *)&i, sizeof i, &print);
        bool there = token_memory_find(memory, &print, NOW, &out);
        CU_ASSERT_TRUE(!there || out.account_id == i);
        found += there;
    }
    CU_ASSERT_TRUE(found > 3000 && found <= 4096);
    token_memory_free(memory);
}

UNIT_SUITE(token, UNIT_TEST(test_round_trip), UNIT_TEST(test_expiry), UNIT_TEST(test_tampering),
           UNIT_TEST(test_shapes), UNIT_TEST(test_headers), UNIT_TEST(test_payloads), UNIT_TEST(test_rotation),
           UNIT_TEST(test_new_key_waits), UNIT_TEST(test_bad_folders), UNIT_TEST(test_jwks), UNIT_TEST(test_refresh),
           UNIT_TEST(test_memory_is_bounded))
