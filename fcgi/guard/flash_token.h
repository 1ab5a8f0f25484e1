/* What a buyer carries through a flash sale, signed so that nobody can make, guess or lend it: a challenge, a place in the
 * queue, a ticket. Each names its sale and its account; base64url of what it says and 16 bytes of an HMAC. Nothing of it is
 * stored.
 */
#ifndef SOUK_GUARD_FLASH_TOKEN_H
#define SOUK_GUARD_FLASH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "guard/token.h"

enum { FLASH_TOKEN_BYTES = 1 + 4 * 8 + 16, FLASH_TOKEN_TEXT = BASE64URL_BYTES(FLASH_TOKEN_BYTES) };

enum flash_token_kind {
    FLASH_PLACE = 'p',    /* first: arrival, Unix µs */
    FLASH_TICKET = 't',   /* first: the order it is to become; second: epoch of the gate */
    FLASH_WORK = 'w',     /* a challenge for a machine. first: random; second: expires, Unix s × 256 + zero bits wanted */
    FLASH_QUESTION = 'q'  /* one for a person. first, second: the same */
};

struct flash_token {
    enum flash_token_kind kind;
    int64_t sale_id, account_id, first, second;
};

void flash_token_make(const struct token_keys *keys, const struct flash_token *token, char text[FLASH_TOKEN_TEXT]);

/* False: it is none of ours, or not this sale's and this account's. `kind` may be of either challenge. */
SOUK_CHECK bool flash_token_read(const struct token_keys *keys, const char *text, int64_t sale_id, int64_t account_id,
                                 struct flash_token *token);

/* The numbers of a question: what is `*a` plus `*b`? From 2 to 20 each, the same whenever it is asked. */
void flash_question(const struct token_keys *keys, const struct flash_token *token, int *a, int *b);

/* Is `answer` the sum; has SHA-256 of "<text>:<answer>" as many leading zero bits as the challenge wants? */
SOUK_CHECK bool flash_solved(const struct token_keys *keys, const struct flash_token *token, const char *text,
                             const char *answer);

#endif
