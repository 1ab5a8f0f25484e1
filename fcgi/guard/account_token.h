/* Tokens that go out by mail: to verify an address, to replace a password, to change an address.
 *
 * A token is base64url of the account's id, the token's number (8 bytes each, big endian) and 24 bytes of HMAC over both.
 * So it is never stored and can be made again: the database keeps its SHA-256, what it is for, until when, and whether it
 * was used. */
#ifndef SOUK_GUARD_ACCOUNT_TOKEN_H
#define SOUK_GUARD_ACCOUNT_TOKEN_H

#include "guard/token.h"

enum { ACCOUNT_TOKEN_TEXT = 55, ACCOUNT_TOKEN_HASH_BYTES = 32 };

struct account_token {
    int64_t account_id, token_id;
    uint8_t hash[ACCOUNT_TOKEN_HASH_BYTES]; /* of the text */
};

/* Fills `text` and token->hash for token->account_id and token->token_id. */
void account_token_make(const struct token_keys *keys, struct account_token *token, char text[ACCOUNT_TOKEN_TEXT]);

/* The reverse. SOUK_ACCOUNT_TOKEN when it was not made here; compared in constant time. */
SOUK_CHECK enum souk_err account_token_read(const struct token_keys *keys, const char *text, struct account_token *token);

#endif
