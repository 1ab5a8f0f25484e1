/* `souk admin openapi`: the OpenAPI 3.1 document, made from the rows and from nothing else. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin/commands.h"
#include "domain/domains.h"
#include "http/schema.h"
#include "http/table.h"
#include "http/value.h"

static json_object *object(void)
{
    return json_object_new_object();
}

static void add_text(json_object *to, const char *name, const char *text)
{
    if (text)
        json_object_object_add(to, name, json_object_new_string(text));
}

static void add_int(json_object *to, const char *name, int64_t number)
{
    json_object_object_add(to, name, json_object_new_int64(number));
}

static json_object *put_object(json_object *to, const char *name)
{
    json_object *child = object();
    json_object_object_add(to, name, child);
    return child;
}

static json_object *put_array(json_object *to, const char *name)
{
    json_object *child = json_object_new_array();
    json_object_object_add(to, name, child);
    return child;
}

static json_object *reference(const char *kind, const char *name)
{
    char path[128];
    json_object *out = object();
    snprintf(path, sizeof path, "#/components/%s/%s", kind, name);
    add_text(out, "$ref", path);
    return out;
}

/* ---- fields ---- */

static json_object *fields_schema(const struct field *fields, size_t fields_n, bool body_only);

static const char *type_name(enum field_type type)
{
    switch (type) {
    case FIELD_INT:
        return "integer";
    case FIELD_BOOL:
        return "boolean";
    case FIELD_OBJECT:
        return "object";
    case FIELD_ARRAY:
        return "array";
    default:
        return "string";
    }
}

static void add_bounds(json_object *schema, const struct field *field, const char *min, const char *max)
{
    if (field->min == 0 && field->max == 0)
        return;
    add_int(schema, min, field->min);
    add_int(schema, max, field->max);
}

static void add_constraints(json_object *schema, const struct field *field)
{
    switch (field->type) {
    case FIELD_ID:
        add_text(schema, "pattern", "^[1-9][0-9]{0,18}$");
        break;
    case FIELD_INT:
        add_text(schema, "format", "int64");
        add_bounds(schema, field, "minimum", "maximum");
        if (field->fallback != 0)
            add_int(schema, "default", field->fallback);
        break;
    case FIELD_STRING:
        add_bounds(schema, field, "minLength", "maxLength");
        break;
    case FIELD_EMAIL:
        add_text(schema, "format", "email");
        add_int(schema, "maxLength", 254);
        break;
    case FIELD_LETTERS:
        add_text(schema, "pattern", field->max == 2 ? "^[A-Za-z]{2}$" : "^[A-Za-z]{3}$");
        break;
    case FIELD_CURSOR:
        add_text(schema, "pattern", "^([0-9a-f]{2})+$");
        break;
    case FIELD_ENUM: {
        json_object *known = put_array(schema, "enum");
        for (const char *const *one = field->one_of; *one; one++)
            json_object_array_add(known, json_object_new_string(*one));
        if (field->nullable)
            json_object_array_add(known, NULL);
        break;
    }
    default:
        break;
    }
}

static void add_type(json_object *schema, const struct field *field)
{
    if (!field->nullable) {
        add_text(schema, "type", type_name(field->type));
        return;
    }
    json_object *types = put_array(schema, "type");
    json_object_array_add(types, json_object_new_string(type_name(field->type)));
    json_object_array_add(types, json_object_new_string("null"));
}

static json_object *field_schema(const struct field *field)
{
    if (field->type == FIELD_OBJECT)
        return fields_schema(field->of, field->of_n, false);
    json_object *schema = object();
    add_type(schema, field);
    add_constraints(schema, field);
    if (field->type == FIELD_ARRAY) {
        bool scalars = field->of_n == 1 && !*field->of[0].name;
        json_object_object_add(schema, "items",
                               scalars ? field_schema(&field->of[0]) : fields_schema(field->of, field->of_n, false));
        add_bounds(schema, field, "minItems", "maxItems");
    }
    return schema;
}

/* An object of the fields; of a row's, only those from the body. */
static json_object *fields_schema(const struct field *fields, size_t fields_n, bool body_only)
{
    json_object *schema = object(), *required = json_object_new_array();
    add_text(schema, "type", "object");
    json_object *properties = put_object(schema, "properties");
    for (size_t i = 0; i < fields_n; i++) {
        if (body_only && fields[i].from != FROM_BODY)
            continue;
        json_object *property = field_schema(&fields[i]);
        add_text(property, "description", fields[i].about);
        json_object_object_add(properties, fields[i].name, property);
        if (fields[i].required)
            json_object_array_add(required, json_object_new_string(fields[i].name));
    }
    json_object_object_add(schema, "additionalProperties", json_object_new_boolean(false));
    if (json_object_array_length(required) > 0)
        json_object_object_add(schema, "required", required);
    else
        json_object_put(required);
    return schema;
}

