/* `souk admin keys`: the keys that access tokens are signed with, one PEM file each.
 *
 * Names begin with the time they were made, so the newest is last in name order, and the last one signs; the others go on
 * checking what they signed. A running souk reads the folder at start and on SIGHUP.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admin/commands.h"
#include "base/clock.h"
#include "guard/token_keys.h"

enum { PATH_BYTES = CONFIG_TEXT_MAX + TOKEN_KID_MAX + 16 };

struct key_file {
    char kid[TOKEN_KID_MAX + 1];
    time_t made_s;
};

struct key_files {
    struct key_file files[TOKEN_KEYS_MAX + 1]; /* one more than the API takes */
    size_t n;
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "souk admin keys: %s: %s\n", what, why);
    return 1;
}

static int is_key(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    char kid[sizeof entry->d_name];
    if (len < 5 || strcmp(entry->d_name + len - 4, ".pem") != 0)
        return 0;
    memcpy(kid, entry->d_name, len - 4);
    kid[len - 4] = '\0';
    return token_kid_valid(kid);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void path_of(char out[PATH_BYTES], const char *dir, const char *prefix, const char *kid)
{
    snprintf(out, PATH_BYTES, "%s/%s%s.pem", dir, prefix, kid);
}

static bool read_folder(const char *dir, struct key_files *out)
{
    struct dirent **names = NULL;
    int names_n = scandir(dir, &names, is_key, by_name);
    out->n = 0;
    for (int i = 0; i < names_n; i++) {
        char path[PATH_BYTES];
        struct stat stat_of = {0};
        struct key_file *file = &out->files[out->n];
        if (out->n < sizeof out->files / sizeof out->files[0]) {
            snprintf(file->kid, sizeof file->kid, "%.*s", (int)(strlen(names[i]->d_name) - 4), names[i]->d_name);
            path_of(path, dir, "", file->kid);
            file->made_s = stat(path, &stat_of) == 0 ? stat_of.st_mtime : 0;
            out->n++;
        }
        free(names[i]);
    }
    free(names);
    return names_n >= 0;
}

static int list(const char *dir, const struct key_files *keys, bool as_json)
{
    if (keys->n == 0)
        return complain(dir, "no keys; make one with `souk admin keys new`");
    for (size_t i = 0; i < keys->n; i++) {
        char made[CLOCK_TEXT_BYTES];
        const char *state = i + 1 == keys->n ? "signs" : "checks";
        clock_text((int64_t)keys->files[i].made_s * 1000, made);
        printf(as_json ? "{\"kid\":\"%s\",\"made\":\"%s\",\"state\":\"%s\"}\n" : "%-40s %s  %s\n", keys->files[i].kid, made,
               state);
    }
    return 0;
}

/* 20261121T081200123Z-3f9a: names sort by time. */
static void name_key(char kid[TOKEN_KID_MAX + 1])
{
    char text[CLOCK_TEXT_BYTES];
    size_t len = 0;
    clock_text(clock_unix_ms(), text);
    for (const char *at = text; *at; at++) {
        if (!strchr("-:.", *at))
            kid[len++] = *at;
    }
    snprintf(kid + len, TOKEN_KID_MAX + 1 - len, "-%04x", (unsigned)randombytes_uniform(0x10000));
}

/* Writes a fresh key under a name no reader looks at, then gives it its own: nobody ever reads half a key. */
static bool write_key(const char *dir, const char *kid)
{
    char path[PATH_BYTES], fresh[PATH_BYTES];
    path_of(path, dir, "", kid);
    path_of(fresh, dir, ".new-", kid);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool done = key && file && PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                fflush(file) == 0 && fsync(fd) == 0;
    if (file)
        done = fclose(file) == 0 && done;
    else if (fd >= 0)
        close(fd);
    EVP_PKEY_free(key);
    done = done && rename(fresh, path) == 0;
    if (!done && fd >= 0)
        unlink(fresh);
    return done;
}

static int make_new(const char *dir, const struct key_files *keys, bool as_json)
{
    char kid[TOKEN_KID_MAX + 1];
    name_key(kid);
    if (keys->n >= TOKEN_KEYS_MAX)
        return complain(dir, "too many keys; retire old ones first");
    if (keys->n > 0 && strcmp(keys->files[keys->n - 1].kid, kid) > 0)
        return complain(keys->files[keys->n - 1].kid, "comes after any new key in name order and would go on signing");
    if ((mkdir(dir, 0700) != 0 && errno != EEXIST) || !write_key(dir, kid))
        return complain(dir, strerror(errno));
    printf(as_json ? "{\"kid\":\"%s\"}\n" : "%s\n", kid);
    if (!as_json)
        fprintf(stderr, "SIGHUP the api now; it signs with this key 15 s later\n");
    return 0;
}

/* A key that has signed within the lifetime of the longest token is needed for checking, unless it leaked (--now). */
static int retire(const char *dir, const struct key_files *keys, const char *kid, bool now)
{
    char path[PATH_BYTES];
    size_t i = 0;
    while (i < keys->n && strcmp(keys->files[i].kid, kid) != 0)
        i++;
    if (i == keys->n)
        return complain(kid, "there is no such key");
    if (i + 1 == keys->n)
        return complain(kid, "this key signs; make a new one first");
    if (!now && time(NULL) - keys->files[i + 1].made_s <= TOKEN_REFRESH_S)
        return complain(kid, "guests' tokens under it are valid for 30 days after the next key was made; --now ends them");
    path_of(path, dir, "", kid);
    if (unlink(path) != 0)
        return complain(path, strerror(errno));
    printf("%s retired; SIGHUP the api\n", kid);
    return 0;
}

static bool flag(int *argc, char **argv, const char *name)
{
    if (*argc < 2 || strcmp(argv[*argc - 1], name) != 0)
        return false;
    (*argc)--;
    return true;
}

static int run(const struct config *config, int argc, char **argv)
{
    static struct key_files keys;
    bool as_json = flag(&argc, argv, "--json");
    bool now = flag(&argc, argv, "--now");
    const char *verb = argc > 1 ? argv[1] : "";
    bool is_new = strcmp(verb, "new") == 0;
    if (!read_folder(config->keys_dir, &keys) && !(is_new && errno == ENOENT))
        return complain(config->keys_dir, strerror(errno));
    if (argc == 2 && !now && strcmp(verb, "list") == 0)
        return list(config->keys_dir, &keys, as_json);
    if (argc == 2 && !now && is_new)
        return make_new(config->keys_dir, &keys, as_json);
    if (argc == 3 && !as_json && strcmp(verb, "retire") == 0)
        return retire(config->keys_dir, &keys, argv[2], now);
    fprintf(stderr, "usage: souk admin %s\n", admin_keys.usage);
    return 2;
}

const struct admin_command admin_keys = {
    .name = "keys",
    .usage = "keys list [--json] | keys new [--json] | keys retire KID [--now]",
    .help = "The Ed25519 keys that access tokens are signed with, in the folder keys_dir. `new` makes one, which signs from the\n"
            "next SIGHUP on; the older ones go on checking. `retire` removes a key that no valid token can be under any\n"
            "more; --now removes it all the same, and whoever holds a token under it must sign in again (a leaked key).\n"
            "Exit code 1: refused, or the folder cannot be read or written.",
    .run = run,
};
