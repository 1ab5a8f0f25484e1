/* Walking a law in chunks of keys. See audit.h. */
#include <string.h>
#include <time.h>

#include "admin/audit.h"
#include "base/clock.h"
#include "base/json.h"

enum { CHUNK = 1000, CHUNK_US = 30000000, LOOKS_AGAIN = 3 };

/* One chunk as it was looked at. */
struct chunk {
    int64_t after, examined, next; /* next: 0 at the end */
    json_object *violations;       /* array; to be put */
};

static int64_t chunk_deadline(const struct audit *audit)
{
    const int64_t us = clock_us() + CHUNK_US;
    return us < audit->until_us ? us : audit->until_us;
}

static enum souk_err call(struct audit *audit, const struct audit_check *check, int db, int64_t after, json_object **body)
{
    const struct param walk[] = {param_int(after), param_int(CHUNK)}, once[] = {param_int(audit->outbox_s)};
    const struct call ask = {check->routine, check->once ? once : walk, check->once ? 1 : 2, chunk_deadline(audit), .repeatable = true};
    struct answer answer;
    enum souk_err err = store_call(audit->store, db, &ask, audit->arena, &answer, NULL);
    if (err != SOUK_OK) /* a call with no time left fails like one of a database that is away */
        return clock_us() >= audit->until_us ? SOUK_TIMEOUT : err;
    *body = arena_own(audit->arena, json_tokener_parse(answer.body), json_release);
    return *body ? SOUK_OK : SOUK_INTERNAL;
}

static void copy_all(json_object *from, json_object *to)
{
    for (size_t i = 0; from && i < json_object_array_length(from); i++)
        json_object_array_add(to, json_object_get(json_object_array_get_idx(from, i)));
}

static enum souk_err look(struct audit *audit, const struct audit_check *check, int db, struct chunk *chunk)
{
    json_object *body;
    chunk->violations = json_object_new_array();
    enum souk_err err = call(audit, check, db, chunk->after, &body);
    if (err != SOUK_OK)
        return err;
    copy_all(json_member_array(body, "violations"), chunk->violations);
    chunk->examined = json_member_number(body, "examined");
    chunk->next = json_member_number(body, "next");
    return check->follow ? check->follow(audit, db, body, chunk->violations) : SOUK_OK;
}

static bool same(json_object *one, json_object *other)
{
    return strcmp(json_member_text(one, "rule"), json_member_text(other, "rule")) == 0 &&
           strcmp(json_member_text(one, "key"), json_member_text(other, "key")) == 0;
}

static bool is_among(json_object *one, json_object *list)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (same(one, json_object_array_get_idx(list, i)))
            return true;
    return false;
}

/* Keeps of the new list what was wrong in the old one too. */
static json_object *still(json_object *old, json_object *new)
{
    json_object *both = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(new); i++)
        if (is_among(json_object_array_get_idx(new, i), old))
            json_object_array_add(both, json_object_get(json_object_array_get_idx(new, i)));
    json_object_put(old);
    json_object_put(new);
    return both;
}

static void settle(const struct audit *audit)
{
    const struct timespec pause = {.tv_sec = audit->settle_ms / 1000, .tv_nsec = audit->settle_ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* Looks at a chunk, and again at what looks wrong. What could not be looked at again is not said to be wrong. */
static enum souk_err judge(struct audit *audit, const struct audit_check *check, int db, struct chunk *chunk)
{
    enum souk_err err = look(audit, check, db, chunk);
    for (int i = 0; err == SOUK_OK && i < LOOKS_AGAIN && json_object_array_length(chunk->violations) > 0; i++) {
        struct chunk again = {.after = chunk->after};
        settle(audit);
        err = look(audit, check, db, &again);
        if (err != SOUK_OK) {
            json_object_put(again.violations);
            again.violations = json_object_new_array();
        }
        chunk->violations = still(chunk->violations, again.violations);
    }
    arena_reset(audit->arena);
    return err;
}

static enum souk_err walk_database(struct audit *audit, const struct audit_check *check, int db,
                                   struct audit_result *result)
{
    struct chunk chunk = {0};
    enum souk_err err = SOUK_OK;
    do {
        if (clock_us() >= audit->until_us)
            return SOUK_TIMEOUT;
        chunk = (struct chunk){.after = chunk.next};
        result->db = db;
        err = judge(audit, check, db, &chunk);
        result->examined += chunk.examined;
        copy_all(chunk.violations, result->violations);
        json_object_put(chunk.violations);
    } while (err == SOUK_OK && chunk.next != 0 && json_object_array_length(result->violations) == 0);
    return err;
}

static enum souk_err walk_check(struct audit *audit, const struct audit_check *check, struct audit_result *result)
{
    const int first = check->global || check->both ? DB_GLOBAL : 0;
    const int end = check->global ? 0 : store_shards_n(audit->store);
    enum souk_err err = SOUK_OK;
    for (int db = first; err == SOUK_OK && db < end && json_object_array_length(result->violations) == 0; db++)
        err = walk_database(audit, check, db, result);
    return err;
}

enum souk_err audit_walk(struct audit *audit, const struct audit_law *law, struct audit_result *result)
{
    const int64_t began_us = clock_us();
    *result = (struct audit_result){.violations = json_object_new_array()};
    enum souk_err err = SOUK_OK;
    for (int i = 0; i < AUDIT_CHECKS_MAX && law->checks[i].routine; i++) {
        if (err == SOUK_OK && json_object_array_length(result->violations) == 0)
            err = walk_check(audit, &law->checks[i], result);
    }
    result->ms = (clock_us() - began_us) / 1000;
    return err;
}
