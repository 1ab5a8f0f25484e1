/* RFC 9457 problem details from the one error table. */
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
    if (request->field_errors)
        put_field_errors(&out, request->field_errors);
    buffer_puts(&out, "}");
    *len = out.len;
    return out.failed ? NULL : out.data;
}
