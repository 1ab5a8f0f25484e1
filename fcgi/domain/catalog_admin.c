/* The catalogue as merchants change it: products, SKUs, categories.
 *
 * A change commits on global with a higher version, and with it what the shards must be told. Then it is applied on every
 * shard; an answer of 200 (201) says that no order uses the old price any more, 202 with "propagating" that a shard could
 * not be reached and the worker will finish. Repeating a request under its key tries the shards again.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/variant.h"
#include "base/words.h"
#include "domain/domains.h"
#include "guard/html.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/broadcast.h"

enum {
    SETTLE_US_MAX = 2000000,
    TITLE_CHARS_MAX = 255,
    HANDLE_CHARS_MAX = 150,
    HTML_CHARS_MAX = 60000,
    URL_CHARS_MAX = 2048,
    IMAGES_MAX = 100,
    TAGS_MAX = 250,
    CATEGORIES_MAX = 20,
    WORDS_MAX = 256,
    CHANGE_TRIES = 3,
    WEIGHT_GRAMS_MAX = 1000000000
};
#define MONEY_MAX INT64_C(9007199254740991)

static const char *json_text(json_object *object)
{
    return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void add_text(json_object *to, const char *name, const char *text)
{
    json_object_object_add(to, name, text ? json_object_new_string(text) : NULL);
}

/* The routine has committed and its answer names in `id` what the shards are told of: tells them. */
static enum souk_err settle(struct request *request, const char *id)
{
    const int64_t soon_us = clock_us() + SETTLE_US_MAX;
    json_object *body = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    bool everywhere = false;
    if (!body)
        return SOUK_INTERNAL;
    enum souk_err err = broadcast_settle(request->context->store, request->arena, "sku_apply", json_member_number(body, id),
                                         soon_us < request->deadline_us ? soon_us : request->deadline_us, &everywhere);
    if (err == SOUK_OK && everywhere)
        return SOUK_OK;
    json_object_object_add(body, "propagating", json_object_new_boolean(true));
    return request_answer(request, 202, json_object_get(body));
}

static enum souk_err call_and_settle(struct request *request, const struct param *params, size_t params_n, const char *id)
{
    const bool repeatable = request_value(request, "idempotency_key")->present;
    enum souk_err err = request_call(request, DB_GLOBAL, request->route->routine, params, params_n, repeatable,
                                     &request->answer);
    return err == SOUK_OK ? settle(request, id) : err;
}

static enum souk_err check_address(struct request *request, const char *path, const char *address)
{
    if (html_image_address(address))
        return SOUK_OK;
    return request_fail_field(request, path, "format", "must be an https:// address or a path that begins with one /");
}

static enum souk_err check_images(struct request *request)
{
    const struct value *images = request_value(request, "images");
    for (size_t i = 0; images->present && i < json_object_array_length(images->json); i++) {
        const char *path = arena_printf(request->arena, "images[%zu].url", i);
        enum souk_err err = check_address(request, path ? path : "images",
                                          json_member_text(json_object_array_get_idx(images->json, i), "url"));
        if (err != SOUK_OK)
            return err;
    }
    return SOUK_OK;
}

/* What the request says of the product, as product_write takes it. */
static enum souk_err product_of(struct request *request, json_object **out)
{
    static const char *const texts[] = {"title", "vendor", "product_type"}, *const arrays[] = {"images", "category_ids"};
    json_object *product = *out = arena_own(request->arena, json_object_new_object(), json_release);
    enum souk_err err = product ? check_images(request) : SOUK_TOO_LARGE;
    if (err != SOUK_OK)
        return err;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (request_value(request, texts[i])->present)
            add_text(product, texts[i], request_value(request, texts[i])->text);
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        if (request_value(request, arrays[i])->present)
            json_object_object_add(product, arrays[i], json_object_get(request_value(request, arrays[i])->json));
    if (request_value(request, "tags")->present)
        add_text(product, "tags", request_value(request, "tags")->text);
    if (!request_value(request, "description_html")->present)
        return SOUK_OK;
    const char *clean;
    err = html_clean(request->arena, request_value(request, "description_html")->text, &clean);
    if (err == SOUK_BAD_REQUEST)
        return request_fail_field(request, "description_html", "format", "cannot be read as HTML");
    if (err == SOUK_OK)
        add_text(product, "description_html", clean);
    return err;
}

/* The words a search finds the product by: of what it says now, else of what was there before (NULL: nothing). */
static void add_words(struct request *request, json_object *product, json_object *before)
{
    static const char *const texts[] = {"title", "vendor", "product_type"};
    const char *words[WORDS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = json_member_text(product, texts[i]);
        text = text || !before ? text : json_member_text(before, texts[i]);
        n = text ? words_add(request->arena, text, words, n, WORDS_MAX) : n;
    }
    const struct value *tags = request_value(request, "tags");
    json_object *list = tags->present ? tags->json : before ? json_member_array(before, "tags") : NULL;
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        n = words_add(request->arena, json_object_get_string(json_object_array_get_idx(list, i)), words, n, WORDS_MAX);
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        json_object_array_add(array, json_object_new_string(words[i]));
    json_object_object_add(product, "words", array);
}

