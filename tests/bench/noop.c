/* noop: a libfcgi handler that does nothing, as the ceiling of a request through nginx.
 *
 *     bench-noop SOCKET PROCESSES THREADS [BODY_BYTES]
 *
 * Each thread accepts and answers for itself, with the body and headers of souk's /livez, or as many bytes as are asked for.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES_MAX = 16, THREADS_MAX = 256, BACKLOG = 1024, HEAD_BYTES = 256, BODY_BYTES_MAX = 64 * 1024 };

static int listener;

static char answer[HEAD_BYTES + BODY_BYTES_MAX];
static int answer_len;

static void make_answer(int body_bytes)
{
    static const char body[] = "{\"status\":\"ok\"}";
    if (body_bytes < (int)sizeof body - 1)
        body_bytes = (int)sizeof body - 1;
    answer_len = snprintf(answer, HEAD_BYTES,
                          "Status: 200 OK\r\nX-Request-Id: 0123456789abcdef0123456789abcdef\r\n"
                          "Content-Type: application/json\r\nContent-Length: %d\r\nCache-Control: no-store\r\n\r\n",
                          body_bytes);
    memset(answer + answer_len, ' ', (size_t)body_bytes); /* after the JSON */
    memcpy(answer + answer_len, body, sizeof body - 1);
    answer_len += body_bytes;
}

static void *serve(void *unused)
{
    FCGX_Request request;
    (void)unused;
    if (FCGX_InitRequest(&request, listener, 0) != 0)
        return NULL;
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutStr(answer, answer_len, request.out);
        FCGX_Finish_r(&request);
    }
    return NULL;
}

static void serve_with(int threads)
{
    pthread_t ids[THREADS_MAX];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&ids[i], NULL, serve, NULL) != 0)
            _exit(1);
    }
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    _exit(0);
}

int main(int argc, char **argv)
{
    int processes = argc >= 4 ? atoi(argv[2]) : 0, threads = argc >= 4 ? atoi(argv[3]) : 0;
    int body_bytes = argc == 5 ? atoi(argv[4]) : 0;
    if (processes < 1 || processes > PROCESSES_MAX || threads < 1 || threads > THREADS_MAX ||
        body_bytes < 0 || body_bytes > BODY_BYTES_MAX) {
        fprintf(stderr, "usage: bench-noop SOCKET PROCESSES THREADS [BODY_BYTES]\n");
        return 2;
    }
    make_answer(body_bytes);
    unlink(argv[1]);
    if (FCGX_Init() != 0 || (listener = FCGX_OpenSocket(argv[1], BACKLOG)) < 0 || chmod(argv[1], 0660) != 0) {
        fprintf(stderr, "bench-noop: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    for (int i = 0; i < processes; i++) {
        pid_t pid = fork();
        if (pid == 0)
            serve_with(threads);
        if (pid < 0)
            return 1;
    }
    while (wait(NULL) > 0)
        continue;
    return 0;
}
