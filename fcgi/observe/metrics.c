#include "observe/metrics.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"

/* Upper bounds in µs; one more bucket takes the rest. */
static const int64_t bounds_us[] = {500,   1000,   2000,   5000,   10000,   20000,
                                    50000, 100000, 200000, 500000, 1000000, 3000000};
enum { BUCKETS_N = sizeof bounds_us / sizeof bounds_us[0] + 1, CLASSES_N = 5 };

struct row_metrics {
    _Atomic uint64_t buckets[BUCKETS_N];
    _Atomic uint64_t classes[CLASSES_N]; /* 1xx … 5xx */
    _Atomic uint64_t sum_us;
};

static const int64_t bounds_n[BUCKETS_N - 1] = {1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 96, 128};

struct histogram {
    _Atomic uint64_t buckets[BUCKETS_N];
    _Atomic uint64_t sum;
};

enum { PROCESSES_MAX = 256 };

struct process_metrics {
    _Atomic pid_t pid; /* 0: free */
    _Atomic int64_t gauges[METRIC_GAUGES_N];
};

struct breaker_metrics {
    _Atomic int named; /* 1: the name is being written, 2: it is there */
    char name[METRIC_BREAKER_NAME_BYTES];
    _Atomic uint64_t counts[METRIC_BREAKER_N];
};

struct shared {
    _Atomic uint64_t counters[METRIC_COUNTERS_N];
    struct histogram histograms[METRIC_HISTOGRAMS_N];
    struct process_metrics processes[PROCESSES_MAX];
    struct breaker_metrics breakers[METRIC_BREAKERS_MAX];
    size_t rows_n;
    struct row_metrics rows[];
};

/* Until metrics_init(), and where it is never called. */
static struct shared process_private;
static struct shared *shared = &process_private;

enum souk_err metrics_init(size_t routes_n)
{
    size_t bytes = sizeof *shared + routes_n * sizeof shared->rows[0];
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return SOUK_UNAVAILABLE;
    shared = memory;
    shared->rows_n = routes_n;
    return SOUK_OK;
}

static void add(_Atomic uint64_t *at, uint64_t n)
{
    atomic_fetch_add_explicit(at, n, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *at)
{
    return atomic_load_explicit(at, memory_order_relaxed);
}

void metrics_add(enum metric_counter counter, uint64_t n)
{
    add(&shared->counters[counter], n);
}

static const struct {
    const char *name, *help;
    bool is_time;
} histogram_rows[] = {
#define X(symbol, name, help, is_time) {name, help, is_time},
    METRIC_HISTOGRAMS(X)
#undef X
};

void metrics_observe(enum metric_histogram histogram, int64_t value)
{
    const int64_t *bounds = histogram_rows[histogram].is_time ? bounds_us : bounds_n;
    size_t bucket = 0;
    while (bucket < BUCKETS_N - 1 && value > bounds[bucket])
        bucket++;
    add(&shared->histograms[histogram].buckets[bucket], 1);
    add(&shared->histograms[histogram].sum, (uint64_t)(value > 0 ? value : 0));
}

void metrics_request(size_t route, int status, int64_t taken_us)
{
    if (route >= shared->rows_n)
        return;
    struct row_metrics *row = &shared->rows[route];
    size_t bucket = 0;
    while (bucket < BUCKETS_N - 1 && taken_us > bounds_us[bucket])
        bucket++;
    add(&row->buckets[bucket], 1);
    add(&row->sum_us, (uint64_t)(taken_us > 0 ? taken_us : 0));
    if (status >= 100 && status < 600)
        add(&row->classes[status / 100 - 1], 1);
}

static bool is_alive(pid_t pid)
{
    return pid != 0 && kill(pid, 0) == 0;
}

/* This process's place, taken at first use from one that has ended; NULL: all are taken. */
static struct process_metrics *own_place(void)
{
    pid_t self = getpid();
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct process_metrics *place = &shared->processes[i];
        if (atomic_load(&place->pid) == self)
            return place;
    }
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct process_metrics *place = &shared->processes[i];
        pid_t held = atomic_load(&place->pid);
        if (is_alive(held) || !atomic_compare_exchange_strong(&place->pid, &held, self))
            continue;
        for (size_t gauge = 0; gauge < METRIC_GAUGES_N; gauge++)
            atomic_store(&place->gauges[gauge], 0);
        return place;
    }
    return NULL;
}

