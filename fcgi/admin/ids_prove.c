/* Many ids in several processes. See ids_prove.h. */
#include "admin/ids_prove.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/ids_proof.h"
#include "base/clock.h"
#include "store/id.h"

enum { EXIT_TWICE = 3, EXIT_FULL = 4, EXIT_NO_ID = 5, PATIENCE_US = 15000000 };

/* One id, asked for until there is one: while segments come from the database it may be busy. */
static enum souk_err make_one(struct id_maker *maker, unsigned slot, int64_t *id)
{
    const int64_t until_us = clock_us() + PATIENCE_US;
    enum souk_err err = id_make(maker, slot, id);
    while (err == SOUK_UNAVAILABLE && clock_us() < until_us)
        err = id_make(maker, slot, id);
    return err;
}

/* In a child: ids over all slots until there are `count`. The exit code. */
static int make_some(const struct config *config, struct proof *proof, int64_t count, unsigned first_slot)
{
    struct store *store;
    struct id_maker *maker = NULL;
    int code = EXIT_NO_ID;
    if (store_new(config, &store) != SOUK_OK)
        return code;
    if (id_maker_new(store, &maker) == SOUK_OK)
        code = 0;
    for (int64_t n = 0; code == 0 && n < count; n++) {
        int64_t id;
        if (make_one(maker, (unsigned)((first_slot + n) % STORE_SLOTS), &id) != SOUK_OK)
            code = EXIT_NO_ID;
        else if (!proof_add(proof, id))
            code = proof_full(proof) ? EXIT_FULL : EXIT_TWICE;
    }
    id_maker_free(maker);
    store_free(store);
    return code;
}

static const char *why(int status)
{
    switch (WIFEXITED(status) ? WEXITSTATUS(status) : -1) {
    case EXIT_TWICE:
        return "made an id twice";
    case EXIT_FULL:
        return "ran longer than its proof has room for";
    case EXIT_NO_ID:
        return "could make no id: is the global database there?";
    default:
        return "ended before its time";
    }
}

/* Waits for all; false when one failed. */
static bool join(const pid_t *pids, unsigned pids_n)
{
    bool good = true;
    for (unsigned i = 0; i < pids_n; i++) {
        int status;
        if (waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        fprintf(stderr, "souk admin ids: process %u %s\n", i, why(status));
        good = false;
    }
    return good;
}

static void report(struct proof *const *proofs, unsigned n, int64_t common, double seconds, bool json)
{
    int64_t ids = 0, bytes = 0;
    struct rusage usage;
    for (unsigned i = 0; i < n; i++) {
        ids += proof_ids(proofs[i]);
        bytes += proof_bytes(proofs[i]);
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    printf(json ? "{\"ids\":%lld,\"processes\":%u,\"duplicates\":%lld,\"seconds\":%.2f,\"ids_per_s\":%.0f,"
                  "\"proof_bytes\":%lld,\"rss_kib_max\":%ld}\n"
                : "ids %lld\nprocesses %u\nduplicates %lld\nseconds %.2f\nids/s %.0f\nproof, bytes %lld\n"
                  "peak RSS of a process, KiB %ld\n",
           (long long)ids, n, (long long)common, seconds, (double)ids / seconds, (long long)bytes, usage.ru_maxrss);
}

/* Forks the makers; how many there are. */
static unsigned start(const struct config *config, struct proof **proofs, unsigned n, int64_t count, pid_t *pids)
{
    unsigned started = 0;
    fflush(stdout);
    for (; started < n; started++) {
        const int64_t share = count / n + (started < (unsigned)(count % n));
        pids[started] = fork();
        if (pids[started] == 0)
            _exit(make_some(config, proofs[started], share, started * STORE_SLOTS / n));
        if (pids[started] < 0)
            break;
    }
    return started;
}

int ids_prove(const struct config *config, int64_t count, unsigned processes_n, bool json)
{
    struct proof *proofs[PROVE_PROCESSES_MAX] = {0};
    pid_t pids[PROVE_PROCESSES_MAX];
    bool good = true;
    for (unsigned i = 0; i < processes_n; i++)
        good = (proofs[i] = proof_new()) != NULL && good;
    if (good) {
        const int64_t began_us = clock_us();
        const unsigned started = start(config, proofs, processes_n, count, pids);
        good = join(pids, started) && started == processes_n;
        const double seconds = (double)(clock_us() - began_us) / 1e6;
        const int64_t common = proof_common(proofs, started);
        report(proofs, started, common, seconds, json);
        if (common != 0)
            fprintf(stderr, "souk admin ids: %lld ids were made by more than one process\n", (long long)common);
        good = good && common == 0;
    } else {
        fprintf(stderr, "souk admin ids: out of memory\n");
    }
    for (unsigned i = 0; i < processes_n; i++)
        proof_free(proofs[i]);
    return good ? 0 : 1;
}
