/* Brings the search indexes after the products: the words in global's tables first, and of those what the search server
 * holds. A server without a whole index (it was emptied, or never had one), or one that somebody wants anew, gets one built
 * beside the one in use, a piece at a time, while changes go to both; then its marker is written, and readers move over.
 *
 * Epoch n stands in index a where n is odd, in b where it is even: a new index is always the other one.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "observe/log.h"
#include "worker/jobs.h"
#include "worker/search_text.h"

enum { EVERY_MS = 150, IDLE_MS = 600, WORDS_BATCH = 50, ROWS_BATCH = 100,
       DOCS_BYTES = 1 << 20, WRITE_BYTES = 256 << 10, SCRATCH_BYTES = 4 << 20, WRITE_MS = 5000, MOVE_MS = 1500 };

struct state {
    int64_t epoch, building, built_to, wanted, words_due, server_due;
};

static char index_of(int64_t epoch)
{
    return epoch & 1 ? 'a' : 'b';
}

static enum souk_err read_state(struct job_run *run, struct state *state)
{
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "search_state", NULL, 0, &body);
    if (err != SOUK_OK)
        return err;
    *state = (struct state){
        .epoch = json_member_number(body, "epoch"),
        .building = json_member_number(body, "building"),
        .built_to = json_member_number(body, "built_to"),
        .wanted = json_member_number(body, "wanted"),
        .words_due = json_member_number(body, "words_due"),
        .server_due = json_member_number(body, "server_due"),
    };
    return SOUK_OK;
}

static enum souk_err move_build(struct job_run *run, int64_t building, int64_t built_to, struct param epoch)
{
    const struct param params[] = {param_int(building), param_int(built_to), epoch};
    json_object *body;
    return job_call(run, DB_GLOBAL, "search_build", params, 3, &body);
}

static enum souk_err follow_words(struct job_run *run, size_t *n)
{
    const struct param limit[] = {param_int(WORDS_BATCH)};
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "search_source", limit, 1, &body);
    json_object *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    *n = items ? json_object_array_length(items) : 0;
    if (err != SOUK_OK || *n == 0)
        return err;
    struct buffer docs = buffer_in(run->arena, 65536);
    struct arena *scratch = arena_new(SCRATCH_BYTES);
    buffer_puts(&docs, "[");
    for (size_t i = 0; scratch && i < *n && docs.len < DOCS_BYTES; i++) {
        buffer_puts(&docs, i ? "," : "");
        search_text_put(scratch, json_object_array_get_idx(items, i), &docs);
        arena_reset(scratch);
    }
    buffer_puts(&docs, "]");
    arena_free(scratch);
    if (scratch == NULL)
        return SOUK_UNAVAILABLE;
    if (docs.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(docs.data)};
    return job_call(run, DB_GLOBAL, "search_put", params, 1, &body);
}

static enum souk_err server_run(struct job_run *run, struct arena *arena, const struct buffer *sql)
{
    struct sphinx_result results[SPHINX_RESULTS_MAX];
    size_t n;
    return sphinx_query(run->context->sphinx, arena, sql, WRITE_MS, results, &n);
}

static enum souk_err empty(struct job_run *run, char index)
{
    struct buffer sql = buffer_in(run->arena, 128);
    buffer_printf(&sql, "TRUNCATE RTINDEX products_%c", index);
    return server_run(run, run->arena, &sql);
}

static void put_text(struct buffer *sql, json_object *row, const char *name)
{
    const char *text = json_member_text(row, name);
    buffer_puts(sql, ",");
    sphinx_quote(sql, text ? text : "");
}

/* The ids in "_c<id>" of the filter text, as (1,2,3). */
static void put_categories(struct buffer *sql, const char *filter)
{
    const char *separator = "";
    buffer_puts(sql, ",(");
    for (const char *at = filter; at && *at;) {
        size_t len = strcspn(at, " ");
        if (strncmp(at, "_c", 2) == 0) {
            buffer_puts(sql, separator);
            buffer_add(sql, at + 2, len - 2);
            separator = ",";
        }
        at += len;
        at += *at == ' ';
    }
    buffer_puts(sql, ")");
}

