#include "domain/sandbox_sender.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/sandbox_sign.h"
#include "http/client.h"
#include "observe/log.h"

enum {
    SENDER_LEASE_S = 20, /* longer than CLIENT_TOTAL_MS_MAX and the calls around it */
    SENDER_PAUSE_MS = 200,
    SENDER_TROUBLE_MS = 1000, /* the database did not answer */
    SENDER_CALL_US = 3000000,
    SENDER_ARENA_BYTES = 1 << 20,
    SENDER_CLAIM_BYTES = 33
};

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool running, stop, woken; /* woken: a callback was stored since the last look */
    const struct context *context;
    struct arena *arena;
} sender = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct due {
    int64_t callback_id;
    const char *url, *body;
};

static enum souk_err sender_call(const char *routine, const struct param *params, size_t params_n,
                                 struct answer *answer)
{
    const struct call call = {
        .routine = routine, .params = params, .params_n = params_n, .deadline_us = clock_us() + SENDER_CALL_US};
    return store_call(sender.context->store, DB_SANDBOX, &call, sender.arena, answer, NULL);
}

/* Reads {"callback": {…} | null}; false: nothing is due. */
static bool sender_due_read(const struct answer *answer, struct due *due)
{
    json_object *root = arena_own(sender.arena, json_tokener_parse(answer->body), json_release), *callback = NULL;
    if (!json_object_object_get_ex(root, "callback", &callback))
        return false;
    *due = (struct due){.callback_id = json_member_number(callback, "callback_id"),
                        .url = json_member_text(callback, "url"),
                        .body = json_member_text(callback, "body")};
    return due->url != NULL && due->body != NULL;
}

/* Sends it; the merchant's HTTP status, 0 when none came. */
static int sender_send(const struct due *due)
{
    char signature[SANDBOX_SIGNATURE_BYTES];
    const struct config *config = sender.context->config;
    const int64_t now_s = clock_unix_ms() / 1000;
    struct client_answer answer;
    struct client_call call = {.url = due->url,
                               .body = due->body,
                               .body_len = strlen(due->body),
                               .ca_file = config->sandbox_ca_file,
                               .answer_bytes_max = 64 * 1024,
                               .deadline_us = clock_us() + CLIENT_TOTAL_MS_MAX * INT64_C(1000)};

    sandbox_sign_message(config->sandbox_secret, now_s, NULL, call.body, call.body_len, signature);
    call.headers[0] = "Content-Type: application/json";
    call.headers[1] = arena_printf(sender.arena, SANDBOX_HEADER_TIMESTAMP ": %" PRId64, now_s);
    call.headers[2] = arena_printf(sender.arena, SANDBOX_HEADER_SIGNATURE ": %s", signature);
    if (call.headers[1] == NULL || call.headers[2] == NULL)
        return 0;
    return client_send(&call, sender.arena, &answer) == SOUK_OK ? answer.status : 0;
}

/* Takes one callback, sends it, says how it went. Returns the pause before the next look in ms. */
static int sender_step(void)
{
    uint8_t random[(SENDER_CLAIM_BYTES - 1) / 2];
    char claim[SENDER_CLAIM_BYTES];
    struct answer answer;
    struct due due;

    randombytes_buf(random, sizeof random);
    text_hex(random, sizeof random, claim);
    const struct param take[] = {param_text(claim), param_int(SENDER_LEASE_S)};
    if (sender_call("callback_take", take, 2, &answer) != SOUK_OK)
        return SENDER_TROUBLE_MS;
    if (!sender_due_read(&answer, &due))
        return SENDER_PAUSE_MS;

    const int status = sender_send(&due);
    log_info("callback %" PRId64 " answered %d", due.callback_id, status);
    const struct param done[] = {param_int(due.callback_id), param_text(claim), param_int(status)};
    return sender_call("callback_done", done, 3, &answer) == SOUK_OK ? 0 : SENDER_TROUBLE_MS;
}

/* Waits until something is stored or `pause_ms` have passed. False: stop. */
static bool sender_wait(int pause_ms)
{
    struct timespec until;
    bool stop;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += pause_ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&sender.lock);
    while (!sender.stop && !sender.woken && pause_ms > 0)
        if (pthread_cond_timedwait(&sender.changed, &sender.lock, &until) != 0)
            break;
    sender.woken = false;
    stop = sender.stop;
    pthread_mutex_unlock(&sender.lock);
    return !stop;
}

static void *sender_main(void *unused)
{
    int pause_ms = 0;

    (void)unused;
    while (sender_wait(pause_ms)) {
        arena_reset(sender.arena);
        pause_ms = sender_step();
    }
    return NULL;
}

void sandbox_sender_start(const struct context *context)
{
    sender.context = context;
    sender.arena = arena_new(SENDER_ARENA_BYTES);
    sender.running = sender.arena != NULL && pthread_create(&sender.thread, NULL, sender_main, NULL) == 0;
    if (!sender.running)
        log_error("the callback sender could not start; callbacks wait in the database");
}

void sandbox_sender_wake(void)
{
    pthread_mutex_lock(&sender.lock);
    sender.woken = true;
    pthread_cond_signal(&sender.changed);
    pthread_mutex_unlock(&sender.lock);
}

void sandbox_sender_stop(void)
{
    pthread_mutex_lock(&sender.lock);
    sender.stop = true;
    pthread_cond_signal(&sender.changed);
    pthread_mutex_unlock(&sender.lock);
    if (sender.running)
        pthread_join(sender.thread, NULL);
    sender.running = false;
    arena_free(sender.arena);
    sender.arena = NULL;
}