/* ---- operations ---- */

static void add_parameter(json_object *parameters, const char *name, const char *in, bool required, const char *about,
                          json_object *schema)
{
    json_object *parameter = object();
    add_text(parameter, "name", name);
    add_text(parameter, "in", in);
    json_object_object_add(parameter, "required", json_object_new_boolean(required));
    add_text(parameter, "description", about);
    json_object_object_add(parameter, "schema", schema);
    json_object_array_add(parameters, parameter);
}

static void add_header_parameter(json_object *parameters, const struct route *route, const struct field *field)
{
    json_object *schema = object();
    add_text(schema, "type", "string");
    if (field->type == FIELD_IDEMPOTENCY_KEY) {
        add_int(schema, "maxLength", 257);
        add_parameter(parameters, "Idempotency-Key", "header", (route->flags & ROUTE_KEY_REQUIRED) != 0,
                      "The same key and body give the same answer again, for at least 24 hours", schema);
    } else {
        add_parameter(parameters, "If-Match", "header", false, "The ETag seen last: 412 when it has changed since",
                      schema);
    }
}

static void add_parameters(json_object *operation, const struct route *route)
{
    json_object *parameters = json_object_new_array();
    for (size_t i = 0; i < route->fields_n; i++) {
        const struct field *field = &route->fields[i];
        if (field->from == FROM_PATH)
            add_parameter(parameters, field->name, "path", true, field->about, field_schema(field));
        else if (field->from == FROM_QUERY)
            add_parameter(parameters, field->name, "query", field->required, field->about, field_schema(field));
        else if (field->from == FROM_ENGINE && (field->type == FIELD_IDEMPOTENCY_KEY || field->type == FIELD_IF_MATCH))
            add_header_parameter(parameters, route, field);
    }
    if (json_object_array_length(parameters) > 0)
        json_object_object_add(operation, "parameters", parameters);
    else
        json_object_put(parameters);
}

static void add_body(json_object *operation, const struct route *route)
{
    bool takes = false, required = false;
    for (size_t i = 0; i < route->fields_n; i++) {
        takes = takes || route->fields[i].from == FROM_BODY;
        required = required || (route->fields[i].from == FROM_BODY && route->fields[i].required);
    }
    bool raw = (route->flags & ROUTE_RAW_BODY) != 0;
    if (!takes && !raw)
        return;
    json_object *body = put_object(operation, "requestBody");
    json_object_object_add(body, "required", json_object_new_boolean(required || raw));
    json_object *content = put_object(body, "content");
    json_object *media = put_object(content, raw ? "*/*" : "application/json");
    json_object_object_add(media, "schema",
                           raw ? object() : fields_schema(route->fields, route->fields_n, true));
}

static void add_success(json_object *responses, const struct route *route, int status, const char *about)
{
    char name[8];
    snprintf(name, sizeof name, "%d", status);
    json_object *response = put_object(responses, name);
    add_text(response, "description", about);
    if (status == 204)
        return;
    json_object *content = put_object(response, "content");
    json_object *media = put_object(content, route->flags & ROUTE_EVENTS ? "text/event-stream" : "application/json");
    bool known = route->answers && schema_find(route->answers);
    json_object_object_add(media, "schema", known ? reference("schemas", route->answers) : object());
}

static void add_successes(json_object *responses, const struct route *route)
{
    const bool removed = route->method == METHOD_DELETE;
    const int usual = removed && !route->answers ? 204 : 200;
    add_success(responses, route, route->status ? route->status : usual, removed ? "Done" : route->summary);
    if (route->flags & ROUTE_PROPAGATES)
        add_success(responses, route, 202, "Committed; what has yet to hear of it will, by itself");
}

static void add_responses(json_object *operation, const struct route *route)
{
    json_object *responses = put_object(operation, "responses");
    add_successes(responses, route);
    if (strcmp(route->name, "readyz") == 0)
        json_object_object_add(responses, "503", reference("responses", "NotReady"));
    json_object_object_add(responses, "4XX", reference("responses", "Problem"));
    json_object_object_add(responses, "5XX", reference("responses", "Problem"));
}

