#include "http/value.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "guard/email.h"

static bool refuse(struct request *request, const char *path, const char *code, const char *detail)
{
    enum souk_err err = request_fail_field(request, path, code, "%s", detail);
    return err == SOUK_OK;
}

static bool has_bounds(const struct field *field)
{
    return field->min != 0 || field->max != 0;
}

static bool check_number(struct request *request, const struct field *field, const char *path, int64_t number,
                         struct value *out)
{
    if (has_bounds(field) && (number < field->min || number > field->max)) {
        enum souk_err err = request_fail_field(request, path, "range", "must be from %lld to %lld",
                                               (long long)field->min, (long long)field->max);
        return err == SOUK_OK;
    }
    *out = (struct value){.present = true, .number = number};
    return true;
}

static bool check_id(struct request *request, const char *path, const char *text, size_t len, struct value *out)
{
    int64_t id;
    if (!text_int64(text, len, &id) || id <= 0)
        return refuse(request, path, "format", "must be an id: a decimal number in a string");
    *out = (struct value){.present = true, .number = id, .text = text, .len = len};
    return true;
}

static bool has_controls(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static bool check_string(struct request *request, const struct field *field, const char *path, const char *text,
                         size_t len, struct value *out)
{
    int64_t chars = (int64_t)text_utf8_chars(text, len);
    int64_t max = has_bounds(field) ? field->max : VALUE_STRING_CHARS_MAX;
    if (chars < field->min || chars > max) {
        enum souk_err err = request_fail_field(request, path, "length", "must have %lld to %lld characters",
                                               (long long)field->min, (long long)max);
        return err == SOUK_OK;
    }
    if (has_controls(text, len))
        return refuse(request, path, "format", "must not hold control characters");
    if (field->min > 0 && strspn(text, " \t\n") == len)
        return refuse(request, path, "format", "must not be blank");
    *out = (struct value){.present = true, .text = text, .len = len};
    return true;
}

static bool check_email(struct request *request, const char *path, const char *text, size_t len, struct value *out)
{
    const char *normal = NULL;
    if (has_controls(text, len) || email_normalise(request->arena, text, &normal) != SOUK_OK)
        return refuse(request, path, "format", "must be an e-mail address");
    *out = (struct value){.present = true, .text = normal, .len = strlen(normal)};
    return true;
}

static bool check_letters(struct request *request, const struct field *field, const char *path, const char *text, size_t len,
                          struct value *out)
{
    char *capitals = arena_copy(request->arena, text, len);
    bool fine = capitals != NULL && len == (size_t)field->max;
    for (size_t i = 0; fine && i < len; i++) {
        fine = isalpha((unsigned char)text[i]);
        capitals[i] = (char)toupper((unsigned char)text[i]);
    }
    if (!fine)
        return refuse(request, path, "format", field->max == 2 ? "must be two letters, ISO 3166-1" : "must be three letters, ISO 4217");
    *out = (struct value){.present = true, .text = capitals, .len = len};
    return true;
}

static bool check_enum(struct request *request, const struct field *field, const char *path, const char *text,
                       size_t len, struct value *out)
{
    char known[256] = "";
    for (const char *const *one = field->one_of; *one; one++) {
        if (strlen(*one) == len && memcmp(*one, text, len) == 0) {
            *out = (struct value){.present = true, .text = *one, .len = len};
            return true;
        }
        size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "", *one);
    }
    enum souk_err err = request_fail_field(request, path, "format", "must be one of %s", known);
    return err == SOUK_OK;
}

/* The cursor a routine gave, hexed; cursors are at most 255 bytes of printable text. */
static bool check_cursor(struct request *request, const char *path, const char *text, size_t len, struct value *out)
{
    char *cursor = arena_alloc(request->arena, len / 2 + 1);
    if (!cursor || len > 510 || len == 0 || !text_unhex(text, len, (uint8_t *)cursor) ||
        !text_utf8_valid(cursor, len / 2) || has_controls(cursor, len / 2) || strlen(cursor) != len / 2)
        return refuse(request, path, "format", "must be the next_cursor of an earlier page");
    *out = (struct value){.present = true, .text = cursor, .len = len / 2};
    return true;
}

bool value_from_text(struct request *request, const struct field *field, const char *path, const char *text, size_t len,
                     struct value *out)
{
    int64_t number;
    switch (field->type) {
    case FIELD_ID:
        return check_id(request, path, text, len, out);
    case FIELD_INT:
        if (!text_int64(text, len, &number))
            return refuse(request, path, "type", "must be a whole number");
        return check_number(request, field, path, number, out);
    case FIELD_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return refuse(request, path, "type", "must be true or false");
        *out = (struct value){.present = true, .number = text[0] == 't'};
        return true;
    case FIELD_EMAIL:
        return check_email(request, path, text, len, out);
    case FIELD_LETTERS:
        return check_letters(request, field, path, text, len, out);
    case FIELD_ENUM:
        return check_enum(request, field, path, text, len, out);
    case FIELD_CURSOR:
        return check_cursor(request, path, text, len, out);
    default:
        return check_string(request, field, path, text, len, out);
    }
}

