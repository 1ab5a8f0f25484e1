#include "http/scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

/* A key of the object being scanned, decoded. */
struct key {
    struct key *before; /* in the same object */
    const char *text;
    size_t len;
};

/* Where we are: one step for each open object or array. */
struct step {
    const struct key *key; /* NULL in an array */
    size_t index;
};

struct scan {
    struct arena *arena;
    const char *start, *at, *end;
    struct step steps[JSON_DEPTH_MAX];
    size_t depth;
    struct scan_error *error;
};

static enum souk_err scan_value(struct scan *scan);

static const char *path(struct scan *scan)
{
    struct buffer text = buffer_in(scan->arena, 64);
    for (size_t i = 0; i < scan->depth; i++) {
        const struct step *step = &scan->steps[i];
        if (!step->key)
            buffer_printf(&text, "[%zu]", step->index);
        else if (step->key->len > 0)
            buffer_printf(&text, "%s%.*s", text.len > 0 ? "." : "", (int)(step->key->len < 64 ? step->key->len : 64),
                          step->key->text);
    }
    /* A long key is cut in mid-character at worst; such a path is shortened to valid UTF-8. */
    while (!text.failed && text.len > 0 && !text_utf8_valid(text.data, text.len))
        text.data[--text.len] = '\0';
    return text.failed ? "" : text.data;
}

static enum souk_err fail(struct scan *scan, enum souk_err err, const char *code, const char *why)
{
    const char *detail = arena_printf(scan->arena, "%s (at byte %zu)", why, (size_t)(scan->at - scan->start));
    *scan->error = (struct scan_error){.field = path(scan), .code = code, .detail = detail ? detail : why};
    return err;
}

static enum souk_err syntax(struct scan *scan, const char *why)
{
    return fail(scan, SOUK_BAD_REQUEST, "syntax", why);
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
}

static bool take(struct scan *scan, char c)
{
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

/* The four digits of \uXXXX; `scan->at` stands on the first. */
static bool take_unit(struct scan *scan, unsigned *unit)
{
    uint8_t bytes[2];
    if (scan->end - scan->at < 4 || !text_unhex(scan->at, 4, bytes))
        return false;
    scan->at += 4;
    *unit = (unsigned)bytes[0] << 8 | bytes[1];
    return true;
}

static size_t put_utf8(char *out, unsigned point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

/* After the 'u' of an escape: one code point, of a surrogate pair if need be. */
static enum souk_err scan_unicode(struct scan *scan, unsigned *point)
{
    if (!take_unit(scan, point))
        return syntax(scan, "\\u needs four hexadecimal digits");
    if (*point >= 0xdc00 && *point <= 0xdfff)
        return syntax(scan, "half a surrogate pair");
    if (*point >= 0xd800 && *point <= 0xdbff) {
        unsigned low;
        if (!take(scan, '\\') || !take(scan, 'u') || !take_unit(scan, &low) || low < 0xdc00 || low > 0xdfff)
            return syntax(scan, "half a surrogate pair");
        *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
    }
    return *point == 0 ? fail(scan, SOUK_INVALID, "format", "text must not hold NUL") : SOUK_OK;
}

static enum souk_err scan_escape(struct scan *scan, char *out, size_t *n)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (take(scan, 'u')) {
        unsigned point = 0;
        enum souk_err err = scan_unicode(scan, &point);
        if (err == SOUK_OK)
            *n += put_utf8(out + *n, point);
        return err;
    }
    const char *known = scan->at < scan->end && *scan->at ? strchr(from, *scan->at) : NULL;
    if (!known)
        return syntax(scan, "unknown escape");
    scan->at++;
    out[(*n)++] = to[known - from];
    return SOUK_OK;
}

/* A string; decoded into `*text` when the caller wants it (`scan->at` stands on the opening quote). */
static enum souk_err scan_string(struct scan *scan, const char **text, size_t *len)
{
    if (!take(scan, '"'))
        return syntax(scan, "expected a string in double quotes");
    const char *first = scan->at;
    const char *close = first;
    while (close < scan->end && *close != '"')
        close += *close == '\\' && close + 1 < scan->end ? 2 : 1;
    if (close >= scan->end)
        return syntax(scan, "a string does not end");
    if (!text_utf8_valid(first, (size_t)(close - first)))
        return fail(scan, SOUK_INVALID, "format", "invalid UTF-8");
    char *out = arena_alloc(scan->arena, (size_t)(close - first) + 4);
    if (!out)
        return SOUK_TOO_LARGE;
    size_t n = 0;
    while (scan->at < close) {
        unsigned char c = (unsigned char)*scan->at;
        if (c < 0x20)
            return syntax(scan, "a control character in a string must be escaped");
        scan->at++;
        if (c != '\\') {
            out[n++] = (char)c;
            continue;
        }
        enum souk_err err = scan_escape(scan, out, &n);
        if (err != SOUK_OK)
            return err;
    }
    scan->at = close + 1;
    *text = out;
    *len = n;
    return SOUK_OK;
}

static enum souk_err scan_number(struct scan *scan)
{
    const char *first = scan->at;
    take(scan, '-');
    const char *digits = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    if (scan->at == digits || (*digits == '0' && scan->at - digits > 1))
        return syntax(scan, "malformed number");
    if (scan->at < scan->end && strchr(".eE", *scan->at) && *scan->at)
        return fail(scan, SOUK_INVALID, "type", "must be a whole number, without fraction or exponent");
    int64_t number;
    if (!text_int64(first, (size_t)(scan->at - first), &number))
        return fail(scan, SOUK_INVALID, "range", "the number does not fit 64 bits");
    return SOUK_OK;
}

static enum souk_err scan_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
        return syntax(scan, "expected a value");
    scan->at += len;
    return SOUK_OK;
}

