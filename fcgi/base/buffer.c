#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct buffer buffer_in(struct arena *arena, size_t room)
{
    struct buffer buffer = {.arena = arena, .data = arena_alloc(arena, room), .room = room};
    buffer.failed = !buffer.data;
    return buffer;
}

/* Room for `len` more bytes and the NUL. */
static bool reserve(struct buffer *buffer, size_t len)
{
    if (buffer->failed)
        return false;
    if (len < buffer->room - buffer->len)
        return true;
    size_t room = buffer->room * 2 + len + 1;
    char *data = arena_alloc(buffer->arena, room);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    memcpy(data, buffer->data, buffer->len);
    buffer->data = data;
    buffer->room = room;
    return true;
}

void buffer_add(struct buffer *buffer, const char *text, size_t len)
{
    if (!reserve(buffer, len))
        return;
    memcpy(buffer->data + buffer->len, text, len);
    buffer->len += len;
    buffer->data[buffer->len] = '\0';
}

void buffer_puts(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    for (int attempt = 0; attempt < 2 && !buffer->failed; attempt++) {
        va_list args;
        va_start(args, format);
        size_t room = buffer->room - buffer->len;
        int len = vsnprintf(buffer->data + buffer->len, room, format, args);
        va_end(args);
        if (len >= 0 && (size_t)len < room) {
            buffer->len += (size_t)len;
            return;
        }
        buffer->data[buffer->len] = '\0';
        if (len < 0 || !reserve(buffer, (size_t)len))
            buffer->failed = true;
    }
}

void buffer_json_string(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, "\"", 1);
    const char *plain = text;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buffer_add(buffer, plain, (size_t)(text - plain));
        plain = text + 1;
        if (c < 0x20)
            buffer_printf(buffer, "\\u%04x", c);
        else
            buffer_printf(buffer, "\\%c", c);
    }
    buffer_add(buffer, plain, (size_t)(text - plain));
    buffer_add(buffer, "\"", 1);
}

void buffer_hex(struct buffer *buffer, const void *bytes, size_t n)
{
    if (!reserve(buffer, 2 * n))
        return;
    text_hex(bytes, n, buffer->data + buffer->len);
    buffer->len += 2 * n;
}
