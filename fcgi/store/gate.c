/* Sending scripts to the gates. See gate.h.
 *
 * Who comes first leads: it lets those that came together with it join, sends what waits, at most SHARE_MAX requests, in one
 * write, reads the answers and hands each its own; then the first that still waits leads. One leads at a time, on the one
 * connection: with two, each sent half as many at once, and Redis did more for the same. There is no timer: an idle gate adds
 * no delay, a busy one shares by itself. Requests to buy at one gate are answered by one run of the script.
 *
 * Who may touch a waiter follows its state, which changes under the lock, but for the last step:
 *   WAITING  in the queue; it may take itself out when its deadline passes
 *   LEADING  out of the queue; it is to send what waits
 *   SENT     out of the queue, in the hands of a leader
 *   DONE     its reply is there, or none came; nobody else touches it again
 */
#include "store/gate.h"

#include <openssl/sha.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/text.h"
#include "guard/breaker.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/redis.h"

enum { SHARE_MAX = 64, EACH_MAX = 12, SHA_TEXT = 41, PROBE_US = 200000 };

/* An answer that came in time is a good one, however slow: it may be that of many requests. */
static const struct breaker_rules breaker_rules = {
    .window = 10, .window_ms = 10000, .calls_min = 5, .failed_percent_max = 50, .slow_percent_max = 100, .slow_ms = 60000,
    .open_ms_min = 100, .open_ms_max = 500, .probes = 2,
};

/* A script that takes many requests: so many arguments, the gate first, are the same for all of them, and those of each
 * request follow, at most EACH_MAX. Its answer is an array of theirs. 0: a script that takes one. */
static const int shared_n[GATE_SCRIPTS_N] = {[GATE_BUY] = 2};

struct line {
    redisContext *context; /* NULL: not connected */
    char run_id[GATE_RUN_BYTES]; /* empty: not asked yet, nor the scripts sent */
};

enum waiter_state { WAITING, LEADING, SENT, DONE };

struct waiter {
    struct sleeper sleeper; /* its state */
    struct waiter *next, *before;
    const struct gate_call *call;
    bool probes;       /* the breaker was open and let it try */
    redisReply *reply; /* NULL: none came */
};

struct gate {
    char socket[CONFIG_TEXT_MAX];
    struct timeval connect_timeout;
    int64_t command_timeout_us, queue_max;
    char sha1[GATE_SCRIPTS_N][SHA_TEXT];
    struct breaker breaker;
    pthread_mutex_t lock;
    struct waiter *first, *last;
    int64_t waiting_n;
    bool led; /* somebody leads, and has the line */
    struct line line;
};

static struct timeval timeval_of_ms(int64_t ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

enum souk_err gate_new(const struct config *config, struct gate **out)
{
    struct gate *gate = *out = calloc(1, sizeof *gate);
    if (gate == NULL)
        return SOUK_INTERNAL;
    memcpy(gate->socket, config->redis_socket, sizeof gate->socket);
    gate->connect_timeout = timeval_of_ms(config->redis_connect_timeout_ms);
    gate->command_timeout_us = config->redis_command_timeout_ms * 1000;
    gate->queue_max = config->queue_max;
    breaker_init(&gate->breaker, "gate", &breaker_rules);
    pthread_mutex_init(&gate->lock, NULL);
    for (int i = 0; i < GATE_SCRIPTS_N; i++) {
        unsigned char digest[SHA_DIGEST_LENGTH];
        SHA1((const unsigned char *)gate_scripts[i], strlen(gate_scripts[i]), digest);
        text_hex(digest, sizeof digest, gate->sha1[i]);
    }
    return SOUK_OK;
}

static void hang_up(struct line *line)
{
    if (line->context)
        redisFree(line->context);
    *line = (struct line){.context = NULL};
}

void gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    hang_up(&gate->line);
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}

/* Neither closed by the server nor with something to read that nobody asked for. */
static bool is_alive(const redisContext *context)
{
    struct pollfd peer = {.fd = context->fd, .events = POLLIN | POLLRDHUP};
    return poll(&peer, 1, 0) == 0;
}

