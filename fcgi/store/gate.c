/* Sending scripts to the gates. See gate.h.
 *
 * Who comes first leads: it sends what waits, at most SHARE_MAX scripts, in one write, reads the answers and hands each
 * thread its own; then the first that still waits leads. LINES_MAX lead at once, each with a connection. There is no timer:
 * an idle gate adds no delay, a busy one shares by itself.
 */
#include "store/gate.h"

#include <openssl/sha.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "observe/log.h"
#include "observe/metrics.h"

enum { LINES_MAX = 2, SHARE_MAX = 64, SHA_TEXT = 41 };

struct line {
    redisContext *context; /* NULL: not connected */
    char run_id[GATE_RUN_BYTES];
    bool taken;
};

struct waiter {
    struct waiter *next;
    sem_t wake;
    enum gate_script script;
    int keys_n, argc;
    const char *const *argv;
    struct line *line; /* not NULL: it is to lead, on this line */
    bool done;
    redisReply *reply; /* NULL: none came */
};

struct gate {
    char socket[CONFIG_TEXT_MAX];
    struct timeval connect_timeout, command_timeout;
    char sha1[GATE_SCRIPTS_N][SHA_TEXT];
    pthread_mutex_t lock;
    struct waiter *first, *last;
    struct line lines[LINES_MAX];
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
    for (int i = 0; i < LINES_MAX; i++)
        hang_up(&gate->lines[i]);
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

/* EVALSHA <sha> <keys> <key…> <run_id> <argument…> */
static bool append(struct gate *gate, struct line *line, const struct waiter *waiter)
{
    const char *argv[GATE_ARGS_MAX + 4] = {"EVALSHA", gate->sha1[waiter->script]};
    char keys[12];
    int n = 2;
    keys[0] = (char)('0' + waiter->keys_n);
    keys[1] = '\0';
    argv[n++] = keys;
    for (int i = 0; i < waiter->argc; i++) {
        if (i == waiter->keys_n)
            argv[n++] = line->run_id;
        argv[n++] = waiter->argv[i];
    }
    if (waiter->argc == waiter->keys_n)
        argv[n++] = line->run_id;
    return redisAppendCommandArgv(line->context, n, argv, NULL) == REDIS_OK;
}

/* One write, and an answer for each. A line that failed in any way is given up: its next answer would be another's. */
static void talk(struct gate *gate, struct line *line, struct waiter *const *waiters, size_t n)
{
    bool good = connect_line(gate, line), known = true;
    for (size_t i = 0; good && i < n; i++)
        good = append(gate, line, waiters[i]);
    for (size_t i = 0; good && i < n; i++) {
        void *reply = NULL;
        good = redisGetReply(line->context, &reply) == REDIS_OK;
        waiters[i]->reply = reply;
        if (good && waiters[i]->reply->type == REDIS_REPLY_ERROR) {
            known = known && strncmp(waiters[i]->reply->str, "NOSCRIPT", 8) != 0;
            log_warn("gate: %s", waiters[i]->reply->str);
        }
    }
    if (!good)
        metrics_add(METRIC_REDIS_ERRORS, 1);
    if (!good || !known)
        hang_up(line);
}

static struct line *take_line(struct gate *gate)
{
    for (int i = 0; i < LINES_MAX; i++) {
        if (!gate->lines[i].taken) {
            gate->lines[i].taken = true;
            return &gate->lines[i];
        }
    }
    return NULL;
}

/* Gives the waiter a line that is free: then it leads. False: it is queued, and will be woken once, to lead or with its reply;
 * until then it is the others'. */
static bool join(struct gate *gate, struct waiter *waiter)
{
    pthread_mutex_lock(&gate->lock);
    waiter->line = take_line(gate);
    const bool leads = waiter->line != NULL;
    if (!leads) {
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
    struct line *line = leader->line;
    size_t n = 1;
    pthread_mutex_lock(&gate->lock);
    while (n < SHARE_MAX && gate->first)
        waiters[n++] = take_first(gate);
    pthread_mutex_unlock(&gate->lock);

    talk(gate, line, waiters, n);

    pthread_mutex_lock(&gate->lock);
    struct waiter *heir = take_first(gate);
    if (heir)
        heir->line = line;
    else
        line->taken = false;
    pthread_mutex_unlock(&gate->lock);
    if (heir)
        sem_post(&heir->wake);
    for (size_t i = 1; i < n; i++) {
        waiters[i]->done = true;
        sem_post(&waiters[i]->wake);
    }
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
    if (argc > GATE_ARGS_MAX || keys_n > 9 || sem_init(&waiter.wake, 0, 0) != 0)
        return SOUK_INTERNAL;
    if (!join(gate, &waiter))
        while (sem_wait(&waiter.wake) != 0)
            ; /* a signal */
    if (!waiter.done)
        lead(gate, &waiter);
    sem_destroy(&waiter.wake);
    if (waiter.reply == NULL)
        return SOUK_UNAVAILABLE;
    *reply = arena_own(arena, waiter.reply, release_reply);
    if (*reply == NULL)
        return SOUK_TOO_LARGE;
    return (*reply)->type == REDIS_REPLY_ERROR ? SOUK_UNAVAILABLE : SOUK_OK;
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
