/* A bump allocator for the lifetime of one request.
 *
 * Memory comes in blocks that are kept between requests; arena_reset() makes all of it free at once and calls the
 * release functions of whatever foreign objects were registered, last first. An arena has a hard cap: past it,
 * arena_alloc() returns NULL and the request ends as SOUK_TOO_LARGE (413). Not thread-safe: one request at a time has it.
 */
#ifndef SOUK_BASE_ARENA_H
#define SOUK_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* A new, empty arena that holds at most `bytes_max` bytes. NULL when memory is out. Freed by arena_free(). */
struct arena *arena_new(size_t bytes_max);

/* Accepts NULL. Releases everything registered, then the arena itself. */
void arena_free(struct arena *arena);

/* Forgets all allocations and runs the registered releases. The blocks stay, poisoned in sanitizer builds; beyond a
 * working-set size they are given back so that one large request does not fatten the process for good. */
void arena_reset(struct arena *arena);

/* `bytes` zeroed bytes aligned for any type, or NULL when the cap is reached or memory is out. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* Copies `len` bytes of `text` and a closing NUL. NULL as arena_alloc(). */
char *arena_copy(struct arena *arena, const char *text, size_t len);

/* sprintf into the arena. NULL as arena_alloc(). */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ties a foreign object to the arena: `release(object)` runs at reset. Call it on the line after the object was
 * obtained. When the registration itself fails the object is released at once and NULL returned, else `object`. */
void *arena_own(struct arena *arena, void *object, void (*release)(void *));

#endif
