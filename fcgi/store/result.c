/* The first result of a CALL. See result.h. */
#include "store/result.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { COLUMNS_MAX = 16, SHORT_BYTES = 64 };

enum column {
    COLUMN_STATUS, COLUMN_BODY, COLUMN_ETAG, COLUMN_NEXT_CURSOR, COLUMN_LOCATION, /* of every answer */
    COLUMN_N, COLUMN_ERROR, COLUMN_DETAIL,                                        /* of a batch's */
    COLUMNS_N
};

static const struct {
    const char *name;
    bool number;
} columns[COLUMNS_N] = {
    [COLUMN_STATUS] = {"status", true},       [COLUMN_BODY] = {"body", false},
    [COLUMN_ETAG] = {"etag", false},          [COLUMN_NEXT_CURSOR] = {"next_cursor", false},
    [COLUMN_LOCATION] = {"location", false},  [COLUMN_N] = {"n", true},
    [COLUMN_ERROR] = {"error", true},         [COLUMN_DETAIL] = {"detail", false},
};

/* A stored result under its bound buffers. Short texts and numbers are there after a fetch, longer texts are fetched
 * once their length is known. */
struct result {
    MYSQL_STMT *stmt;
    int at[COLUMNS_N]; /* where each known column stands; −1: absent */
    MYSQL_BIND binds[COLUMNS_MAX];
    unsigned long lengths[COLUMNS_MAX];
    my_bool nulls[COLUMNS_MAX];
    int64_t numbers[COLUMNS_N];
    char shorts[COLUMNS_MAX][SHORT_BYTES];
};

static void find_columns(struct result *result, unsigned columns_n)
{
    for (int column = 0; column < COLUMNS_N; column++)
        result->at[column] = -1;
    MYSQL_RES *metadata = mysql_stmt_result_metadata(result->stmt);
    if (metadata == NULL)
        return;
    const MYSQL_FIELD *fields = mysql_fetch_fields(metadata);
    for (unsigned i = 0; i < columns_n; i++)
        for (int column = 0; column < COLUMNS_N; column++)
            if (strcasecmp(fields[i].name, columns[column].name) == 0)
                result->at[column] = (int)i;
    mysql_free_result(metadata);
}

static bool bind(struct result *result, MYSQL_STMT *stmt, unsigned columns_n)
{
    result->stmt = stmt;
    if (columns_n > COLUMNS_MAX)
        return false;
    find_columns(result, columns_n);
    for (unsigned i = 0; i < columns_n; i++)
        result->binds[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING, .buffer = result->shorts[i],
                                        .buffer_length = SHORT_BYTES, .length = &result->lengths[i],
                                        .is_null = &result->nulls[i]};
    for (int column = 0; column < COLUMNS_N; column++) {
        if (!columns[column].number || result->at[column] < 0)
            continue;
        MYSQL_BIND *number = &result->binds[result->at[column]];
        number->buffer_type = MYSQL_TYPE_LONGLONG;
        number->buffer = &result->numbers[column];
        number->buffer_length = sizeof result->numbers[column];
    }
    return result->at[COLUMN_STATUS] >= 0 && result->at[COLUMN_BODY] >= 0 &&
           mysql_stmt_bind_result(stmt, result->binds) == 0;
}

static bool fetch(struct result *result)
{
    int fetched = mysql_stmt_fetch(result->stmt);
    return fetched == 0 || fetched == MYSQL_DATA_TRUNCATED;
}

static bool is_null(const struct result *result, enum column column)
{
    return result->at[column] < 0 || result->nulls[result->at[column]];
}

/* One text of the current row into the arena; NULL stays NULL. False: the arena is full. */
static bool text(const struct result *result, enum column column, struct arena *arena, const char **out, size_t *len)
{
    *out = NULL;
    *len = 0;
    if (is_null(result, column))
        return true;
    int at = result->at[column];
    size_t bytes = result->lengths[at];
    char *copy = arena_alloc(arena, bytes + 1);
    if (copy == NULL)
        return false;
    MYSQL_BIND rest = {.buffer_type = MYSQL_TYPE_STRING, .buffer = copy, .buffer_length = (unsigned long)bytes + 1};
    if (bytes <= SHORT_BYTES)
        memcpy(copy, result->shorts[at], bytes);
    else if (mysql_stmt_fetch_column(result->stmt, &rest, (unsigned)at, 0) != 0)
        return false;
    copy[bytes] = '\0';
    *out = copy;
    *len = bytes;
    return true;
}

static enum souk_err take_answer(const struct result *result, struct arena *arena, struct answer *answer)
{
    size_t len;
    answer->status = (int)result->numbers[COLUMN_STATUS];
    bool fits = text(result, COLUMN_BODY, arena, &answer->body, &answer->body_len) &&
                text(result, COLUMN_ETAG, arena, &answer->etag, &len) &&
                text(result, COLUMN_NEXT_CURSOR, arena, &answer->next_cursor, &len) &&
                text(result, COLUMN_LOCATION, arena, &answer->location, &len);
    return fits ? SOUK_OK : SOUK_TOO_LARGE;
}

enum souk_err result_read_row(MYSQL_STMT *stmt, unsigned columns_n, struct arena *arena, struct answer *answer)
{
    struct result result;
    if (!bind(&result, stmt, columns_n) || mysql_stmt_num_rows(stmt) != 1 || !fetch(&result) ||
        is_null(&result, COLUMN_STATUS))
        return SOUK_INTERNAL;
    return take_answer(&result, arena, answer);
}

/* One request's row: refused with its error, or its answer. */
static enum souk_err take_part(const struct result *result, struct call_part *part)
{
    const char *detail;
    size_t len;
    if (is_null(result, COLUMN_ERROR)) {
        part->err = is_null(result, COLUMN_STATUS) ? SOUK_INTERNAL : take_answer(result, part->arena, &part->answer);
        return part->err == SOUK_INTERNAL ? SOUK_INTERNAL : SOUK_OK;
    }
    part->err = error_from_number((unsigned)result->numbers[COLUMN_ERROR]);
    if (!text(result, COLUMN_DETAIL, part->arena, &detail, &len))
        part->err = SOUK_TOO_LARGE;
    else
        text_utf8_copy(detail ? detail : "", part->refusal.detail, sizeof part->refusal.detail);
    return SOUK_OK;
}

enum souk_err result_read_parts(MYSQL_STMT *stmt, unsigned columns_n, struct call_part *parts, size_t parts_n)
{
    struct result result;
    if (!bind(&result, stmt, columns_n) || result.at[COLUMN_N] < 0 || result.at[COLUMN_ERROR] < 0)
        return SOUK_INTERNAL;
    for (size_t rows = mysql_stmt_num_rows(stmt); rows > 0; rows--) {
        if (!fetch(&result))
            return SOUK_INTERNAL;
        int64_t n = result.numbers[COLUMN_N];
        if (n < 0 || n >= (int64_t)parts_n || parts[n].answered || take_part(&result, &parts[n]) != SOUK_OK)
            return SOUK_INTERNAL;
        parts[n].answered = true;
    }
    return SOUK_OK;
}
