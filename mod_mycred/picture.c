// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/picture.h"

#include "common/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What mycred-avatar ends with for a picture it does not take.
#define STATUS_REFUSED 1

struct conversion {
    pid_t process;
    int socket; // our end of its standard input and output
    int64_t until;
    struct mc_span rest; // not yet sent
    struct mc_buffer *jpeg;
    size_t received;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// A socket pair and not pipes: writing to one whose reader is gone is an error, not a signal.
static bool start(const char *path, struct conversion *conversion)
{
    const struct mc_program program = {.path = path};
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    bool started = mc_program_start(&program, ends[1], ends[1], &conversion->process);
    (void)close(ends[1]);
    conversion->socket = ends[0];
    if (!started) {
        mc_close_descriptor(&conversion->socket);
    }
    return started;
}

static bool is_passing(int error)
{
    return error == EINTR || error == EAGAIN;
}

// A program that refuses may end before it has read all; what it said is read all the same.
static void send_some(struct conversion *conversion)
{
    struct mc_span *rest = &conversion->rest;
    ssize_t sent = send(conversion->socket, rest->data, rest->size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !is_passing(errno)) {
        rest->size = 0;
    } else if (sent > 0) {
        *rest = (struct mc_span){rest->data + sent, rest->size - (size_t)sent};
    }
    if (rest->size == 0) {
        (void)shutdown(conversion->socket, SHUT_WR);
    }
}

// MC_ASK while there may be more.
static enum mc_result receive_some(struct conversion *conversion)
{
    char chunk[16384];
    ssize_t got = recv(conversion->socket, chunk, sizeof chunk, MSG_DONTWAIT);
    if (got < 0) {
        // a reset: it ended without reading all
        return is_passing(errno) ? MC_ASK : errno == ECONNRESET ? MC_OK : MC_UNAVAILABLE;
    }
    conversion->received += (size_t)got;
    if (conversion->received > PICTURE_MAX) {
        return MC_UNAVAILABLE;
    }
    mc_buffer_append(conversion->jpeg, chunk, (size_t)got);
    return got ? MC_ASK : MC_OK;
}

// True when `events` came before the deadline.
static bool wait_for(struct pollfd *wait, int64_t until)
{
    int ready = -1;
    do {
        int64_t left = until - now_ms();
        ready = left > 0 ? poll(wait, 1, (int)left) : 0;
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static enum mc_result exchange(struct conversion *conversion)
{
    enum mc_result result = MC_ASK;
    while (result == MC_ASK) {
        short events = conversion->rest.size ? POLLIN | POLLOUT : POLLIN;
        struct pollfd wait = {conversion->socket, events, 0};
        if (!wait_for(&wait, conversion->until)) {
            return MC_UNAVAILABLE;
        }
        if (wait.revents & POLLOUT) {
            send_some(conversion);
        }
        if (wait.revents & ~POLLOUT) {
            result = receive_some(conversion);
        }
    }
    return result;
}

// It has closed its output; but a program that is not itself any more could stay.
static bool ends_in_time(const struct conversion *conversion)
{
    MC_AUTO_CLOSE int process = pidfd_open(conversion->process, 0);
    struct pollfd wait = {process, POLLIN, 0};
    return process >= 0 && wait_for(&wait, conversion->until);
}

static enum mc_result judge(int status)
{
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status) == 0                ? MC_OK
               : WEXITSTATUS(status) == STATUS_REFUSED ? MC_MALFORMED
                                                       : MC_UNAVAILABLE;
    }
    return WTERMSIG(status) == SIGXCPU ? MC_MALFORMED : MC_UNAVAILABLE;
}

static enum mc_result finish(const struct conversion *conversion, enum mc_result result)
{
    int status = 0;
    if (result != MC_OK || !ends_in_time(conversion)) {
        (void)kill(conversion->process, SIGKILL);
    }
    while (waitpid(conversion->process, &status, 0) < 0) {
        if (errno != EINTR) {
            return MC_UNAVAILABLE;
        }
    }
    return result == MC_OK ? judge(status) : result;
}

enum mc_result picture_convert(const char *program, int64_t limit_ms, struct mc_span upload,
                               struct mc_buffer *jpeg)
{
    struct conversion conversion = {.until = now_ms() + limit_ms, .rest = upload, .jpeg = jpeg};
    if (upload.size == 0 || upload.size > PICTURE_UPLOAD_MAX) {
        return MC_MALFORMED;
    }
    if (!start(program, &conversion)) {
        return MC_UNAVAILABLE;
    }
    enum mc_result result = exchange(&conversion);
    mc_close_descriptor(&conversion.socket);
    result = finish(&conversion, result);
    if (result == MC_OK) {
        result = conversion.received ? mc_buffer_result(jpeg) : MC_UNAVAILABLE;
    }
    return result;
}