static enum souk_err check_handle(struct request *request)
{
    const struct value *handle = request_value(request, "handle");
    if (!handle->present || !strpbrk(handle->text, " \t\r\n\"'<>\\/?#%&"))
        return SOUK_OK;
    return request_fail_field(request, "handle", "format", "must not hold blanks, quotes or any of <>\\/?#%%&");
}

static enum souk_err product_create(struct request *request)
{
    json_object *product;
    enum souk_err err = check_handle(request);
    if (err == SOUK_OK)
        err = product_of(request, &product);
    if (err != SOUK_OK)
        return err;
    add_words(request, product, NULL);
    const struct value *currency = request_value(request, "currency"), *options = request_value(request, "options");
    add_text(product, "currency", currency->present ? currency->text : request->context->config->currency);
    if (options->present)
        json_object_object_add(product, "options", json_object_get(options->json));
    const struct param params[] = {
        request_param(request, "product_id"), request_param(request, "account_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"),
        request_param(request, "handle"), param_text(json_text(product)),
    };
    return request_call(request, DB_GLOBAL, "product_create", params, sizeof params / sizeof params[0],
                        request_value(request, "idempotency_key")->present, &request->answer);
}

static enum souk_err change_once(struct request *request, json_object *product)
{
    const struct param which[] = {request_param(request, "product_id")};
    enum souk_err err = request_call(request, DB_GLOBAL, "product_admin_get", which, 1, true, &request->answer);
    if (err != SOUK_OK)
        return err;
    json_object *before = arena_own(request->arena, json_tokener_parse(request->answer.body), json_release);
    if (!before)
        return SOUK_INTERNAL;
    add_words(request, product, before);
    request->answer = (struct answer){0};
    const struct param params[] = {
        request_param(request, "product_id"), request_param(request, "account_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"),
        request_param(request, "if_match"), param_int(json_member_number(before, "version")),
        param_text(json_text(product)),
    };
    return call_and_settle(request, params, sizeof params / sizeof params[0], "product_id");
}

/* The words are made of the product as it was read: when somebody changes it just then, it is read again. */
static enum souk_err product_change(struct request *request)
{
    json_object *product;
    enum souk_err err = product_of(request, &product);
    for (int i = 0; err == SOUK_OK && i < CHANGE_TRIES; i++) {
        err = change_once(request, product);
        if (err != SOUK_CONFLICT)
            return err;
        err = i + 1 < CHANGE_TRIES ? SOUK_OK : err;
    }
    return err;
}

static enum souk_err state_set(struct request *request, const char *state)
{
    const struct param params[] = {
        request_param(request, "product_id"), request_param(request, "account_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"),
        request_param(request, "if_match"), param_text(state),
    };
    return call_and_settle(request, params, sizeof params / sizeof params[0], "product_id");
}

static enum souk_err product_publish(struct request *request)
{
    return state_set(request, "published");
}

static enum souk_err product_unpublish(struct request *request)
{
    return state_set(request, "draft");
}

/* Members of a SKU that the request names; null and "" clear those that may be cleared. */
static enum souk_err sku_of(struct request *request, json_object **out)
{
    static const char *const numbers[] = {"price", "list_price", "weight_grams"};
    json_object *sku = *out = arena_own(request->arena, json_object_new_object(), json_release);
    if (!sku)
        return SOUK_TOO_LARGE;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct value *value = request_value(request, numbers[i]);
        if (value->present)
            json_object_object_add(sku, numbers[i], value->text ? NULL : json_object_new_int64(value->number));
    }
    if (request_value(request, "code")->present)
        add_text(sku, "code", request_value(request, "code")->text);
    if (request_value(request, "state")->present)
        add_text(sku, "state", request_value(request, "state")->text);
    const struct value *image = request_value(request, "image_url");
    if (!image->present)
        return SOUK_OK;
    add_text(sku, "image_url", image->len > 0 ? image->text : NULL);
    return image->len > 0 ? check_address(request, "image_url", image->text) : SOUK_OK;
}

