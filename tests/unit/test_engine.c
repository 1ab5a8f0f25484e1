/* A request through the engine, without web server and database: what goes in as FastCGI parameters and a body, and the
 * bytes that come out. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http/engine.h"
#include "http/fields.h"
#include "unit.h"

static const char *const colours[] = {"red", "blue", NULL};
static const struct field item_fields[] = {
    {.name = "sku_id", .type = FIELD_ID, .required = true},
    {.name = "qty", .type = FIELD_INT, .min = 1, .max = 10, .required = true},
    {.name = "note", .type = FIELD_STRING, .max = 5, .nullable = true},
};
static const struct field tag_field[] = {{.name = "", .type = FIELD_STRING, .min = 1, .max = 4}};
static const struct field thing_fields[] = {
    FIELDS_PATH_ID("thing_id", "The thing"),
    {.name = "items", .from = FROM_BODY, .type = FIELD_ARRAY, .min = 1, .max = 3, .of = item_fields, .of_n = 3,
     .required = true},
    {.name = "tags", .from = FROM_BODY, .type = FIELD_ARRAY, .max = 2, .of = tag_field, .of_n = 1},
    {.name = "colour", .from = FROM_BODY, .type = FIELD_ENUM, .one_of = colours},
    {.name = "gift", .from = FROM_BODY, .type = FIELD_BOOL},
    {.name = "email", .from = FROM_BODY, .type = FIELD_EMAIL},
    {.name = "note", .from = FROM_BODY, .type = FIELD_STRING, .max = 8, .nullable = true},
    FIELDS_IDEMPOTENCY,
    FIELDS_IF_MATCH,
    FIELDS_CLIENT_IP,
    FIELDS_SETTING("window", payment_window_s),
};
static const struct field page_fields[] = {FIELDS_PAGE};

/* Says what every field became. */
static enum souk_err show(struct request *request)
{
    json_object *body = json_object_new_object();
    for (size_t i = 0; i < request->route->fields_n; i++) {
        const struct field *field = &request->route->fields[i];
        struct param param = param_of(field, &request->values[i]);
        if (param.type == PARAM_INT)
            json_object_object_add(body, field->name, json_object_new_int64(param.number));
        else if (param.type == PARAM_TEXT)
            json_object_object_add(body, field->name, json_object_new_string_len(param.text, (int)param.len));
        else if (param.type == PARAM_BYTES)
            json_object_object_add(body, field->name, json_object_new_int64((int64_t)param.len));
    }
    return request_answer(request, 200, body);
}

/* What a handler adds to the fields. */
static const struct field given_fields[] = {
    {.name = "own", .from = FROM_BODY, .type = FIELD_INT},
    {.name = "cached", .from = FROM_HANDLER, .type = FIELD_BOOL},
    {.name = "parts", .from = FROM_HANDLER, .type = FIELD_ARRAY},
};

static enum souk_err give(struct request *request)
{
    request_give(request, "cached", 1);
    request_give_text(request, "parts", "[7]");
    return show(request);
}

static enum souk_err tagged(struct request *request)
{
    request->answer = (struct answer){.status = 200, .body = "{}", .body_len = 2, .etag = "v7", .next_cursor = "6162"};
    return SOUK_OK;
}

static enum souk_err refuse(struct request *request)
{
    request_add_header(request, "X-Extra: 1");
    return request_fail(request, SOUK_RATE_LIMITED, "slow \"down\"");
}

static enum souk_err lose(struct request *request)
{
    (void)request;
    return SOUK_TIMEOUT;
}

static enum souk_err hang(struct request *request)
{
    request->deadline_us = clock_us();
    return SOUK_TIMEOUT;
}

