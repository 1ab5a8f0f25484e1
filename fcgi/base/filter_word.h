/* Words that people do not write: what filters look for, and how words begin that are mistyped. Catalogue and query make
 * them by the same functions. */
#ifndef SOUK_BASE_FILTER_WORD_H
#define SOUK_BASE_FILTER_WORD_H

#include <stddef.h>

#include "base/arena.h"

/* "_c<id>", "_v<hash>", "_a<hash>": of texts the case, accents and signs do not matter. NULL: the arena is full. */
const char *filter_category(struct arena *arena, const char *category_id);
const char *filter_vendor(struct arena *arena, const char *vendor);
const char *filter_option(struct arena *arena, const char *name, const char *value);

enum { TYPO_VARIANTS_MAX = 5, TYPO_WORD_CHARS_MIN = 3 };

/* The first four characters of a folded word, and these with each one left out. 0 for a stem, a filter, a word that is
 * too short to be mistyped or has characters written without spaces. Returns how many. */
size_t typo_variants(struct arena *arena, const char *word, const char *out[TYPO_VARIANTS_MAX]);

#endif
