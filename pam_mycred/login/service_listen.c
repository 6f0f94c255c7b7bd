// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ACTIVATED_DESCRIPTOR 3 // sd_listen_fds(3)

static bool is_number(const char *text, long number)
{
    char *end = NULL;
    return text && *text && strtol(text, &end, 10) == number && *end == '\0';
}

static int socket_option(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

static bool take_inherited(struct service *service)
{
    int fd = ACTIVATED_DESCRIPTOR;
    if (!is_number(getenv("LISTEN_FDS"), 1)) {
        service_log("exactly one socket must be passed, LISTEN_FDS is %s", getenv("LISTEN_FDS"));
        return false;
    }
    if (socket_option(fd, SO_DOMAIN) != AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_STREAM ||
        socket_option(fd, SO_ACCEPTCONN) != 1) {
        service_log("descriptor %d is not a listening local stream socket", fd);
        return false;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        service_log("descriptor %d: %s", fd, strerror(errno));
        return false;
    }
    service->listener.fd = fd;
    service->activated = true;
    return true;
}

// Whether the name may be taken: nobody there, or a socket nobody listens at any more. 0 or an
// errno value.
static int check_place(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0) {
        return errno == ENOENT ? 0 : errno;
    }
    if (!S_ISSOCK(found.st_mode)) {
        return EEXIST;
    }
    MC_AUTO_CLOSE int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) {
        return errno;
    }
    int failed = connect(probe, (const struct sockaddr *)address, sizeof *address);
    return failed == 0 || errno == EAGAIN ? EADDRINUSE : 0;
}

// In the current folder. Listens under another name before it is moved into place, so that whoever
// finds it can connect.
static int listen_as(int fd, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int size = snprintf(address.sun_path, sizeof address.sun_path, "%s.new", name);
    if (size < 0 || (size_t)size >= sizeof address.sun_path) {
        return ENAMETOOLONG;
    }
    (void)unlink(address.sun_path);
    // everybody may ask; who asks is known by the peer's credentials
    mode_t mask = umask(0111);
    int error = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    (void)umask(mask);
    if (error == 0 && (listen(fd, SOMAXCONN) != 0 || rename(address.sun_path, name) != 0)) {
        error = errno;
        (void)unlink(address.sun_path);
    }
    return error;
}

static int listen_at(const struct sockaddr_un *address, int *ret_fd)
{
    const char *path = address->sun_path;
    const char *name = strrchr(path, '/') + 1; // it is absolute
    MC_AUTO_FREE char *folder =
        mc_copy_text((struct mc_span){(const uint8_t *)path, (size_t)(name - path)});
    MC_AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (!folder || fd < 0) {
        return errno;
    }
    int error = check_place(address);
    if (error) {
        return error;
    }
    if (chdir(folder) != 0) {
        return errno;
    }
    error = listen_as(fd, name);
    if (chdir("/") != 0 && error == 0) {
        error = errno;
    }
    if (error == 0) {
        *ret_fd = fd;
        fd = -1;
    }
    return error;
}

static bool make_socket(struct service *service)
{
    const char *path = service->options.socket;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        service_log("%s: longer than the %zu bytes a socket's name may have", path,
                    sizeof address.sun_path - 1);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int error = listen_at(&address, &service->listener.fd);
    if (error) {
        service_log("%s: %s", path, strerror(error));
        return false;
    }
    struct stat made;
    if (lstat(path, &made) == 0) {
        service->socket_device = made.st_dev;
        service->socket_inode = made.st_ino;
    }
    return true;
}

static void listener_ready(struct service *service, struct watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
    (void)client_accept(service);
}

bool listener_open(struct service *service)
{
    service->listener = (struct watch){.fd = -1, .ready = listener_ready};
    return is_number(getenv("LISTEN_PID"), getpid()) ? take_inherited(service)
                                                     : make_socket(service);
}

void listener_gate(struct service *service)
{
    if (service->listener.fd < 0) {
        return;
    }
    bool open =
        service->client_count < service->client_max && service->now >= service->accept_after;
    if (!watch_set(service, &service->listener, open ? EPOLLIN : 0)) {
        service->accept_after = service->now + SERVICE_ACCEPT_PAUSE;
    }
}

// Who waits at an inherited socket is left for the next instance. Who waits at our own is taken,
// since nobody else can; the name goes first, so that later ones find no service and help
// themselves.
void listener_close(struct service *service)
{
    struct stat found;
    if (service->listener.fd < 0) {
        return;
    }
    if (!service->activated) {
        if (lstat(service->options.socket, &found) == 0 && found.st_dev == service->socket_device &&
            found.st_ino == service->socket_inode) {
            (void)unlink(service->options.socket);
        }
        while (client_accept(service)) {
        }
    }
    watch_close(service, &service->listener);
}