static enum souk_err sku_create(struct request *request)
{
    const char *values[VARIANT_OPTIONS_MAX];
    char key[VARIANT_KEY_BYTES];
    json_object *sku, *options = request_value(request, "options")->json;
    enum souk_err err = sku_of(request, &sku);
    if (err != SOUK_OK)
        return err;
    json_object_object_add(sku, "options", options ? json_object_get(options) : json_object_new_array());
    const size_t n = options ? json_object_array_length(options) : 0;
    for (size_t i = 0; i < n; i++)
        values[i] = json_object_get_string(json_object_array_get_idx(options, i));
    /* a product without options has the one variant that an import would give it */
    static const char *const plain[] = {"Default Title"};
    err = variant_key(n > 0 ? values : plain, n > 0 ? n : 1, key);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {
        request_param(request, "sku_id"), request_param(request, "product_id"), request_param(request, "account_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"), param_text(key),
        param_text(json_text(sku)),
    };
    return call_and_settle(request, params, sizeof params / sizeof params[0], "sku_id");
}

static enum souk_err sku_change(struct request *request)
{
    json_object *sku;
    enum souk_err err = sku_of(request, &sku);
    if (err != SOUK_OK)
        return err;
    const struct param params[] = {
        request_param(request, "sku_id"), request_param(request, "account_id"),
        request_param(request, "idempotency_key"), request_param(request, "body_hash"),
        request_param(request, "if_match"), param_text(json_text(sku)),
    };
    return call_and_settle(request, params, sizeof params / sizeof params[0], "sku_id");
}

static const struct field text_element[] = {{.name = "", .type = FIELD_STRING, .min = 1, .max = TITLE_CHARS_MAX}};
static const struct field id_element[] = {{.name = "", .type = FIELD_ID}};
static const struct field image_element[] = {
    {.name = "url", .type = FIELD_STRING, .min = 1, .max = URL_CHARS_MAX, .required = true},
    {.name = "alt", .type = FIELD_STRING, .max = 512},
};
static const char *const sku_states[] = {"active", "draft", "retired", NULL};

#define FIELDS_PRODUCT(must) \
    {.name = "title", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TITLE_CHARS_MAX, .required = (must), \
     .about = "For people"}, \
    {.name = "description_html", .from = FROM_BODY, .type = FIELD_STRING, .max = HTML_CHARS_MAX, \
     .about = "HTML; what is not harmless is taken out"}, \
    {.name = "vendor", .from = FROM_BODY, .type = FIELD_STRING, .max = TITLE_CHARS_MAX, .about = "Who makes it"}, \
    {.name = "product_type", .from = FROM_BODY, .type = FIELD_STRING, .max = TITLE_CHARS_MAX, .about = "What it is"}, \
    {.name = "tags", .from = FROM_BODY, .type = FIELD_ARRAY, .max = TAGS_MAX, .of = text_element, .of_n = 1, \
     .about = "Words to find it by"}, \
    {.name = "images", .from = FROM_BODY, .type = FIELD_ARRAY, .max = IMAGES_MAX, .of = image_element, .of_n = 2, \
     .about = "Pictures, the first for lists: https://… or a path on this site"}, \
    {.name = "category_ids", .from = FROM_BODY, .type = FIELD_ARRAY, .max = CATEGORIES_MAX, .of = id_element, .of_n = 1, \
     .about = "Categories it stands in"}

#define FIELDS_SKU(must, clear) \
    {.name = "price", .from = FROM_BODY, .type = FIELD_INT, .max = MONEY_MAX, .required = (must), .about = "Minor units"}, \
    {.name = "list_price", .from = FROM_BODY, .type = FIELD_INT, .max = MONEY_MAX, .nullable = (clear), \
     .about = "The price it is compared with, minor units"}, \
    {.name = "weight_grams", .from = FROM_BODY, .type = FIELD_INT, .max = WEIGHT_GRAMS_MAX, .about = "For shipping"}, \
    {.name = "code", .from = FROM_BODY, .type = FIELD_STRING, .max = TITLE_CHARS_MAX, .about = "Your article number"}, \
    {.name = "image_url", .from = FROM_BODY, .type = FIELD_STRING, .max = URL_CHARS_MAX, .nullable = (clear), \
     .about = "Its own picture"}, \
    {.name = "state", .from = FROM_BODY, .type = FIELD_ENUM, .one_of = sku_states, \
     .about = "active: for sale; draft: not yet; retired: no more"}