static const struct cache_policy cache = {.nginx_ms = 5000, .jitter_percent = 20};
static const struct route routes[] = {
    {.method = METHOD_PATCH, .path = "/things/{thing_id}", FIELDS(thing_fields), .handle = show, .name = "thing_change"},
    {.method = METHOD_POST, .path = "/things/{thing_id}", FIELDS(thing_fields), .handle = show, .name = "thing_keyed",
     .flags = ROUTE_KEY_REQUIRED},
    {.method = METHOD_GET, .path = "/tagged", .handle = tagged, .name = "tagged", .cache = &cache,
     .flags = ROUTE_PUBLIC_CACHE},
    {.method = METHOD_POST, .path = "/given", FIELDS(given_fields), .handle = give, .name = "given"},
    {.method = METHOD_GET, .path = "/page", FIELDS(page_fields), .handle = show, .name = "page"},
    {.method = METHOD_GET, .path = "/refuse", .handle = refuse, .name = "refuse"},
    {.method = METHOD_GET, .path = "/mine", .who = ROLE_BUYER, .handle = tagged, .name = "mine"},
    {.method = METHOD_GET, .path = "/lost", .handle = lose, .name = "lost"},
    {.method = METHOD_POST, .path = "/lost", .handle = lose, .name = "lost_write"},
    {.method = METHOD_GET, .path = "/hangs", .handle = hang, .name = "hangs"},
};
static const struct route_set set = {"things", routes, sizeof routes / sizeof routes[0]};

static struct {
    struct arena *arena;
    struct table *table;
    struct reply reply;
} t;

static void set_up(void)
{
    const struct route_set *const sets[] = {&set};
    t.arena = arena_new(1 << 20);
    t.table = table_new(sets, 1);
}

static void tear_down(void)
{
    arena_free(t.arena);
    table_free(t.table);
}

/* Sends a request; more parameters, "NAME=value", follow, NULL at the end. The answer, head and body, as one text. */
static const char *ask(const char *method, const char *uri, const char *body, ...)
{
    static const struct config config = {.deadline_ms = 3000, .payment_window_s = 1800};
    const struct engine engine = {.context = {.config = &config}, .table = t.table};
    char *params[16] = {0};
    struct intake intake = {.broken = SOUK_OK};
    arena_reset(t.arena);
    size_t n = 0;
    params[n++] = arena_printf(t.arena, "REQUEST_METHOD=%s", method);
    params[n++] = arena_printf(t.arena, "REQUEST_URI=%s", uri);
    params[n++] = arena_printf(t.arena, "REMOTE_ADDR=192.0.2.7");
    params[n++] = arena_printf(t.arena, "REQUEST_ID=r-1");
    params[n++] = arena_printf(t.arena, "CONTENT_TYPE=%s", body ? "application/json" : "");
    va_list args;
    va_start(args, body);
    for (const char *more; (more = va_arg(args, const char *));)
        params[n++] = arena_printf(t.arena, "%s", more);
    va_end(args);
    intake_read(&intake, params);
    intake.body = body ? body : "";
    intake.body_len = strlen(intake.body);
    engine_answer(&engine, t.arena, &intake, &t.reply);
    return arena_printf(t.arena, "%.*s%.*s", (int)t.reply.head_len, t.reply.head, (int)t.reply.body_len, t.reply.body);
}

#define ASK(...) ask(__VA_ARGS__, (const char *)NULL)

static void expect(int status, const char *part, const char *answer)
{
    if (t.reply.status != status || !strstr(answer, part))
        fprintf(stderr, "expected %d %s in:\n%s\n", status, part, answer);
    CU_ASSERT_EQUAL(t.reply.status, status);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, part));
}

static void test_fields(void)
{
    set_up();
    expect(200, "{\"thing_id\":12,\"items\":\"[{\\\"sku_id\\\":\\\"7\\\",\\\"qty\\\":2}]\",\"tags\":\"[\\\"a\\\"]\","
                "\"colour\":\"red\",\"gift\":1,\"email\":\"ann@example.org\",\"note\":\"\",\"body_hash\":32,"
                "\"client_ip\":\"192.0.2.7\",\"window\":1800}",
           ASK("PATCH", "/things/12",
               " {\"items\" : [ {\"sku_id\":\"7\", \"qty\":2} ], \"tags\":[\"a\"], \"colour\":\"red\", \"gift\":true, "
               "\"email\":\"Ann@Example.org\", \"note\":null}"));
    expect(200, "\"window\"", ASK("PATCH", "/things/9223372036854775807", "{\"items\":[{\"sku_id\":\"7\",\"qty\":1,\"note\":null}]}"));
    tear_down();
}

static void test_what_a_handler_gives(void)
{
    set_up();
    expect(200, "{\"own\":3,\"cached\":1,\"parts\":\"[7]\"}", ASK("POST", "/given", "{\"own\":3}"));
    expect(400, "{\"field\":\"cached\",\"code\":\"unknown\"", ASK("POST", "/given", "{\"cached\":true}"));
    expect(400, "{\"field\":\"parts\",\"code\":\"unknown\"", ASK("POST", "/given", "{\"parts\":[]}"));
    tear_down();
}

