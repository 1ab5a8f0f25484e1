#include "admin/import_store.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/known.h"
#include "store/broadcast.h"
#include "store/goods.h"

enum { ATTEMPTS_MAX = 3, PAUSE_US = 200000, CALL_US = 10000000 };

static void free_json(void *object)
{
    json_object_put(object);
}

static const char *json_text(json_object *object)
{
    return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void add_text(json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, json_object_new_string(text));
}

static json_object *text_array(const char *const *texts, size_t n)
{
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        json_object_array_add(array, json_object_new_string(texts[i]));
    return array;
}

/* A member that holds a JSON array as text: the databases keep it as it is. */
static void add_array_text(json_object *object, const char *name, const char *const *texts, size_t n)
{
    json_object *array = text_array(texts, n);
    add_text(object, name, json_text(array));
    json_object_put(array);
}

static json_object *images_json(const struct import_product *product)
{
    json_object *images = json_object_new_array();
    for (size_t i = 0; i < product->images_n; i++) {
        json_object *image = json_object_new_object();
        add_text(image, "url", product->images[i].url);
        add_text(image, "alt", product->images[i].alt);
        json_object_array_add(images, image);
    }
    return images;
}

/* The values of option `at`, each once, in the order of the variants. */
static json_object *option_json(const struct import_product *product, int at)
{
    const char *values[IMPORT_VARIANTS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < product->variants_n; i++) {
        const char *value = product->variants[i].values[at];
        size_t known = 0;
        while (known < n && strcmp(values[known], value) != 0)
            known++;
        if (known == n)
            values[n++] = value;
    }
    json_object *option = json_object_new_object();
    add_text(option, "name", product->option_names[at]);
    add_array_text(option, "option_values", values, n);
    return option;
}

static json_object *variant_json(const struct import_product *product, const struct import_variant *variant)
{
    json_object *sku = json_object_new_object();
    add_text(sku, "option_key", variant->option_key);
    add_text(sku, "title", variant->title);
    add_array_text(sku, "option_values", variant->values, product->plain ? 0 : (size_t)product->options_n);
    add_text(sku, "code", variant->code);
    json_object_object_add(sku, "price", json_object_new_int64(variant->price));
    if (variant->list_price >= 0)
        json_object_object_add(sku, "list_price", json_object_new_int64(variant->list_price));
    if (variant->image_url)
        add_text(sku, "image_url", variant->image_url);
    json_object_object_add(sku, "weight_grams", json_object_new_int64(variant->grams));
    add_text(sku, "state", variant->for_sale ? "active" : "draft");
    return sku;
}

/* What product_import takes, but for ids, units and words, which do not make a product another one. */
static json_object *product_json(const struct import_product *product, const struct import_rules *rules)
{
    json_object *object = json_object_new_object();
    add_text(object, "title", product->title);
    add_text(object, "description_html", product->description_html);
    add_text(object, "vendor", product->vendor);
    add_text(object, "product_type", product->type);
    add_array_text(object, "tags", product->tags, product->tags_n);
    add_text(object, "category", product->category);
    add_text(object, "category_path", product->category_path);
    add_text(object, "state", product->published ? "published" : "draft");
    add_text(object, "currency", rules->currency);
    json_object_object_add(object, "images", images_json(product));
    json_object *options = json_object_new_array(), *skus = json_object_new_array();
    for (int i = 0; i < product->options_n && !product->plain; i++)
        json_object_array_add(options, option_json(product, i));
    for (size_t i = 0; i < product->variants_n; i++)
        json_object_array_add(skus, variant_json(product, &product->variants[i]));
    json_object_object_add(object, "options", options);
    json_object_object_add(object, "skus", skus);
    return object;
}

static enum souk_err random_id(const struct context *context, int64_t *id)
{
    return id_make(context->ids, randombytes_uniform(STORE_SLOTS), id);
}

static enum souk_err add_ids(const struct context *context, const struct import_product *product, json_object *object)
{
    json_object *skus = json_object_object_get(object, "skus");
    for (size_t i = 0; i < product->variants_n; i++) {
        int64_t sku_id;
        enum souk_err err = random_id(context, &sku_id);
        if (err != SOUK_OK)
            return err;
        json_object *sku = json_object_array_get_idx(skus, i);
        json_object_object_add(sku, "sku_id", json_object_new_int64(sku_id));
        json_object_object_add(sku, "units", json_object_new_int64(product->variants[i].units));
    }
    json_object_object_add(object, "words", text_array(product->words, product->words_n));
    return SOUK_OK;
}

/* No reader may be told that what is listed does not exist. Without Redis there is nobody who would say so. */
static void announce(const struct context *context, struct arena *arena, int64_t product_id, json_object *object)
{
    json_object *skus = json_object_object_get(object, "skus");
    size_t n = json_object_array_length(skus);
    int64_t *ids = arena_alloc(arena, (n + 1) * sizeof *ids);
    if (ids == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        ids[i] = json_object_get_int64(json_object_object_get(json_object_array_get_idx(skus, i), "sku_id"));
    ids[n] = product_id;
    (void)known_announce(context->redis, arena, ids, n + 1);
}

static enum souk_err call(const struct context *context, struct arena *arena, int db, const char *routine,
                          const struct param *params, size_t params_n, struct answer *answer, struct refusal *refusal)
{
    struct call made = {.routine = routine, .params = params, .params_n = params_n, .deadline_us = clock_us() + CALL_US,
                        .repeatable = true};
    return store_call(context->store, db, &made, arena, answer, refusal);
}

/* Writes the product on global; *answer is what product_import says, owned by the arena. */
static enum souk_err write_global(const struct context *context, struct import_product *product,
                                  const struct import_rules *rules, json_object **out, struct refusal *refusal)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    char hash[2 * sizeof digest + 1];
    int64_t product_id, category_id;
    struct answer answer;
    json_object *object = arena_own(product->arena, product_json(product, rules), free_json);
    if (!object)
        return SOUK_INTERNAL;
    const char *content = json_text(object);
    crypto_hash_sha256(digest, (const unsigned char *)content, strlen(content));
    text_hex(digest, sizeof digest, hash);

    enum souk_err err = add_ids(context, product, object);
    if (err == SOUK_OK)
        err = random_id(context, &product_id);
    if (err == SOUK_OK)
        err = random_id(context, &category_id);
    if (err != SOUK_OK)
        return err;
    announce(context, product->arena, product_id, object);
    struct param params[] = {param_int(product_id), param_int(category_id), param_text(product->handle),
                             param_text(hash), param_text(json_text(object))};
    err = call(context, product->arena, DB_GLOBAL, "product_import", params, sizeof params / sizeof params[0], &answer,
               refusal);
    if (err == SOUK_OK)
        *out = arena_own(product->arena, json_tokener_parse(answer.body), free_json);
    return err == SOUK_OK && !*out ? SOUK_INTERNAL : err;
}

