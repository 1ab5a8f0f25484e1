/* Routine files. See routine_file.h.
 *
 * What can go wrong silently is refused here: a routine named unlike its file, one that would belong to whoever loads
 * it, and one that opens a transaction without the handler that ends it (a refused call would leave its locks behind,
 * and the next call on the connection would commit what it had begun).
 */
#include "admin/routine_file.h"

#include <ctype.h>
#include <glob.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "store/pool.h"

void routine_checksum(const char *text, size_t len, char out[65])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)text, len);
    text_hex(digest, sizeof digest, out);
}

char *routine_file_text(const char *path, struct arena *arena, size_t *len)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return NULL;
    char *text = NULL;
    struct stat about;
    if (fstat(fileno(file), &about) == 0 && about.st_size <= ROUTINE_FILE_BYTES_MAX) {
        *len = (size_t)about.st_size;
        text = arena_alloc(arena, *len + 1);
        if (text != NULL && fread(text, 1, *len, file) != *len)
            text = NULL;
    }
    (void)fclose(file);
    return text;
}

/* A copy of `text` in which comment lines are blank: what stands in them is no code. Offsets stay. */
static char *code_of(const char *text, size_t len, struct arena *arena)
{
    char *code = arena_copy(arena, text, len);
    if (code == NULL)
        return NULL;
    for (char *line = code; line != NULL && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t indent = strspn(line, " \t");
        if (strncmp(line + indent, "--", 2) == 0)
            memset(line, ' ', strcspn(line, "\n"));
    }
    return code;
}

/* Finds "<kind> <name>(" in `code`. */
static bool find_head(const char *code, const char *kind, const char *name, size_t *name_at)
{
    const char *found = strstr(code, kind);
    if (found == NULL)
        return false;
    const char *at = found + strlen(kind);
    at += strspn(at, " \t\n");
    size_t len = strlen(name);
    *name_at = (size_t)(at - code);
    return strncmp(at, name, len) == 0 && strchr("( \t\n", at[len]) != NULL;
}

static const char *fault_of(const struct routine_file *file, const char *code, bool named)
{
    if (!named || strlen(file->name) > ROUTINE_NAME_MAX)
        return "does not create a routine of its own name";
    if (strstr(code, "'souk_definer'@'localhost'") == NULL || strstr(code, "SQL SECURITY DEFINER") == NULL)
        return "must say DEFINER = 'souk_definer'@'localhost' and SQL SECURITY DEFINER";
    if (strstr(code, "START TRANSACTION") != NULL && strstr(code, "EXIT HANDLER FOR SQLEXCEPTION") == NULL)
        return "starts a transaction without DECLARE EXIT HANDLER FOR SQLEXCEPTION";
    return NULL;
}

static struct routine_file read_one(const char *path, struct arena *arena)
{
    const char *base = strrchr(path, '/') + 1;
    struct routine_file file = {.kind = "PROCEDURE"};
    file.path = arena_copy(arena, path, strlen(path));
    file.name = arena_copy(arena, base, strlen(base) - strlen(".sql"));
    size_t len = 0;
    char *text = routine_file_text(path, arena, &len);
    char *code = text ? code_of(text, len, arena) : NULL;
    if (code == NULL) {
        file.fault = "cannot be read or is too large";
        return file;
    }
    routine_checksum(text, len, file.checksum);
    while (len > 0 && (isspace((unsigned char)text[len - 1]) || text[len - 1] == ';'))
        text[--len] = '\0';
    file.sql = text;
    bool named = find_head(code, "PROCEDURE", file.name, &file.name_at);
    if (!named && find_head(code, "FUNCTION", file.name, &file.name_at)) {
        file.kind = "FUNCTION";
        named = true;
    }
    file.fault = fault_of(&file, code, named);
    return file;
}

static int by_kind_and_name(const void *left, const void *right)
{
    const struct routine_file *a = left;
    const struct routine_file *b = right;
    int order = strcmp(a->kind, b->kind);
    return order ? order : strcmp(a->name, b->name);
}

static bool find_files(const char *sql_dir, const char *kind, struct arena *arena, int flags, glob_t *found)
{
    const char *pattern = arena_printf(arena, "%s/%s/*/*.sql", sql_dir, kind);
    return pattern != NULL && glob(pattern, flags, NULL, found) == 0;
}

int routine_files_read(const char *sql_dir, const char *kind, struct arena *arena, struct routine_file **out)
{
    glob_t found = {0};
    int n = -1;
    struct routine_file *files = arena_alloc(arena, ROUTINE_FILES_MAX * sizeof *files);
    if (files != NULL && find_files(sql_dir, kind, arena, 0, &found) &&
        (strcmp(kind, "sandbox") == 0 || find_files(sql_dir, "common", arena, GLOB_APPEND, &found)) &&
        found.gl_pathc <= ROUTINE_FILES_MAX) {
        n = (int)found.gl_pathc;
        for (int i = 0; i < n; i++)
            files[i] = read_one(found.gl_pathv[i], arena);
        qsort(files, (size_t)n, sizeof *files, by_kind_and_name);
        for (int i = 1; i < n; i++)
            if (strcmp(files[i - 1].name, files[i].name) == 0)
                files[i].fault = "there is another file of this name";
        *out = files;
    }
    globfree(&found);
    return n;
}
