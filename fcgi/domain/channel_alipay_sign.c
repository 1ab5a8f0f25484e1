#include "domain/channel_alipay_sign.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static int by_name(const void *left, const void *right)
{
    const struct alipay_param *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static const char *joined(struct arena *arena, struct alipay_param *params, size_t n)
{
    struct buffer text = buffer_in(arena, 1024);

    qsort(params, n, sizeof *params, by_name);
    for (size_t i = 0; i < n; i++) {
        buffer_puts(&text, i == 0 ? "" : "&");
        buffer_puts(&text, params[i].name);
        buffer_puts(&text, "=");
        buffer_puts(&text, params[i].value);
    }
    return text.failed ? NULL : n == 0 ? "" : text.data;
}

const char *alipay_request_text(struct arena *arena, const struct alipay_param *params, size_t n)
{
    struct alipay_param signed_ones[QUERY_PAIRS_MAX];
    size_t signed_n = 0;

    for (size_t i = 0; i < n && signed_n < QUERY_PAIRS_MAX; i++)
        if (params[i].value != NULL && params[i].value[0] != '\0' && strcmp(params[i].name, "sign") != 0)
            signed_ones[signed_n++] = params[i];
    return joined(arena, signed_ones, signed_n);
}

const char *alipay_notification_text(struct arena *arena, const struct pair *pairs, size_t n)
{
    struct alipay_param signed_ones[QUERY_PAIRS_MAX];
    size_t signed_n = 0;

    for (size_t i = 0; i < n && signed_n < QUERY_PAIRS_MAX; i++)
        if (strcmp(pairs[i].name, "sign") != 0 && strcmp(pairs[i].name, "sign_type") != 0)
            signed_ones[signed_n++] = (struct alipay_param){pairs[i].name, pairs[i].text};
    return joined(arena, signed_ones, signed_n);
}

static const char *past_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    return at;
}

/* Behind the string that begins at `at`; NULL when it does not end. */
static const char *past_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

/* Behind the value that begins at `at`: up to the comma or brace of the object it is in. */
static const char *past_value(const char *at, const char *end)
{
    int depth = 0;

    while (at != NULL && at < end) {
        if (*at == '"') {
            at = past_string(at, end);
            continue;
        }
        if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
            return at;
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    }
    return NULL;
}

bool alipay_answer_text(const char *body, size_t len, const char *name, const char **text, size_t *text_len)
{
    const char *end = body + len, *at = past_blanks(body, end);
    const size_t name_len = strlen(name);

    if (at == end || *at != '{')
        return false;
    for (at = past_blanks(at + 1, end); at < end && *at == '"'; at = past_blanks(at + 1, end)) {
        const char *key = at + 1, *value;
        at = past_string(at, end);
        if (at == NULL)
            return false;
        const size_t key_len = (size_t)(at - 1 - key);
        at = past_blanks(at, end);
        if (at == end || *at != ':')
            return false;
        value = past_blanks(at + 1, end);
        at = past_value(value, end);
        if (at == NULL)
            return false;
        if (key_len == name_len && memcmp(key, name, key_len) == 0) {
            for (*text = value, *text_len = (size_t)(at - value);
                 *text_len > 0 && past_blanks(value + *text_len - 1, end) != value + *text_len - 1; --*text_len)
                continue;
            return true;
        }
        if (*at != ',')
            return false;
    }
    return false;
}
