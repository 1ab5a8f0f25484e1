#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(at, bytes) ASAN_POISON_MEMORY_REGION(at, bytes)
#define UNPOISON(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define POISON(at, bytes) ((void)(at), (void)(bytes))
#define UNPOISON(at, bytes) ((void)(at), (void)(bytes))
#endif

/* Most requests live in one or two blocks of the first size; a block is as large as all before it together. */
enum { BLOCK_BYTES_MIN = 8 * 1024, KEEP_BYTES_MAX = 64 * 1024, ALIGN = _Alignof(max_align_t) };

struct block {
    struct block *next;
    size_t bytes, used;
    _Alignas(max_align_t) char data[];
};

struct owned {
    struct owned *next;
    void *object;
    void (*release)(void *);
};

struct arena {
    size_t bytes_max, bytes_used;
    struct block *first, *current; /* blocks after `current` are empty */
    struct owned *owned;
};

struct arena *arena_new(size_t bytes_max)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->bytes_max = bytes_max;
    return arena;
}

static void release_owned(struct arena *arena)
{
    while (arena->owned) {
        struct owned *owned = arena->owned;
        arena->owned = owned->next;
        owned->release(owned->object);
    }
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        UNPOISON(block->data, block->bytes);
        free(block);
        block = next;
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    release_owned(arena);
    free_blocks(arena->first);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    release_owned(arena);
    size_t kept = 0;
    for (struct block **link = &arena->first; *link;) {
        struct block *block = *link;
        if (kept + block->bytes > KEEP_BYTES_MAX) {
            *link = block->next;
            block->next = NULL;
            free_blocks(block);
            continue;
        }
        kept += block->bytes;
        block->used = 0;
        POISON(block->data, block->bytes);
        link = &block->next;
    }
    arena->current = arena->first;
    arena->bytes_used = 0;
}

/* A block with room for `bytes`: the current one, a kept one, or a new one linked in after the current. */
static struct block *block_for(struct arena *arena, size_t bytes)
{
    struct block *block = arena->current;
    if (block && block->bytes - block->used >= bytes)
        return block;
    if (block && block->next && block->next->bytes >= bytes)
        return arena->current = block->next;
    size_t size = BLOCK_BYTES_MIN;
    while (size < bytes || size < arena->bytes_used)
        size *= 2;
    struct block *fresh = malloc(sizeof *fresh + size);
    if (!fresh)
        return NULL;
    fresh->bytes = size;
    fresh->used = 0;
    fresh->next = block ? block->next : arena->first;
    if (block)
        block->next = fresh;
    else
        arena->first = fresh;
    POISON(fresh->data, size);
    return arena->current = fresh;
}

/* Aligned and counted, not zeroed. */
static void *take(struct arena *arena, size_t bytes)
{
    if (bytes > arena->bytes_max)
        return NULL;
    size_t rounded = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (rounded > arena->bytes_max - arena->bytes_used)
        return NULL;
    struct block *block = block_for(arena, rounded);
    if (!block)
        return NULL;
    void *at = block->data + block->used;
    block->used += rounded;
    arena->bytes_used += rounded;
    UNPOISON(at, bytes);
    return at;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    void *at = take(arena, bytes);
    return at ? memset(at, 0, bytes) : NULL;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? take(arena, len + 1) : NULL;
    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = len >= 0 ? take(arena, (size_t)len + 1) : NULL;
    if (out)
        vsnprintf(out, (size_t)len + 1, format, again);
    va_end(again);
    return out;
}

void *arena_own(struct arena *arena, void *object, void (*release)(void *))
{
    struct owned *owned = take(arena, sizeof *owned);
    if (!owned) {
        release(object);
        return NULL;
    }
    *owned = (struct owned){.next = arena->owned, .object = object, .release = release};
    arena->owned = owned;
    return object;
}
