/* Sqitch, driven by `souk admin migrate`. See sqitch.h.
 *
 * Starting Sqitch costs most of a second, so its registry is compared with the plan first. The password goes by an
 * option file in a private temporary folder: on a command line everybody could read it.
 */
#include "admin/sqitch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/session.h"

enum { SQITCH_LINE_BYTES = 2048, SQITCH_PATH_BYTES = 512, SQITCH_URI_BYTES = 4096, ERROR_NO_SCHEMA = 1049, ERROR_NO_TABLE = 1146 };

static bool read_line(struct sqitch_plan *plan, const char *line)
{
    static const char project[] = "%project=";
    if (strncmp(line, project, sizeof project - 1) == 0) {
        snprintf(plan->project, sizeof plan->project, "%.*s", (int)strcspn(line + sizeof project - 1, " \n"),
                 line + sizeof project - 1);
        return true;
    }
    size_t len = strcspn(line, " \t\n");
    if (len == 0 || strchr("%@#", line[0]) != NULL)
        return true;
    if (len >= SQITCH_NAME_BYTES || plan->changes_n == SQITCH_CHANGES_MAX)
        return false;
    memcpy(plan->changes[plan->changes_n], line, len);
    plan->changes[plan->changes_n++][len] = '\0';
    return true;
}

bool sqitch_plan_read(const char *migrations_dir, const char *kind, struct sqitch_plan *plan)
{
    *plan = (struct sqitch_plan){0};
    char path[3 * CONFIG_TEXT_MAX];
    snprintf(plan->folder, sizeof plan->folder, "%s/%s", migrations_dir, kind);
    snprintf(path, sizeof path, "%s/sqitch.plan", plan->folder);
    FILE *file = fopen(path, "re");
    bool good = file != NULL;
    char line[SQITCH_LINE_BYTES];
    while (good && fgets(line, sizeof line, file) != NULL)
        good = read_line(plan, line);
    if (file != NULL)
        (void)fclose(file);
    if (!good || !plan->project[0])
        fprintf(stderr, "souk admin migrate: %s: %s\n", path, file ? "not a Sqitch plan" : strerror(errno));
    return good && plan->project[0];
}

static bool is_deployed(MYSQL_RES *rows, const char *change)
{
    mysql_data_seek(rows, 0);
    for (MYSQL_ROW row = mysql_fetch_row(rows); row != NULL; row = mysql_fetch_row(rows))
        if (strcmp(row[0], change) == 0)
            return true;
    return false;
}

bool sqitch_compare(const struct sqitch_plan *plan, const struct database *database, int *deployed, int *pending)
{
    *deployed = 0;
    *pending = (int)plan->changes_n;
    MYSQL *mysql = database_open(database, NULL);
    if (mysql == NULL)
        return false;
    char sql[SQITCH_LINE_BYTES];
    snprintf(sql, sizeof sql, "SELECT `change` FROM `sqitch_%s`.changes WHERE project = '%s'", database->db.schema,
             plan->project);
    MYSQL_RES *rows = database_query(mysql, sql);
    unsigned number = rows ? 0 : mysql_errno(mysql);
    for (size_t i = 0; rows != NULL && i < plan->changes_n; i++)
        *deployed += is_deployed(rows, plan->changes[i]);
    *pending -= *deployed;
    mysql_free_result(rows);
    bool known = number == 0 || number == ERROR_NO_SCHEMA || number == ERROR_NO_TABLE;
    if (!known)
        fprintf(stderr, "souk admin migrate: sqitch_%s: %s\n", database->db.schema, mysql_error(mysql));
    session_close(mysql);
    return known;
}

