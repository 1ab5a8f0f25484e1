#include "domain/channel_form.h"

#include <string.h>

void form_add(struct buffer *form, const char *name, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    if (value == NULL || value[0] == '\0')
        return;
    if (form->len > 0)
        buffer_puts(form, "&");
    buffer_puts(form, name);
    buffer_puts(form, "=");
    while (*value != '\0') {
        const size_t len = strspn(value, plain);
        buffer_add(form, value, len);
        value += len;
        if (*value != '\0')
            buffer_printf(form, "%%%02X", (unsigned char)*value++);
    }
}
