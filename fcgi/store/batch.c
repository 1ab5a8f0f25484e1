/* Sending a batch. See batch.h. */
#include "store/batch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "observe/log.h"
#include "observe/metrics.h"

/* A batch gets this long even when its most hurried request has less: nginx waits for half a second beyond a deadline. */
enum { CALL_US_MIN = 250000, PAUSE_US_MAX = 10000, ROUNDS_MAX = 8 };

struct batch {
    struct store *store;
    int db;
    struct batch_item *const *items;
    size_t items_n;
    bool lost; /* one attempt has no answer */
};

static void pause_a_little(void)
{
    fiber_pause(arc4random_uniform(PAUSE_US_MAX));
}

/* The JSON array of the requests. Freed by the caller; NULL when memory is out. */
static char *requests_text(const struct batch *batch, size_t *len)
{
    size_t room = 3;
    for (size_t i = 0; i < batch->items_n; i++)
        room += batch->items[i]->request->fields_len + BATCH_REQUEST_BYTES;
    char *text = malloc(room);
    if (text == NULL)
        return NULL;
    char *at = text;
    *at++ = '[';
    for (size_t i = 0; i < batch->items_n; i++) {
        const struct combine_request *request = batch->items[i]->request;
        at += snprintf(at, BATCH_REQUEST_BYTES, "%s{\"n\":%zu%s", i ? "," : "", i, request->fields_len ? "," : "");
        memcpy(at, request->fields, request->fields_len);
        at += request->fields_len;
        *at++ = '}';
    }
    *at++ = ']';
    *len = (size_t)(at - text);
    return text;
}

static int64_t batch_deadline(const struct batch *batch)
{
    int64_t earliest_us = batch->items[0]->request->deadline_us;
    for (size_t i = 1; i < batch->items_n; i++)
        if (batch->items[i]->request->deadline_us < earliest_us)
            earliest_us = batch->items[i]->request->deadline_us;
    int64_t least_us = clock_us() + CALL_US_MIN;
    return earliest_us > least_us ? earliest_us : least_us;
}

static void give(const struct batch *batch, enum souk_err err, const struct refusal *refusal)
{
    err = store_outcome(err, batch->lost);
    for (size_t i = 0; i < batch->items_n; i++) {
        batch->items[i]->err = err;
        if (refusal)
            batch->items[i]->refusal = *refusal;
    }
}

/* One CALL. SOUK_OK: every item has its answer. */
static enum souk_err call_batch(const struct batch *batch, struct refusal *refusal)
{
    struct call_part parts[COMBINE_MAX];
    size_t len;
    char *text = requests_text(batch, &len);
    if (text == NULL)
        return SOUK_UNAVAILABLE;
    for (size_t i = 0; i < batch->items_n; i++)
        parts[i] = (struct call_part){.arena = batch->items[i]->arena};
    const struct param param = {.type = PARAM_TEXT, .text = text, .len = len};
    const char *routine = batch->items[0]->request->routine;
    const struct call call = {
        .routine = routine, .params = &param, .params_n = 1, .deadline_us = batch_deadline(batch)};
    enum souk_err err = store_call_parts(batch->store, batch->db, &call, parts, batch->items_n, refusal);
    free(text);
    for (size_t i = 0; err == SOUK_OK && i < batch->items_n; i++) {
        struct batch_item *item = batch->items[i];
        if (!parts[i].answered)
            log_error("%s: request %zu of %zu got no answer", routine, i, batch->items_n);
        item->err = parts[i].answered ? parts[i].err : SOUK_INTERNAL;
        item->answer = parts[i].answer;
        item->refusal = parts[i].refusal;
        item->put_off = item->err == SOUK_CONFLICT;
    }
    return err;
}

/* Keeps the items that may be sent again; the outcome of the others stays unknown. */
static size_t keep_repeatable(const struct batch *batch, struct batch_item *kept[])
{
    int64_t now_us = clock_us();
    size_t n = 0;
    for (size_t i = 0; i < batch->items_n; i++) {
        struct batch_item *item = batch->items[i];
        if (item->request->repeatable && item->request->deadline_us > now_us)
            kept[n++] = item;
        else
            item->err = SOUK_TIMEOUT;
    }
    return n;
}

/* Keeps the items whose deadline lies ahead; this attempt did nothing for the others. */
static size_t keep_hurrying(const struct batch *batch, struct batch_item *kept[])
{
    int64_t now_us = clock_us();
    size_t n = 0;
    for (size_t i = 0; i < batch->items_n; i++) {
        struct batch_item *item = batch->items[i];
        if (item->request->deadline_us > now_us)
            kept[n++] = item;
        else
            item->err = store_outcome(SOUK_UNAVAILABLE, batch->lost);
    }
    return n;
}

/* An error that may be one request's doing: those of the way to the database are everybody's. */
static bool is_divisible(enum souk_err err)
{
    return err != SOUK_UNAVAILABLE && err != SOUK_TIMEOUT && err != SOUK_OK;
}

/* Sends the batch, once more where that may help. `again`: how often. The items that `err` is about are left in *batch,
 * whose room for them is `kept`. */
static enum souk_err send_patiently(struct batch *batch, struct batch_item *kept[], int again, struct refusal *refusal)
{
    for (;;) {
        enum souk_err err = call_batch(batch, refusal);
        if (err == SOUK_TIMEOUT && !batch->lost) {
            batch->lost = true;
            batch->items_n = keep_repeatable(batch, kept);
        } else if (err == SOUK_CONFLICT && again > 0) {
            again--;
            batch->items_n = keep_hurrying(batch, kept);
        } else {
            return err;
        }
        batch->items = kept;
        if (batch->items_n == 0)
            return SOUK_OK;
        metrics_add(METRIC_MYSQL_RETRIES, 1);
        pause_a_little();
    }
}

/* The halves of a batch that failed as a whole. Its depth is the logarithm of COMBINE_MAX. */
static void send_divided(struct batch batch, int again)
{
    struct batch_item *kept[COMBINE_MAX];
    struct refusal refusal = {.detail = ""};
    enum souk_err err = send_patiently(&batch, kept, batch.items_n > 1 ? again : 3, &refusal);
    if (err == SOUK_OK)
        return;
    if (batch.items_n == 1 || !is_divisible(err)) {
        give(&batch, err, &refusal);
        return;
    }
    metrics_add(METRIC_COMBINE_DIVIDED, 1);
    batch.items_n = keep_hurrying(&batch, kept);
    size_t half = batch.items_n / 2;
    if (half > 0)
        send_divided((struct batch){batch.store, batch.db, kept, half, batch.lost}, 0);
    if (batch.items_n > half)
        send_divided((struct batch){batch.store, batch.db, kept + half, batch.items_n - half, batch.lost}, 0);
}

void batch_send(struct store *store, int db, struct batch_item *const *items, size_t items_n)
{
    assert(items_n > 0 && items_n <= COMBINE_MAX);
    metrics_observe(METRIC_COMBINE_SIZE, (int64_t)items_n);
    for (size_t i = 0; i < items_n; i++)
        items[i]->put_off = false;
    send_divided((struct batch){store, db, items, items_n, false}, 1);
    items[0]->put_off = false;
    for (size_t i = 1; i < items_n; i++) {
        if (items[i]->put_off && ++items[i]->rounds == ROUNDS_MAX) {
            items[i]->put_off = false;
            items[i]->err = SOUK_UNAVAILABLE; /* nothing was done */
        }
    }
}
