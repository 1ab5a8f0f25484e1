/* Units came back or came in: what was remembered as sold out is forgotten (store/soldout.h). Safe to repeat. */
#include "base/json.h"
#include "store/soldout.h"
#include "worker/consumers.h"

static enum souk_err handle(struct job_run *run, const struct event *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_object *payload = arena_own(run->arena, json_tokener_parse(events[i].payload), json_release);
        const char *pool = json_member_text(payload, "pool");
        soldout_clear(store_soldout(run->context->store), run->arena, events[i].aggregate_id, pool ? pool : "main");
    }
    return SOUK_OK;
}

static const char *const topics[] = {"stock", NULL};

const struct consumer consumer_stock = {.name = "stock", .topics = topics, .handle = handle};
