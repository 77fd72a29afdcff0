/* Apache opens its listening socket itself; with this preloaded it serves the one that its supervisor holds instead.
 *
 * mod_wsgi.py compiles it and names the inherited descriptor in LISTENER. Nothing of it is left to the application's
 * own child processes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
    return 0;
}
