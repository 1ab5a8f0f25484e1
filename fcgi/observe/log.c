#include "observe/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fiber.h"

enum { MESSAGE_BYTES_MAX = 1024, LINE_BYTES_MAX = 8 * 1024 };

static const char *log_role = "souk";
static enum log_level log_level_max = LOG_INFO;

/* What fiber_slots() keeps. */
enum { SLOT_REQUEST_ID, SLOT_TRACE_ID };

void log_init(const char *role, enum log_level level)
{
    log_role = role;
    log_level_max = level;
}

void log_bind(const char *request_id, const char *trace_id)
{
    const void *bound[] = {[SLOT_REQUEST_ID] = request_id, [SLOT_TRACE_ID] = trace_id};
    memcpy(fiber_slots(), bound, sizeof bound);
}

/* Appends `text` as a JSON string; the line is sized for the longest message with every byte escaped. */
static size_t put_string(char *out, size_t at, const char *text)
{
    out[at++] = '"';
    for (; *text && at < LINE_BYTES_MAX - 16; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            out[at++] = '\\';
            out[at++] = (char)c;
        } else if (c < 0x20) {
            at += (size_t)snprintf(out + at, 7, "\\u%04x", c);
        } else {
            out[at++] = (char)c;
        }
    }
    out[at++] = '"';
    return at;
}

static size_t put_member(char *out, size_t at, const char *name, const char *value)
{
    if (!value || !*value)
        return at;
    at += (size_t)snprintf(out + at, 32, ",\"%s\":", name);
    return put_string(out, at, value);
}

void log_write(enum log_level level, const char *format, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    if (level > log_level_max)
        return;
    char message[MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);

    char line[LINE_BYTES_MAX];
    char time[CLOCK_TEXT_BYTES];
    clock_text(clock_unix_ms(), time);
    size_t at = (size_t)snprintf(line, 160, "{\"time\":\"%s\",\"level\":\"%s\",\"role\":\"%.32s\",\"pid\":%d", time,
                                 names[level], log_role, (int)getpid());
    at = put_member(line, at, "message", message);
    at = put_member(line, at, "request_id", fiber_slots()[SLOT_REQUEST_ID]);
    at = put_member(line, at, "trace_id", fiber_slots()[SLOT_TRACE_ID]);
    line[at++] = '}';
    line[at++] = '\n';
    /* Nobody to tell when standard error is gone. */
    ssize_t ignored = write(STDERR_FILENO, line, at);
    (void)ignored;
}
