/* `souk admin routines`: loads sql/ into the databases.
 *
 * A routine is loaded again when the SHA-256 of its file differs from the one written down in routine_loaded, or when
 * the database has lost it. It is compiled under another name first, so that one that does not compile leaves the old
 * one at work; then the old one is dropped and the new one created, an instant in which callers meet error 1305 and
 * try again (store/call.c). New names come first: what is replaced may call them. Routines whose file is gone stay for
 * KEPT_MIN more, since the program of the release before still calls them until it is reloaded; the first load after
 * that drops them. Then the tables of sql/grants.txt are granted to the definer.
 */
#include "admin/routines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin/commands.h"
#include "admin/routine_file.h"
#include "base/clock.h"
#include "store/pool.h"
#include "store/session.h"

enum {
    ROUTINES_ARENA_BYTES = 67108864,
    GRANT_LINE_BYTES = 256,
    KEPT_MIN = 60,
    SETTLE_US = 200000 /* the lock is kept for so long: who met old and new routines together asks whether it is held */
};

#define TRIAL "souk_trial"

/* A row for each routine that is written down. Its file is gone when it has no checksum. */
static const char loaded_sql[] =
    "SELECT l.name, l.kind, l.checksum, r.ROUTINE_NAME IS NOT NULL, "
    "l.loaded_at < CURRENT_TIMESTAMP(3) - INTERVAL %d MINUTE FROM routine_loaded AS l "
    "LEFT JOIN information_schema.ROUTINES AS r ON r.ROUTINE_SCHEMA = DATABASE() AND r.ROUTINE_NAME = l.name "
    "AND r.ROUTINE_TYPE = l.kind WHERE l.kind <> 'GRANTS'";

/* The parameters of a routine as one text, empty when there is no such routine. */
static const char parameters_sql[] =
    "SELECT COALESCE(GROUP_CONCAT(CONCAT_WS(' ', PARAMETER_MODE, PARAMETER_NAME, DTD_IDENTIFIER) "
    "ORDER BY ORDINAL_POSITION), '') FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = DATABASE() "
    "AND SPECIFIC_NAME = '%s' AND ROUTINE_TYPE = '%s'";

struct loading {
    const struct database *database;
    MYSQL *mysql;
    struct arena *arena;
    struct routine_file *files;
    int files_n;
    struct routines_result *result;
};

/* The line a server's message names ("… at line 12"), 0 when it names none. */
static int line_of(const char *message)
{
    const char *at = strstr(message, "at line ");
    return at ? atoi(at + strlen("at line ")) : 0;
}

/* One line on stderr, though servers quote pieces of several. */
static void complain(struct loading *loading, const char *path, const char *reason)
{
    char text[SESSION_MESSAGE_BYTES * 2];
    snprintf(text, sizeof text, "%s", reason);
    for (char *c = strchr(text, '\n'); c != NULL; c = strchr(c, '\n'))
        *c = ' ';
    loading->result->failed++;
    int line = line_of(text);
    if (line > 0)
        fprintf(stderr, "%s:%d: %s: %s\n", path, line, loading->database->db.schema, text);
    else
        fprintf(stderr, "%s: %s: %s\n", path, loading->database->db.schema, text);
}

static struct routine_file *find_file(struct loading *loading, const char *name, const char *kind)
{
    for (int i = 0; i < loading->files_n; i++)
        if (strcmp(loading->files[i].name, name) == 0 && strcmp(loading->files[i].kind, kind) == 0)
            return &loading->files[i];
    return NULL;
}

static bool drop_routine(struct loading *loading, const char *name, const char *kind)
{
    return database_runf(loading->mysql, "DELETE FROM routine_loaded WHERE name = '%s' AND kind = '%s'", name, kind) &&
           database_runf(loading->mysql, "DROP %s IF EXISTS `%s`", kind, name);
}

/* The file of the routine is gone: it is written down as of now, and dropped when that is long enough ago. */
static bool retire(struct loading *loading, MYSQL_ROW row)
{
    const bool known = row[2][0] == '\0', long_ago = strcmp(row[4], "1") == 0;
    if (known && !long_ago)
        return true;
    if (known)
        loading->result->dropped++;
    return known ? drop_routine(loading, row[0], row[1])
                 : database_runf(loading->mysql,
                                 "UPDATE routine_loaded SET checksum = '', loaded_at = CURRENT_TIMESTAMP(3) "
                                 "WHERE name = '%s' AND kind = '%s'", row[0], row[1]);
}

/* Marks the files that are loaded already, and sees to what has no file any more. */
static bool compare(struct loading *loading)
{
    char sql[sizeof loaded_sql + 16];
    snprintf(sql, sizeof sql, loaded_sql, KEPT_MIN);
    MYSQL_RES *rows = database_query(loading->mysql, sql);
    if (rows == NULL) {
        fprintf(stderr, "souk admin routines: %s: %s; run souk admin migrate first\n", loading->database->db.schema,
                mysql_error(loading->mysql));
        return false;
    }
    for (MYSQL_ROW row = mysql_fetch_row(rows); row != NULL; row = mysql_fetch_row(rows)) {
        struct routine_file *file = find_file(loading, row[0], row[1]);
        const bool there = strcmp(row[3], "1") == 0;
        if (file != NULL && there)
            file->state = strcmp(file->checksum, row[2]) == 0 ? ROUTINE_LOADED : ROUTINE_CHANGED;
        else if (file == NULL && !retire(loading, row))
            complain(loading, row[0], mysql_error(loading->mysql));
    }
    mysql_free_result(rows);
    return true;
}

