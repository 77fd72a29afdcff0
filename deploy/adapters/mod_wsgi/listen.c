/* Apache opens its listening socket itself; with this preloaded it serves the one that its supervisor holds instead.
 *
 * express.py compiles it and names the inherited descriptor in LISTENER. As nobody would miss the port, the processes
 * that Apache starts end with it: killed, it would leave them serving beside its successor for ever. Nothing of this is
 * left to the application's own child processes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static pid_t apache;

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*bind_itself)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    const char *listener = getenv("LISTENER");
    struct sockaddr_storage held = {0};
    socklen_t size = sizeof held;

    if (!listener || getsockname(atoi(listener), (struct sockaddr *)&held, &size) || size != length
        || memcmp(&held, address, size))
        return bind_itself(fd, address, length);
    if (dup3(atoi(listener), fd, O_CLOEXEC) < 0)
        return -1;
    close(atoi(listener));
    unsetenv("LISTENER");
    unsetenv("LD_PRELOAD");
    apache = getpid();
    return 0;
}

static void end_with_apache(void)
{
    if (apache && getppid() == apache) /* which has ended without ending them: SIGTERM is not enough for them */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
}

pid_t fork(void)
{
    pid_t (*fork_itself)(void) = dlsym(RTLD_NEXT, "fork");
    pid_t child = fork_itself();

    if (child == 0)
        end_with_apache();
    return child;
}

int setuid(uid_t user) /* to another user, the kernel forgets what prctl has said */
{
    int (*setuid_itself)(uid_t) = dlsym(RTLD_NEXT, "setuid");
    int failed = setuid_itself(user);

    if (!failed)
        end_with_apache();
    return failed;
}
