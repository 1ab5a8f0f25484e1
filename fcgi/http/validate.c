/* Reads a row's fields: path, query, body, claims, and what the engine itself fills in. Every wrong field is reported,
 * not just the first. */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "guard/idempotency_token.h"
#include "http/engine.h"
#include "http/scan.h"
#include "http/value.h"

struct sources {
    struct pair *query, *form;
    size_t query_n, form_n;
    json_object *body; /* NULL: none */
};

static void release_json(void *json)
{
    json_object_put(json);
}

static bool is_media_type(const char *header, const char *type)
{
    size_t len = strlen(type);
    return header && strncasecmp(header, type, len) == 0 && (header[len] == '\0' || header[len] == ';' || header[len] == ' ');
}

static enum souk_err read_json(struct exchange *exchange, struct sources *sources)
{
    struct request *request = &exchange->request;
    const struct intake *intake = exchange->intake;
    struct scan_error scanned;
    enum souk_err err = json_scan(request->arena, intake->body, intake->body_len, &scanned);
    if (err == SOUK_BAD_REQUEST)
        return request_fail(request, err, "Not JSON: %s%s%s", *scanned.field ? scanned.field : "",
                            *scanned.field ? ": " : "", scanned.detail);
    if (err == SOUK_INVALID)
        return request_fail_field(request, *scanned.field ? scanned.field : "body", scanned.code, "%s",
                                  scanned.detail);
    if (err != SOUK_OK)
        return err;
    json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
    if (!tokener)
        return SOUK_UNAVAILABLE;
    json_object *json = json_tokener_parse_ex(tokener, intake->body, (int)intake->body_len);
    enum json_tokener_error state = json_tokener_get_error(tokener);
    /* A lone number ends only with the text: tell the tokener that it has. */
    if (state == json_tokener_continue) {
        json = json_tokener_parse_ex(tokener, "", 1);
        state = json_tokener_get_error(tokener);
    }
    json_tokener_free(tokener);
    if (json && !arena_own(request->arena, json, release_json))
        return SOUK_TOO_LARGE;
    if (state != json_tokener_success || !json_object_is_type(json, json_type_object))
        return request_fail(request, SOUK_BAD_REQUEST, "The body must be a JSON object");
    sources->body = json;
    return SOUK_OK;
}

static enum souk_err read_body(struct exchange *exchange, struct sources *sources)
{
    struct request *request = &exchange->request;
    const struct intake *intake = exchange->intake;
    unsigned flags = request->route->flags;
    if (intake->broken == SOUK_TOO_LARGE)
        return request_fail(request, SOUK_TOO_LARGE, "A body may have %d bytes", BODY_BYTES_MAX);
    if (intake->broken != SOUK_OK)
        return request_fail(request, intake->broken, "The body did not arrive whole");
    if (intake->body_len == 0 || flags & ROUTE_RAW_BODY)
        return SOUK_OK;
    if (flags & ROUTE_FORM_BODY) {
        if (!is_media_type(intake->content_type, "application/x-www-form-urlencoded"))
            return request_fail(request, SOUK_MEDIA_TYPE, "The body must be application/x-www-form-urlencoded");
        sources->form = arena_alloc(request->arena, QUERY_PAIRS_MAX * sizeof *sources->form);
        if (!sources->form)
            return SOUK_TOO_LARGE;
        enum souk_err err = uri_pairs(request->arena, intake->body, intake->body_len, sources->form, &sources->form_n);
        return err == SOUK_BAD_REQUEST ? request_fail(request, err, "The form is not properly encoded") : err;
    }
    if (!is_media_type(intake->content_type, "application/json"))
        return SOUK_MEDIA_TYPE;
    return read_json(exchange, sources);
}