/* The next reply, if it is a text. */
static redisReply *take_text(struct line *line, int64_t until_us)
{
    void *got = NULL;
    if (!redis_take_reply(line->context, until_us, &got))
        return NULL;
    redisReply *reply = got;
    if (reply->type == REDIS_REPLY_STRING)
        return reply;
    log_error("gate: %s", reply->type == REDIS_REPLY_ERROR ? reply->str : "not the answer that was expected");
    freeReplyObject(reply);
    return NULL;
}

/* The run_id out of what INFO says. */
static bool take_life(struct line *line, int64_t until_us)
{
    redisReply *reply = take_text(line, until_us);
    const char *at = reply ? strstr(reply->str, "run_id:") : NULL;
    const bool found = at && strlen(at) >= strlen("run_id:") + GATE_RUN_BYTES - 1;
    if (found) {
        memcpy(line->run_id, at + strlen("run_id:"), GATE_RUN_BYTES - 1);
        line->run_id[GATE_RUN_BYTES - 1] = '\0';
    }
    freeReplyObject(reply);
    return found;
}

static bool connect_line(struct gate *gate, struct line *line)
{
    if (line->context && is_alive(line->context))
        return true;
    hang_up(line);
    line->context = redis_connect(gate->socket, gate->connect_timeout);
    if (line->context && !line->context->err)
        return true;
    hang_up(line);
    return false;
}

/* Of a new line: asks whose it is and makes the scripts known, in one round trip. */
static bool prepare(struct gate *gate, struct line *line)
{
    const int64_t until_us = clock_us() + gate->command_timeout_us;
    if (line->run_id[0])
        return true;
    bool good = redisAppendCommand(line->context, "INFO server") == REDIS_OK;
    for (int i = 0; good && i < GATE_SCRIPTS_N; i++)
        good = redisAppendCommand(line->context, "SCRIPT LOAD %s", gate_scripts[i]) == REDIS_OK;
    good = good && take_life(line, until_us);
    for (int i = 0; good && i < GATE_SCRIPTS_N; i++) {
        redisReply *reply = take_text(line, until_us);
        good = reply != NULL;
        freeReplyObject(reply);
    }
    if (!good)
        hang_up(line);
    return good;
}

/* EVALSHA <sha> <keys> <key…> <run_id> <argument…>, of several requests those of each. */
static bool append(struct gate *gate, struct line *line, struct waiter *const *waiters, size_t n)
{
    const struct gate_call *first = waiters[0]->call;
    const char *argv[4 + GATE_ARGS_MAX + SHARE_MAX * EACH_MAX] = {"EVALSHA", gate->sha1[first->script]};
    const char keys[] = {(char)('0' + first->keys_n), '\0'};
    int argc = 2;
    argv[argc++] = keys;
    for (int i = 0; i < first->keys_n; i++)
        argv[argc++] = first->argv[i];
    argv[argc++] = line->run_id;
    for (int i = first->keys_n; i < first->argc; i++)
        argv[argc++] = first->argv[i];
    for (size_t w = 1; w < n; w++)
        for (int i = shared_n[first->script]; i < waiters[w]->call->argc; i++)
            argv[argc++] = waiters[w]->call->argv[i];
    return redisAppendCommandArgv(line->context, argc, argv, NULL) == REDIS_OK;
}

static bool goes_with(const struct gate_call *a, const struct gate_call *b)
{
    bool alike = a->script == b->script && shared_n[a->script] > 0;
    for (int i = 0; alike && i < shared_n[a->script]; i++)
        alike = strcmp(a->argv[i], b->argv[i]) == 0;
    return alike;
}

/* Those that one run can answer with the first follow it, in their order, then the others in theirs. How many they are. */
static size_t gather(struct waiter **waiters, size_t n)
{
    struct waiter *others[SHARE_MAX];
    size_t mine = 1, others_n = 0;
    for (size_t i = 1; i < n; i++) {
        if (goes_with(waiters[0]->call, waiters[i]->call))
            waiters[mine++] = waiters[i];
        else
            others[others_n++] = waiters[i];
    }
    memcpy(waiters + mine, others, others_n * sizeof others[0]);
    return mine;
}

