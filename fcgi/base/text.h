/* Encodings of text and numbers: UTF-8, hexadecimal, base64url, big endian. */
#ifndef SOUK_BASE_TEXT_H
#define SOUK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_utf8_valid(const char *text, size_t len);

/* Code points in `len` bytes of valid UTF-8. */
size_t text_utf8_chars(const char *text, size_t len);

/* Copies as much of `text` as `out` has room for, ending with a whole character. */
void text_utf8_copy(const char *text, char *out, size_t out_bytes);

/* Lower-case hex of `n` bytes and a closing NUL: `out` has 2n + 1 bytes. */
void text_hex(const uint8_t *bytes, size_t n, char *out);

/* The reverse, either case: `out` has len / 2 bytes. False when the length is odd or a digit is none. */
bool text_unhex(const char *hex, size_t len, uint8_t *out);

/* Decimal digits only, no sign but '-', no leading zeros, within int64_t. */
bool text_int64(const char *text, size_t len, int64_t *out);

/* Bytes that base64url of `n` bytes takes, with its closing NUL and without padding. */
#define BASE64URL_BYTES(n) (((n) * 4 + 2) / 3 + 1)

/* `out` has BASE64URL_BYTES(n) bytes at least; returns the length of the text. */
size_t base64url_encode(const uint8_t *bytes, size_t n, char *out, size_t out_bytes);

/* Unpadded base64url. False when it is not, or decodes to more than `out_max` bytes. */
bool base64url_decode(const char *text, size_t len, uint8_t *out, size_t out_max, size_t *out_n);

/* A number as eight bytes, the highest first. */
void bytes_put_int64(uint8_t out[8], int64_t number);
int64_t bytes_get_int64(const uint8_t in[8]);

#endif