static enum souk_err read_query(struct exchange *exchange, struct sources *sources)
{
    struct request *request = &exchange->request;
    size_t len = strcspn(exchange->query, "#");
    if (len == 0)
        return SOUK_OK;
    sources->query = arena_alloc(request->arena, QUERY_PAIRS_MAX * sizeof *sources->query);
    if (!sources->query)
        return SOUK_TOO_LARGE;
    enum souk_err err = uri_pairs(request->arena, exchange->query, len, sources->query, &sources->query_n);
    return err == SOUK_BAD_REQUEST ? request_fail(request, err, "The query is not properly encoded") : err;
}

/* The pair named like the field, marked as used; twice the same name is an error. */
static struct pair *find_pair(struct request *request, struct pair *pairs, size_t n, const char *name)
{
    struct pair *found = NULL;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(pairs[i].name, name) != 0)
            continue;
        pairs[i].used = true;
        if (found && request_fail_field(request, name, "duplicate", "stands there twice") != SOUK_OK)
            return found;
        found = &pairs[i];
    }
    return found;
}

/* A list in a query: the parameter stands there once for each element. */
static void read_list(struct request *request, const struct field *field, struct pair *pairs, size_t n,
                      struct value *value)
{
    json_object *list = arena_own(request->arena, json_object_new_array(), release_json);
    for (size_t i = 0; i < n && list; i++) {
        if (strcmp(pairs[i].name, field->name) != 0)
            continue;
        pairs[i].used = true;
        json_object_array_add(list, json_object_new_string_len(pairs[i].text, (int)pairs[i].len));
    }
    if (list && json_object_array_length(list) > 0)
        value_from_json(request, field, field->name, list, value);
    else if (field->required)
        (void)!request_fail_field(request, field->name, "required", "is missing");
}

static void read_pair(struct request *request, const struct field *field, struct pair *pairs, size_t n,
                      struct value *value)
{
    if (field->type == FIELD_ARRAY) {
        read_list(request, field, pairs, n, value);
        return;
    }
    struct pair *pair = find_pair(request, pairs, n, field->name);
    if (pair)
        value_from_text(request, field, field->name, pair->text, pair->len, value);
    else if (field->required)
        (void)!request_fail_field(request, field->name, "required", "is missing");
}

static void read_member(struct request *request, const struct field *field, json_object *body, struct value *value)
{
    json_object *member = NULL;
    bool there = body && json_object_object_get_ex(body, field->name, &member);
    if (there && !member && field->nullable) {
        /* null clears it where things are changed, and is nothing where they are made. */
        if (request->route->method == METHOD_PATCH)
            *value = (struct value){.present = true, .text = "", .len = 0};
    } else if (there) {
        value_from_json(request, field, field->name, member, value);
    } else if (field->required) {
        (void)!request_fail_field(request, field->name, "required", "is missing");
    }
}

static void read_claim(struct request *request, const struct field *field, struct value *value)
{
    const struct claims *claims = &request->claims;
    int64_t number = strcmp(field->name, "session_id") == 0 ? claims->session_id
                     : strcmp(field->name, "roles") == 0    ? (int64_t)claims->roles
                                                            : claims->account_id;
    *value = (struct value){.present = claims->account_id != 0, .number = number};
}

/* A key that looks like a token of ours must be one, of this account, and in its time. */
static enum souk_err check_token(struct request *request, const char *key)
{
    const struct token_keys *keys = request->context->keys;
    if (!keys || !request->claims.account_id)
        return SOUK_OK;
    switch (idempotency_token_check(keys, request->claims.account_id, key, clock_unix_ms())) {
    case IDEMPOTENCY_TOKEN_FORGED:
        return request_fail_field(request, "Idempotency-Key", "format", "is a token that was not issued to this account");
    case IDEMPOTENCY_TOKEN_EXPIRED:
        return request_fail_field(request, "Idempotency-Key", "format", "is a token that has expired; ask for another one");
    case IDEMPOTENCY_TOKEN_NONE:
    case IDEMPOTENCY_TOKEN_GOOD:
        break;
    }
    return SOUK_OK;
}

