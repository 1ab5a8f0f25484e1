/* What a handler may do with its request. */
#include "http/request.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http/engine.h"

static size_t field_index(const struct request *request, const char *name)
{
    size_t i = 0;
    while (i < request->route->fields_n && strcmp(request->route->fields[i].name, name) != 0)
        i++;
    assert(i < request->route->fields_n && "the row has no such field");
    return i;
}

const struct value *request_value(const struct request *request, const char *name)
{
    return &request->values[field_index(request, name)];
}

struct param request_param(const struct request *request, const char *name)
{
    size_t i = field_index(request, name);
    return param_of(&request->route->fields[i], &request->values[i]);
}

static struct value *given(struct request *request, const char *name)
{
    size_t i = field_index(request, name);
    assert(request->route->fields[i].from == FROM_HANDLER);
    return &request->values[i];
}

void request_give(struct request *request, const char *name, int64_t number)
{
    *given(request, name) = (struct value){.present = true, .number = number};
}

void request_give_text(struct request *request, const char *name, const char *text)
{
    *given(request, name) = (struct value){.present = true, .text = text, .len = strlen(text)};
}

struct param param_of(const struct field *field, const struct value *value)
{
    if (!value->present)
        return param_null();
    switch (field->type) {
    case FIELD_ID:
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_NEW_ID:
    case FIELD_IF_MATCH:
    case FIELD_SETTING:
        /* A PATCH that clears an id or a number has a text, the empty one, and no number. */
        return value->text && value->len == 0 ? param_null() : param_int(value->number);
    case FIELD_BODY_HASH:
        return (struct param){.type = PARAM_BYTES, .text = value->text, .len = value->len};
    default:
        return (struct param){.type = PARAM_TEXT, .text = value->text, .len = value->len};
    }
}

/* HTTP_ and the name in capitals with '_' for '-', as the web server passes it. */
const char *request_header(const struct request *request, const char *name)
{
    const struct intake *intake = ((const struct exchange *)request->transport)->intake;
    for (char *const *param = intake->params; *param; param++) {
        const char *at = *param;
        if (strncmp(at, "HTTP_", 5) != 0)
            continue;
        at += 5;
        const char *want = name;
        while (*want && *at == (*want == '-' ? '_' : toupper((unsigned char)*want))) {
            at++;
            want++;
        }
        if (!*want && *at == '=')
            return at + 1;
    }
    return NULL;
}

const char *request_raw_body(const struct request *request, size_t *len)
{
    const struct intake *intake = ((const struct exchange *)request->transport)->intake;
    *len = intake->body_len;
    return intake->body;
}

enum souk_err request_call(struct request *request, int db, const char *routine, const struct param *params,
                           size_t params_n, bool repeatable, struct answer *answer)
{
    struct call call = {.routine = routine,
                        .params = params,
                        .params_n = params_n,
                        .deadline_us = request->deadline_us,
                        .repeatable = repeatable};
    return store_call(request->context->store, db, &call, request->arena, answer, &request->refusal);
}

enum souk_err request_invoke(struct request *request)
{
    return routine_invoke(exchange_of(request));
}

enum souk_err request_answer(struct request *request, int status, json_object *body)
{
    size_t len = 0;
    const char *text =
        body ? json_object_to_json_string_length(body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len)
             : NULL;
    const char *copy = text ? arena_copy(request->arena, text, len) : NULL;
    json_object_put(body);
    if (!copy)
        return SOUK_TOO_LARGE;
    request->answer.status = status;
    request->answer.body = copy;
    request->answer.body_len = len;
    return SOUK_OK;
}

void request_add_header(struct request *request, const char *line)
{
    assert(request->extra_headers_n < sizeof request->extra_headers / sizeof request->extra_headers[0]);
    assert(!strpbrk(line, "\r\n"));
    request->extra_headers[request->extra_headers_n++] = line;
}

static const char *format_in(struct arena *arena, const char *format, va_list args)
{
    char text[512];
    int len = vsnprintf(text, sizeof text, format, args);
    if (len < 0)
        return NULL;
    return arena_copy(arena, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

enum souk_err request_fail(struct request *request, enum souk_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    request->detail = format_in(request->arena, format, args);
    va_end(args);
    return err;
}

enum souk_err request_fail_field(struct request *request, const char *field, const char *code, const char *format, ...)
{
    /* Stands last when the arena is full: that a field was wrong must not be lost. */
    static struct field_error no_room = {.field = "", .code = "length", .detail = "more is wrong than fits here"};
    struct field_error **last = &request->field_errors;
    size_t n = 0;
    for (; *last && *last != &no_room; last = &(*last)->next)
        n++;
    struct field_error *error = n < FIELD_ERRORS_MAX ? arena_alloc(request->arena, sizeof *error) : NULL;
    if (!error) {
        *last = &no_room;
        return SOUK_INVALID;
    }
    va_list args;
    va_start(args, format);
    error->detail = format_in(request->arena, format, args);
    va_end(args);
    error->field = arena_copy(request->arena, field, strlen(field));
    error->code = code;
    *last = error;
    return SOUK_INVALID;
}
