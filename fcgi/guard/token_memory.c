/* The table of verified tokens: 1,024 sets × 4 entries, a lock for every 64 sets. */
#include "guard/token_memory.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1024, WAYS = 4, LOCKS = 16 };

struct entry {
    struct token_print print;
    struct claims claims; /* expires_s 0: free */
};

struct token_memory {
    uint8_t key[crypto_generichash_KEYBYTES];
    pthread_mutex_t locks[LOCKS];
    struct entry sets[SETS][WAYS]; /* newest first */
};

struct token_memory *token_memory_new(void)
{
    struct token_memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    randombytes_buf(memory->key, sizeof memory->key);
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&memory->locks[i], NULL);
    return memory;
}

void token_memory_free(struct token_memory *memory)
{
    if (!memory)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&memory->locks[i]);
    free(memory);
}

void token_memory_print(const struct token_memory *memory, const char *token, size_t len, struct token_print *out)
{
    crypto_generichash(out->bytes, sizeof out->bytes, (const unsigned char *)token, len, memory->key,
                       sizeof memory->key);
}

static size_t set_of(const struct token_print *print)
{
    return (size_t)(print->bytes[0] | print->bytes[1] << 8) % SETS;
}

bool token_memory_find(struct token_memory *memory, const struct token_print *print, int64_t now_s, struct claims *out)
{
    size_t set = set_of(print);
    bool found = false;
    pthread_mutex_lock(&memory->locks[set % LOCKS]);
    for (size_t i = 0; i < WAYS && !found; i++) {
        const struct entry *entry = &memory->sets[set][i];
        if (entry->claims.expires_s > now_s && memcmp(&entry->print, print, sizeof *print) == 0) {
            *out = entry->claims;
            found = true;
        }
    }
    pthread_mutex_unlock(&memory->locks[set % LOCKS]);
    return found;
}

void token_memory_add(struct token_memory *memory, const struct token_print *print, const struct claims *claims)
{
    size_t set = set_of(print);
    pthread_mutex_lock(&memory->locks[set % LOCKS]);
    struct entry *entries = memory->sets[set];
    memmove(&entries[1], &entries[0], (WAYS - 1) * sizeof entries[0]);
    entries[0] = (struct entry){.print = *print, .claims = *claims};
    pthread_mutex_unlock(&memory->locks[set % LOCKS]);
}
