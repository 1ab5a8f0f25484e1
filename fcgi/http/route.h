/* The API is a table: an endpoint is one row.
 *
 * A row says who may call it, which fields it takes, where its shard comes from and which routine answers. The engine
 * does the rest once for every row. Without a handler the fields, in order, are the routine's parameters: field
 * `email` is parameter `in_email`; at start each row is compared with the databases.
 */
#ifndef SOUK_HTTP_ROUTE_H
#define SOUK_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "guard/role.h"
#include "store/cache_policy.h"

struct request;

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHODS_N };

/* Where a field comes from. */
enum field_from {
    FROM_PATH,
    FROM_QUERY,
    FROM_BODY,
    FROM_CLAIMS, /* "account_id", "session_id", "roles" (int mask) of the verified token */
    FROM_ENGINE, /* by type: FIELD_NEW_ID, FIELD_IDEMPOTENCY_KEY, FIELD_BODY_HASH, FIELD_IF_MATCH, FIELD_CLIENT_IP, FIELD_SETTING */
    FROM_HANDLER /* the row's handler gives it (request_give) before request_invoke(); absent until then */
};

/* What it may be, and what the routine gets. */
enum field_type {
    FIELD_ID,       /* decimal string in JSON → BIGINT, > 0 */
    FIELD_INT,      /* integral JSON number or query digits, min…max → BIGINT */
    FIELD_BOOL,     /* true, false → TINYINT 0, 1 */
    FIELD_STRING,   /* UTF-8, min…max characters, no control characters but \n and \t → VARCHAR, TEXT */
    FIELD_EMAIL,    /* normalised → VARCHAR(254) */
    FIELD_LETTERS,  /* just `max` letters, in capitals: 2 a country, 3 a currency → CHAR */
    FIELD_ENUM,     /* one of `one_of` → VARCHAR */
    FIELD_OBJECT,   /* its fields in `of` → JSON text */
    FIELD_ARRAY,    /* min…max elements; each an object of `of`, or, with of_n == 1 and an empty name, a scalar → JSON text;
                     * in a query: strings, the parameter once for each */
    FIELD_CURSOR,   /* opaque; hex of what the routine gave as next_cursor → VARCHAR(255), NULL at first */
    FIELD_NEW_ID,   /* engine: a fresh id in the slot of the row's shard field → BIGINT */
    FIELD_IDEMPOTENCY_KEY, /* header Idempotency-Key, quoted or bare, ≤255 → VARCHAR(255), NULL when absent */
    FIELD_BODY_HASH,       /* SHA-256 of the path and the raw body → VARBINARY(32) */
    FIELD_IF_MATCH,        /* header If-Match: "v<version>" → BIGINT, NULL when absent or * */
    FIELD_CLIENT_IP,       /* REMOTE_ADDR → VARCHAR(45) */
    FIELD_SETTING          /* `setting` of struct config, an int64 → BIGINT */
};

struct field {
    const char *name;
    enum field_from from;
    enum field_type type;
    int64_t min, max;      /* value, characters or elements, by type; 0,0: the type's own widest bounds */
    int64_t fallback;          /* what an absent FIELD_INT or FIELD_BOOL is taken for; 0: absent stays absent */
    bool required;
    const struct field *of; /* for FIELD_OBJECT and FIELD_ARRAY */
    size_t of_n;
    const char *const *one_of; /* for FIELD_ENUM, ends with NULL */
    size_t setting;            /* for FIELD_SETTING: offsetof(struct config, …) */
    bool nullable;             /* null is taken as absent (PATCH: as "clear it", the routine gets '') */
    const char *about;         /* for the OpenAPI document */
};

enum shard_by {
    SHARD_NONE,     /* no call by the engine (a handler decides) */
    SHARD_GLOBAL,
    SHARD_BY_ID,    /* slot of the id in field `shard_field` */
    SHARD_BY_EMAIL, /* slot of the address in field `shard_field` */
    SHARD_ALL,      /* a list that every shard holds a part of: the engine asks all and merges the pages by the id in member
                     * `shard_field` of the items, the highest first; shards that did not answer stand in `away` */
    SHARD_SANDBOX
};

enum route_flags {
    ROUTE_KEY_REQUIRED = 1,   /* 400 without Idempotency-Key */
    ROUTE_BORROWS = 2,        /* on stock.short the engine borrows and calls again */
    ROUTE_PUBLIC_CACHE = 4,   /* nothing personal: nginx may keep it */
    ROUTE_RAW_BODY = 8,       /* the body is not JSON for the engine (callbacks); the handler reads request_raw_body() */
    ROUTE_FORM_BODY = 16,     /* application/x-www-form-urlencoded instead of JSON (the sandbox's pages) */
    ROUTE_HIDDEN = 32,        /* not in the OpenAPI document */
    ROUTE_COMBINE = 64,       /* requests that arrive together become one call (store/combine.h): the fields are members of
                                 an element of in_requests, the routine's one parameter */
    ROUTE_PROPAGATES = 128,   /* may answer 202 instead: it is committed, and what has yet to hear of it will (the document says so) */
    ROUTE_REPEATABLE = 2048,  /* said twice it is said once, without a key: may be sent again after a lost connection, unless
                                 it is meant for one version (If-Match) */
    ROUTE_EVENTS = 4096,      /* answers with server-sent events (the OpenAPI document says so) */
    ROUTE_ANNOUNCES = 1024    /* the ids it makes are the catalogue's: every process hears of them before anybody else does */
};

struct route {
    enum method method;
    const char *path; /* "/v1/orders/{order_id}" */
    unsigned who;     /* mask of enum role; 0: anyone */
    const struct field *fields;
    size_t fields_n;
    enum shard_by shard_by;
    const char *shard_field; /* SHARD_GLOBAL: whose slot new ids are in; NULL: any */
    const char *routine; /* NULL: `handle` must be set */
    enum souk_err (*handle)(struct request *request); /* NULL: the engine calls the routine; with one: the handler does, by request_invoke() */
    const struct cache_policy *cache; /* how its answers are kept; NULL: not */
    unsigned flags;
    int status; /* of success, for the OpenAPI document; 0: 200, or 204 for a DELETE that names no `answers` */
    const char *name;    /* operationId: the routine's name, or the handler's */
    const char *summary; /* one line for the OpenAPI document */
    const char *answers; /* name of the schema of the 2xx body in http/schema.c, NULL: free form */
};

#define FIELDS(array) .fields = (array), .fields_n = sizeof(array) / sizeof((array)[0])

/* A domain's rows, as domain/<name>.c declares them in domain/domains.h. */
struct route_set {
    const char *domain;
    const struct route *routes;
    size_t routes_n;
};

#endif
