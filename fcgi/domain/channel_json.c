#include "domain/channel_json.h"

#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

json_object *provider_object(struct arena *arena, const char *text, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(PROVIDER_JSON_DEPTH_MAX);
    json_object *object = NULL;

    if (tokener == NULL)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    if (len > 0 && len <= INT_MAX)
        object = json_tokener_parse_ex(tokener, text, (int)len);
    if (json_tokener_get_error(tokener) != json_tokener_success || !json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        object = NULL;
    }
    json_tokener_free(tokener);
    return object == NULL ? NULL : arena_own(arena, object, json_release);
}

json_object *provider_member(json_object *object, const char *name)
{
    json_object *member;
    return json_object_object_get_ex(object, name, &member) && json_object_is_type(member, json_type_object) ? member
                                                                                                             : NULL;
}

const char *provider_text(json_object *object, const char *name, int max)
{
    json_object *member;

    if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_string))
        return NULL;
    const int len = json_object_get_string_len(member);
    const char *text = json_object_get_string(member);
    return len >= 1 && len <= max && strlen(text) == (size_t)len ? text : NULL;
}

bool provider_text_is(json_object *object, const char *name, const char *text)
{
    const char *is = provider_text(object, name, INT_MAX);
    return is != NULL && strcmp(is, text) == 0;
}

bool provider_int(json_object *object, const char *name, int64_t *out)
{
    json_object *member;

    if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_int))
        return false;
    *out = json_object_get_int64(member);
    return true;
}

bool provider_id(json_object *object, const char *name, int64_t *out)
{
    const char *text = provider_text(object, name, 19);
    return text != NULL && text_int64(text, strlen(text), out) && *out > 0;
}
