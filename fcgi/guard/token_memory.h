/* Tokens whose signature was found good, remembered until they expire.
 *
 * A bounded table per process: sets of a few entries found by a keyed hash of the whole token, the key random per
 * table, so that nobody can aim at an entry. A full set forgets what was remembered first. Thread-safe.
 */
#ifndef SOUK_GUARD_TOKEN_MEMORY_H
#define SOUK_GUARD_TOKEN_MEMORY_H

#include <stdbool.h>

#include "guard/token.h"

enum { TOKEN_PRINT_BYTES = 16 };

struct token_memory;

/* What a token is recognised by. */
struct token_print {
    uint8_t bytes[TOKEN_PRINT_BYTES];
};

struct token_memory *token_memory_new(void); /* NULL when memory is out */
void token_memory_free(struct token_memory *memory); /* accepts NULL */

void token_memory_print(const struct token_memory *memory, const char *token, size_t len, struct token_print *out);

/* True: the token was verified before, is valid at `now_s`, and says `*out`. */
bool token_memory_find(struct token_memory *memory, const struct token_print *print, int64_t now_s, struct claims *out);

/* Remembers what a verified token says. */
void token_memory_add(struct token_memory *memory, const struct token_print *print, const struct claims *claims);

#endif
