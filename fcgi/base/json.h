/* Reading members of a json-c object that a routine or a provider wrote. */
#ifndef SOUK_BASE_JSON_H
#define SOUK_BASE_JSON_H

#include <json-c/json.h>
#include <stdint.h>

/* The member `name`: its text, NULL when it is absent or null. Borrowed from the object. */
const char *json_member_text(json_object *object, const char *name);

/* Its number, an id written as a string too; 0 when it is absent or null. */
int64_t json_member_number(json_object *object, const char *name);

/* Its array, NULL when it is absent or something else. Borrowed. */
json_object *json_member_array(json_object *object, const char *name);

/* json_object_put() for arena_own(). */
void json_release(void *object);

#endif