#define ITEMS "\"items\":[{\"sku_id\":\"7\",\"qty\":1}]"

static void test_refused_fields(void)
{
    static const char *const cases[][2] = {
        {"{}", "{\"field\":\"items\",\"code\":\"required\""},
        {"{\"items\":[]}", "{\"field\":\"items\",\"code\":\"length\""},
        {"{\"items\":{}}", "{\"field\":\"items\",\"code\":\"type\""},
        {"{\"items\":null}", "{\"field\":\"items\",\"code\":\"type\""},
        {"{\"items\":[1]}", "{\"field\":\"items[0]\",\"code\":\"type\""},
        {"{\"items\":[{\"sku_id\":7,\"qty\":1}]}", "{\"field\":\"items[0].sku_id\",\"code\":\"type\""},
        {"{\"items\":[{\"sku_id\":\"07\",\"qty\":1}]}", "{\"field\":\"items[0].sku_id\",\"code\":\"format\""},
        {"{\"items\":[{\"sku_id\":\"7\",\"qty\":\"1\"}]}", "{\"field\":\"items[0].qty\",\"code\":\"type\""},
        {"{\"items\":[{\"sku_id\":\"7\",\"qty\":11}]}", "{\"field\":\"items[0].qty\",\"code\":\"range\""},
        {"{\"items\":[{\"sku_id\":\"7\"}]}", "{\"field\":\"items[0].qty\",\"code\":\"required\""},
        {"{\"items\":[{\"sku_id\":\"7\",\"qty\":1,\"x\":1}]}", "{\"field\":\"items[0].x\",\"code\":\"unknown\""},
        {"{\"items\":[{\"sku_id\":\"7\",\"qty\":1,\"note\":\"123456\"}]}", "{\"field\":\"items[0].note\",\"code\":\"length\""},
        {"{\"items\":[{\"sku_id\":\"7\",\"qty\":1.5}]}", "{\"field\":\"items[0].qty\",\"code\":\"type\""},
        {"{" ITEMS ",\"tags\":[\"\"]}", "{\"field\":\"tags[0]\",\"code\":\"length\""},
        {"{" ITEMS ",\"tags\":[\"a\",\"b\",\"c\"]}", "{\"field\":\"tags\",\"code\":\"length\""},
        {"{" ITEMS ",\"tags\":[1]}", "{\"field\":\"tags[0]\",\"code\":\"type\""},
        {"{" ITEMS ",\"colour\":\"green\"}", "must be one of red, blue"},
        {"{" ITEMS ",\"colour\":null}", "{\"field\":\"colour\",\"code\":\"type\""},
        {"{" ITEMS ",\"gift\":1}", "{\"field\":\"gift\",\"code\":\"type\""},
        {"{" ITEMS ",\"email\":\"x\"}", "{\"field\":\"email\",\"code\":\"format\""},
        {"{" ITEMS ",\"note\":\"a\\u0007\"}", "{\"field\":\"note\",\"code\":\"format\""},
        {"{" ITEMS ",\"thing_id\":\"1\"}", "{\"field\":\"thing_id\",\"code\":\"unknown\""},
        {"{" ITEMS ",\"note\":1,\"note\":2}", "{\"field\":\"note\",\"code\":\"duplicate\""},
    };
    set_up();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(400, cases[i][1], ASK("PATCH", "/things/1", cases[i][0]));
    expect(400, "{\"field\":\"thing_id\",\"code\":\"format\"", ASK("PATCH", "/things/x", "{" ITEMS "}"));
    expect(400, "{\"field\":\"q\",\"code\":\"unknown\"", ASK("PATCH", "/things/1?q=1", "{" ITEMS "}"));
    expect(400, "\"code\":\"request.malformed\"", ASK("PATCH", "/things/1", "{" ITEMS));
    expect(400, "must be a JSON object", ASK("PATCH", "/things/1", "[1]"));
    expect(400, "must be a JSON object", ASK("PATCH", "/things/1", "7"));
    expect(415, "request.media_type", ASK("PATCH", "/things/1", "{}", "CONTENT_TYPE=text/plain"));
    tear_down();
}