static enum souk_err scan_key(struct scan *scan, const struct key *before, struct key **out)
{
    struct key *key = arena_alloc(scan->arena, sizeof *key);
    if (!key)
        return SOUK_TOO_LARGE;
    enum souk_err err = scan_string(scan, &key->text, &key->len);
    if (err != SOUK_OK)
        return err;
    scan->steps[scan->depth - 1].key = key;
    for (const struct key *other = before; other; other = other->before) {
        if (other->len == key->len && memcmp(other->text, key->text, key->len) == 0)
            return fail(scan, SOUK_INVALID, "duplicate", "the field stands there twice");
    }
    *out = key;
    return SOUK_OK;
}

static enum souk_err open_step(struct scan *scan)
{
    if (scan->depth == JSON_DEPTH_MAX)
        return fail(scan, SOUK_INVALID, "depth", "nested more than 16 deep");
    scan->steps[scan->depth++] = (struct step){.key = NULL};
    scan->at++;
    skip_space(scan);
    return SOUK_OK;
}

static enum souk_err scan_object(struct scan *scan)
{
    static const struct key nameless = {.text = "", .len = 0};
    enum souk_err err = open_step(scan);
    if (err != SOUK_OK)
        return err;
    struct key *keys = NULL;
    bool more = !take(scan, '}');
    for (size_t members = 0; more; members++) {
        struct key *key = NULL;
        scan->steps[scan->depth - 1].key = &nameless;
        skip_space(scan);
        if (members == JSON_MEMBERS_MAX)
            return fail(scan, SOUK_INVALID, "range", "more than 256 fields in an object");
        err = scan_key(scan, keys, &key);
        if (err != SOUK_OK)
            return err;
        key->before = keys;
        keys = key;
        skip_space(scan);
        if (!take(scan, ':'))
            return syntax(scan, "expected ':'");
        err = scan_value(scan);
        if (err != SOUK_OK)
            return err;
        more = take(scan, ',');
        if (!more && !take(scan, '}'))
            return syntax(scan, "expected ',' or '}'");
    }
    scan->depth--;
    return SOUK_OK;
}

static enum souk_err scan_array(struct scan *scan)
{
    enum souk_err err = open_step(scan);
    if (err != SOUK_OK)
        return err;
    bool more = !take(scan, ']');
    for (; more; scan->steps[scan->depth - 1].index++) {
        err = scan_value(scan);
        if (err != SOUK_OK)
            return err;
        more = take(scan, ',');
        if (!more && !take(scan, ']'))
            return syntax(scan, "expected ',' or ']'");
    }
    scan->depth--;
    return SOUK_OK;
}

/* A value with the space around it. */
static enum souk_err scan_value(struct scan *scan)
{
    const char *text;
    size_t len;
    enum souk_err err;
    skip_space(scan);
    switch (scan->at < scan->end ? *scan->at : '\0') {
    case '{': err = scan_object(scan); break;
    case '[': err = scan_array(scan); break;
    case '"': err = scan_string(scan, &text, &len); break;
    case 't': err = scan_word(scan, "true"); break;
    case 'f': err = scan_word(scan, "false"); break;
    case 'n': err = scan_word(scan, "null"); break;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        err = scan_number(scan);
        break;
    default: err = syntax(scan, "expected a value");
    }
    skip_space(scan);
    return err;
}

enum souk_err json_scan(struct arena *arena, const char *text, size_t len, struct scan_error *error)
{
    struct scan scan = {.arena = arena, .start = text, .at = text, .end = text + len, .error = error};
    enum souk_err err = scan_value(&scan);
    if (err == SOUK_OK && scan.at != scan.end)
        err = syntax(&scan, "more text after the value");
    return err;
}
