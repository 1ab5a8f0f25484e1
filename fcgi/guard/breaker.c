/* See breaker.h. Calls are bits shifted into two words; closed_until_us alone is the state. */
#include "guard/breaker.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "observe/log.h"
#include "observe/metrics.h"

void breaker_init(struct breaker *breaker, const char *name, const struct breaker_rules *rules)
{
    assert(rules->window > 0 && rules->window <= BREAKER_WINDOW_MAX && rules->calls_min <= rules->window);
    *breaker = (struct breaker){.rules = *rules};
    snprintf(breaker->name, sizeof breaker->name, "%s", name);
}

bool breaker_is_open(const struct breaker *breaker)
{
    return atomic_load_explicit(&breaker->closed_until_us, memory_order_relaxed) != 0;
}

bool breaker_allow(struct breaker *breaker, int64_t probe_us)
{
    int64_t until_us = atomic_load_explicit(&breaker->closed_until_us, memory_order_relaxed);
    if (until_us == 0)
        return true;
    int64_t now_us = clock_us();
    if (now_us >= until_us && atomic_compare_exchange_strong(&breaker->closed_until_us, &until_us, now_us + probe_us)) {
        metrics_breaker(breaker->name, BREAKER_PROBED);
        return true;
    }
    metrics_breaker(breaker->name, BREAKER_REFUSED);
    return false;
}

static void forget(struct breaker *breaker)
{
    atomic_store(&breaker->calls, 0);
    atomic_store(&breaker->failed, 0);
    atomic_store(&breaker->slow, 0);
}

static void open_it(struct breaker *breaker)
{
    const struct breaker_rules *rules = &breaker->rules;
    uint32_t spread_us = (uint32_t)((rules->open_ms_max - rules->open_ms_min) * 1000);
    int64_t until_us = clock_us() + rules->open_ms_min * 1000 + (int64_t)arc4random_uniform(spread_us + 1);
    atomic_store(&breaker->good_probes, 0);
    if (atomic_exchange(&breaker->closed_until_us, until_us) == 0) {
        metrics_breaker(breaker->name, BREAKER_OPENED);
        log_warn("breaker %s: open", breaker->name);
    }
}

/* A good answer while it was open or half open: enough of them close it, and until then the next one may try at once. */
static void probe_went_well(struct breaker *breaker)
{
    if (atomic_fetch_add(&breaker->good_probes, 1) + 1 < breaker->rules.probes) {
        int64_t until_us = atomic_load(&breaker->closed_until_us);
        if (until_us != 0)
            atomic_compare_exchange_strong(&breaker->closed_until_us, &until_us, 1);
        return;
    }
    forget(breaker);
    if (atomic_exchange(&breaker->closed_until_us, 0) != 0) {
        metrics_breaker(breaker->name, BREAKER_CLOSED);
        log_info("breaker %s: closed", breaker->name);
    }
}

static void shift_in(_Atomic uint64_t *word, bool bit)
{
    uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(word, &old, old << 1 | bit, memory_order_relaxed, memory_order_relaxed))
        continue;
}

static bool over(uint64_t word, int64_t calls, int percent_max)
{
    uint64_t mask = calls >= BREAKER_WINDOW_MAX ? UINT64_MAX : (UINT64_C(1) << calls) - 1;
    return __builtin_popcountll(word & mask) * 100 > percent_max * calls;
}

/* Does what is remembered say that it should open? */
static bool remember(struct breaker *breaker, bool failed, bool slow)
{
    const struct breaker_rules *rules = &breaker->rules;
    int64_t now_us = clock_us();
    if (now_us - atomic_exchange_explicit(&breaker->last_us, now_us, memory_order_relaxed) > rules->window_ms * 1000)
        forget(breaker);
    shift_in(&breaker->failed, failed);
    shift_in(&breaker->slow, slow);
    int64_t calls = atomic_load_explicit(&breaker->calls, memory_order_relaxed);
    if (calls < rules->window) /* a few counted twice or not at all do no harm */
        atomic_store_explicit(&breaker->calls, ++calls, memory_order_relaxed);
    if (calls < rules->calls_min || !(failed || slow))
        return false;
    return over(atomic_load(&breaker->failed), calls, rules->failed_percent_max) ||
           over(atomic_load(&breaker->slow), calls, rules->slow_percent_max);
}

void breaker_report(struct breaker *breaker, enum breaker_outcome outcome, int64_t took_us)
{
    bool slow = took_us >= breaker->rules.slow_ms * 1000;
    if (outcome == BREAKER_UNKNOWN)
        return;
    if (breaker_is_open(breaker)) {
        if (outcome == BREAKER_GOOD && !slow)
            probe_went_well(breaker);
        else
            open_it(breaker);
        return;
    }
    /* Quick and good, and nothing else remembered: the usual case writes little. */
    if (outcome == BREAKER_DEAD || remember(breaker, outcome == BREAKER_FAILED, slow))
        open_it(breaker);
}