/* Idempotency-Key: a structured-field string or bare printable text. */
static void read_key(struct exchange *exchange, struct value *value)
{
    struct request *request = &exchange->request;
    const char *header = exchange->intake->idempotency_key;
    if (!header)
        return;
    size_t len = strlen(header), n = 0;
    bool quoted = len >= 2 && header[0] == '"' && header[len - 1] == '"';
    bool fine = true;
    char *key = arena_alloc(request->arena, len + 1);
    for (size_t i = quoted; key && fine && i < len - quoted; i++) {
        if (quoted && header[i] == '\\' && i + 1 < len - 1)
            i++;
        fine = header[i] >= 0x20 && header[i] < 0x7f;
        key[n++] = header[i];
    }
    if (!key || !fine || n == 0 || n > 255)
        (void)!request_fail_field(request, "Idempotency-Key", "format", "must be 1 to 255 printable ASCII characters");
    else if (check_token(request, key) == SOUK_OK)
        *value = (struct value){.present = true, .text = key, .len = n};
}

/* If-Match: one strong tag of ours, "v<version>" or "v<version>.<what it looked like>": a change is meant for the version.
 * Another tag cannot match anything; *failed says so. */
static void read_if_match(struct exchange *exchange, struct value *value, bool *failed)
{
    const char *header = exchange->intake->if_match;
    if (!header || strcmp(header, "*") == 0)
        return;
    size_t len = strlen(header);
    const char *tag = strncmp(header, "W/", 2) == 0 ? header + 2 : header;
    size_t tag_len = len - (size_t)(tag - header);
    if (tag_len < 2 || tag[0] != '"' || tag[tag_len - 1] != '"' || memchr(tag + 1, '"', tag_len - 2)) {
        (void)!request_fail_field(&exchange->request, "If-Match", "format", "must be one entity tag in quotes, or *");
        return;
    }
    int64_t version;
    if (tag != header || tag_len < 4 || tag[1] != 'v' || !text_int64(tag + 2, strcspn(tag + 2, ".\""), &version))
        *failed = true;
    else
        *value = (struct value){.present = true, .number = version};
}

/* The path is hashed with the body: one key used at two resources must not replay the answer of the first. */
static enum souk_err read_hash(struct exchange *exchange, struct value *value)
{
    const struct intake *intake = exchange->intake;
    uint8_t *hash = arena_alloc(exchange->request.arena, crypto_hash_sha256_BYTES);
    if (!hash)
        return SOUK_TOO_LARGE;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)intake->uri, strcspn(intake->uri, "?"));
    crypto_hash_sha256_update(&state, (const uint8_t *)"\n", 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)intake->body, intake->body_len);
    crypto_hash_sha256_final(&state, hash);
    *value = (struct value){.present = true, .text = (const char *)hash, .len = crypto_hash_sha256_BYTES};
    return SOUK_OK;
}

static enum souk_err read_engine_field(struct exchange *exchange, const struct field *field, struct value *value)
{
    struct request *request = &exchange->request;
    bool precondition_failed = false;
    switch (field->type) {
    case FIELD_IDEMPOTENCY_KEY:
        read_key(exchange, value);
        break;
    case FIELD_BODY_HASH:
        return read_hash(exchange, value);
    case FIELD_IF_MATCH:
        read_if_match(exchange, value, &precondition_failed);
        return precondition_failed ? SOUK_PRECONDITION : SOUK_OK;
    case FIELD_CLIENT_IP:
        *value = (struct value){.present = true, .text = request->client_ip, .len = strlen(request->client_ip)};
        break;
    case FIELD_SETTING:
        value->present = true;
        memcpy(&value->number, (const char *)request->context->config + field->setting, sizeof value->number);
        break;
    default: /* FIELD_NEW_ID comes when everything else is known to be right */
        break;
    }
    return SOUK_OK;
}

