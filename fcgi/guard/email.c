/* Normalises and checks e-mail addresses. */
#include "guard/email.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static const char space[] = " \t\r\n";

static utf8proc_int32_t lower(utf8proc_int32_t codepoint, void *unused)
{
    (void)unused;
    return utf8proc_tolower(codepoint);
}

/* NFKC of `in` after `map` (may be NULL) of each code point; NULL for bad UTF-8. Freed by the caller. */
static char *nfkc(const char *in, utf8proc_ssize_t len, utf8proc_custom_func map)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    if (utf8proc_map_custom((const utf8proc_uint8_t *)in, len, &out, options, map, NULL) < 0)
        return NULL;
    return (char *)out;
}

/* No separators, control or format characters, surrogates, unassigned or private code points. */
static bool characters_fit(const char *text)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    while (*at) {
        utf8proc_int32_t codepoint;
        utf8proc_ssize_t step = utf8proc_iterate(at, -1, &codepoint);
        if (step <= 0 || utf8proc_category(codepoint) == UTF8PROC_CATEGORY_CN ||
            utf8proc_category(codepoint) >= UTF8PROC_CATEGORY_ZS)
            return false;
        at += step;
    }
    return strpbrk(text, "\"(),:;<>[\\]") == NULL;
}

static bool form_fits(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || strchr(at + 1, '@'))
        return false;
    const char *host = at + 1;
    size_t len = strlen(host);
    return len > 0 && host[0] != '.' && host[len - 1] != '.' && strstr(host, "..") == NULL;
}

enum souk_err email_normalise(struct arena *arena, const char *in, const char **out)
{
    in += strspn(in, space);
    size_t len = strlen(in);
    while (len > 0 && strchr(space, in[len - 1]))
        len--;
    if (len > EMAIL_BYTES_MAX)
        return SOUK_INVALID;
    enum souk_err err = SOUK_INVALID;
    char *composed = nfkc(in, (utf8proc_ssize_t)len, NULL);
    char *lowered = composed ? nfkc(composed, (utf8proc_ssize_t)strlen(composed), lower) : NULL;
    if (lowered && strlen(lowered) <= EMAIL_BYTES_MAX && characters_fit(lowered) && form_fits(lowered)) {
        *out = arena_copy(arena, lowered, strlen(lowered));
        err = *out ? SOUK_OK : SOUK_TOO_LARGE;
    }
    free(composed);
    free(lowered);
    return err;
}
