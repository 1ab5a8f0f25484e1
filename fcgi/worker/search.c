/* The consumer `search`: notes which products have changed. Following them is worker/search_index.c's; what is noted twice
 * is followed once, so that an event may come again. */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "worker/consumers.h"

static enum souk_err handle(struct job_run *run, const struct event *events, size_t n)
{
    struct buffer products = buffer_in(run->arena, 64 + n * 24), categories = buffer_in(run->arena, 64);
    buffer_puts(&products, "[");
    buffer_puts(&categories, "[");
    for (size_t i = 0; i < n; i++) {
        struct buffer *list = strncmp(events[i].topic, "category", 8) == 0 ? &categories : &products;
        buffer_printf(list, "%s%" PRId64, list->len > 1 ? "," : "", events[i].aggregate_id);
    }
    buffer_puts(&products, "]");
    buffer_puts(&categories, "]");
    if (products.failed || categories.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(products.data), param_text(categories.data)};
    json_object *body;
    return job_call(run, DB_GLOBAL, "search_touch", params, 2, &body);
}

static const char *const topics[] = {"product", "category", NULL};

const struct consumer consumer_search = {.name = "search", .topics = topics, .handle = handle};
