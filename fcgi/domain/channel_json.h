/* JSON as providers write it: typed, bounded, nothing guessed. */
#ifndef SOUK_DOMAIN_CHANNEL_JSON_H
#define SOUK_DOMAIN_CHANNEL_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum { PROVIDER_JSON_DEPTH_MAX = 24 };

/* The object in `text`, which belongs to the arena; NULL: it is none. */
json_object *provider_object(struct arena *arena, const char *text, size_t len);

/* The object that is member `name`; NULL: it is none. `object` may be NULL, here and below. */
json_object *provider_member(json_object *object, const char *name);

/* The text of 1…max bytes that is member `name`, borrowed from the object; NULL: it is none. */
const char *provider_text(json_object *object, const char *name, int max);

/* Whether member `name` is the text `text`. */
bool provider_text_is(json_object *object, const char *name, const char *text);

/* A whole number that is member `name`. */
bool provider_int(json_object *object, const char *name, int64_t *out);

/* One of our ids, written as text. */
bool provider_id(json_object *object, const char *name, int64_t *out);

#endif
