/* The listening socket of a pool: made, inherited from systemd or spawn-fcgi, or kept over a re-execution. */
#ifndef SOUK_HTTP_LISTENER_H
#define SOUK_HTTP_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

struct listener {
    int fd;
    const char *path; /* to be unlinked at the end; NULL: not ours */
};

/* In order: the one kept over our own re-execution, systemd's (LISTEN_FDS), file descriptor 0 when it is a listening
 * socket (spawn-fcgi), a new one at `path`, mode 0660. Non-blocking, close-on-exec. Only unix sockets: whoever reaches
 * it is trusted. False: `message` says why in one line. */
bool listener_open(struct listener *listener, const char *path, char *message, size_t message_bytes);

/* Leaves the socket to the program about to be executed; listener_keep(…, false) takes that back. */
void listener_keep(const struct listener *listener, bool keep);

/* Closes it and removes what it made. */
void listener_close(struct listener *listener);

#endif