static enum souk_err read_field(struct exchange *exchange, struct sources *sources, const struct field *field,
                                struct value *value)
{
    struct request *request = &exchange->request;
    switch (field->from) {
    case FROM_PATH: /* from the segments */
        break;
    case FROM_QUERY:
        read_pair(request, field, sources->query, sources->query_n, value);
        break;
    case FROM_BODY:
        if (request->route->flags & ROUTE_FORM_BODY)
            read_pair(request, field, sources->form, sources->form_n, value);
        else
            read_member(request, field, sources->body, value);
        break;
    case FROM_CLAIMS:
        read_claim(request, field, value);
        break;
    case FROM_ENGINE:
        return read_engine_field(exchange, field, value);
    case FROM_HANDLER:
        break;
    }
    if (!value->present && field->fallback != 0)
        *value = (struct value){.present = true, .number = field->fallback};
    return SOUK_OK;
}

static void read_segments(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    for (size_t i = 0; i < exchange->segments_n; i++) {
        int at = exchange->row->path_field[i];
        if (at >= 0)
            value_from_text(request, &request->route->fields[at], request->route->fields[at].name,
                            exchange->segments[i].text, exchange->segments[i].len, &request->values[at]);
    }
}

static void refuse_unknown(struct exchange *exchange, struct sources *sources)
{
    struct request *request = &exchange->request;
    for (size_t i = 0; i < sources->query_n; i++) {
        if (!sources->query[i].used)
            (void)!request_fail_field(request, sources->query[i].name, "unknown", "there is no such query parameter");
    }
    for (size_t i = 0; i < sources->form_n; i++) {
        if (!sources->form[i].used)
            (void)!request_fail_field(request, sources->form[i].name, "unknown", "there is no such field here");
    }
    if (!sources->body)
        return;
    json_object_object_foreach(sources->body, name, member)
    {
        (void)member;
        size_t i = 0;
        const struct field *fields = request->route->fields;
        while (i < request->route->fields_n && (fields[i].from != FROM_BODY || strcmp(fields[i].name, name) != 0))
            i++;
        if (i == request->route->fields_n)
            (void)!request_fail_field(request, name, "unknown", "there is no such field here");
    }
}

/* The slot new ids are made in: that of the shard field, or any when there is none or it is itself new. */
static unsigned slot_for_new_ids(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    int at = exchange->row->shard_field;
    if (at >= 0 && request->values[at].present) {
        if (request->route->shard_by == SHARD_BY_EMAIL)
            return id_slot_of_email(request->values[at].text);
        return id_slot(request->values[at].number);
    }
    return (unsigned)(engine_random() % STORE_SLOTS);
}

static enum souk_err make_ids(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    unsigned slot = slot_for_new_ids(exchange);
    for (size_t i = 0; i < request->route->fields_n; i++) {
        if (request->route->fields[i].type != FIELD_NEW_ID)
            continue;
        struct value *value = &request->values[i];
        enum souk_err err = id_make(request->context->ids, slot, &value->number);
        if (err != SOUK_OK)
            return err;
        value->present = true;
    }
    return SOUK_OK;
}

enum souk_err fields_read(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    const struct route *route = request->route;
    struct sources sources = {.query_n = 0};
    request->values = arena_alloc(request->arena, (route->fields_n + 1) * sizeof *request->values);
    if (!request->values)
        return SOUK_TOO_LARGE;
    enum souk_err err = read_body(exchange, &sources);
    if (err == SOUK_OK)
        err = read_query(exchange, &sources);
    if (err != SOUK_OK)
        return err;
    read_segments(exchange);
    for (size_t i = 0; i < route->fields_n && err == SOUK_OK; i++)
        err = read_field(exchange, &sources, &route->fields[i], &request->values[i]);
    if (err != SOUK_OK)
        return err;
    refuse_unknown(exchange, &sources);
    if (request->field_errors)
        return SOUK_INVALID;
    if (route->flags & ROUTE_KEY_REQUIRED && !request->values[exchange->row->key_field].present)
        return SOUK_IDEMPOTENCY_REQUIRED;
    return make_ids(exchange);
}