/* Creates the routine under a name that nobody calls. */
static bool compiles(struct loading *loading, const struct routine_file *file)
{
    size_t name_len = strlen(file->name);
    char *trial = arena_printf(loading->arena, "%.*s%s%s", (int)file->name_at, file->sql, TRIAL,
                               file->sql + file->name_at + name_len);
    return trial != NULL && database_runf(loading->mysql, "DROP %s IF EXISTS " TRIAL, file->kind) &&
           database_run(loading->mysql, trial);
}

/* NULL: the database has said why. */
static const char *parameters_of(struct loading *loading, const char *name, const char *kind)
{
    char sql[sizeof parameters_sql + 2 * ROUTINE_NAME_MAX];
    snprintf(sql, sizeof sql, parameters_sql, name, kind);
    MYSQL_RES *rows = database_query(loading->mysql, sql);
    MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
    const char *text = row ? arena_printf(loading->arena, "%s", row[0]) : NULL;
    mysql_free_result(rows);
    return text;
}

/* Whoever calls the routine as before is refused it from now on: better said than wondered about. */
static void tell_of_parameters(struct loading *loading, const struct routine_file *file)
{
    const char *before = parameters_of(loading, file->name, file->kind);
    const char *after = parameters_of(loading, TRIAL, file->kind);
    if (before != NULL && after != NULL && strcmp(before, after) != 0)
        fprintf(stderr, "%s: %s: takes other parameters than before: programs of the release before get 503 for it until they "
                "are reloaded; under a name of its own it would lose nothing\n", file->path, loading->database->db.schema);
}

static bool replace(struct loading *loading, const struct routine_file *file)
{
    if (!compiles(loading, file))
        return false;
    if (file->state == ROUTINE_CHANGED)
        tell_of_parameters(loading, file);
    return database_runf(loading->mysql, "DROP %s " TRIAL, file->kind) && drop_routine(loading, file->name, file->kind) &&
           database_run(loading->mysql, file->sql) &&
           database_runf(loading->mysql, "INSERT INTO routine_loaded (name, kind, checksum) VALUES ('%s', '%s', '%s')",
                         file->name, file->kind, file->checksum);
}

static void load_files(struct loading *loading, enum routine_state state)
{
    for (int i = 0; i < loading->files_n; i++) {
        const struct routine_file *file = &loading->files[i];
        if (file->state != state)
            continue;
        if (file->fault != NULL)
            complain(loading, file->path, file->fault);
        else if (replace(loading, file))
            loading->result->loaded++;
        else
            complain(loading, file->path, mysql_error(loading->mysql));
    }
}

/* The lock ends with the session. */
static void settle(const struct loading *loading)
{
    if (loading->result->loaded > 0)
        nanosleep(&(struct timespec){.tv_nsec = SETTLE_US * 1000}, NULL);
}

static bool plain(const char *word, const char *more)
{
    char allowed[64];
    snprintf(allowed, sizeof allowed, "abcdefghijklmnopqrstuvwxyz_0123456789%s", more);
    return *word && word[strspn(word, allowed)] == '\0';
}

/* "UPDATE(column)": the rest of such a table is append-only. */
static bool of_column(const char *rights)
{
    char column[GRANT_LINE_BYTES], end[2];
    return sscanf(rights, "UPDATE(%[a-z_])%1s", column, end) == 1 && rights[strlen(rights) - 1] == ')';
}

/* One line "<kind> <table> UPDATE[,DELETE]", or "UPDATE(column)". Lines of other kinds are not ours. False: said what is wrong. */
static bool grant_line(struct loading *loading, const char *path, int number, const char *line)
{
    char kind[GRANT_LINE_BYTES], table[GRANT_LINE_BYTES], rights[GRANT_LINE_BYTES], rest[2];
    int words = strlen(line) < GRANT_LINE_BYTES ? sscanf(line, "%s %s %s %1s", kind, table, rights, rest) : 0;
    if (words <= 0 || line[0] == '#')
        return true;
    bool known = strcmp(kind, "global") == 0 || strcmp(kind, "shard") == 0 || strcmp(kind, "sandbox") == 0;
    bool right = words == 3 && (strcmp(rights, "UPDATE") == 0 || strcmp(rights, "DELETE") == 0 ||
                                strcmp(rights, "UPDATE,DELETE") == 0 || of_column(rights));
    const char *fault = NULL;
    if (!known || !right || !plain(table, ""))
        fault = "expected: global|shard|sandbox <table> UPDATE[,DELETE] or UPDATE(column)";
    else if (strcmp(kind, loading->database->kind) == 0 &&
             !database_runf(loading->mysql, "GRANT %s ON `%s` TO 'souk_definer'@'localhost'", rights, table))
        fault = mysql_error(loading->mysql);
    if (fault == NULL)
        return true;
    loading->result->failed++;
    fprintf(stderr, "%s:%d: %s: %s\n", path, number, loading->database->db.schema, fault);
    return false;
}

