#include "guard/rsa.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/log.h"

enum { BITS_MIN = 2048, SIGNATURE_BYTES_MAX = 1024 };

struct rsa_key {
    EVP_PKEY *pkey;
};

/* Keys of files, in the order in which they were first asked for. */
static struct {
    char path[256];
    bool private_half;
    struct rsa_key *key;
} files[RSA_FILES_MAX];
static size_t files_n;
static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;

static struct rsa_key *key_of(EVP_PKEY *pkey)
{
    struct rsa_key *key = NULL;

    if (pkey != NULL && EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= BITS_MIN)
        key = calloc(1, sizeof *key);
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key->pkey = pkey;
    return key;
}

void rsa_key_free(struct rsa_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

static EVP_PKEY *private_of_der(const uint8_t *der, size_t len)
{
    return d2i_AutoPrivateKey(NULL, &der, (long)len);
}

static EVP_PKEY *public_of_der(const uint8_t *der, size_t len)
{
    const uint8_t *at = der;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)len);
    X509 *certificate;

    if (pkey != NULL)
        return pkey;
    at = der;
    certificate = d2i_X509(NULL, &at, (long)len);
    pkey = certificate == NULL ? NULL : X509_get_pubkey(certificate);
    X509_free(certificate);
    return pkey;
}

/* The base64 of a key: what stands between the first pair of PEM's lines, or all of it. Providers hand out PEM whose
 * body is one long line, which OpenSSL's own reader does not take. */
static void key_body(const char *text, const char **body, size_t *len)
{
    const char *begin = strstr(text, "-----BEGIN "), *end = begin == NULL ? NULL : strstr(begin, "-----END ");
    const char *line = begin == NULL ? NULL : strchr(begin, '\n');

    *body = line != NULL && end != NULL && line < end ? line : text;
    *len = *body == line ? (size_t)(end - line) : strlen(text);
}

static struct rsa_key *key_of_text(const char *text, EVP_PKEY *(*of_der)(const uint8_t *, size_t))
{
    uint8_t der[RSA_FILE_BYTES_MAX];
    const char *body;
    size_t body_len, len;
    EVP_PKEY *pkey = NULL;

    key_body(text, &body, &body_len);
    if (sodium_base642bin(der, sizeof der, body, body_len, " \t\r\n", &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0)
        pkey = of_der(der, len);
    sodium_memzero(der, sizeof der);
    return key_of(pkey);
}

struct rsa_key *rsa_private_of_text(const char *text)
{
    return key_of_text(text, private_of_der);
}

struct rsa_key *rsa_public_of_text(const char *text)
{
    return key_of_text(text, public_of_der);
}

static struct rsa_key *key_read(const char *path, bool private_half)
{
    char text[RSA_FILE_BYTES_MAX + 1];
    struct rsa_key *key;
    FILE *file = fopen(path, "re");
    size_t len;

    if (file == NULL) {
        log_error("key %s: %s", path, strerror(errno));
        return NULL;
    }
    len = fread(text, 1, sizeof text, file);
    fclose(file);
    text[len < sizeof text ? len : 0] = '\0';
    key = private_half ? rsa_private_of_text(text) : rsa_public_of_text(text);
    sodium_memzero(text, sizeof text);
    if (key == NULL)
        log_error("key %s is no %s RSA key of %d bits or more", path, private_half ? "private" : "public", BITS_MIN);
    return key;
}

static const struct rsa_key *key_of_file(const char *path, bool private_half)
{
    struct rsa_key *key = NULL;

    pthread_mutex_lock(&files_lock);
    for (size_t i = 0; i < files_n && key == NULL; i++)
        if (files[i].private_half == private_half && strcmp(files[i].path, path) == 0)
            key = files[i].key;
    if (key == NULL && files_n < RSA_FILES_MAX && strlen(path) < sizeof files[0].path) {
        key = key_read(path, private_half);
        if (key != NULL) {
            strcpy(files[files_n].path, path);
            files[files_n].private_half = private_half;
            files[files_n++].key = key;
        }
    }
    pthread_mutex_unlock(&files_lock);
    return key;
}

const struct rsa_key *rsa_private_of_file(const char *path)
{
    return key_of_file(path, true);
}

const struct rsa_key *rsa_public_of_file(const char *path)
{
    return key_of_file(path, false);
}

enum souk_err rsa_sign(const struct rsa_key *key, struct arena *arena, const char *text, size_t len,
                       const char **signature)
{
    uint8_t bytes[SIGNATURE_BYTES_MAX];
    size_t n = sizeof bytes;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool made = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, bytes, &n, (const uint8_t *)text, len) == 1;
    char *out;

    EVP_MD_CTX_free(context);
    if (!made)
        return SOUK_INTERNAL;
    out = arena_alloc(arena, sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL));
    if (out == NULL)
        return SOUK_TOO_LARGE;
    *signature = sodium_bin2base64(out, sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL), bytes, n,
                                   sodium_base64_VARIANT_ORIGINAL);
    return SOUK_OK;
}

bool rsa_signature_valid(const struct rsa_key *key, const char *text, size_t len, const char *signature)
{
    uint8_t bytes[SIGNATURE_BYTES_MAX];
    size_t n;
    EVP_MD_CTX *context;
    bool valid;

    if (key == NULL || signature == NULL ||
        sodium_base642bin(bytes, sizeof bytes, signature, strlen(signature), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    context = EVP_MD_CTX_new();
    valid = context != NULL && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
            EVP_DigestVerify(context, bytes, n, (const uint8_t *)text, len) == 1;
    EVP_MD_CTX_free(context);
    return valid;
}
