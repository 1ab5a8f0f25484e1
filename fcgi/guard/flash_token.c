/* Tokens of flash sales. See flash_token.h. */
#include "guard/flash_token.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_BYTES = 16, HEAD_BYTES = FLASH_TOKEN_BYTES - MAC_BYTES, ANSWER_CHARS_MAX = 32 };

static void put_head(const struct flash_token *token, uint8_t bytes[HEAD_BYTES])
{
    bytes[0] = (uint8_t)token->kind;
    bytes_put_int64(bytes + 1, token->sale_id);
    bytes_put_int64(bytes + 9, token->account_id);
    bytes_put_int64(bytes + 17, token->first);
    bytes_put_int64(bytes + 25, token->second);
}

void flash_token_make(const struct token_keys *keys, const struct flash_token *token, char text[FLASH_TOKEN_TEXT])
{
    uint8_t bytes[FLASH_TOKEN_BYTES];
    put_head(token, bytes);
    token_seal(keys, TOKEN_USE_FLASH, bytes, sizeof bytes, MAC_BYTES, text);
}

bool flash_token_read(const struct token_keys *keys, const char *text, int64_t sale_id, int64_t account_id,
                      struct flash_token *token)
{
    uint8_t bytes[FLASH_TOKEN_BYTES];
    if (!token_unseal(keys, TOKEN_USE_FLASH, text, bytes, sizeof bytes, MAC_BYTES))
        return false;
    *token = (struct flash_token){
        .kind = (enum flash_token_kind)bytes[0],
        .sale_id = bytes_get_int64(bytes + 1),
        .account_id = bytes_get_int64(bytes + 9),
        .first = bytes_get_int64(bytes + 17),
        .second = bytes_get_int64(bytes + 25),
    };
    return token->sale_id == sale_id && token->account_id == account_id;
}

/* Out of a MAC of another kind: the token does not tell. */
void flash_question(const struct token_keys *keys, const struct flash_token *token, int *a, int *b)
{
    uint8_t bytes[HEAD_BYTES], mac[TOKEN_MAC_BYTES];
    put_head(token, bytes);
    bytes[0] = '?';
    token_mac(keys, TOKEN_USE_FLASH, bytes, HEAD_BYTES, mac);
    *a = 2 + mac[0] % 19;
    *b = 2 + mac[1] % 19;
}

static bool has_zero_bits(const uint8_t *hash, int64_t bits)
{
    for (int64_t i = 0; i < bits; i++)
        if (hash[i / 8] & (0x80u >> i % 8))
            return false;
    return true;
}

bool flash_solved(const struct token_keys *keys, const struct flash_token *token, const char *text, const char *answer)
{
    char message[FLASH_TOKEN_TEXT + ANSWER_CHARS_MAX + 2];
    uint8_t hash[crypto_hash_sha256_BYTES];
    int a, b;
    int64_t given;
    if (strlen(answer) > ANSWER_CHARS_MAX)
        return false;
    if (token->kind == FLASH_QUESTION) {
        flash_question(keys, token, &a, &b);
        return text_int64(answer, strlen(answer), &given) && given == a + b;
    }
    const int n = snprintf(message, sizeof message, "%s:%s", text, answer);
    crypto_hash_sha256(hash, (const uint8_t *)message, (unsigned long long)n);
    return has_zero_bits(hash, token->second & 0xff);
}
