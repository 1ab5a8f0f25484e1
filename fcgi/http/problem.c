/* RFC 9457 problem details from the one error table. */
#include <string.h>

#include "base/buffer.h"
#include "http/engine.h"

static void put_field_errors(struct buffer *out, const struct field_error *errors)
{
    buffer_puts(out, ",\"errors\":[");
    for (const struct field_error *error = errors; error; error = error->next) {
        buffer_puts(out, error == errors ? "{\"field\":" : ",{\"field\":");
        buffer_json_string(out, error->field ? error->field : "");
        buffer_puts(out, ",\"code\":");
        buffer_json_string(out, error->code);
        buffer_puts(out, ",\"detail\":");
        buffer_json_string(out, error->detail ? error->detail : "");
        buffer_puts(out, "}");
    }
    buffer_puts(out, "]");
}

/* A routine that refuses a field says "<path>: <what is wrong>": the same as one the engine refuses. NULL: it said something else. */
static struct field_error *refused_field(const struct request *request)
{
    const char *detail = request->refusal.detail;
    const size_t path_n = strspn(detail, "abcdefghijklmnopqrstuvwxyz_0123456789[].");
    const size_t name_n = strcspn(detail, "[].: ");
    bool known = false;
    for (size_t i = 0; i < request->route->fields_n; i++)
        known = known || (strlen(request->route->fields[i].name) == name_n && strncmp(request->route->fields[i].name, detail, name_n) == 0);
    if (!known || name_n > path_n || strncmp(detail + path_n, ": ", 2) != 0)
        return NULL;
    struct field_error *error = arena_alloc(request->arena, sizeof *error);
    if (error != NULL)
        *error = (struct field_error){
            .field = arena_copy(request->arena, detail, path_n), .code = "rule", .detail = detail + path_n + 2};
    return error;
}

const char *problem_text(const struct request *request, enum souk_err err, size_t *len)
{
    const struct error_row *row = error_row(err);
    const char *detail = request->detail ? request->detail : request->refusal.detail;
    struct buffer out = buffer_in(request->arena, 512);
    buffer_printf(&out, "{\"type\":\"urn:souk:problem:%s\",\"title\":", row->code);
    buffer_json_string(&out, row->title);
    buffer_printf(&out, ",\"status\":%d,\"code\":\"%s\"", row->status, row->code);
    /* What went wrong inside is for the log. */
    if (*detail && row->status != 500) {
        buffer_puts(&out, ",\"detail\":");
        buffer_json_string(&out, detail);
    }
    buffer_printf(&out, ",\"request_id\":\"%s\"", request->request_id);
    const struct field_error *errors = request->field_errors;
    if (errors == NULL && err == SOUK_INVALID && request->route != NULL && request->detail == NULL)
        errors = refused_field(request);
    if (errors)
        put_field_errors(&out, errors);
    buffer_puts(&out, "}");
    *len = out.len;
    return out.failed ? NULL : out.data;
}
