#include "base/event_kind.h"

#include <string.h>

#define X(kind, ...) {#kind, (const char *const[]){__VA_ARGS__, NULL}},
const struct event_kind event_kinds[] = {EVENT_KINDS(X){NULL, NULL}};
#undef X

#define X(kind, ...) #kind,
const char *const event_kind_names[] = {EVENT_KINDS(X) NULL};
#undef X

static const struct event_kind *find_kind(const char *name, size_t len)
{
    for (const struct event_kind *kind = event_kinds; kind->name; kind++) {
        if (strlen(kind->name) == len && memcmp(kind->name, name, len) == 0)
            return kind;
    }
    return NULL;
}

bool event_pattern_known(const char *pattern, const struct event_kind **kind)
{
    const char *dot = strchr(pattern, '.');
    *kind = find_kind(pattern, dot ? (size_t)(dot - pattern) : strlen(pattern));
    if (strcmp(pattern, "*") == 0)
        return true;
    if (!*kind || !dot)
        return false;
    for (const char *const *type = (*kind)->types; *type; type++) {
        if (strcmp(dot + 1, *type) == 0)
            return true;
    }
    return strcmp(dot + 1, "*") == 0;
}
