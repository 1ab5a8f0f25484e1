/* The engine: what happens to a request between its arrival and its answer, the same for every row.
 *
 * This header is the engine's own; domains see http/request.h. The engine knows nothing of FastCGI: it takes the
 * parameters and the body and gives back header and body, so that it can be tested without a web server.
 */
#ifndef SOUK_HTTP_ENGINE_H
#define SOUK_HTTP_ENGINE_H

#include <stdatomic.h>

#include "http/request.h"
#include "http/table.h"
#include "http/uri.h"

enum { BODY_BYTES_MAX = 64 * 1024, SLOW_US = 1000000, FIELD_ERRORS_MAX = 32 };

/* Whether the rows agree with the databases, as the master's check last found. */
enum rows_state { ROWS_UNCHECKED, ROWS_AGREE, ROWS_DISAGREE };

struct engine {
    struct context context;
    const struct table *table;
    atomic_bool draining;          /* this child was told to stop for good: /readyz says so */
    const _Atomic int *rows_state; /* enum rows_state, in memory shared with the master; NULL: not checked */
};

/* What the web server said of a request. Borrowed. */
struct intake {
    const char *method, *uri, *content_type, *content_length, *client_ip, *request_id;
    const char *authorization, *if_match, *if_none_match, *idempotency_key, *traceparent;
    char *const *params; /* all of them, "NAME=value", NULL at the end */
    const char *body;
    size_t body_len;
    enum souk_err broken; /* the body did not arrive whole (SOUK_BAD_REQUEST) or is too large (SOUK_TOO_LARGE) */
};

struct exchange {
    struct request request;
    const struct engine *engine;
    const struct row *row; /* NULL: no row matched */
    const struct intake *intake;
    struct segment segments[PATH_SEGMENTS_MAX];
    size_t segments_n;
    const char *query; /* raw */
    unsigned allowed;  /* methods of the path */
    bool head;         /* a HEAD: the answer goes without its body */
};

struct reply {
    int status;
    const char *head, *body; /* head: header lines with the closing empty line */
    size_t head_len, body_len;
};

/* Picks what the engine needs out of the FastCGI parameters. */
void intake_read(struct intake *intake, char *const *params);

/* Answers one request. Everything in *reply lives in the arena or is static; it is always filled. */
void engine_answer(const struct engine *engine, struct arena *arena, const struct intake *intake, struct reply *reply);

/* The steps, each in a file of its own; they return what goes wrong and leave field errors in the request. */
SOUK_CHECK enum souk_err caller_admit(struct exchange *exchange);       /* http/caller.c: token and roles */
SOUK_CHECK enum souk_err fields_read(struct exchange *exchange);        /* http/validate.c: fields to values */
SOUK_CHECK enum souk_err routine_invoke(struct exchange *exchange);     /* http/invoke.c: the row's routine */
SOUK_CHECK enum souk_err gather_invoke(struct exchange *exchange);      /* http/gather.c: the row's routine on all shards */
void response_write(struct exchange *exchange, enum souk_err err, struct reply *reply); /* http/response.c */

/* http/trace.c: request id, trace id and span id. */
void trace_start(struct exchange *exchange);

/* The problem+json of `err` (http/problem.c). NULL when the arena is full. */
const char *problem_text(const struct request *request, enum souk_err err, size_t *len);

/* The parameter that `value` of `field` becomes. */
struct param param_of(const struct field *field, const struct value *value);

/* Fast random bits for ids of requests and jitter; not for secrets. */
uint64_t engine_random(void);

static inline struct exchange *exchange_of(struct request *request)
{
    return request->transport;
}

#endif
