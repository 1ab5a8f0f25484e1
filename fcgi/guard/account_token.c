#include "guard/account_token.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

enum { MAC_BYTES = 24, TOKEN_BYTES = 2 * 8 + MAC_BYTES };

_Static_assert(ACCOUNT_TOKEN_TEXT == BASE64URL_BYTES(TOKEN_BYTES), "a token must fit");

void account_token_make(const struct token_keys *keys, struct account_token *token, char text[ACCOUNT_TOKEN_TEXT])
{
    uint8_t bytes[TOKEN_BYTES];
    bytes_put_int64(bytes, token->account_id);
    bytes_put_int64(bytes + 8, token->token_id);
    token_seal(keys, TOKEN_USE_MAIL, bytes, sizeof bytes, MAC_BYTES, text);
    crypto_hash_sha256(token->hash, (const uint8_t *)text, strlen(text));
}

enum souk_err account_token_read(const struct token_keys *keys, const char *text, struct account_token *token)
{
    uint8_t bytes[TOKEN_BYTES];
    if (!token_unseal(keys, TOKEN_USE_MAIL, text, bytes, sizeof bytes, MAC_BYTES))
        return SOUK_ACCOUNT_TOKEN;
    token->account_id = bytes_get_int64(bytes);
    token->token_id = bytes_get_int64(bytes + 8);
    crypto_hash_sha256(token->hash, (const uint8_t *)text, strlen(text));
    return SOUK_OK;
}