static const char *join(struct request *request, const char *path, const char *name)
{
    const char *joined = *path ? arena_printf(request->arena, "%s.%s", path, name) : name;
    return joined ? joined : name;
}

bool value_refuse_unknown(struct request *request, const struct field *fields, size_t fields_n, const char *path,
                          json_object *object)
{
    bool fine = true;
    json_object_object_foreach(object, name, member)
    {
        (void)member;
        size_t i = 0;
        while (i < fields_n && strcmp(fields[i].name, name) != 0)
            i++;
        if (i == fields_n)
            fine = refuse(request, join(request, path, name), "unknown", "there is no such field here");
    }
    return fine;
}

/* JSON text of a checked tree, as the routine gets it. */
static bool take_json(struct request *request, const char *path, json_object *json, struct value *out)
{
    size_t len = 0;
    const char *text =
        json_object_to_json_string_length(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    const char *copy = text ? arena_copy(request->arena, text, len) : NULL;
    if (!copy)
        return refuse(request, path, "length", "is too large");
    *out = (struct value){.present = true, .text = copy, .len = len, .json = json};
    return true;
}

static bool check_object(struct request *request, const struct field *field, const char *path, json_object *json)
{
    bool fine = value_refuse_unknown(request, field->of, field->of_n, path, json);
    for (size_t i = 0; i < field->of_n; i++) {
        const struct field *inner = &field->of[i];
        const char *inner_path = join(request, path, inner->name);
        json_object *member = NULL;
        bool there = json_object_object_get_ex(json, inner->name, &member);
        struct value ignored;
        if (there && (member || !inner->nullable))
            fine = value_from_json(request, inner, inner_path, member, &ignored) && fine;
        else if (inner->required)
            fine = refuse(request, inner_path, "required", "is missing");
    }
    return fine;
}

static bool check_array(struct request *request, const struct field *field, const char *path, json_object *json)
{
    int64_t n = (int64_t)json_object_array_length(json);
    int64_t max = has_bounds(field) ? field->max : VALUE_ELEMENTS_MAX;
    if (n < field->min || n > max) {
        enum souk_err err = request_fail_field(request, path, "length", "must have %lld to %lld elements",
                                               (long long)field->min, (long long)max);
        return err == SOUK_OK;
    }
    bool scalars = field->of_n == 1 && !*field->of[0].name;
    struct field element = scalars ? field->of[0] : *field;
    if (!scalars)
        element.type = FIELD_OBJECT;
    bool fine = true;
    for (int64_t i = 0; i < n; i++) {
        const char *inner_path = arena_printf(request->arena, "%s[%lld]", path, (long long)i);
        struct value ignored;
        fine = value_from_json(request, &element, inner_path ? inner_path : path,
                               json_object_array_get_idx(json, (size_t)i), &ignored) && fine;
    }
    return fine;
}

/* The JSON type a field wants, and what to say when it is another. */
static json_type wanted(const struct field *field, const char **say)
{
    switch (field->type) {
    case FIELD_INT:
        *say = "must be a whole number";
        return json_type_int;
    case FIELD_BOOL:
        *say = "must be true or false";
        return json_type_boolean;
    case FIELD_OBJECT:
        *say = "must be an object";
        return json_type_object;
    case FIELD_ARRAY:
        *say = "must be an array";
        return json_type_array;
    case FIELD_ID:
        *say = "must be an id: a decimal number in a string";
        return json_type_string;
    default:
        *say = "must be a string";
        return json_type_string;
    }
}

/* What is normalised is put in its place: an object around it goes on as JSON. */
static bool text_from_json(struct request *request, const struct field *field, const char *path, json_object *json,
                           struct value *out)
{
    const char *text = json_object_get_string(json);
    if (!value_from_text(request, field, path, text, (size_t)json_object_get_string_len(json), out))
        return false;
    return out->text == NULL || out->text == text || json_object_set_string_len(json, out->text, (int)out->len);
}

bool value_from_json(struct request *request, const struct field *field, const char *path, json_object *json,
                     struct value *out)
{
    const char *say;
    if (json_object_get_type(json) != wanted(field, &say))
        return refuse(request, path, "type", say);
    switch (field->type) {
    case FIELD_INT:
        return check_number(request, field, path, json_object_get_int64(json), out);
    case FIELD_BOOL:
        *out = (struct value){.present = true, .number = json_object_get_boolean(json)};
        return true;
    case FIELD_OBJECT:
        return check_object(request, field, path, json) && take_json(request, path, json, out);
    case FIELD_ARRAY:
        return check_array(request, field, path, json) && take_json(request, path, json, out);
    default:
        return text_from_json(request, field, path, json, out);
    }
}
