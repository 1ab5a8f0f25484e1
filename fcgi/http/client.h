/* HTTP calls to the outside world, bounded in every way: connecting within 3 s, all of it within 10 s and within the
 * caller's deadline, no redirects, no proxies from the environment, an answer no longer than the caller allows, and
 * certificates always verified. Blocks its thread: for workers and senders, never inside a client's request.
 */
#ifndef SOUK_HTTP_CLIENT_H
#define SOUK_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum { CLIENT_CONNECT_MS_MAX = 3000, CLIENT_TOTAL_MS_MAX = 10000, CLIENT_HEADERS_MAX = 8, CLIENT_WANTED_MAX = 4 };

/* Takes bytes of an answer's body as they come. False ends the transfer: SOUK_UNAVAILABLE. */
typedef bool client_take(void *to, const char *bytes, size_t len);

struct client_call {
    const char *url;                         /* http or https */
    const char *body;                        /* NULL: a GET, else a POST */
    size_t body_len;
    const char *headers[CLIENT_HEADERS_MAX]; /* "Name: value"; ends early with NULL */
    const char *ca_file;                     /* certificates to trust; NULL or "": the system's */
    const char *wanted[CLIENT_WANTED_MAX];   /* names of headers to read of the answer; ends early with NULL */
    size_t answer_bytes_max;
    client_take *take;                       /* NULL: the body goes to the arena, in one piece */
    void *to;
    int64_t deadline_us;                     /* clock_us() scale */
};

struct client_answer {
    int status;
    const char *body; /* in the arena, NUL-terminated; "" where take() had it */
    size_t body_len;  /* also what take() had */
    const char *headers[CLIENT_WANTED_MAX]; /* as wanted, in the arena; NULL: the answer has none */
};

/* SOUK_OK: an HTTP answer of any status came. SOUK_UNAVAILABLE: none came, or it was too long; logged with the host.
 * SOUK_TIMEOUT: none came in time; whether the request was acted upon is unknown. Thread-safe. */
SOUK_CHECK enum souk_err client_send(const struct client_call *call, struct arena *arena, struct client_answer *answer);

#endif
