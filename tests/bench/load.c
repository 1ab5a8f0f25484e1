/* load: a bounded HTTP/1.1 load generator for addresses on this machine.
 *
 *     load -p PORT -f REQUESTS [-c CONNECTIONS] [-d SECONDS] [-n REQUESTS_MAX] [-r RATE]
 *
 * REQUESTS holds raw requests, each as "<bytes>\n" and then that many bytes; they are sent in turn. Sixteen '#' in a
 * row anywhere in a request become a fresh hexadecimal number each time it is sent (an Idempotency-Key).
 * Without -r every connection sends its next request as soon as it has the answer (closed loop). With -r requests are
 * due at a fixed rate whether or not earlier ones were answered (open loop), and latency counts from the moment a
 * request was due, so queueing in front of the server is seen. Only 127.0.0.1; stops after -d seconds (at most 120)
 * or -n requests. Prints one JSON object: rate, latencies in ms, answers by status, errors.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, SECONDS_MAX = 120, ANSWER_BYTES_MAX = 256 * 1024, KEY_BYTES = 16, SAMPLES_MAX = 8 << 20 };

struct template {
    char *text;
    size_t len;
    size_t key_at; /* offset of the sixteen '#', or SIZE_MAX */
};

struct connection {
    int fd;
    bool busy;
    int64_t due_us;
    size_t got, head_len, body_len; /* of the answer being read; head_len 0: head not complete */
    int status;
    bool close_after;
    char *answer;
};

static struct {
    int port, connections, seconds;
    int64_t requests_max;
    double rate;
    struct template *templates;
    size_t templates_n;
    struct connection conns[CONNECTIONS_MAX];
    int epoll;
    uint64_t next_key;
    int64_t sent, answered, errors, by_class[6], reconnects;
    int64_t start_us, stop_us;
    uint32_t *samples_us;
} load = {.connections = 64, .seconds = 10, .requests_max = INT64_MAX, .epoll = -1};

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what) {
    fprintf(stderr, "load: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(2);
}

static void read_templates(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) die(path);
    size_t len;
    while (fscanf(file, "%zu", &len) == 1 && fgetc(file) == '\n') {
        load.templates = realloc(load.templates, (load.templates_n + 1) * sizeof *load.templates);
        struct template *t = &load.templates[load.templates_n++];
        *t = (struct template){.text = calloc(1, len + 1), .len = len, .key_at = SIZE_MAX};
        if (t->text == NULL || fread(t->text, 1, len, file) != len) die("request file is cut short");
        const char *key = strstr(t->text, "################");
        if (key != NULL) t->key_at = (size_t)(key - t->text);
    }
    fclose(file);
    if (load.templates_n == 0) die("no requests in the file");
}

static void connect_one(struct connection *c) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0) die("cannot connect");
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) die("epoll_ctl");
}

static void reconnect(struct connection *c) {
    close(c->fd);
    load.reconnects++;
    connect_one(c);
}

static void send_next(struct connection *c, int64_t due_us) {
    struct template *t = &load.templates[(size_t)load.sent % load.templates_n];
    if (t->key_at != SIZE_MAX) {
        char key[KEY_BYTES + 1];
        snprintf(key, sizeof key, "%016" PRIx64, load.next_key++);
        memcpy(t->text + t->key_at, key, KEY_BYTES);
    }
    c->busy = true;
    c->due_us = due_us;
    c->got = c->head_len = c->body_len = 0;
    load.sent++;
    for (size_t at = 0; at < t->len;) {
        ssize_t n = send(c->fd, t->text + at, t->len - at, MSG_NOSIGNAL);
        if (n < 0) {
            load.errors++;
            c->busy = false;
            reconnect(c);
            return;
        }
        at += (size_t)n;
    }
}

static void finish(struct connection *c) {
    int64_t taken = now_us() - c->due_us;
    if (load.answered < SAMPLES_MAX) load.samples_us[load.answered] = (uint32_t)taken;
    load.answered++;
    load.by_class[c->status / 100 <= 5 ? c->status / 100 : 0]++;
    c->busy = false;
    if (c->close_after) reconnect(c);
}

static void read_head(struct connection *c) {
    c->answer[c->got] = 0;
    char *end = strstr(c->answer, "\r\n\r\n");
    if (end == NULL) return;
    *end = 0;
    c->head_len = (size_t)(end - c->answer) + 4;
    c->status = atoi(c->answer + 9);
    const char *length = strcasestr(c->answer, "\r\nContent-Length:");
    c->body_len = length != NULL ? strtoul(length + 17, NULL, 10) : 0;
    c->close_after = strcasestr(c->answer, "\r\nConnection: close") != NULL;
    if (length == NULL && c->status != 204 && c->status != 304) die("an answer without Content-Length");
}