void metrics_set(enum metric_gauge gauge, int64_t value)
{
    struct process_metrics *place = own_place();
    if (place != NULL)
        atomic_store(&place->gauges[gauge], value);
}

_Atomic int64_t *metrics_gauge(enum metric_gauge gauge)
{
    static _Atomic int64_t nowhere[METRIC_GAUGES_N]; /* when all places are taken */
    struct process_metrics *place = own_place();
    return place ? &place->gauges[gauge] : &nowhere[gauge];
}

static int64_t gauge_total(size_t gauge, bool greatest)
{
    int64_t total = 0;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct process_metrics *place = &shared->processes[i];
        if (!is_alive(atomic_load(&place->pid)))
            continue;
        int64_t value = atomic_load(&place->gauges[gauge]);
        total = greatest ? (value > total ? value : total) : total + value;
    }
    return total;
}

static void put_gauges(struct buffer *out)
{
    static const struct {
        const char *name, *help;
    } gauges[] = {
#define X(symbol, name, help) {name, help},
        METRIC_GAUGES(X)
#undef X
    };
    for (size_t i = 0; i < METRIC_GAUGES_N; i++) {
        size_t len = strlen(gauges[i].name);
        bool greatest = strcmp(gauges[i].name + len - 4, "_max") == 0;
        buffer_printf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", gauges[i].name, gauges[i].help, gauges[i].name,
                      gauges[i].name, (long long)gauge_total(i, greatest));
    }
}

/* The place of `name`, made at first use; NULL: all are taken. */
static struct breaker_metrics *breaker_place(const char *name)
{
    for (size_t i = 0; i < METRIC_BREAKERS_MAX; i++) {
        struct breaker_metrics *place = &shared->breakers[i];
        int unnamed = 0;
        if (atomic_compare_exchange_strong(&place->named, &unnamed, 1)) {
            strncpy(place->name, name, sizeof place->name - 1);
            atomic_store(&place->named, 2);
            return place;
        }
        while (atomic_load(&place->named) != 2)
            continue; /* a few instructions of another thread */
        if (strncmp(place->name, name, sizeof place->name - 1) == 0)
            return place;
    }
    return NULL;
}

void metrics_breaker(const char *name, enum metric_breaker what)
{
    struct breaker_metrics *place = breaker_place(name);
    if (place != NULL)
        add(&place->counts[what], 1);
}

static void put_breakers(struct buffer *out)
{
    static const char *const names[METRIC_BREAKER_N] = {"opened", "probed", "closed", "refused"};
    buffer_puts(out, "# HELP souk_breaker_total What breakers did, by what they guard\n# TYPE souk_breaker_total counter\n");
    for (size_t i = 0; i < METRIC_BREAKERS_MAX && atomic_load(&shared->breakers[i].named) == 2; i++)
        for (size_t what = 0; what < METRIC_BREAKER_N; what++)
            buffer_printf(out, "souk_breaker_total{name=\"%s\",what=\"%s\"} %llu\n", shared->breakers[i].name, names[what],
                          (unsigned long long)get(&shared->breakers[i].counts[what]));
    buffer_puts(out, "# HELP souk_breaker_open Processes in which a breaker is open\n# TYPE souk_breaker_open gauge\n");
    for (size_t i = 0; i < METRIC_BREAKERS_MAX && atomic_load(&shared->breakers[i].named) == 2; i++)
        buffer_printf(out, "souk_breaker_open{name=\"%s\"} %lld\n", shared->breakers[i].name,
                      (long long)(get(&shared->breakers[i].counts[BREAKER_OPENED]) - get(&shared->breakers[i].counts[BREAKER_CLOSED])));
}

