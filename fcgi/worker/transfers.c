#include "worker/transfers.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum {
    POLL_MS = 50,
    LEAD_ASKED_US = 10000000,
    LEAVE_US = 5000000,  /* a worker that leaves waits so long for answers */
    STEP_BYTES = 4 * 1024 * 1024,
    CLAIM_BYTES = (TRANSFERS_CLAIM_TEXT - 1) / 2
};

struct transfer *transfers_at(const struct transfers *transfers, size_t i)
{
    return (struct transfer *)(void *)(transfers->all + i * transfers->kind->size);
}

struct transfer *transfers_begin(struct transfers *transfers, const char *claim)
{
    struct transfer *transfer = NULL;
    for (size_t i = 0; transfer == NULL && i < transfers->kind->max; i++)
        if (transfers_at(transfers, i)->curl == NULL)
            transfer = transfers_at(transfers, i);
    if (transfer == NULL)
        return NULL;
    memset(transfer, 0, transfers->kind->size);
    transfer->curl = curl_easy_init();
    snprintf(transfer->claim, sizeof transfer->claim, "%s", claim);
    transfers->n += transfer->curl != NULL;
    return transfer->curl ? transfer : NULL;
}

bool transfers_go(struct transfers *transfers, struct transfer *transfer)
{
    CURL *curl = transfer->curl;
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* a name still being looked up when time is over is waited for by nobody */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, transfers->kind->total_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, transfers->kind->connect_ms);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    return curl_multi_add_handle(transfers->multi, curl) == CURLM_OK;
}

void transfers_end(struct transfers *transfers, struct transfer *transfer)
{
    if (transfer->curl) {
        curl_multi_remove_handle(transfers->multi, transfer->curl);
        curl_easy_cleanup(transfer->curl);
        transfers->n--;
    }
    if (transfers->kind->release)
        transfers->kind->release(transfer);
    curl_slist_free_all(transfer->headers);
    memset(transfer, 0, transfers->kind->size);
}

bool transfers_add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(*list, line) : NULL;
    if (longer)
        *list = longer;
    return longer != NULL;
}

static enum souk_err take_due(struct transfers *transfers, size_t *taken)
{
    uint8_t random[CLAIM_BYTES];
    char claim[TRANSFERS_CLAIM_TEXT];
    *taken = 0;
    randombytes_buf(random, sizeof random);
    text_hex(random, sizeof random, claim);
    transfers->step.deadline_us = clock_us() + TRANSFERS_CALL_US;
    enum souk_err err = transfers->kind->take(transfers, claim, transfers->kind->max - transfers->n, taken);
    arena_reset(transfers->step.arena);
    return err;
}

static void collect(struct transfers *transfers)
{
    int left;
    curl_multi_perform(transfers->multi, &left);
    for (CURLMsg *message; (message = curl_multi_info_read(transfers->multi, &left)) != NULL;) {
        char *transfer = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        const CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        transfers->step.deadline_us = clock_us() + TRANSFERS_CALL_US;
        transfers->kind->finish(transfers, (struct transfer *)(void *)transfer, code);
        arena_reset(transfers->step.arena);
        transfers_end(transfers, (struct transfer *)(void *)transfer);
    }
}

/* Until nothing is due and nothing under way. Who is slow keeps nothing else from being taken, however long it goes on. */
static enum souk_err carry(struct transfers *transfers, struct job_run *run)
{
    int64_t ask_at_us = clock_us() + LEAD_ASKED_US, leave_at_us = INT64_MAX;
    bool leads = true;
    enum souk_err err = SOUK_OK;
    do {
        size_t taken = 1;
        const bool stopping = atomic_load(run->stopping);
        if (stopping && leave_at_us == INT64_MAX)
            leave_at_us = clock_us() + LEAVE_US;
        if (leads && !stopping && clock_us() >= ask_at_us) {
            leads = job_leads(run);
            ask_at_us = clock_us() + LEAD_ASKED_US;
        }
        while (err == SOUK_OK && leads && taken > 0 && !stopping && transfers->n < transfers->kind->max)
            err = take_due(transfers, &taken);
        collect(transfers);
        if (transfers->n > 0)
            curl_multi_poll(transfers->multi, NULL, 0, POLL_MS, NULL);
    } while (transfers->n > 0 && clock_us() < leave_at_us);
    return err;
}

static void start_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum souk_err transfers_run(const struct transfers_kind *kind, struct job_run *run)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    struct transfers transfers = {.step = *run, .kind = kind, .all = arena_alloc(run->arena, kind->max * kind->size)};
    if (transfers.all == NULL)
        return SOUK_TOO_LARGE;
    transfers.step.arena = arena_new(STEP_BYTES);
    transfers.multi = curl_multi_init();
    enum souk_err err = transfers.step.arena && transfers.multi ? carry(&transfers, run) : SOUK_TOO_LARGE;
    run->worked = transfers.step.worked;
    for (size_t i = 0; i < kind->max; i++)
        transfers_end(&transfers, transfers_at(&transfers, i));
    curl_multi_cleanup(transfers.multi);
    arena_free(transfers.step.arena);
    return err;
}
