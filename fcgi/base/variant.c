/* Keys of variants. See variant.h. */
#include "base/variant.h"

#include <sodium.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/text.h"

/* SHA-256 over the folded values, each ended by a unit separator. */
enum souk_err variant_key(const char *const *values, size_t n, char out[VARIANT_KEY_BYTES])
{
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < VARIANT_OPTIONS_MAX; i++) {
        utf8proc_uint8_t *folded = NULL;
        utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)(i < n ? values[i] : ""), 0, &folded,
                                            UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
        if (len < 0)
            return SOUK_INVALID;
        crypto_hash_sha256_update(&state, folded, (unsigned long long)len);
        crypto_hash_sha256_update(&state, (const unsigned char *)"\x1f", 1);
        free(folded);
    }
    crypto_hash_sha256_final(&state, digest);
    text_hex(digest, sizeof digest, out);
    return SOUK_OK;
}