static void readable(struct connection *c) {
    ssize_t n = recv(c->fd, c->answer + c->got, ANSWER_BYTES_MAX - 1 - c->got, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        if (c->busy) load.errors++;
        c->busy = false;
        reconnect(c);
        return;
    }
    c->got += (size_t)n;
    if (c->head_len == 0) read_head(c);
    if (c->head_len != 0 && c->got >= c->head_len + c->body_len) finish(c);
}

static bool more_to_send(int64_t now) { return now < load.stop_us && load.sent < load.requests_max; }

static void give_out_work(int64_t now, int *from) {
    for (int i = 0; i < load.connections && more_to_send(now); i++) {
        struct connection *c = &load.conns[(*from + i) % load.connections];
        if (c->busy) continue;
        int64_t due = now;
        if (load.rate > 0) {
            due = load.start_us + (int64_t)((double)load.sent * 1e6 / load.rate);
            if (due > now) break;
        }
        send_next(c, due);
    }
    *from = (*from + 1) % load.connections;
}

static int busy_n(void) {
    int n = 0;
    for (int i = 0; i < load.connections; i++) n += load.conns[i].busy;
    return n;
}

static void run(void) {
    struct epoll_event events[256];
    int from = 0;
    load.start_us = now_us();
    load.stop_us = load.start_us + load.seconds * INT64_C(1000000);
    for (int64_t now = load.start_us; more_to_send(now) || busy_n() > 0; now = now_us()) {
        if (now > load.stop_us + 5000000) { /* what is unanswered 5 s after the end has failed */
            load.errors += busy_n();
            break;
        }
        give_out_work(now, &from);
        int n = epoll_wait(load.epoll, events, 256, load.rate > 0 ? 1 : 100);
        for (int i = 0; i < n; i++) readable(events[i].data.ptr);
    }
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(void) {
    int64_t n = load.answered < SAMPLES_MAX ? load.answered : SAMPLES_MAX;
    double taken_s = (double)(now_us() - load.start_us) / 1e6, sum = 0;
    if (taken_s > load.seconds) taken_s = load.seconds; /* the tail of answers belongs to requests of the window */
    qsort(load.samples_us, (size_t)n, sizeof *load.samples_us, compare);
    for (int64_t i = 0; i < n; i++) sum += load.samples_us[i];
#define AT(q) (n == 0 ? 0.0 : (double)load.samples_us[(int64_t)((double)(n - 1) * (q))] / 1000.0)
    printf("{\"rate\":%.1f,\"mean_ms\":%.3f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"answered\":%" PRId64
           ",\"2xx\":%" PRId64 ",\"3xx\":%" PRId64 ",\"4xx\":%" PRId64 ",\"5xx\":%" PRId64 ",\"errors\":%" PRId64
           ",\"reconnects\":%" PRId64 ",\"connections\":%d,\"offered\":%.0f}\n",
           (double)load.answered / taken_s, n ? sum / (double)n / 1000.0 : 0.0, AT(0.5), AT(0.9), AT(0.99), AT(1.0), load.answered,
           load.by_class[2], load.by_class[3], load.by_class[4], load.by_class[5], load.errors, load.reconnects,
           load.connections, load.rate);
#undef AT
}

int main(int argc, char **argv) {
    const char *requests = NULL;
    for (int opt; (opt = getopt(argc, argv, "p:f:c:d:n:r:")) != -1;) switch (opt) {
            case 'p': load.port = atoi(optarg); break;
            case 'f': requests = optarg; break;
            case 'c': load.connections = atoi(optarg); break;
            case 'd': load.seconds = atoi(optarg); break;
            case 'n': load.requests_max = atoll(optarg); break;
            case 'r': load.rate = atof(optarg); break;
            default: return 2;
        }
    if (requests == NULL || load.port <= 0 || load.connections < 1 || load.connections > CONNECTIONS_MAX ||
        load.seconds < 1 || load.seconds > SECONDS_MAX || load.requests_max < 1 || load.rate < 0) {
        fprintf(stderr, "usage: load -p PORT -f REQUESTS [-c 1..%d] [-d 1..%d] [-n REQUESTS_MAX] [-r RATE]\n",
                CONNECTIONS_MAX, SECONDS_MAX);
        return 2;
    }
    read_templates(requests);
    errno = 0;
    load.samples_us = malloc(SAMPLES_MAX * sizeof *load.samples_us);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.samples_us == NULL || load.epoll < 0 || getrandom(&load.next_key, sizeof load.next_key, 0) < 0) die("start");
    for (int i = 0; i < load.connections; i++) {
        load.conns[i].answer = malloc(ANSWER_BYTES_MAX);
        if (load.conns[i].answer == NULL) die("memory");
        connect_one(&load.conns[i]);
    }
    run();
    report();
    return 0;
}
