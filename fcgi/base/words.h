/* Text into search words: folded (compatibility form, lower case, accents dropped) runs of letters and digits. Chinese and
 * Japanese, which put no spaces between words, become each pair of neighbouring characters and the run's last one.
 * A catalogue and a query pass through the same function, so that they meet. */
#ifndef SOUK_BASE_WORDS_H
#define SOUK_BASE_WORDS_H

#include <stddef.h>

#include "base/arena.h"

enum { WORD_CHARS_MAX = 63 }; /* a longer word is cut here */

/* Appends the words of `text` (valid UTF-8) that are not among out[0…n-1] yet and returns the new n, at most `out_max`.
 * Words live in the arena; when that is full, the rest is left out. */
size_t words_add(struct arena *arena, const char *text, const char **out, size_t n, size_t out_max);

#endif