static void put_counters(struct buffer *out)
{
    static const struct {
        const char *name, *help;
    } counters[] = {
#define X(symbol, name, help) {name, help},
        METRIC_COUNTERS(X)
#undef X
    };
    for (size_t i = 0; i < METRIC_COUNTERS_N; i++)
        buffer_printf(out, "# HELP %s %s\n# TYPE %s counter\n%s %llu\n", counters[i].name, counters[i].help,
                      counters[i].name, counters[i].name, (unsigned long long)get(&shared->counters[i]));
}

static void put_classes(struct buffer *out, const char *name, const struct row_metrics *row)
{
    for (size_t class = 0; class < CLASSES_N; class++) {
        uint64_t n = get(&row->classes[class]);
        if (n > 0)
            buffer_printf(out, "souk_http_requests_total{route=\"%s\",status=\"%zuxx\"} %llu\n", name, class + 1,
                          (unsigned long long)n);
    }
}

static void put_histogram(struct buffer *out, const char *name, const struct row_metrics *row)
{
    static const char family[] = "souk_http_request_duration_seconds";
    uint64_t below = 0;
    for (size_t i = 0; i < BUCKETS_N; i++) {
        below += get(&row->buckets[i]);
        if (i < BUCKETS_N - 1)
            buffer_printf(out, "%s_bucket{route=\"%s\",le=\"%g\"} %llu\n", family, name, (double)bounds_us[i] / 1e6,
                          (unsigned long long)below);
    }
    buffer_printf(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %llu\n%s_sum{route=\"%s\"} %.6f\n%s_count{route=\"%s\"} %llu\n",
                  family, name, (unsigned long long)below, family, name, (double)get(&row->sum_us) / 1e6, family, name,
                  (unsigned long long)below);
}

static void put_histograms(struct buffer *out)
{
    for (size_t h = 0; h < METRIC_HISTOGRAMS_N; h++) {
        const char *name = histogram_rows[h].name;
        const double unit = histogram_rows[h].is_time ? 1e6 : 1;
        const int64_t *bounds = histogram_rows[h].is_time ? bounds_us : bounds_n;
        uint64_t below = 0;
        buffer_printf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, histogram_rows[h].help, name);
        for (size_t i = 0; i < BUCKETS_N; i++) {
            below += get(&shared->histograms[h].buckets[i]);
            if (i < BUCKETS_N - 1)
                buffer_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds[i] / unit, (unsigned long long)below);
        }
        buffer_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n", name, (unsigned long long)below,
                      name, (double)get(&shared->histograms[h].sum) / unit, name, (unsigned long long)below);
    }
}

static bool idle(const struct row_metrics *row)
{
    for (size_t i = 0; i < BUCKETS_N; i++) {
        if (get(&row->buckets[i]) > 0)
            return false;
    }
    return true;
}

enum souk_err metrics_text(struct arena *arena, const char *(*route_name)(const void *user, size_t), const void *user,
                           const char **out, size_t *out_len)
{
    struct buffer text = buffer_in(arena, 16384);
    put_counters(&text);
    put_histograms(&text);
    put_gauges(&text);
    put_breakers(&text);
    buffer_puts(&text, "# HELP souk_http_requests_total Requests answered, by row and status class\n"
                       "# TYPE souk_http_requests_total counter\n");
    for (size_t i = 0; i < shared->rows_n; i++)
        put_classes(&text, route_name(user, i), &shared->rows[i]);
    buffer_puts(&text, "# HELP souk_http_request_duration_seconds Time from the last byte read to the answer made\n"
                       "# TYPE souk_http_request_duration_seconds histogram\n");
    for (size_t i = 0; i < shared->rows_n; i++) {
        if (!idle(&shared->rows[i]))
            put_histogram(&text, route_name(user, i), &shared->rows[i]);
    }
    *out = text.data;
    *out_len = text.len;
    return text.failed ? SOUK_TOO_LARGE : SOUK_OK;
}
