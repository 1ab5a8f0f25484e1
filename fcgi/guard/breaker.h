/* A breaker between souk and something that may fail: a database, Redis.
 *
 * It remembers how the last calls went. When too many of them failed or were slow it opens: for a short random time nobody
 * calls, everybody is refused at once. Then it is half open: one caller at a time tries, and after enough good answers in a
 * row it closes; a bad one opens it again. Thread-safe, without a lock. One per process.
 */
#ifndef SOUK_GUARD_BREAKER_H
#define SOUK_GUARD_BREAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_WINDOW_MAX = 64 };

struct breaker_rules {
    int window;             /* so many last calls count, at most BREAKER_WINDOW_MAX … */
    int64_t window_ms;      /* … unless the last one is older than this: then it begins anew */
    int calls_min;          /* fewer decide nothing */
    int failed_percent_max; /* more than this share failed: open */
    int slow_percent_max;   /* more than this share was slow: open */
    int64_t slow_ms;        /* a call that took this long was slow */
    int64_t open_ms_min, open_ms_max; /* how long nobody calls, drawn anew each time */
    int probes;             /* good answers in a row that close it */
};

struct breaker {
    struct breaker_rules rules;
    char name[24];
    _Atomic uint64_t failed, slow;   /* a bit for each call, the last one lowest */
    _Atomic int64_t calls;           /* remembered, at most rules.window */
    _Atomic int64_t last_us;
    _Atomic int64_t closed_until_us; /* 0: closed. Else open until then, and half open after it */
    _Atomic int good_probes;
};

/* How a call went. */
enum breaker_outcome {
    BREAKER_GOOD,
    BREAKER_FAILED,
    BREAKER_DEAD,   /* it cannot be reached at all: opens at once */
    BREAKER_UNKNOWN /* says nothing, e.g. the caller gave up */
};

void breaker_init(struct breaker *breaker, const char *name, const struct breaker_rules *rules);

/* May the caller go ahead? True obliges to breaker_report() afterwards. In half-open state a caller that is let through has
 * `probe_us` to report; then another one is. */
bool breaker_allow(struct breaker *breaker, int64_t probe_us);

void breaker_report(struct breaker *breaker, enum breaker_outcome outcome, int64_t took_us);

bool breaker_is_open(const struct breaker *breaker);

#endif
