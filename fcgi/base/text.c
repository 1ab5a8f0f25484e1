#include "base/text.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <utf8proc.h>

bool text_utf8_valid(const char *text, size_t len)
{
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *end = at + len;
    while (at < end) {
        if (*at < 0x80) {
            at++;
            continue;
        }
        utf8proc_int32_t point;
        utf8proc_ssize_t bytes = utf8proc_iterate(at, end - at, &point);
        if (bytes <= 0)
            return false;
        at += bytes;
    }
    return true;
}

size_t text_utf8_chars(const char *text, size_t len)
{
    size_t chars = 0;
    for (size_t i = 0; i < len; i++)
        chars += ((unsigned char)text[i] & 0xc0) != 0x80;
    return chars;
}

void text_utf8_copy(const char *text, char *out, size_t out_bytes)
{
    size_t len = strlen(text);
    if (len >= out_bytes) {
        len = out_bytes - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

void text_hex(const uint8_t *bytes, size_t n, char *out)
{
    sodium_bin2hex(out, 2 * n + 1, bytes, n);
}

bool text_unhex(const char *hex, size_t len, uint8_t *out)
{
    size_t written = 0;
    const char *end = NULL;
    if (len % 2 != 0)
        return false;
    return len == 0 ||
           (sodium_hex2bin(out, len / 2, hex, len, NULL, &written, &end) == 0 && end == hex + len && written == len / 2);
}

bool text_int64(const char *text, size_t len, int64_t *out)
{
    bool negative = len > 0 && text[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == len || (text[at] == '0' && len > at + 1))
        return false;
    int64_t value = 0; /* kept negative: INT64_MIN has no positive twin */
    for (; at < len; at++) {
        if (text[at] < '0' || text[at] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, text[at] - '0', &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

size_t base64url_encode(const uint8_t *bytes, size_t n, char *out, size_t out_bytes)
{
    assert(out_bytes >= BASE64URL_BYTES(n));
    sodium_bin2base64(out, out_bytes, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return strlen(out);
}

bool base64url_decode(const char *text, size_t len, uint8_t *out, size_t out_max, size_t *out_n)
{
    const char *end = NULL;
    return sodium_base642bin(out, out_max, text, len, NULL, out_n, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
               0 &&
           end == text + len;
}

void bytes_put_int64(uint8_t out[8], int64_t number)
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        out[i] = (uint8_t)(number & 0xff);
}

int64_t bytes_get_int64(const uint8_t in[8])
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | in[i];
    return (int64_t)number;
}