/* Each gets its own part of the answer, or none. False: Redis does not know the script. */
static bool hand_out(redisReply *reply, struct waiter *const *waiters, size_t n)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        log_warn("gate: %s", reply->str);
    } else if (shared_n[waiters[0]->call->script] == 0) {
        waiters[0]->reply = reply;
        return true;
    } else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == n) {
        for (size_t i = 0; i < n; i++) {
            waiters[i]->reply = reply->element[i];
            reply->element[i] = NULL;
        }
    }
    const bool known = reply->type != REDIS_REPLY_ERROR || strncmp(reply->str, "NOSCRIPT", 8) != 0;
    freeReplyObject(reply);
    return known;
}

/* One write, and an answer for each. A line that failed in any way is given up: its next answer would be another's. False: no
 * answer came. */
static bool converse(struct gate *gate, struct line *line, struct waiter **waiters, size_t n)
{
    size_t sizes[SHARE_MAX], runs_n = 0;
    bool good = true, known = true;
    const int64_t until_us = clock_us() + gate->command_timeout_us;
    for (size_t at = 0; good && at < n; at += sizes[runs_n++]) {
        sizes[runs_n] = gather(waiters + at, n - at);
        good = append(gate, line, waiters + at, sizes[runs_n]);
    }
    for (size_t run = 0, at = 0; good && run < runs_n; at += sizes[run++]) {
        void *reply = NULL;
        good = redis_take_reply(line->context, until_us, &reply);
        known = (!good || hand_out(reply, waiters + at, sizes[run])) && known;
    }
    if (!good || !known)
        hang_up(line);
    return good;
}

static void failed(struct gate *gate, enum breaker_outcome outcome, const char *what)
{
    metrics_add(METRIC_REDIS_ERRORS, 1);
    if (!breaker_is_open(&gate->breaker))
        log_warn("gate: %s", what);
    breaker_report(&gate->breaker, outcome, 0);
}

/* Those that came before the breaker opened are not sent either: each would wait for Redis as long as the one before. */
static void talk(struct gate *gate, struct waiter **waiters, size_t n)
{
    const int64_t began_us = clock_us();
    bool may = !breaker_is_open(&gate->breaker);
    for (size_t i = 0; !may && i < n; i++)
        may = waiters[i]->probes;
    if (!may)
        return;
    if (!connect_line(gate, &gate->line))
        failed(gate, BREAKER_DEAD, "cannot connect");
    else if (!prepare(gate, &gate->line) || !converse(gate, &gate->line, waiters, n))
        failed(gate, BREAKER_FAILED, "no answer in time");
    else
        breaker_report(&gate->breaker, BREAKER_GOOD, clock_us() - began_us);
}

static void set_state(struct waiter *waiter, enum waiter_state state)
{
    atomic_store_explicit(&waiter->sleeper.state, state, memory_order_relaxed);
}

static enum waiter_state state_of(const struct waiter *waiter)
{
    return (enum waiter_state)sleeper_state(&waiter->sleeper);
}

static void take_out(struct gate *gate, struct waiter *waiter)
{
    *(waiter->before ? &waiter->before->next : &gate->first) = waiter->next;
    *(waiter->next ? &waiter->next->before : &gate->last) = waiter->before;
    gate->waiting_n--;
}

/* Leads at once where nobody does, or is queued. False: the queue is full. */
static bool join(struct gate *gate, struct waiter *waiter)
{
    pthread_mutex_lock(&gate->lock);
    const bool room = !gate->led || gate->waiting_n < gate->queue_max;
    if (!gate->led) {
        gate->led = true;
        set_state(waiter, LEADING);
    } else if (room) {
        waiter->before = gate->last;
        *(gate->last ? &gate->last->next : &gate->first) = waiter;
        gate->last = waiter;
        gate->waiting_n++;
    }
    pthread_mutex_unlock(&gate->lock);
    return room;
}