static void put_row(struct buffer *put, json_object *row)
{
    buffer_printf(put, "(%" PRId64, json_member_number(row, "product_id"));
    put_text(put, row, "title");
    put_text(put, row, "about");
    put_text(put, row, "body");
    put_text(put, row, "filter");
    put_text(put, row, "vendor");
    buffer_printf(put, ",0,%" PRId64, json_member_number(row, "price"));
    put_categories(put, json_member_text(row, "filter"));
    buffer_puts(put, ")");
}

/* Writes the rows from *at on, as many as make one statement of about WRITE_BYTES, and moves *at past them. */
static enum souk_err write_some(struct job_run *run, struct arena *scratch, char index, json_object *items, size_t *at)
{
    size_t n = json_object_array_length(items), puts = 0, gone = 0;
    struct buffer put = buffer_in(scratch, 65536), cut = buffer_in(scratch, 1024);
    buffer_printf(&put, "REPLACE INTO products_%c (id,title,about,body,filter,vendor,epoch,price,categories) VALUES ", index);
    buffer_printf(&cut, "DELETE FROM products_%c WHERE id IN (", index);
    for (; *at < n && put.len < WRITE_BYTES; ++*at) {
        json_object *row = json_object_array_get_idx(items, *at);
        if (json_member_number(row, "there") == 0) {
            buffer_printf(&cut, "%s%" PRId64, gone++ ? "," : "", json_member_number(row, "product_id"));
            continue;
        }
        buffer_puts(&put, puts++ ? "," : "");
        put_row(&put, row);
    }
    buffer_puts(&cut, ")");
    enum souk_err err = puts ? server_run(run, scratch, &put) : SOUK_OK;
    return err == SOUK_OK && gone ? server_run(run, scratch, &cut) : err;
}

/* Makes the rows of `items` in `index` what they are to be: some are replaced, those that are gone are deleted. */
static enum souk_err write_rows(struct job_run *run, char index, json_object *items)
{
    struct arena *scratch = arena_new(SCRATCH_BYTES);
    enum souk_err err = scratch ? SOUK_OK : SOUK_UNAVAILABLE;
    for (size_t at = 0; err == SOUK_OK && at < json_object_array_length(items);) {
        err = write_some(run, scratch, index, items, &at);
        arena_reset(scratch);
    }
    arena_free(scratch);
    return err;
}

static enum souk_err read_rows(struct job_run *run, struct param after, int64_t limit, json_object **items, size_t *n)
{
    const struct param params[] = {after, param_int(limit)};
    json_object *body;
    enum souk_err err = job_call(run, DB_GLOBAL, "search_rows", params, 2, &body);
    *items = err == SOUK_OK ? json_member_array(body, "items") : NULL;
    *n = *items ? json_object_array_length(*items) : 0;
    return err;
}

/* What changed, into every index there is. */
static enum souk_err follow_rows(struct job_run *run, const struct state *state, size_t *n)
{
    json_object *items, *body;
    enum souk_err err = read_rows(run, param_null(), ROWS_BATCH, &items, n);
    if (err != SOUK_OK || *n == 0)
        return err;
    if (state->epoch)
        err = write_rows(run, index_of(state->epoch), items);
    if (err == SOUK_OK && state->building)
        err = write_rows(run, index_of(state->building), items);
    if (err != SOUK_OK)
        return err;
    struct buffer done = buffer_in(run->arena, 1024);
    for (size_t i = 0; i < *n; i++) {
        json_object *row = json_object_array_get_idx(items, i);
        buffer_printf(&done, "%s{\"product_id\":\"%" PRId64 "\",\"marks\":%" PRId64 "}", i ? "," : "[",
                      json_member_number(row, "product_id"), json_member_number(row, "marks"));
    }
    buffer_puts(&done, "]");
    if (done.failed)
        return SOUK_TOO_LARGE;
    const struct param params[] = {param_text(done.data)};
    return job_call(run, DB_GLOBAL, "search_rows_done", params, 1, &body);
}

static enum souk_err begin_build(struct job_run *run, struct state *state, bool lost)
{
    state->building = (state->epoch > state->building ? state->epoch : state->building) + 1;
    state->built_to = 0;
    log_info("search server: building index %c, epoch %" PRId64 "%s", index_of(state->building), state->building,
             lost ? ": there is none that is whole" : "");
    enum souk_err err = empty(run, index_of(state->building));
    return err == SOUK_OK ? move_build(run, state->building, 0, param_null()) : err;
}

