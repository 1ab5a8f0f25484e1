/* The commands of `souk admin`. A command is one line here and one file admin/<name>.c that defines
 * `const struct admin_command admin_<name>`. */
#ifndef SOUK_ADMIN_COMMANDS_H
#define SOUK_ADMIN_COMMANDS_H

#include "base/config.h"

struct admin_command {
    const char *name;
    const char *usage; /* "import [--currency=USD] [--json] FILE.csv" */
    const char *help;  /* what it does, its flags, its exit codes */
    /* argv[0] is the command's name. Exit code: 0 done, 1 refused or failed (said on stderr in one line), 2 usage. */
    int (*run)(const struct config *config, int argc, char **argv);
};

#define ADMIN_COMMANDS(X) X(migrate) X(routines) X(import) X(openapi) X(status) X(search) X(ids) X(role) X(keys) X(audit) X(mail) X(statement) X(reconcile)

#define X(name) extern const struct admin_command admin_##name;
ADMIN_COMMANDS(X)
#undef X

#endif