static void test_keys(void)
{
    set_up();
    const char *body = "{" ITEMS "}";
    expect(400, "idempotency.key_required", ASK("POST", "/things/1", body));
    expect(200, "\"idempotency_key\":\"abc\"", ASK("POST", "/things/1", body, "HTTP_IDEMPOTENCY_KEY=abc"));
    expect(200, "\"idempotency_key\":\"abc\"", ASK("POST", "/things/1", body, "HTTP_IDEMPOTENCY_KEY=\"abc\""));
    expect(200, "\"idempotency_key\":\"a\\\"b\"", ASK("POST", "/things/1", body, "HTTP_IDEMPOTENCY_KEY=\"a\\\"b\""));
    expect(400, "Idempotency-Key", ASK("POST", "/things/1", body, "HTTP_IDEMPOTENCY_KEY="));
    expect(400, "Idempotency-Key", ASK("POST", "/things/1", body, "HTTP_IDEMPOTENCY_KEY=\"\""));
    expect(400, "Idempotency-Key", ASK("POST", "/things/1", body, "HTTP_IDEMPOTENCY_KEY=a\xc3\xa9"));
    char key[300] = "HTTP_IDEMPOTENCY_KEY=";
    memset(key + strlen(key), 'k', 256);
    expect(400, "1 to 255", ASK("POST", "/things/1", body, key));
    key[strlen(key) - 1] = '\0';
    expect(200, "kkk", ASK("POST", "/things/1", body, key));
    tear_down();
}

static void test_if_match(void)
{
    set_up();
    const char *body = "{" ITEMS "}";
    expect(200, "\"if_match\":12", ASK("PATCH", "/things/1", body, "HTTP_IF_MATCH=\"v12\""));
    const char *any = ASK("PATCH", "/things/1", body, "HTTP_IF_MATCH=*");
    CU_ASSERT_PTR_NULL(strstr(any, "if_match"));
    expect(412, "precondition.failed", ASK("PATCH", "/things/1", body, "HTTP_IF_MATCH=W/\"v12\""));
    expect(412, "precondition.failed", ASK("PATCH", "/things/1", body, "HTTP_IF_MATCH=\"abc\""));
    expect(400, "If-Match", ASK("PATCH", "/things/1", body, "HTTP_IF_MATCH=v12"));
    expect(400, "If-Match", ASK("PATCH", "/things/1", body, "HTTP_IF_MATCH=\"v1\", \"v2\""));
    expect(400, "If-Match", ASK("PATCH", "/things/1", body, "HTTP_IF_MATCH="));
    tear_down();
}

static void test_pages(void)
{
    set_up();
    expect(200, "{\"limit\":20}", ASK("GET", "/page", NULL));
    expect(200, "{\"cursor\":\"ab\",\"limit\":100}", ASK("GET", "/page?limit=100&cursor=6162", NULL));
    expect(400, "\"field\":\"limit\",\"code\":\"range\"", ASK("GET", "/page?limit=101", NULL));
    expect(400, "\"field\":\"limit\",\"code\":\"range\"", ASK("GET", "/page?limit=0", NULL));
    expect(400, "\"field\":\"limit\",\"code\":\"type\"", ASK("GET", "/page?limit=ten", NULL));
    expect(400, "\"field\":\"limit\",\"code\":\"duplicate\"", ASK("GET", "/page?limit=1&limit=2", NULL));
    expect(400, "\"field\":\"cursor\"", ASK("GET", "/page?cursor=616", NULL));
    expect(400, "\"field\":\"cursor\"", ASK("GET", "/page?cursor=00", NULL));
    expect(400, "\"field\":\"cursor\"", ASK("GET", "/page?cursor=", NULL));
    expect(400, "query is not properly encoded", ASK("GET", "/page?limit=%f", NULL));
    tear_down();
}

