/* Names of a request: nginx's request id, and the W3C trace context it came with or a new one. */
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/engine.h"

/* splitmix64 over a state that the kernel seeded, one per thread. */
uint64_t engine_random(void)
{
    static _Thread_local uint64_t state;
    if (state == 0 && getrandom(&state, sizeof state, 0) != (ssize_t)sizeof state)
        state = (uint64_t)clock_us() ^ (uintptr_t)&state;
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void put_hex64(char *out, uint64_t bits)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 15; i >= 0; i--, bits >>= 4)
        out[i] = digits[bits & 15];
}

static bool is_lower_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdef") >= len;
}

static bool all_zero(const char *text, size_t len)
{
    return strspn(text, "0") >= len;
}

/* version-traceid-parentid-flags; later versions may append more after another '-'. */
static bool traceparent_valid(const char *header)
{
    size_t len = header ? strlen(header) : 0;
    if (len < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-')
        return false;
    if (!is_lower_hex(header, 2) || !is_lower_hex(header + 3, 32) || !is_lower_hex(header + 36, 16) ||
        !is_lower_hex(header + 53, 2))
        return false;
    if (strncmp(header, "ff", 2) == 0 || all_zero(header + 3, 32) || all_zero(header + 36, 16))
        return false;
    return strncmp(header, "00", 2) == 0 ? len == 55 : len == 55 || header[55] == '-';
}

static bool request_id_valid(const char *id)
{
    size_t len = id ? strlen(id) : 0;
    if (len == 0 || len > 36)
        return false;
    for (; *id; id++) {
        bool fine = (*id >= '0' && *id <= '9') || (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') ||
                    *id == '-' || *id == '_';
        if (!fine)
            return false;
    }
    return true;
}

void trace_start(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    const struct intake *intake = exchange->intake;
    if (traceparent_valid(intake->traceparent)) {
        memcpy(request->trace_id, intake->traceparent + 3, 32);
    } else {
        put_hex64(request->trace_id, engine_random());
        put_hex64(request->trace_id + 16, engine_random());
    }
    put_hex64(request->span_id, engine_random());
    if (request_id_valid(intake->request_id))
        memcpy(request->request_id, intake->request_id, strlen(intake->request_id) + 1);
    else
        memcpy(request->request_id, request->trace_id, sizeof request->trace_id);
}