/* The index is whole: its marker makes it the one in use. The old one is emptied once no reader can be on it. */
static enum souk_err finish_build(struct job_run *run, struct state *state)
{
    struct buffer marker = buffer_in(run->arena, 128);
    buffer_printf(&marker, "REPLACE INTO products_%c (id,title,about,body,filter,vendor,epoch,price,categories) "
                  "VALUES (%d,'','','','','',%" PRId64 ",0,())", index_of(state->building), SPHINX_MARKER_ID, state->building);
    enum souk_err err = server_run(run, run->arena, &marker);
    if (err == SOUK_OK)
        err = move_build(run, 0, 0, param_int(state->building));
    if (err != SOUK_OK)
        return err;
    log_info("search server: index %c, epoch %" PRId64 ", is in use", index_of(state->building), state->building);
    nanosleep(&(struct timespec){.tv_sec = MOVE_MS / 1000, .tv_nsec = MOVE_MS % 1000 * 1000000L}, NULL);
    return empty(run, index_of(state->building + 1));
}

static enum souk_err build_piece(struct job_run *run, struct state *state, bool *found)
{
    json_object *items;
    size_t n;
    enum souk_err err = read_rows(run, param_int(state->built_to), ROWS_BATCH, &items, &n);
    if (err != SOUK_OK)
        return err;
    *found = true;
    if (n == 0)
        return finish_build(run, state);
    err = write_rows(run, index_of(state->building), items);
    int64_t built_to = json_member_number(json_object_array_get_idx(items, n - 1), "product_id");
    return err == SOUK_OK ? move_build(run, state->building, built_to, param_null()) : err;
}

/* Is what the server has of the index under construction still what was put there? It may have been emptied meanwhile. */
static enum souk_err build_stands(struct job_run *run, const struct state *state, bool *stands)
{
    struct sphinx_result results[SPHINX_RESULTS_MAX];
    size_t n;
    struct buffer sql = buffer_in(run->arena, 128);
    buffer_printf(&sql, "SELECT id FROM products_%c WHERE id = %" PRId64, index_of(state->building), state->built_to);
    enum souk_err err = sphinx_query(run->context->sphinx, run->arena, &sql, WRITE_MS, results, &n);
    *stands = state->built_to == 0 || (err == SOUK_OK && n > 0 && results[0].rows_n > 0);
    return err;
}

static enum souk_err follow_server(struct job_run *run, struct state *state, bool *found)
{
    char index;
    int64_t epoch = 0;
    size_t n = 0;
    enum souk_err err = sphinx_live(run->context->sphinx, run->arena, true, &index, &epoch);
    if (err == SOUK_UNAVAILABLE)
        return SOUK_OK; /* away: what is due stays due */
    if (err != SOUK_OK && err != SOUK_NOT_FOUND)
        return err;
    bool lost = epoch != state->epoch || epoch == 0, stands = true;
    if (epoch > 0 && epoch == state->building) /* stopped between the marker and the note of it */
        return finish_build(run, state);
    if (lost)
        state->epoch = epoch > state->epoch ? epoch : state->epoch;
    if (state->building) {
        err = build_stands(run, state, &stands);
        if (err != SOUK_OK)
            return err == SOUK_UNAVAILABLE ? SOUK_OK : err;
    }
    if (!state->building ? lost || state->wanted : !stands || (state->wanted && state->built_to == 0)) {
        err = begin_build(run, state, lost);
        if (err != SOUK_OK)
            return err;
    }
    err = follow_rows(run, state, &n);
    *found = *found || n == ROWS_BATCH;
    return err == SOUK_OK && state->building ? build_piece(run, state, found) : err;
}

static enum souk_err run_search(struct job_run *run, bool *found)
{
    struct state state = {0};
    size_t n = 0;
    enum souk_err err = read_state(run, &state);
    if (err == SOUK_OK && state.words_due > 0)
        err = follow_words(run, &n);
    run->worked = n > 0 || state.server_due > 0 || state.building > 0;
    *found = n == WORDS_BATCH;
    if (err != SOUK_OK || run->context->sphinx == NULL)
        return err;
    err = follow_server(run, &state, found);
    return err == SOUK_UNAVAILABLE ? SOUK_OK : err;
}

const struct job job_search = {
    .name = "search", .per_shard = false, .every_ms = EVERY_MS, .idle_ms = IDLE_MS, .run = run_search};
