/* What a job sends to the outside, several at once over one curl multi handle: taking what is due, carrying it, and collecting what
 * came of it, until nothing is due and nothing under way.
 *
 * The database says what is due and leases it under a claim; so whoever is killed delays what was under way, and loses nothing.
 * Nothing is taken any more once the worker is told to leave or leads no more; what is under way is waited for, by a worker that
 * leaves for 5 s. One thread: nothing here is thread-safe but transfers_run() of different runs.
 */
#ifndef SOUK_WORKER_TRANSFERS_H
#define SOUK_WORKER_TRANSFERS_H

#include <curl/curl.h>

#include "worker/jobs.h"

enum { TRANSFERS_CALL_US = 2000000, TRANSFERS_CLAIM_TEXT = 33 };

/* The first member of what a job keeps of one transfer; curl NULL: free. */
struct transfer {
    CURL *curl;
    struct curl_slist *headers;
    char claim[TRANSFERS_CLAIM_TEXT];
};

struct transfers {
    struct job_run step; /* with an arena that is reset after each step */
    const struct transfers_kind *kind;
    CURLM *multi;
    char *all; /* kind->max × kind->size bytes */
    size_t n;  /* under way */
};

struct transfers_kind {
    size_t max, size; /* at once; bytes that the job keeps of each */
    long connect_ms, total_ms;

    /* Takes up to `room` of what is due under `claim`, and starts each; *taken: how many there were. */
    enum souk_err (*take)(struct transfers *transfers, const char *claim, size_t room, size_t *taken);

    /* Writes down what came of one; it is ended afterwards. */
    void (*finish)(struct transfers *transfers, struct transfer *transfer, CURLcode code);

    /* Frees what the job has beside the handle and its headers. NULL: nothing. */
    void (*release)(struct transfer *transfer);
};

/* Does all of a job's run. */
SOUK_CHECK enum souk_err transfers_run(const struct transfers_kind *kind, struct job_run *run);

/* The i-th place, i < kind->max. */
struct transfer *transfers_at(const struct transfers *transfers, size_t i);

/* A place of its own for one more, all zero but for its handle and claim. NULL: none is free, or out of memory. */
struct transfer *transfers_begin(struct transfers *transfers, const char *claim);

/* Sets it on its way, with its headers, within the times of its kind, past all proxies. False: it could not be. */
bool transfers_go(struct transfers *transfers, struct transfer *transfer);

/* Ends it, whatever it is at. */
void transfers_end(struct transfers *transfers, struct transfer *transfer);

/* Adds a line to a list. False: `line` is NULL, or out of memory. */
bool transfers_add_line(struct curl_slist **list, const char *line);

#endif
