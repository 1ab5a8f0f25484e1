/* The laws that `souk admin audit` checks, and the walk that checks them on a system at work. */
#ifndef SOUK_ADMIN_AUDIT_H
#define SOUK_ADMIN_AUDIT_H

#include <json-c/json.h>

#include "base/arena.h"
#include "store/store.h"

/* One audit under way. */
struct audit {
    struct store *store;
    struct arena *arena; /* reset after each chunk */
    int64_t until_us;    /* no chunk is begun after this */
    int64_t outbox_s;    /* how old an event may be that is not done */
    int64_t settle_ms;   /* before what looks wrong is looked at again */
};

/* Compares what one chunk handed over with other databases; adds what is wrong to `violations`. */
typedef enum souk_err audit_follow(struct audit *audit, int db, json_object *body, json_object *violations);

/* One routine of sql/.../audit. It is walked in chunks of keys, or, with `once`, called once. */
struct audit_check {
    const char *routine;
    bool global; /* else on each shard */
    bool both;   /* on global and on each shard */
    bool once;   /* it takes the seconds of `outbox_s`, or nothing, instead of a key and a limit */
    audit_follow *follow; /* NULL: the routine alone says what is wrong */
};

enum { AUDIT_CHECKS_MAX = 4, AUDIT_LAWS_N = 13 };

struct audit_law {
    const char *name;
    const char *about;
    struct audit_check checks[AUDIT_CHECKS_MAX]; /* until one without a routine */
};

extern const struct audit_law audit_laws[AUDIT_LAWS_N];

/* What became of one law. */
struct audit_result {
    int64_t examined, ms;
    int db;                  /* where the first violations are */
    json_object *violations; /* array; empty when the law holds as far as was looked; to be put */
};

/* Walks all of a law. What looks wrong is looked at again three times, settle_ms apart: only what stays wrong is
 * a violation, so that work under way is none. Ends at the first chunk that holds one. SOUK_UNAVAILABLE, SOUK_TIMEOUT: a
 * database did not answer, or the time was up; what was found until then stands in *result. */
SOUK_CHECK enum souk_err audit_walk(struct audit *audit, const struct audit_law *law, struct audit_result *result);

#endif
