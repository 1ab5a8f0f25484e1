/* Sending scripts to the gates. See gate.h.
 *
 * Who comes first leads: it lets those that came together with it join, sends what waits, at most SHARE_MAX requests, in one
 * write, reads the answers and hands each its own; then the first that still waits leads. One leads at a time, on the one
 * connection: with two, each sent half as many at once, and Redis did more for the same. There is no timer: an idle gate adds
 * no delay, a busy one shares by itself. Requests to buy at one gate are answered by one run of the script.
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
#include "observe/log.h"
#include "observe/metrics.h"
#include "store/redis.h"

enum { SHARE_MAX = 64, EACH_MAX = 12, SHA_TEXT = 41 };

/* A script that takes many requests: so many arguments, the gate first, are the same for all of them, and those of each
 * request follow, at most EACH_MAX. Its answer is an array of theirs. 0: a script that takes one. */
static const int shared_n[GATE_SCRIPTS_N] = {[GATE_BUY] = 2};

struct line {
    redisContext *context; /* NULL: not connected */
    char run_id[GATE_RUN_BYTES];
};

enum waiter_state { WAITING, LEADING, DONE };

struct waiter {
    struct waiter *next;
    struct sleeper sleeper;
    enum gate_script script;
    int keys_n, argc;
    const char *const *argv;
    redisReply *reply; /* NULL: none came */
};

