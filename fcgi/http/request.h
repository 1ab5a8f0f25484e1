/* One request on its way through the engine: what came in, and what a handler may use to answer.
 *
 * A handler reads values, calls routines, sets the answer, and returns SOUK_OK or an error; it never writes to the
 * client. Everything allocated for a request lives in its arena.
 */
#ifndef SOUK_HTTP_REQUEST_H
#define SOUK_HTTP_REQUEST_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/config.h"
#include "guard/token.h"
#include "http/route.h"
#include "store/gate.h"
#include "store/id.h"
#include "store/redis.h"
#include "store/sphinx.h"
#include "store/store.h"

/* What one process has, shared by its threads. */
struct context {
    const struct config *config;
    struct store *store;
    struct id_maker *ids;
    struct redis *redis;
    struct gate *gate; /* of flash sales */
    struct cache *cache; /* NULL: nothing is cached */
    struct sphinx *sphinx; /* NULL: no search server is configured */
    struct token_keys *keys;
};

/* A validated field. */
struct value {
    bool present;
    int64_t number;     /* FIELD_ID, FIELD_INT, FIELD_BOOL, FIELD_NEW_ID, FIELD_IF_MATCH, FIELD_SETTING */
    const char *text;   /* the rest; JSON text for objects and arrays */
    size_t len;
    json_object *json;  /* FIELD_OBJECT, FIELD_ARRAY: borrowed */
};

struct field_error {
    const char *field; /* "items[0].qty" */
    const char *code;  /* required, type, range, length, format, unknown, duplicate */
    const char *detail;
    struct field_error *next;
};

struct request {
    const struct route *route;
    const struct context *context;
    struct arena *arena;
    struct value *values; /* one per field of the row */
    struct claims claims; /* zero when the row is public and no token came */
    int64_t deadline_us;  /* clock_us() scale */
    char request_id[37];
    char trace_id[33];
    char span_id[17];
    const char *client_ip;
    /* answer */
    struct answer answer;
    const char *content_type; /* NULL: application/json */
    struct refusal refusal;   /* detail of a routine's refusal */
    const char *detail;       /* detail of the problem; NULL: none */
    int64_t retry_after_s;    /* 0: no header, except 429 and 503, which always have one */
    struct field_error *field_errors;
    const char *extra_headers[8]; /* "Name: value", arena or static */
    size_t extra_headers_n;
    void *transport; /* the engine's own */
};

/* The value of field `name` of this row; asserts that the row has it. */
const struct value *request_value(const struct request *request, const char *name);

/* Gives a field FROM_HANDLER its value, for request_invoke(). Text (JSON for objects and arrays) is borrowed. */
void request_give(struct request *request, const char *name, int64_t number);
void request_give_text(struct request *request, const char *name, const char *text);

/* A parameter made from that value (PARAM_NULL when absent). */
struct param request_param(const struct request *request, const char *name);

/* A header as the client sent it ("Wechatpay-Signature"), or NULL. */
const char *request_header(const struct request *request, const char *name);

/* The body's bytes (ROUTE_RAW_BODY) — also there for every other row. */
const char *request_raw_body(const struct request *request, size_t *len);

/* CALLs `routine` on `db` (DB_GLOBAL or a shard number) within the request's deadline; the answer goes to `*answer`. The
 * routine's refusal is the return value, its detail in request->refusal. `repeatable` as in struct call. */
SOUK_CHECK enum souk_err request_call(struct request *request, int db, const char *routine, const struct param *params,
                                      size_t params_n, bool repeatable, struct answer *answer);

/* What the engine does for a row without a handler, for a handler that has something to do before or after: calls the
 * row's routine with its fields, combined and borrowing as the row says, into request->answer. */
SOUK_CHECK enum souk_err request_invoke(struct request *request);

/* Sets the answer: `status` and a JSON body (serialised into the arena; the object is released with the request). */
SOUK_CHECK enum souk_err request_answer(struct request *request, int status, json_object *body);

/* Adds a response header line "Name: value". At most 8. */
void request_add_header(struct request *request, const char *line);

/* Says what is wrong and returns `err`, for `return request_fail(…)`. */
enum souk_err request_fail(struct request *request, enum souk_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a field-level error and returns SOUK_INVALID. */
enum souk_err request_fail_field(struct request *request, const char *field, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
