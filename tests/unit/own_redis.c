/* See own_redis.h. */
#include "own_redis.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static char dir[sizeof "/tmp/souk-unit-XXXXXX"];
static char sock[sizeof dir + sizeof "/redis.sock"];
static pid_t server;

void own_redis_start(void)
{
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* not left behind by a test that ends early */
        if (chdir(dir) == 0 && freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))
            execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", "redis.sock", "--save", "", (char *)NULL);
        _exit(127);
    }
    redisContext *probe = NULL;
    for (int i = 0; i < 200 && (probe == NULL || probe->err); i++) {
        usleep(10000);
        if (probe != NULL)
            redisFree(probe);
        probe = redisConnectUnix(sock);
    }
    if (probe != NULL)
        redisFree(probe);
}

void own_redis_stop(void)
{
    kill(server, SIGCONT);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    unlink(sock);
}

void own_redis_begin(struct config *config)
{
    memcpy(dir, "/tmp/souk-unit-XXXXXX", sizeof dir);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    snprintf(sock, sizeof sock, "%s/redis.sock", dir);
    memcpy(config->redis_socket, sock, sizeof sock);
    own_redis_start();
}

void own_redis_end(void)
{
    own_redis_stop();
    rmdir(dir);
}

pid_t own_redis_pid(void)
{
    return server;
}