struct gate {
    char socket[CONFIG_TEXT_MAX];
    struct timeval connect_timeout, command_timeout;
    char sha1[GATE_SCRIPTS_N][SHA_TEXT];
    pthread_mutex_t lock;
    struct waiter *first, *last;
    bool led;         /* somebody leads, and has the line */
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
    gate->command_timeout = timeval_of_ms(config->redis_command_timeout_ms);
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
    line->context = NULL;
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

/* The run_id out of what INFO says. */
static bool ask_life(struct line *line)
{
    redisReply *reply = redisCommand(line->context, "INFO server");
    const char *at = reply && reply->type == REDIS_REPLY_STRING ? strstr(reply->str, "run_id:") : NULL;
    const bool found = at && strlen(at) >= strlen("run_id:") + GATE_RUN_BYTES - 1;
    if (found) {
        memcpy(line->run_id, at + strlen("run_id:"), GATE_RUN_BYTES - 1);
        line->run_id[GATE_RUN_BYTES - 1] = '\0';
    }
    if (reply)
        freeReplyObject(reply);
    return found;
}

static bool load_scripts(struct line *line)
{
    bool loaded = true;
    for (int i = 0; loaded && i < GATE_SCRIPTS_N; i++) {
        redisReply *reply = redisCommand(line->context, "SCRIPT LOAD %s", gate_scripts[i]);
        loaded = reply && reply->type == REDIS_REPLY_STRING;
        if (reply && !loaded)
            log_error("gate: %s", reply->str ? reply->str : "a script was not taken");
        if (reply)
            freeReplyObject(reply);
    }
    return loaded;
}

static bool connect_line(struct gate *gate, struct line *line)
{
    if (line->context && is_alive(line->context))
        return true;
    hang_up(line);
    if (!gate->socket[0])
        return false;
    line->context = redisConnectUnixWithTimeout(gate->socket, gate->connect_timeout);
    if (line->context && !line->context->err && redisSetTimeout(line->context, gate->command_timeout) == REDIS_OK &&
        ask_life(line) && load_scripts(line))
        return true;
    metrics_add(METRIC_REDIS_ERRORS, 1);
    hang_up(line);
    return false;
}

/* EVALSHA <sha> <keys> <key…> <run_id> <argument…>, of several requests those of each. */
static bool append(struct gate *gate, struct line *line, struct waiter *const *waiters, size_t n)
{
    const struct waiter *first = waiters[0];
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
        for (int i = shared_n[first->script]; i < waiters[w]->argc; i++)
            argv[argc++] = waiters[w]->argv[i];
    return redisAppendCommandArgv(line->context, argc, argv, NULL) == REDIS_OK;
}

static bool goes_with(const struct waiter *a, const struct waiter *b)
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
        if (goes_with(waiters[0], waiters[i]))
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
    } else if (shared_n[waiters[0]->script] == 0) {
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

/* One write, and an answer for each. A line that failed in any way is given up: its next answer would be another's. */
static void talk(struct gate *gate, struct line *line, struct waiter **waiters, size_t n)
{
    size_t sizes[SHARE_MAX], runs_n = 0;
    bool good = connect_line(gate, line), known = true;
    const int64_t until_us = clock_us() + gate->command_timeout.tv_sec * 1000000 + gate->command_timeout.tv_usec;
    for (size_t at = 0; good && at < n; at += sizes[runs_n++]) {
        sizes[runs_n] = gather(waiters + at, n - at);
        good = append(gate, line, waiters + at, sizes[runs_n]);
    }
    for (size_t run = 0, at = 0; good && run < runs_n; at += sizes[run++]) {
        void *reply = NULL;
        good = redis_take_reply(line->context, until_us, &reply);
        known = (!good || hand_out(reply, waiters + at, sizes[run])) && known;
    }
    if (!good)
        metrics_add(METRIC_REDIS_ERRORS, 1);
    if (!good || !known)
        hang_up(line);
}

/* True: the waiter leads at once. Else it is queued, and will be woken once, to lead or with its reply; until then it is the
 * others'. */
static bool join(struct gate *gate, struct waiter *waiter)
{
    pthread_mutex_lock(&gate->lock);
    const bool leads = !gate->led;
    if (leads) {
        gate->led = true;
    } else {
        *(gate->last ? &gate->last->next : &gate->first) = waiter;
        gate->last = waiter;
    }
    pthread_mutex_unlock(&gate->lock);
    return leads;
}

static struct waiter *take_first(struct gate *gate)
{
    struct waiter *waiter = gate->first;
    if (waiter) {
        gate->first = waiter->next;
        if (gate->first == NULL)
            gate->last = NULL;
    }
    return waiter;
}

static void lead(struct gate *gate, struct waiter *leader)
{
    struct waiter *waiters[SHARE_MAX] = {leader};
    size_t n = 1;
    pthread_mutex_lock(&gate->lock);
    while (n < SHARE_MAX && gate->first)
        waiters[n++] = take_first(gate);
    pthread_mutex_unlock(&gate->lock);

    talk(gate, &gate->line, waiters, n);

    pthread_mutex_lock(&gate->lock);
    struct waiter *heir = take_first(gate);
    gate->led = heir != NULL;
    pthread_mutex_unlock(&gate->lock);
    if (heir)
        sleeper_wake(&heir->sleeper, LEADING);
    for (size_t i = 1; i < n; i++)
        sleeper_wake(&waiters[i]->sleeper, DONE);
}

static void release_reply(void *reply)
{
    freeReplyObject(reply);
}

enum souk_err gate_run(struct gate *gate, struct arena *arena, enum gate_script script, int keys_n, int argc,
                       const char *const *argv, redisReply **reply)
{
    struct waiter waiter = {.script = script, .keys_n = keys_n, .argc = argc, .argv = argv};
    *reply = NULL;
    if (argc > GATE_ARGS_MAX || keys_n > 9 || (shared_n[script] && argc - shared_n[script] > EACH_MAX))
        return SOUK_INTERNAL;
    sleeper_init(&waiter.sleeper, WAITING);
    const bool first = join(gate, &waiter);
    if (first)
        fiber_yield(); /* what came together with it goes with it */
    if (first || (sleeper_wait(&waiter.sleeper, WAITING, 0) && sleeper_state(&waiter.sleeper) == LEADING))
        lead(gate, &waiter);
    if (waiter.reply == NULL)
        return SOUK_UNAVAILABLE;
    *reply = arena_own(arena, waiter.reply, release_reply);
    return *reply ? SOUK_OK : SOUK_TOO_LARGE;
}

enum souk_err gate_life(struct gate *gate, struct arena *arena, char run_id[GATE_RUN_BYTES])
{
    /* a return of no orders says it and changes nothing */
    const char *argv[] = {"souk:flash:0", "0"};
    redisReply *reply;
    enum souk_err err = gate_run(gate, arena, GATE_RETURN, 1, 2, argv, &reply);
    if (err != SOUK_OK)
        return err;
    if (reply->type != REDIS_REPLY_STRING || reply->len != GATE_RUN_BYTES - 1)
        return SOUK_INTERNAL;
    memcpy(run_id, reply->str, GATE_RUN_BYTES);
    return SOUK_OK;
}