static int64_t number_of(json_object *object, const char *name)
{
    return json_object_get_int64(json_object_object_get(object, name));
}

static const char *text_of(json_object *object, const char *name)
{
    return json_object_get_string(json_object_object_get(object, name));
}

/* Every shard takes the SKUs, stock its first units. *units: what came in now. */
static enum souk_err follow(const struct context *context, struct arena *arena, json_object *skus, int64_t *units,
                            struct refusal *refusal)
{
    uint64_t missed;
    enum souk_err err = broadcast_apply(context->store, arena, "sku_apply", json_text(skus), clock_us() + CALL_US, &missed,
                                        refusal);
    if (err != SOUK_OK)
        return err;
    for (size_t i = 0; i < json_object_array_length(skus); i++) {
        json_object *sku = json_object_array_get_idx(skus, i);
        int64_t initial = number_of(sku, "initial_units");
        if (initial == 0)
            continue;
        err = stock_distribute(context->store, context->ids, arena, number_of(sku, "sku_id"), initial,
                                             text_of(sku, "reference"), clock_us() + CALL_US);
        if (err != SOUK_OK)
            return err;
        *units += initial - number_of(sku, "received");
    }
    return SOUK_OK;
}

static enum souk_err finish(const struct context *context, struct arena *arena, json_object *stored,
                            struct refusal *refusal)
{
    struct answer answer;
    struct param params[] = {param_int(number_of(stored, "product_id")), param_int(number_of(stored, "version"))};
    return call(context, arena, DB_GLOBAL, "product_import_finish", params, 2, &answer, refusal);
}

/* Says where the file's stock differs from what was received when a variant first came. */
static void note_kept_stock(struct import_product *product, json_object *skus)
{
    for (size_t i = 0; i < product->variants_n; i++) {
        const struct import_variant *variant = &product->variants[i];
        for (size_t j = 0; j < json_object_array_length(skus); j++) {
            json_object *sku = json_object_array_get_idx(skus, j);
            int64_t initial = number_of(sku, "initial_units");
            if (strcmp(text_of(sku, "option_key"), variant->option_key) == 0 && initial != variant->units)
                import_note(product, variant->line, "stock_kept",
                            "stock of %lld not taken: the first import brought %lld, changes since are receipts and corrections",
                            (long long)variant->units, (long long)initial);
        }
    }
}

static enum souk_err store_once(const struct context *context, struct import_product *product,
                                const struct import_rules *rules, enum import_outcome *outcome, int64_t *units,
                                struct refusal *refusal)
{
    json_object *stored = NULL;
    enum souk_err err = write_global(context, product, rules, &stored, refusal);
    if (err != SOUK_OK)
        return err;
    json_object *skus = json_object_object_get(stored, "skus");
    const char *said = text_of(stored, "outcome");
    if (!said || !json_object_is_type(skus, json_type_array))
        return SOUK_INTERNAL;
    bool pending = number_of(stored, "pending") != 0;
    bool unchanged = strcmp(said, "unchanged") == 0;
    bool resumed = unchanged && pending && *outcome == IMPORT_UNCHANGED; /* not begun by an attempt before this one */
    if (!unchanged || resumed)
        *outcome = strcmp(said, "created") == 0 ? IMPORT_CREATED : IMPORT_UPDATED;
    if (pending) {
        err = follow(context, product->arena, skus, units, refusal);
        if (err == SOUK_OK)
            err = finish(context, product->arena, stored, refusal);
    }
    if (err == SOUK_OK && resumed)
        import_note(product, product->line, "resumed", "an earlier run began this product: finished");
    if (err == SOUK_OK)
        note_kept_stock(product, skus);
    return err;
}

enum souk_err import_store(const struct context *context, struct import_product *product,
                           const struct import_rules *rules, enum import_outcome *outcome, int64_t *units)
{
    enum souk_err err = SOUK_OK;
    struct refusal refusal = {{0}};
    *outcome = IMPORT_UNCHANGED;
    *units = 0;
    for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
        err = store_once(context, product, rules, outcome, units, &refusal);
        if (err != SOUK_UNAVAILABLE && err != SOUK_TIMEOUT && err != SOUK_CONFLICT)
            break;
        if (attempt < ATTEMPTS_MAX)
            usleep(PAUSE_US * (unsigned)attempt);
    }
    if (err != SOUK_OK)
        import_problem(product, product->line, error_row(err)->code,
                       "%s%s%s: not finished; import the file again to finish it", error_row(err)->title,
                       refusal.detail[0] ? ": " : "", refusal.detail);
    return err;
}
