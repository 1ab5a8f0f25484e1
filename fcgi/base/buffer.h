/* Text that grows in an arena. A failed append (the arena's cap) is remembered, so that only the end is checked. */
#ifndef SOUK_BASE_BUFFER_H
#define SOUK_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct buffer {
    struct arena *arena;
    char *data; /* NUL-terminated once something was added */
    size_t len, room;
    bool failed;
};

/* `room` bytes at first; it doubles as needed. */
struct buffer buffer_in(struct arena *arena, size_t room);

void buffer_add(struct buffer *buffer, const char *text, size_t len);
void buffer_puts(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* `n` bytes in lower-case hex. */
void buffer_hex(struct buffer *buffer, const void *bytes, size_t n);

/* `text`, quoted and escaped as a JSON string. */
void buffer_json_string(struct buffer *buffer, const char *text);

#endif