static const struct field product_create_fields[] = {
    FIELDS_NEW_ID("product_id"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY,
    {.name = "handle", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = HANDLE_CHARS_MAX,
     .about = "Its name in links; made of the title when absent"},
    FIELDS_PRODUCT(true),
    {.name = "options", .from = FROM_BODY, .type = FIELD_ARRAY, .max = VARIANT_OPTIONS_MAX, .of = text_element, .of_n = 1,
     .about = "What a buyer chooses: [\"Size\", \"Colour\"]"},
    {.name = "currency", .from = FROM_BODY, .type = FIELD_LETTERS, .max = 3, .about = "ISO 4217; the shop's when absent"},
};

static const struct field product_get_fields[] = {FIELDS_PATH_ID("product_id", "The product")};

static const struct field product_change_fields[] = {
    FIELDS_PATH_ID("product_id", "The product"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH, FIELDS_PRODUCT(false)};

static const struct field product_state_fields[] = {
    FIELDS_PATH_ID("product_id", "The product"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH};

static const struct field sku_create_fields[] = {
    FIELDS_NEW_ID("sku_id"), FIELDS_PATH_ID("product_id", "The product"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY,
    {.name = "options", .from = FROM_BODY, .type = FIELD_ARRAY, .max = VARIANT_OPTIONS_MAX, .of = text_element, .of_n = 1,
     .about = "A value for each option of the product: [\"M\", \"Blue\"]"},
    FIELDS_SKU(true, false)};

static const struct field sku_change_fields[] = {
    FIELDS_PATH_ID("sku_id", "The SKU"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH, FIELDS_SKU(false, true)};

#define FIELDS_CATEGORY(must) \
    {.name = "parent_id", .from = FROM_BODY, .type = FIELD_ID, .nullable = true, .about = "The category above; null: none"}, \
    {.name = "name", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TITLE_CHARS_MAX, .required = (must), \
     .about = "For people"}

static const struct field category_create_fields[] = {
    FIELDS_NEW_ID("category_id"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_CATEGORY(true)};

static const struct field category_change_fields[] = {
    FIELDS_PATH_ID("category_id", "The category"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH,
    FIELDS_CATEGORY(false)};

static const struct field category_delete_fields[] = {
    FIELDS_PATH_ID("category_id", "The category"), FIELDS_ACCOUNT, FIELDS_IDEMPOTENCY, FIELDS_IF_MATCH};

#define STAFF_ROW(method_, path_, fields_, routine_, handle_, name_) \
    .method = (method_), .path = (path_), .who = ROLE_MERCHANT | ROLE_ADMIN, FIELDS(fields_), .shard_by = SHARD_GLOBAL, \
    .routine = (routine_), .handle = (handle_), .name = (name_)

static const struct route routes[] = {
    {STAFF_ROW(METHOD_POST, "/v1/admin/products", product_create_fields, "product_create", product_create,
               "product_create"), .flags = ROUTE_ANNOUNCES, .summary = "A new product, a draft without SKUs",
     .status = 201, .answers = "AdminProduct"},
    {STAFF_ROW(METHOD_GET, "/v1/admin/products/{product_id}", product_get_fields, "product_admin_get", NULL,
               "product_admin_get"), .summary = "A product with all its SKUs, also a draft", .answers = "AdminProduct"},
    {STAFF_ROW(METHOD_PATCH, "/v1/admin/products/{product_id}", product_change_fields, "product_change", product_change,
               "product_change"), .summary = "Change a product; 202 while a shard has yet to hear of it",
     .flags = ROUTE_PROPAGATES, .answers = "AdminProduct"},
    {STAFF_ROW(METHOD_POST, "/v1/admin/products/{product_id}/publish", product_state_fields, "product_state_set",
               product_publish, "product_publish"), .summary = "Put a product into the shop",
     .flags = ROUTE_PROPAGATES, .answers = "AdminProduct"},
    {STAFF_ROW(METHOD_POST, "/v1/admin/products/{product_id}/unpublish", product_state_fields, "product_state_set",
               product_unpublish, "product_unpublish"), .summary = "Take a product out of the shop",
     .flags = ROUTE_PROPAGATES, .answers = "AdminProduct"},
    {STAFF_ROW(METHOD_POST, "/v1/admin/products/{product_id}/skus", sku_create_fields, "sku_create", sku_create,
               "sku_create"), .flags = ROUTE_ANNOUNCES | ROUTE_PROPAGATES, .summary = "A new SKU of a product",
     .status = 201, .answers = "AdminSku"},
    {STAFF_ROW(METHOD_PATCH, "/v1/admin/skus/{sku_id}", sku_change_fields, "sku_change", sku_change, "sku_change"),
     .summary = "Change a SKU; after 200 no order uses the old price, 202 while a shard may",
     .flags = ROUTE_PROPAGATES, .answers = "AdminSku"},
    {STAFF_ROW(METHOD_POST, "/v1/admin/categories", category_create_fields, "category_create", NULL, "category_create"),
     .summary = "A new category", .status = 201, .answers = "Category"},
    {STAFF_ROW(METHOD_PATCH, "/v1/admin/categories/{category_id}", category_change_fields, "category_change", NULL,
               "category_change"), .summary = "Rename or move a category; 202 while its products follow",
     .flags = ROUTE_PROPAGATES, .answers = "Category"},
    {STAFF_ROW(METHOD_DELETE, "/v1/admin/categories/{category_id}", category_delete_fields, "category_delete", NULL,
               "category_delete"), .summary = "Remove an empty category"},
};

const struct route_set catalog_admin_routes = {"catalog_admin", routes, sizeof routes / sizeof routes[0]};
