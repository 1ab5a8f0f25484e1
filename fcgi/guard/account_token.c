#include "guard/account_token.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

enum { HEAD_BYTES = 16, MAC_BYTES = 24, TOKEN_BYTES = HEAD_BYTES + MAC_BYTES };

_Static_assert(ACCOUNT_TOKEN_TEXT == BASE64URL_BYTES(TOKEN_BYTES), "a token must fit");

static void put_number(uint8_t *out, int64_t number)
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        out[i] = (uint8_t)(number & 0xff);
}

static int64_t get_number(const uint8_t *in)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | in[i];
    return (int64_t)number;
}

void account_token_make(const struct token_keys *keys, struct account_token *token, char text[ACCOUNT_TOKEN_TEXT])
{
    uint8_t bytes[TOKEN_BYTES], mac[TOKEN_MAC_BYTES];
    put_number(bytes, token->account_id);
    put_number(bytes + 8, token->token_id);
    token_mac(keys, TOKEN_USE_MAIL, bytes, HEAD_BYTES, mac);
    memcpy(bytes + HEAD_BYTES, mac, MAC_BYTES);
    size_t len = base64url_encode(bytes, sizeof bytes, text, ACCOUNT_TOKEN_TEXT);
    crypto_hash_sha256(token->hash, (const uint8_t *)text, len);
}

enum souk_err account_token_read(const struct token_keys *keys, const char *text, struct account_token *token)
{
    uint8_t bytes[TOKEN_BYTES], mac[TOKEN_MAC_BYTES];
    size_t n, len = strnlen(text, ACCOUNT_TOKEN_TEXT);
    if (!base64url_decode(text, len, bytes, sizeof bytes, &n) || n != sizeof bytes)
        return SOUK_ACCOUNT_TOKEN;
    token_mac(keys, TOKEN_USE_MAIL, bytes, HEAD_BYTES, mac);
    if (sodium_memcmp(mac, bytes + HEAD_BYTES, MAC_BYTES) != 0)
        return SOUK_ACCOUNT_TOKEN;
    token->account_id = get_number(bytes);
    token->token_id = get_number(bytes + 8);
    crypto_hash_sha256(token->hash, (const uint8_t *)text, len);
    return SOUK_OK;
}
