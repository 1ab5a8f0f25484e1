#include "guard/account_token.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

enum { HEAD_BYTES = 16, MAC_BYTES = 24, TOKEN_BYTES = HEAD_BYTES + MAC_BYTES };

_Static_assert(ACCOUNT_TOKEN_TEXT == BASE64URL_BYTES(TOKEN_BYTES), "a token must fit");

void account_token_make(const struct token_keys *keys, struct account_token *token, char text[ACCOUNT_TOKEN_TEXT])
{
    uint8_t bytes[TOKEN_BYTES], mac[TOKEN_MAC_BYTES];
    bytes_put_int64(bytes, token->account_id);
    bytes_put_int64(bytes + 8, token->token_id);
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
    token->account_id = bytes_get_int64(bytes);
    token->token_id = bytes_get_int64(bytes + 8);
    crypto_hash_sha256(token->hash, (const uint8_t *)text, len);
    return SOUK_OK;
}