static bool grants_known(struct loading *loading, const char *checksum)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT 1 FROM routine_loaded WHERE kind = 'GRANTS' AND checksum = '%s'", checksum);
    MYSQL_RES *rows = database_query(loading->mysql, sql);
    bool known = rows != NULL && mysql_num_rows(rows) > 0;
    mysql_free_result(rows);
    return known;
}

/* Grants are written down by the checksum of their file, as routines are. */
static void apply_grants(struct loading *loading, const char *sql_dir)
{
    size_t len = 0;
    const char *path = arena_printf(loading->arena, "%s/grants.txt", sql_dir);
    char *text = path ? routine_file_text(path, loading->arena, &len) : NULL;
    if (text == NULL) {
        complain(loading, "grants.txt", "cannot be read");
        return;
    }
    char checksum[65];
    routine_checksum(text, len, checksum);
    if (grants_known(loading, checksum))
        return;
    bool good = true;
    int number = 0;
    char *place = NULL;
    for (char *line = text; line != NULL; line = place) {
        place = strchr(line, '\n');
        if (place != NULL)
            *place++ = '\0';
        good = grant_line(loading, path, ++number, line) && good;
    }
    if (good && !(database_run(loading->mysql, "DELETE FROM routine_loaded WHERE kind = 'GRANTS'") &&
                  database_runf(loading->mysql,
                                "INSERT INTO routine_loaded (name, kind, checksum) VALUES ('grants', 'GRANTS', '%s')",
                                checksum)))
        complain(loading, path, mysql_error(loading->mysql));
}

/* Two loaders at once would drop each other's work. */
static bool lock_loading(struct loading *loading)
{
    char sql[512];
    snprintf(sql, sizeof sql, "SELECT GET_LOCK('souk_routines_%s', 30)", loading->database->db.schema);
    MYSQL_RES *rows = database_query(loading->mysql, sql);
    MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
    bool locked = row != NULL && row[0] != NULL && strcmp(row[0], "1") == 0;
    mysql_free_result(rows);
    if (!locked)
        fprintf(stderr, "souk admin routines: %s: another one is loading routines\n", loading->database->db.schema);
    return locked;
}

bool routines_apply(const struct database *database, const char *sql_dir, struct routines_result *result)
{
    *result = (struct routines_result){0};
    bool done = false;
    struct loading loading = {.database = database, .result = result, .arena = arena_new(ROUTINES_ARENA_BYTES)};
    loading.files_n = loading.arena ? routine_files_read(sql_dir, database->kind, loading.arena, &loading.files) : -1;
    if (loading.files_n < 0) {
        fprintf(stderr, "souk admin routines: %s/%s: no routine files there\n", sql_dir, database->kind);
        goto out;
    }
    loading.mysql = database_open(database, database->db.schema);
    if (loading.mysql == NULL || !lock_loading(&loading) || !compare(&loading))
        goto out;
    result->total = loading.files_n;
    load_files(&loading, ROUTINE_NEW);
    load_files(&loading, ROUTINE_CHANGED);
    apply_grants(&loading, sql_dir);
    settle(&loading);
    done = result->failed == 0;
out:
    session_close(loading.mysql);
    arena_free(loading.arena);
    return done;
}

static void print_result(const struct database *database, const struct routines_result *result, bool json, bool last)
{
    if (json)
        printf("{\"database\":\"%s\",\"routines\":%d,\"loaded\":%d,\"dropped\":%d,\"failed\":%d}%s",
               database->db.schema, result->total, result->loaded, result->dropped, result->failed, last ? "" : ",");
    else
        printf("%-24s %4d routines, %d loaded, %d dropped, %d failed\n", database->db.schema, result->total,
               result->loaded, result->dropped, result->failed);
}

static int run(const struct config *config, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 2 || (argc == 2 && !json)) {
        fprintf(stderr, "usage: souk admin %s\n", admin_routines.usage);
        return 2;
    }
    struct database databases[DATABASES_MAX];
    size_t n = databases_of(config, databases);
    bool good = true;
    printf("%s", json ? "[" : "");
    for (size_t i = 0; i < n; i++) {
        struct routines_result result;
        good = routines_apply(&databases[i], config->sql_dir, &result) && good;
        print_result(&databases[i], &result, json, i + 1 == n);
    }
    printf("%s", json ? "]\n" : "");
    return good ? 0 : 1;
}

const struct admin_command admin_routines = {
    .name = "routines",
    .usage = "routines [--json]",
    .help = "Loads the routines of sql/ into every database: those that are new or changed, by checksum; drops those\n"
            "whose file has been gone for an hour; grants the tables of sql/grants.txt to the definer. Harmless to repeat.\n"
            "Exit code 1: a routine does not compile (file, line and reason on stderr) or a database is not there.",
    .run = run,
};
