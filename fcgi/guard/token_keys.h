/* The keys tokens are signed and checked with, as token_keys_new() read them. For guard/token.c and `souk admin keys`. */
#ifndef SOUK_GUARD_TOKEN_KEYS_H
#define SOUK_GUARD_TOKEN_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "guard/token.h"
#include "guard/token_memory.h"

enum { TOKEN_KEYS_MAX = 32, TOKEN_KID_MAX = 64, TOKEN_HEADER_MAX = 192, TOKEN_REFRESH_KEY_BYTES = 32 };

/* One key id and the one algorithm it is good for: Ed25519. */
struct token_key {
    char kid[TOKEN_KID_MAX + 1];
    EVP_PKEY *pkey;
    uint8_t public_key[32];
    int64_t sign_from_s; /* Unix seconds; it checks at once */
    /* base64url of {"alg":"EdDSA","kid":…,"typ":"JWT"}: the only first part a token under this key may have, so that no
     * header written by others is ever interpreted. */
    char header[TOKEN_HEADER_MAX];
};

struct token_keys {
    struct token_key keys[TOKEN_KEYS_MAX]; /* in name order: the last one that may sign does */
    size_t keys_n;
    char issuer[CONFIG_TEXT_MAX];
    uint8_t refresh_key[TOKEN_REFRESH_KEY_BYTES];
    uint8_t use_keys[TOKEN_USES_N][TOKEN_MAC_BYTES];
    struct token_memory *memory;
};

/* A key id is 1…64 letters, digits, '-' and '_'. */
bool token_kid_valid(const char *kid);

#endif