static void test_answers(void)
{
    set_up();
    const char *answer = ASK("GET", "/tagged", NULL);
    expect(200, "Status: 200 OK\r\nX-Request-Id: r-1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n", answer);
    expect(200, "ETag: \"v7\"\r\n", answer);
    expect(200, "Link: </tagged?cursor=6162>; rel=\"next\"\r\n", answer);
    expect(200, "Cache-Control: public, max-age=5, stale-while-revalidate=1, stale-if-error=30\r\nX-Accel-Expires: ", answer);
    expect(200, "\r\n\r\n{}", answer);
    answer = ASK("HEAD", "/tagged", NULL);
    expect(200, "Content-Length: 2\r\n", answer);
    CU_ASSERT_EQUAL(t.reply.body_len, 0);
    static const char *const same[] = {"HTTP_IF_NONE_MATCH=\"v7\"", "HTTP_IF_NONE_MATCH=W/\"v7\"", "HTTP_IF_NONE_MATCH=*",
                                       "HTTP_IF_NONE_MATCH=\"v1\", \"v7\""};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        answer = ASK("GET", "/tagged", NULL, same[i]);
        expect(304, "ETag: \"v7\"\r\n", answer);
        CU_ASSERT_PTR_NULL(strstr(answer, "Content-"));
        CU_ASSERT_EQUAL(t.reply.body_len, 0);
    }
    expect(200, "{}", ASK("GET", "/tagged", NULL, "HTTP_IF_NONE_MATCH=\"v77\""));
    expect(200, "{}", ASK("GET", "/tagged", NULL, "HTTP_IF_NONE_MATCH=v7"));
    tear_down();
}

static void test_problems(void)
{
    set_up();
    const char *answer = ASK("GET", "/refuse", NULL);
    expect(429, "Content-Type: application/problem+json\r\n", answer);
    expect(429, "Retry-After: 1\r\n", answer);
    expect(429, "X-Extra: 1\r\n", answer);
    expect(429, "Cache-Control: no-store\r\n", answer);
    expect(429, "{\"type\":\"urn:souk:problem:rate_limited\",\"title\":\"Too many requests\",\"status\":429,"
                "\"code\":\"rate_limited\",\"detail\":\"slow \\\"down\\\"\",\"request_id\":\"r-1\"}", answer);
    expect(401, "WWW-Authenticate: Bearer\r\n", ASK("GET", "/mine", NULL));
    expect(401, "auth.token_invalid", ASK("GET", "/mine", NULL, "HTTP_AUTHORIZATION=Bearer x"));
    expect(401, "error=\"invalid_token\"", ASK("GET", "/mine", NULL, "HTTP_AUTHORIZATION=Basic eDp5"));
    tear_down();
}

/* A read that was lost while there was time left nothing unknown; a write may have happened. */
static void test_lost_answers(void)
{
    set_up();
    const char *answer = ASK("GET", "/lost", NULL);
    expect(503, "Retry-After: 1\r\n", answer);
    expect(503, "\"code\":\"unavailable\"", answer);
    expect(503, "Retry-After: 1\r\n", ASK("HEAD", "/lost", NULL));
    expect(504, "\"code\":\"timeout\"", ASK("POST", "/lost", NULL));
    expect(504, "\"code\":\"timeout\"", ASK("GET", "/hangs", NULL));
    tear_down();
}

static void test_methods(void)
{
    set_up();
    expect(404, "not_found", ASK("GET", "/nothing", NULL));
    expect(404, "not_found", ASK("BREW", "/nothing", NULL));
    expect(405, "Allow: POST, PATCH, OPTIONS\r\n", ASK("GET", "/things/1", NULL));
    expect(405, "Allow: GET, HEAD, OPTIONS\r\n", ASK("BREW", "/page", NULL));
    expect(204, "Allow: GET, HEAD, OPTIONS\r\n", ASK("OPTIONS", "/page", NULL));
    expect(400, "not properly encoded", ASK("GET", "/%zz", NULL));
    tear_down();
}

static void test_names(void)
{
    set_up();
    expect(200, "X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\n",
           ASK("GET", "/page", NULL, "REQUEST_ID=", "HTTP_TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    const char *made = ASK("GET", "/page", NULL, "REQUEST_ID=a b\r\nX: y",
                           "HTTP_TRACEPARENT=00-00000000000000000000000000000000-00f067aa0ba902b7-01");
    CU_ASSERT_PTR_NULL(strstr(made, "X: y"));
    CU_ASSERT_PTR_NULL(strstr(made, "X-Request-Id: 0000000000000000"));
    tear_down();
}

UNIT_SUITE(engine, UNIT_TEST(test_fields), UNIT_TEST(test_what_a_handler_gives), UNIT_TEST(test_refused_fields),
           UNIT_TEST(test_keys), UNIT_TEST(test_if_match), UNIT_TEST(test_pages), UNIT_TEST(test_answers), UNIT_TEST(test_problems),
           UNIT_TEST(test_lost_answers), UNIT_TEST(test_methods), UNIT_TEST(test_names))
