/* The shapes of answers, by name, for the OpenAPI document. A row names its own in `answers`.
 *
 * A shape is said in one line: "member:type member:type …". Types: id (decimal text), text, int, bool, time (RFC 3339),
 * url, json (anything), the name of another shape, and [type] for a list of them. A '?' at the end: may be null.
 */
#ifndef SOUK_HTTP_SCHEMA_H
#define SOUK_HTTP_SCHEMA_H

#include <json-c/json.h>
#include <stddef.h>

struct schema {
    const char *name;
    const char *members;
};

extern const struct schema schemas[];
extern const size_t schemas_n;

/* The shape of that name, or NULL. */
const struct schema *schema_find(const char *name);

/* As a JSON Schema object: a new reference for the caller. */
json_object *schema_json(const struct schema *schema);

#endif