/* Leaves without having been sent, if that is still so. */
static bool give_up(struct gate *gate, struct waiter *waiter)
{
    pthread_mutex_lock(&gate->lock);
    const bool waiting = state_of(waiter) == WAITING;
    if (waiting)
        take_out(gate, waiter);
    pthread_mutex_unlock(&gate->lock);
    return waiting;
}

/* Those that waited longest, after the leader; not those whose time is over, who are about to give up. */
static size_t take_waiting(struct gate *gate, struct waiter *waiters[SHARE_MAX])
{
    const int64_t now_us = clock_us();
    size_t n = 1;
    pthread_mutex_lock(&gate->lock);
    for (struct waiter *waiter = gate->first, *next; waiter && n < SHARE_MAX; waiter = next) {
        next = waiter->next;
        if (waiter->call->deadline_us <= now_us)
            continue;
        take_out(gate, waiter);
        set_state(waiter, SENT);
        waiters[n++] = waiter;
    }
    pthread_mutex_unlock(&gate->lock);
    return n;
}

/* The first of those that wait leads now. */
static void pass_on(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    struct waiter *heir = gate->first;
    gate->led = heir != NULL;
    if (heir) {
        take_out(gate, heir);
        sleeper_wake(&heir->sleeper, LEADING);
    }
    pthread_mutex_unlock(&gate->lock);
}

/* A leader whose own time is over only passes on. */
static void lead(struct gate *gate, struct waiter *leader)
{
    struct waiter *waiters[SHARE_MAX] = {leader};
    const bool late = leader->call->deadline_us <= clock_us();
    const size_t n = late ? 1 : take_waiting(gate, waiters);
    if (!late)
        talk(gate, waiters, n);
    pass_on(gate);
    for (size_t i = 1; i < n; i++)
        sleeper_wake(&waiters[i]->sleeper, DONE);
}

static void wait_and_send(struct gate *gate, struct waiter *waiter)
{
    if (!join(gate, waiter))
        return;
    if (state_of(waiter) == LEADING)
        fiber_yield(); /* what came together with it goes with it */
    if (!sleeper_wait(&waiter->sleeper, WAITING, waiter->call->deadline_us) && give_up(gate, waiter))
        return;
    if (state_of(waiter) == LEADING)
        lead(gate, waiter);
    else
        (void)sleeper_wait(&waiter->sleeper, SENT, 0);
}

static bool may_be_sent(const struct gate_call *call)
{
    const int own_n = call->argc - shared_n[call->script];
    return call->argc <= GATE_ARGS_MAX && call->keys_n <= 9 && (shared_n[call->script] == 0 || own_n <= EACH_MAX);
}

static void release_reply(void *reply)
{
    freeReplyObject(reply);
}

enum souk_err gate_run(struct gate *gate, struct arena *arena, const struct gate_call *call, redisReply **reply)
{
    struct waiter waiter = {.call = call};
    *reply = NULL;
    if (!may_be_sent(call))
        return SOUK_INTERNAL;
    if (!gate->socket[0] || !breaker_allow(&gate->breaker, PROBE_US))
        return SOUK_UNAVAILABLE;
    waiter.probes = breaker_is_open(&gate->breaker);
    sleeper_init(&waiter.sleeper, WAITING);
    wait_and_send(gate, &waiter);
    if (waiter.reply == NULL)
        return SOUK_UNAVAILABLE;
    *reply = arena_own(arena, waiter.reply, release_reply);
    return *reply ? SOUK_OK : SOUK_TOO_LARGE;
}

enum souk_err gate_life(struct gate *gate, struct arena *arena, int64_t deadline_us, char run_id[GATE_RUN_BYTES])
{
    /* a return of no orders says it and changes nothing */
    const char *argv[] = {"souk:flash:0", "0"};
    redisReply *reply;
    enum souk_err err = gate_run(gate, arena, &(struct gate_call){GATE_RETURN, 1, 2, argv, deadline_us}, &reply);
    if (err != SOUK_OK)
        return err;
    if (reply->type != REDIS_REPLY_STRING || reply->len != GATE_RUN_BYTES - 1)
        return SOUK_INTERNAL;
    memcpy(run_id, reply->str, GATE_RUN_BYTES);
    return SOUK_OK;
}
