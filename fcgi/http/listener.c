#include "http/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

enum { BACKLOG = 1024, SYSTEMD_FIRST_FD = 3 };

static const char KEPT_FD[] = "SOUK_LISTEN_FD", KEPT_PATH[] = "SOUK_LISTEN_PATH";

static bool env_number(const char *name, int64_t *out)
{
    const char *text = getenv(name);
    return text && text_int64(text, strlen(text), out);
}

static bool is_listening(int fd)
{
    int on = 0;
    socklen_t len = sizeof on;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

static bool is_unix(int fd)
{
    int domain = 0;
    socklen_t len = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX;
}

/* The inherited socket, −1 when there is none. */
static int inherited(bool *kept)
{
    int64_t fd, pid;
    *kept = env_number(KEPT_FD, &fd) && is_listening((int)fd);
    unsetenv(KEPT_FD);
    if (*kept)
        return (int)fd;
    if (env_number("LISTEN_PID", &pid) && pid == getpid() && env_number("LISTEN_FDS", &fd) && fd >= 1)
        return SYSTEMD_FIRST_FD;
    return is_listening(STDIN_FILENO) ? STDIN_FILENO : -1;
}

/* A socket file is left over when nobody answers on it. */
static bool clear_path(const struct sockaddr_un *address, char *message, size_t message_bytes)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0)
        return true;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool served = probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
    if (probe >= 0)
        close(probe);
    if (served || !S_ISSOCK(found.st_mode)) {
        snprintf(message, message_bytes, "%.160s: %s", address->sun_path,
                 served ? "already served by another process; stop that one first" : "is there and is not a socket");
        return false;
    }
    unlink(address->sun_path);
    return true;
}

static int make(const char *path, char *message, size_t message_bytes)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(message, message_bytes, "%.160s: a socket's path may have %zu bytes", path,
                 sizeof address.sun_path - 1);
        return -1;
    }
    strcpy(address.sun_path, path);
    if (!clear_path(&address, message, message_bytes))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t before = umask(0117);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    umask(before);
    if (bound && listen(fd, BACKLOG) == 0)
        return fd;
    snprintf(message, message_bytes, "%.160s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Frees descriptor 0: it is standard input again, an empty one. */
static int move_from_stdin(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, SYSTEMD_FIRST_FD);
    int null = open("/dev/null", O_RDONLY);
    if (null > STDIN_FILENO) {
        dup2(null, STDIN_FILENO);
        close(null);
    }
    return moved;
}

bool listener_open(struct listener *listener, const char *path, char *message, size_t message_bytes)
{
    bool kept = false;
    int fd = inherited(&kept);
    *listener = (struct listener){.fd = -1};
    if (fd < 0) {
        fd = make(path, message, message_bytes);
        listener->path = path;
    } else if (!is_listening(fd) || !is_unix(fd)) {
        snprintf(message, message_bytes, "the inherited descriptor %d is not a listening unix socket", fd);
        return false;
    } else if (kept) {
        /* A path changed in the configuration takes a restart: the socket kept is the old one. */
        const char *kept_path = getenv(KEPT_PATH);
        listener->path = kept_path && strcmp(kept_path, path) == 0 ? path : NULL;
        unsetenv(KEPT_PATH);
    }
    if (fd < 0)
        return false;
    if (fd == STDIN_FILENO)
        fd = move_from_stdin(fd);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    listener->fd = fd;
    return true;
}

void listener_keep(const struct listener *listener, bool keep)
{
    char fd[16];
    snprintf(fd, sizeof fd, "%d", listener->fd);
    fcntl(listener->fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
    if (keep)
        setenv(KEPT_FD, fd, 1);
    else
        unsetenv(KEPT_FD);
    if (keep && listener->path)
        setenv(KEPT_PATH, listener->path, 1);
    else
        unsetenv(KEPT_PATH);
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
    if (listener->path)
        unlink(listener->path);
    listener->path = NULL;
}
