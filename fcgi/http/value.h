/* One field's text or JSON, checked against its row and made into a value. */
#ifndef SOUK_HTTP_VALUE_H
#define SOUK_HTTP_VALUE_H

#include "http/request.h"

enum { VALUE_STRING_CHARS_MAX = 65535, VALUE_ELEMENTS_MAX = 1000 };

/* From a path segment, a query or a form. `path` names the field in errors. False: a field error was added. */
bool value_from_text(struct request *request, const struct field *field, const char *path, const char *text, size_t len,
                     struct value *out);

/* From the JSON body. */
bool value_from_json(struct request *request, const struct field *field, const char *path, json_object *json,
                     struct value *out);

/* Adds an error for each member of `object` that is none of the fields. `path` is "" at the top. */
bool value_refuse_unknown(struct request *request, const struct field *fields, size_t fields_n, const char *path,
                          json_object *object);

#endif
