/* Routine files: sql/<global|shard|sandbox|common>/<domain>/<routine>.sql, read, checked and named. Those of common belong to
 * global and to every shard. */
#ifndef SOUK_ADMIN_ROUTINE_FILE_H
#define SOUK_ADMIN_ROUTINE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { ROUTINE_FILES_MAX = 1024, ROUTINE_FILE_BYTES_MAX = 262144 };

enum routine_state {
    ROUTINE_NEW,     /* the database does not have it */
    ROUTINE_CHANGED, /* it has another form of it */
    ROUTINE_LOADED   /* it has exactly this form */
};

struct routine_file {
    const char *path;
    const char *name;     /* of the file and of the routine */
    const char *kind;     /* PROCEDURE or FUNCTION */
    const char *sql;      /* one statement */
    size_t name_at;       /* where the routine's name stands in `sql` */
    char checksum[65];    /* SHA-256 of the file, hex */
    const char *fault;    /* why it cannot be loaded; NULL: nothing against it */
    enum routine_state state;
};

/* Reads all files of a database's kind (global, shard or sandbox) below `sql_dir`, functions first, then by name. Everything
 * lives in `arena`. Returns how many, or −1 when there are none or too many. A file that cannot be used has its `fault` set. */
int routine_files_read(const char *sql_dir, const char *kind, struct arena *arena, struct routine_file **out);

/* Reads a whole file of at most ROUTINE_FILE_BYTES_MAX bytes into the arena. NULL when it cannot be read. */
char *routine_file_text(const char *path, struct arena *arena, size_t *len);

/* SHA-256 as hex. */
void routine_checksum(const char *text, size_t len, char out[65]);

#endif
