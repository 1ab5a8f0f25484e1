#include "http/context.h"

#include <stdio.h>

#include "store/soldout.h"

enum souk_err context_open(const struct config *config, unsigned needs, struct context *out, char *message,
                           size_t message_bytes)
{
    struct context context = {.config = config};
    snprintf(message, message_bytes, "cannot set up the store: out of memory or threads");
    enum souk_err err = store_new(config, &context.store);
    if (err != SOUK_OK)
        goto out;
    snprintf(message, message_bytes, "cannot set up the search server's connections: out of memory");
    err = sphinx_new(config, &context.sphinx);
    if (err != SOUK_OK)
        goto out;
    if (needs & CONTEXT_IDS) {
        snprintf(message, message_bytes, "cannot set up the id maker: out of memory or threads");
        err = id_maker_new(context.store, &context.ids);
        /* Global is away: the maker goes on trying by itself. */
        if (err == SOUK_UNAVAILABLE && context.ids)
            err = SOUK_OK;
        if (err != SOUK_OK)
            goto out;
    }
    if (needs & CONTEXT_REDIS) {
        snprintf(message, message_bytes, "cannot set up Redis: out of memory");
        err = redis_new(config, &context.redis);
        if (err != SOUK_OK)
            goto out;
        err = gate_new(config, &context.gate);
        if (err != SOUK_OK)
            goto out;
        soldout_use(store_soldout(context.store), context.redis);
    }
    if (needs & CONTEXT_KEYS)
        err = token_keys_new(config, &context.keys, message, message_bytes);
out:
    if (err != SOUK_OK)
        context_close(&context);
    *out = context;
    return err;
}

void context_close(struct context *context)
{
    id_maker_free(context->ids);
    redis_free(context->redis);
    gate_free(context->gate);
    sphinx_free(context->sphinx);
    token_keys_free(context->keys);
    store_free(context->store);
    *context = (struct context){.config = context->config};
}
