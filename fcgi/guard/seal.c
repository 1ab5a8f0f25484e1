#include "guard/seal.h"

#include <limits.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

/* Decrypts `n` bytes at `text` in place. */
static bool seal_decrypt(EVP_CIPHER_CTX *context, const char *key, const char *nonce, const char *associated,
                         uint8_t *text, size_t n)
{
    int written;

    return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)strlen(nonce), NULL) == 1 &&
           EVP_DecryptInit_ex(context, NULL, NULL, (const uint8_t *)key, (const uint8_t *)nonce) == 1 &&
           EVP_DecryptUpdate(context, NULL, &written, (const uint8_t *)associated, (int)strlen(associated)) == 1 &&
           EVP_DecryptUpdate(context, text, &written, text, (int)n) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, text + n) == 1 &&
           EVP_DecryptFinal_ex(context, text + n, &written) == 1;
}

const char *seal_open(struct arena *arena, const char *key, const char *nonce, const char *associated,
                      const char *sealed, size_t *len)
{
    const size_t room = strlen(sealed) / 4 * 3 + 1;
    const size_t nonce_len = strlen(nonce);
    uint8_t *text;
    size_t n;
    EVP_CIPHER_CTX *context;
    bool opened;

    if (strlen(key) != SEAL_KEY_BYTES || nonce_len == 0 || nonce_len > SEAL_NONCE_BYTES_MAX || room > INT_MAX)
        return NULL;
    text = arena_alloc(arena, room);
    if (text == NULL || sodium_base642bin(text, room, sealed, strlen(sealed), NULL, &n, NULL,
                                          sodium_base64_VARIANT_ORIGINAL) != 0 || n < SEAL_TAG_BYTES)
        return NULL;
    n -= SEAL_TAG_BYTES;
    context = EVP_CIPHER_CTX_new();
    opened = context != NULL && seal_decrypt(context, key, nonce, associated, text, n);
    EVP_CIPHER_CTX_free(context);
    if (!opened) {
        sodium_memzero(text, room);
        return NULL;
    }
    text[n] = '\0';
    *len = n;
    return (const char *)text;
}
