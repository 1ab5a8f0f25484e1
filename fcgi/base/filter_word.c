#include "base/filter_word.h"

#include <sodium.h>
#include <string.h>

#include "base/buffer.h"
#include "base/lexeme.h"
#include "base/text.h"

enum { FILTER_LEXEMES_MAX = 64, HASH_BYTES = 8, TYPO_CHARS = 4 };

const char *filter_category(struct arena *arena, const char *category_id)
{
    return arena_printf(arena, "_c%s", category_id ? category_id : "0");
}

static const char *hashed(struct arena *arena, char kind, const char *name, const char *value)
{
    struct buffer text = buffer_in(arena, 128);
    uint8_t digest[crypto_hash_sha256_BYTES];
    char hex[2 * HASH_BYTES + 1];
    lexeme_index(arena, name, FILTER_LEXEMES_MAX, &text);
    buffer_puts(&text, "=");
    lexeme_index(arena, value, FILTER_LEXEMES_MAX, &text);
    if (text.failed)
        return NULL;
    crypto_hash_sha256(digest, (const unsigned char *)text.data, text.len);
    text_hex(digest, HASH_BYTES, hex);
    return arena_printf(arena, "_%c%s", kind, hex);
}

const char *filter_vendor(struct arena *arena, const char *vendor)
{
    return hashed(arena, 'v', "", vendor);
}

const char *filter_option(struct arena *arena, const char *name, const char *value)
{
    return hashed(arena, 'a', name, value);
}

size_t typo_variants(struct arena *arena, const char *word, const char *out[TYPO_VARIANTS_MAX])
{
    size_t starts[TYPO_CHARS + 1], chars = 0, n = 0;
    const char *at = word;
    for (; *at && chars < TYPO_CHARS; at += char_bytes(at))
        starts[chars++] = (size_t)(at - word);
    starts[chars] = (size_t)(at - word);
    if (chars < TYPO_WORD_CHARS_MIN || *word == '_' || (unsigned char)*word >= 0xe3)
        return 0;
    out[n++] = arena_copy(arena, word, starts[chars]);
    for (size_t i = 0; i < chars; i++)
        out[n++] = arena_printf(arena, "%.*s%.*s", (int)starts[i], word, (int)(starts[chars] - starts[i + 1]),
                                word + starts[i + 1]);
    for (size_t i = 0; i < n; i++)
        if (out[i] == NULL)
            return 0;
    return n;
}