/* Percent-encodes all but what every part of a URI may hold. */
static void uri_add(char uri[SQITCH_URI_BYTES], const char *text)
{
    size_t len = strlen(uri);
    for (; *text && len + 4 < SQITCH_URI_BYTES; text++) {
        bool plain = strchr("-._~/", *text) != NULL || (*text >= '0' && *text <= '9') ||
                     (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
        len += (size_t)snprintf(uri + len, SQITCH_URI_BYTES - len, plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
}

static void target_of(const struct database *database, const char *options, char uri[SQITCH_URI_BYTES])
{
    const struct config_db *db = &database->db;
    snprintf(uri, SQITCH_URI_BYTES, "db:mysql://");
    uri_add(uri, db->user);
    strcat(uri, "@");
    uri_add(uri, db->socket[0] ? "localhost" : db->host);
    if (!db->socket[0])
        snprintf(uri + strlen(uri), SQITCH_URI_BYTES - strlen(uri), ":%d", (int)db->port);
    strcat(uri, "/");
    uri_add(uri, db->schema);
    strcat(uri, "?mysql_read_default_file=");
    uri_add(uri, options);
    if (db->socket[0]) {
        strcat(uri, "&mysql_socket=");
        uri_add(uri, db->socket);
    }
}

/* The client's password in an option file, quoted as such files want it, and its character set: MySQL gives columns of
 * JSON_TABLE the connection's, which must be that of the tables. */
static bool write_options(const char *path, const struct config_db *db)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        return false;
    fputs("[client]\ndefault-character-set=utf8mb4\npassword=\"", file);
    for (const char *c = db->password; *c; c++) {
        if (*c == '\\' || *c == '"')
            fputc('\\', file);
        fputc(*c, file);
    }
    fputs("\"\n", file);
    return fclose(file) == 0;
}

/* In the child: becomes Sqitch, its output in `log`. The home folder is the private one, for the client's option file. */
static void become_sqitch(const struct sqitch_plan *plan, const char *home, const char *target, const char *registry,
                          const char *log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(126);
    setenv("HOME", home, 1);
    setenv("SQITCH_USER_CONFIG", "/dev/null", 1);
    setenv("SQITCH_SYSTEM_CONFIG", "/dev/null", 1);
    setenv("SQITCH_FULLNAME", "souk", 1);
    setenv("SQITCH_EMAIL", "souk@localhost", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("MYSQL_PWD");
    unsetenv("MYSQL_HOST");
    execlp("sqitch", "sqitch", "--chdir", plan->folder, "deploy", "--verify", "--registry", registry, "--target", target,
           (char *)NULL);
    fprintf(stderr, "sqitch cannot be started: %s\n", strerror(errno));
    _exit(127);
}

static void copy_to_stderr(const char *path)
{
    char line[SQITCH_LINE_BYTES];
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        fputs(line, stderr);
    if (file != NULL)
        (void)fclose(file);
}

static bool run_sqitch(const struct sqitch_plan *plan, const struct database *database, const char *home,
                       const char *options, const char *log)
{
    char target[SQITCH_URI_BYTES];
    char registry[CONFIG_TEXT_MAX + sizeof "sqitch_"];
    target_of(database, options, target);
    snprintf(registry, sizeof registry, "sqitch_%s", database->db.schema);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        become_sqitch(plan, home, target, registry, log);
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    bool good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good) {
        fprintf(stderr, "souk admin migrate: %s: sqitch deploy failed:\n", database->db.schema);
        copy_to_stderr(log);
    }
    return good;
}

bool sqitch_deploy(const struct sqitch_plan *plan, const struct database *database)
{
    const char *tmp = getenv("TMPDIR");
    char home[SQITCH_PATH_BYTES];
    char options[SQITCH_PATH_BYTES + 16];
    char log[SQITCH_PATH_BYTES + 16];
    snprintf(home, sizeof home, "%s/souk-migrate-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (mkdtemp(home) == NULL) {
        fprintf(stderr, "souk admin migrate: %s: %s\n", home, strerror(errno));
        return false;
    }
    snprintf(options, sizeof options, "%s/.my.cnf", home);
    snprintf(log, sizeof log, "%s/log", home);
    bool good = write_options(options, &database->db) && run_sqitch(plan, database, home, options, log);
    (void)unlink(options);
    (void)unlink(log);
    (void)rmdir(home);
    return good;
}
