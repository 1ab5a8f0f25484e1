/* How the answers of one row are kept: said with the row (http/route.h), obeyed by store/cache.c and, for nginx, by
 * http/response.c. */
#ifndef SOUK_STORE_CACHE_POLICY_H
#define SOUK_STORE_CACHE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Lifetimes in ms; 0: not on that tier. Each is drawn anew for each stored answer, uniformly from ± jitter_percent. */
struct cache_policy {
    int64_t nginx_ms; /* whole seconds in the end; nothing takes an answer back before */
    int64_t redis_ms; /* how long an answer counts at most, on Redis and in the process; 0: the row is not cached by souk */
    int64_t local_ms; /* how long a process serves its copy before it looks into Redis again */
    int64_t null_ms;  /* the same as redis_ms for "there is no such thing"; 0: those are not kept */
    int64_t stale_ms; /* how long past its end an answer may stand in for one that cannot be had */
    int jitter_percent;
    bool this_second; /* nginx keeps it to the end of the second in which it was answered, and no longer */
    const char *const *topics; /* prefixes of the events that end an answer, NULL at the end; NULL: only time does */
    const char *by;   /* field with the id that those events name; NULL: any of them ends all answers of the row */
    bool known;       /* that id is one of the catalogue's: what the filter does not know is not looked up */
    bool shards;      /* events of the shards end it too, not only those of global */
};

#endif
