// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/helper.h"

#include "common/secret.h"
#include "pam_mycred/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_SECONDS 2 // to wait for a service whose queue is full

void mc_helper_init(struct mc_helper *helper, const char *socket_path, const char *program,
                    const char *conf)
{
    *helper = (struct mc_helper){
        .socket_path = socket_path, .program = program, .conf = conf, .channel = -1, .pidfd = -1};
}

int mc_descriptor_raise(int descriptor)
{
    if (descriptor < 0 || descriptor > 2) {
        return descriptor;
    }
    int raised = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    (void)close(descriptor);
    errno = error;
    return raised;
}

static enum mc_result fail(struct mc_helper *helper, const char *step, int error,
                           enum mc_result result)
{
    helper->step = step;
    helper->error = error;
    return result;
}

int64_t mc_helper_now(void)
{
    struct timespec time = {0};
    if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) {
        return INT64_MAX; // every deadline has passed
    }
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int mc_helper_wait(int descriptor, short events, int64_t deadline)
{
    while (true) {
        int64_t left = deadline - mc_helper_now();
        if (left <= 0) {
            return 0;
        }
        struct pollfd entry = {.fd = descriptor, .events = events};
        int count = poll(&entry, 1, (int)left);
        if (count > 0 || (count < 0 && errno != EINTR)) {
            return count;
        }
    }
}

static enum mc_result wait_for(struct mc_helper *helper, int descriptor, short events,
                               int64_t deadline)
{
    int count = mc_helper_wait(descriptor, events, deadline);
    if (count > 0) {
        return MC_OK;
    }
    return count == 0 ? fail(helper, "deadline", 0, MC_UNAVAILABLE)
                      : fail(helper, "poll", errno, MC_UNAVAILABLE);
}

static bool is_passing(int error)
{
    return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

static enum mc_result send_all(struct mc_helper *helper, int descriptor, struct mc_span frame,
                               int64_t deadline)
{
    while (frame.size) {
        enum mc_result result = wait_for(helper, descriptor, POLLOUT, deadline);
        if (result != MC_OK) {
            return result;
        }
        ssize_t sent = send(descriptor, frame.data, frame.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && !is_passing(errno)) {
            return fail(helper, "send", errno, MC_UNAVAILABLE);
        }
        if (sent > 0) {
            frame.data += sent;
            frame.size -= (size_t)sent;
        }
    }
    return MC_OK;
}

static enum mc_result receive(struct mc_helper *helper, int descriptor, uint8_t *bytes, size_t size,
                              int64_t deadline)
{
    while (size) {
        enum mc_result result = wait_for(helper, descriptor, POLLIN, deadline);
        if (result != MC_OK) {
            return result;
        }
        ssize_t got = recv(descriptor, bytes, size, MSG_DONTWAIT);
        if (got == 0) {
            return fail(helper, "end-of-file", 0, MC_UNAVAILABLE);
        }
        if (got < 0 && !is_passing(errno)) {
            return fail(helper, "receive", errno, MC_UNAVAILABLE);
        }
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        }
    }
    return MC_OK;
}

static enum mc_result receive_frame(struct mc_helper *helper, int descriptor,
                                    struct mc_buffer *frame, int64_t deadline)
{
    uint8_t chunk[4096] = {0};
    enum wire_kind kind = 0;
    size_t left = 0;
    mc_buffer_clear(frame);
    enum mc_result result = receive(helper, descriptor, chunk, WIRE_HEADER_SIZE, deadline);
    if (result != MC_OK) {
        return result;
    }
    if (wire_header_parse(chunk, &kind, &left) != MC_OK) {
        return fail(helper, "header", 0, MC_MALFORMED);
    }
    mc_buffer_append(frame, chunk, WIRE_HEADER_SIZE);
    while (left && result == MC_OK) {
        size_t part = left < sizeof chunk ? left : sizeof chunk;
        result = receive(helper, descriptor, chunk, part, deadline);
        mc_buffer_append(frame, chunk, result == MC_OK ? part : 0);
        left -= part;
    }
    mc_wipe(chunk, sizeof chunk);
    if (result == MC_OK && mc_buffer_result(frame) != MC_OK) {
        return fail(helper, "memory", 0, mc_buffer_result(frame));
    }
    return result;
}

// Whoever listens there sees passwords and decides about logins: root, or ourselves.
static enum mc_result check_server(struct mc_helper *helper, int descriptor)
{
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return fail(helper, "peer", errno, MC_UNAVAILABLE);
    }
    if (size != sizeof peer || (peer.uid != 0 && peer.uid != geteuid())) {
        return fail(helper, "peer", 0, MC_UNTRUSTED);
    }
    return MC_OK;
}

static int connect_before(int descriptor, const char *path, int64_t deadline)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = CONNECT_SECONDS};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    // for a local stream socket this limits the wait for a place in the queue
    if (setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) {
        return -1;
    }
    int status = -1;
    do {
        status = connect(descriptor, (const struct sockaddr *)&address, sizeof address);
    } while (status != 0 && errno == EINTR && mc_helper_now() < deadline);
    return status;
}

// MC_NOT_FOUND when nobody can be reached there; nothing was sent.
static enum mc_result connect_service(struct mc_helper *helper, int64_t deadline,
                                      int *ret_descriptor)
{
    MC_AUTO_CLOSE int descriptor =
        mc_descriptor_raise(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (descriptor < 0) {
        return fail(helper, "socket", errno, MC_UNAVAILABLE);
    }
    if (connect_before(descriptor, helper->socket_path, deadline) != 0) {
        return fail(helper, "connect", errno, MC_NOT_FOUND);
    }
    enum mc_result result = check_server(helper, descriptor);
    if (result == MC_OK) {
        *ret_descriptor = descriptor;
        descriptor = -1;
    }
    return result;
}

static enum mc_result converse(struct mc_helper *helper, int descriptor, struct mc_span request,
                               int64_t deadline, struct mc_buffer *reply)
{
    enum mc_result result = send_all(helper, descriptor, request, deadline);
    return result == MC_OK ? receive_frame(helper, descriptor, reply, deadline) : result;
}

// It may have ended by its own timer while the person was thinking.
static bool still_runs(const struct mc_helper *helper)
{
    uint8_t byte = 0;
    return helper->channel >= 0 && recv(helper->channel, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           is_passing(errno);
}

static enum mc_result open_channel(struct mc_helper *helper, int64_t deadline, int *ret_service)
{
    if (still_runs(helper)) {
        return MC_OK;
    }
    mc_helper_release(helper);
    helper->place = helper->socket_path;
    enum mc_result result = connect_service(helper, deadline, ret_service);
    if (result != MC_NOT_FOUND) {
        return result;
    }
    if (geteuid() != 0) {
        return MC_BAD_CONFIG;
    }
    helper->place = helper->program;
    return mc_helper_start(helper);
}

enum mc_result mc_helper_exchange(struct mc_helper *helper, struct mc_span request,
                                  struct mc_buffer *reply)
{
    int64_t start = mc_helper_now();
    int64_t deadline = start == INT64_MAX ? 0 : start + MC_HELPER_DEADLINE;
    MC_AUTO_CLOSE int service = -1;
    helper->step = NULL;
    enum mc_result result = open_channel(helper, deadline, &service);
    if (result != MC_OK) {
        return result;
    }
    int descriptor = service >= 0 ? service : helper->channel;
    result = converse(helper, descriptor, request, deadline, reply);
    if (result != MC_OK) {
        mc_helper_release(helper);
    }
    return result;
}
