/* souk: one binary, four roles. */
#include <mysql.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/commands.h"
#include "domain/channel.h"
#include "domain/domains.h"
#include "domain/sandbox.h"
#include "http/context.h"
#include "http/pool.h"
#include "observe/log.h"
#include "worker/worker.h"

#ifndef SOUK_VERSION
#define SOUK_VERSION "0.1.0"
#endif

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: souk api     [--config FILE] [--test]     serve the API (FastCGI on a unix socket)\n"
    "       souk worker  [--config FILE] [--test]     run the background jobs\n"
    "       souk sandbox [--config FILE] [--test]     run the sandbox payment provider\n"
    "       souk admin   [--config FILE] COMMAND …    operators' commands: souk admin --help\n"
    "       souk --version | --help\n"
    "\n"
    "FILE is $SOUK_CONFIG or /etc/souk/souk.conf when not given. --test checks it and exits.\n";

static const struct admin_command *const admin_commands[] = {
#define X(name) &admin_##name,
    ADMIN_COMMANDS(X)
#undef X
};

enum { ADMIN_COMMANDS_N = sizeof admin_commands / sizeof admin_commands[0] };

static int api_run(const struct config *config)
{
    const struct pool pool = {
        .role = "api",
        .config = config,
        .socket = config->socket,
        .pid_file = config->pid_file,
        .processes = (int)config->processes,
        .threads = (int)config->threads,
        .needs = CONTEXT_ALL,
        .sets = domain_sets,
        .sets_n = domain_sets_n,
    };
    return pool_run(&pool);
}

static const struct {
    const char *name;
    int (*run)(const struct config *config);
    bool channels; /* works with payment channels: what these need must be there */
} roles[] = {{"api", api_run, true}, {"worker", worker_run, true}, {"sandbox", sandbox_run, false}};

/* Options common to all roles, taken off the front of argv. */
struct options {
    const char *config_path;
    bool test, help;
};

static enum log_level log_level_of(const char *name)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (unsigned level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        if (strcmp(names[level], name) == 0)
            return (enum log_level)level;
    }
    return LOG_INFO;
}

/* The index of the first argument that is no option, −1 after an error. */
static int read_options(int argc, char **argv, int at, struct options *options)
{
    const char *path = getenv("SOUK_CONFIG");
    *options = (struct options){.config_path = path && *path ? path : "/etc/souk/souk.conf"};
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--config") == 0 && at + 1 < argc)
            options->config_path = argv[++at];
        else if (strncmp(argv[at], "--config=", 9) == 0)
            options->config_path = argv[at] + 9;
        else if (strcmp(argv[at], "--test") == 0)
            options->test = true;
        else if (strcmp(argv[at], "--help") == 0)
            options->help = true;
        else {
            fprintf(stderr, "souk: there is no option %s here; see souk --help\n", argv[at]);
            return -1;
        }
    }
    return at;
}

static bool start_up(const char *role, const struct options *options, struct config *config)
{
    char message[512];
    if (sodium_init() < 0 || mysql_library_init(0, NULL, NULL) != 0) {
        fprintf(stderr, "souk %s: libsodium or libmariadb cannot be initialised\n", role);
        return false;
    }
    if (config_load(options->config_path, config, message, sizeof message) != SOUK_OK) {
        fprintf(stderr, "souk %s: %s\n", role, message);
        return false;
    }
    log_init(role, log_level_of(config->log_level));
    return true;
}

static int run_role(size_t role, int argc, char **argv)
{
    static struct config config;
    struct options options;
    int at = read_options(argc, argv, 2, &options);
    if (at >= 0 && options.help) {
        fputs(usage, stdout);
        return 0;
    }
    if (at >= 0 && at < argc)
        fprintf(stderr, "souk %s: takes no argument %s\n", roles[role].name, argv[at]);
    if (at < 0 || at < argc)
        return EXIT_USAGE;
    if (!start_up(roles[role].name, &options, &config))
        return EXIT_REFUSED;
    if (roles[role].channels && !channels_usable(&config)) {
        fprintf(stderr, "souk %s: a payment channel has no key it can use; the line above names it\n", roles[role].name);
        return EXIT_REFUSED;
    }
    return options.test ? 0 : roles[role].run(&config);
}

static void print_admin_help(FILE *out)
{
    fputs("usage: souk admin [--config FILE] COMMAND …\n\n", out);
    for (size_t i = 0; i < ADMIN_COMMANDS_N; i++)
        fprintf(out, "  %s\n", admin_commands[i]->usage);
    fputs("\nsouk admin COMMAND --help says more.\n", out);
}

static const struct admin_command *find_command(const char *name)
{
    for (size_t i = 0; i < ADMIN_COMMANDS_N; i++) {
        if (strcmp(admin_commands[i]->name, name) == 0)
            return admin_commands[i];
    }
    return NULL;
}

static int run_admin(int argc, char **argv)
{
    static struct config config;
    struct options options;
    int at = read_options(argc, argv, 2, &options);
    if (at >= 0 && options.help) {
        print_admin_help(stdout);
        return 0;
    }
    const struct admin_command *command = at >= 0 && at < argc ? find_command(argv[at]) : NULL;
    if (!command) {
        if (at >= 0 && at < argc)
            fprintf(stderr, "souk admin: there is no command %s\n", argv[at]);
        print_admin_help(stderr);
        return EXIT_USAGE;
    }
    if (at + 1 < argc && strcmp(argv[at + 1], "--help") == 0) {
        printf("usage: souk admin [--config FILE] %s\n\n%s\n", command->usage, command->help);
        return 0;
    }
    /* The document is made from the rows alone. */
    bool needs_config = command != &admin_openapi;
    if (needs_config && !start_up("admin", &options, &config))
        return EXIT_REFUSED;
    return command->run(&config, argc - at, argv + at);
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        puts("souk " SOUK_VERSION);
        return 0;
    }
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(argv[1], roles[i].name) == 0)
            return run_role(i, argc, argv);
    }
    if (argc >= 2 && strcmp(argv[1], "admin") == 0)
        return run_admin(argc, argv);
    if (argc >= 2)
        fprintf(stderr, "souk: there is no role %s\n", argv[1]);
    fputs(usage, stderr);
    return EXIT_USAGE;
}
