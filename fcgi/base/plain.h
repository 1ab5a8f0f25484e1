/* HTML that is known to be well-formed (the catalogue's, sanitised) as plain text. */
#ifndef SOUK_BASE_PLAIN_H
#define SOUK_BASE_PLAIN_H

#include "base/arena.h"

/* At most `bytes_max` bytes, cut between characters: tags become spaces, entities characters, white space one space.
 * NULL when the arena is full. */
const char *plain_text(struct arena *arena, const char *html, size_t bytes_max);

#endif
