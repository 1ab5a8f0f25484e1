/* Members of json-c objects. See json.h. */
#include "base/json.h"

const char *json_member_text(json_object *object, const char *name)
{
    json_object *member;
    return json_object_object_get_ex(object, name, &member) ? json_object_get_string(member) : NULL;
}

int64_t json_member_number(json_object *object, const char *name)
{
    json_object *member;
    return json_object_object_get_ex(object, name, &member) ? json_object_get_int64(member) : 0;
}

json_object *json_member_array(json_object *object, const char *name)
{
    json_object *member;
    return json_object_object_get_ex(object, name, &member) && json_object_is_type(member, json_type_array) ? member
                                                                                                            : NULL;
}

void json_release(void *object)
{
    json_object_put(object);
}
