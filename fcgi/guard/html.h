/* Makes a merchant's HTML safe to put into a page: what is not on the list of allowed tags does not come through.
 *
 * The text is parsed as browsers do (by libxml2's HTML parser) and written anew from the tree: elements on the list without
 * their attributes, an <a> with an http, https or mailto address as href and rel="nofollow noopener"; elements that hold
 * code, forms, frames, media or styles vanish with their content; of all others the content stays. Comments vanish.
 */
#ifndef SOUK_GUARD_HTML_H
#define SOUK_GUARD_HTML_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* `html` is valid UTF-8. The result lives in the arena and its tags are balanced.
 * SOUK_TOO_LARGE: the arena is full. SOUK_BAD_REQUEST: nothing can be made of it (nested beyond the parser's limit). */
SOUK_CHECK enum souk_err html_clean(struct arena *arena, const char *html, const char **out);

/* May this be the address of a picture in a page: https with a host and no user, or a path on this site ("/img/…")? */
bool html_image_address(const char *text);

#endif
