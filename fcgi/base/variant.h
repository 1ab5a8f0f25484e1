/* What tells the variants of a product apart: their option values, whatever their case and composition. */
#ifndef SOUK_BASE_VARIANT_H
#define SOUK_BASE_VARIANT_H

#include <stddef.h>

#include "base/error.h"

enum { VARIANT_OPTIONS_MAX = 3, VARIANT_KEY_BYTES = 65 /* SHA-256 in hex and a NUL */ };

/* The key of the `n` values, VARIANT_OPTIONS_MAX at most; missing ones count as "". SOUK_INVALID: one is not UTF-8. */
SOUK_CHECK enum souk_err variant_key(const char *const *values, size_t n, char out[VARIANT_KEY_BYTES]);

#endif