static void add_security(json_object *operation, const struct route *route)
{
    json_object *security = put_array(operation, "security");
    if (route->who == 0)
        return;
    json_object *bearer = object();
    put_array(bearer, "bearer");
    json_object_array_add(security, bearer);
    static const char *const names[] = {"guest", "buyer", "merchant", "support", "admin", "ops"};
    json_object *roles = put_array(operation, "x-souk-roles");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (route->who & 1u << i)
            json_object_array_add(roles, json_object_new_string(names[i]));
    }
}

static void add_operation(json_object *paths, const char *domain, const struct route *route)
{
    static const char *const verbs[METHODS_N] = {"get", "post", "put", "patch", "delete"};
    json_object *path;
    if (!json_object_object_get_ex(paths, route->path, &path))
        path = put_object(paths, route->path);
    json_object *operation = put_object(path, verbs[route->method]);
    add_text(operation, "operationId", route->name);
    add_text(operation, "summary", route->summary);
    json_object_array_add(put_array(operation, "tags"), json_object_new_string(domain));
    add_parameters(operation, route);
    add_body(operation, route);
    add_responses(operation, route);
    add_security(operation, route);
}

/* ---- the document ---- */

static void add_info(json_object *document, const char *url)
{
    add_text(document, "openapi", "3.1.0");
    json_object *info = put_object(document, "info");
    add_text(info, "title", "souk");
    add_text(info, "version", "1");
    add_text(info, "description",
             "A commerce backend. Ids are decimal text, money is a whole number of minor units with its currency, "
             "times are RFC 3339 in UTC. Errors are application/problem+json.");
    json_object *license = put_object(info, "license");
    add_text(license, "name", "Apache-2.0");
    add_text(license, "identifier", "Apache-2.0");
    json_object *server = object();
    add_text(server, "url", url);
    json_object_array_add(put_array(document, "servers"), server);
}

static void add_problem_response(json_object *responses, const char *name, const char *about, const char *type,
                                 const char *schema)
{
    json_object *response = put_object(responses, name);
    add_text(response, "description", about);
    json_object *content = put_object(response, "content");
    json_object *media = put_object(content, type);
    json_object_object_add(media, "schema", reference("schemas", schema));
}

static void add_components(json_object *document)
{
    json_object *components = put_object(document, "components");
    json_object *bearer = put_object(put_object(components, "securitySchemes"), "bearer");
    add_text(bearer, "type", "http");
    add_text(bearer, "scheme", "bearer");
    add_text(bearer, "bearerFormat", "JWT");
    json_object *responses = put_object(components, "responses");
    add_problem_response(responses, "Problem", "What is wrong (RFC 9457)", "application/problem+json", "Problem");
    add_problem_response(responses, "NotReady", "Something it needs is away", "application/json", "Readiness");
    json_object *shapes = put_object(components, "schemas");
    for (size_t i = 0; i < schemas_n; i++)
        json_object_object_add(shapes, schemas[i].name, schema_json(&schemas[i]));
}

static json_object *make_document(const char *url)
{
    json_object *document = object();
    add_info(document, url);
    json_object *tags = put_array(document, "tags");
    json_object *paths = put_object(document, "paths");
    for (size_t s = 0; s < domain_sets_n; s++) {
        json_object *tag = object();
        add_text(tag, "name", domain_sets[s]->domain);
        json_object_array_add(tags, tag);
        for (size_t r = 0; r < domain_sets[s]->routes_n; r++) {
            const struct route *route = &domain_sets[s]->routes[r];
            if (!(route->flags & ROUTE_HIDDEN))
                add_operation(paths, domain_sets[s]->domain, route);
        }
    }
    add_components(document);
    return document;
}

static int run(const struct config *config, int argc, char **argv)
{
    (void)config;
    const char *url = "/";
    if (argc > 1 && strncmp(argv[1], "--url=", 6) == 0 && argv[1][6])
        url = argv[1] + 6;
    else if (argc > 1) {
        fprintf(stderr, "souk admin openapi: there is no option %s\n", argv[1]);
        return 2;
    }
    json_object *document = make_document(url);
    puts(json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(document);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "souk admin openapi: cannot write: %s\n", strerror(errno));
        return 1;
    }
    return 0;
}

const struct admin_command admin_openapi = {
    .name = "openapi",
    .usage = "openapi [--url=URL]",
    .help = "Prints the OpenAPI 3.1 document of this build's API. --url is where it is served (default \"/\").\n"
            "Needs no configuration and no database.",
    .run = run,
};
