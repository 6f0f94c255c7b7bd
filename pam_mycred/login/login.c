// SPDX-License-Identifier: Apache-2.0
// mycred-login --once: serves one conversation over descriptor 0 and ends with it.
// mycred-login --worker: serves exchange after exchange that mycred-logind hands over.
#include "common/process.h"
#include "pam_mycred/login/login_process.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ONCE_BUDGET_MS 18000    // of one exchange, sending included; the module waits 20 s
#define DIRECTORY_LIMIT_MS 9000 // of one exchange
#define WATCHDOG_SLACK_MS 500   // past the directory's own deadline, for what no timeout covers
#define ONCE_IDLE_MS 600000     // longest wait for a person's answer

struct options {
    const char *conf, *sender;
    bool once, worker;
};

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// False at the end of the stream, or when it breaks.
static bool read_all(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size) {
        ssize_t got = read(STDIN_FILENO, at, size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        at += got;
        size -= (size_t)got;
    }
    return true;
}

static bool write_all(struct mc_span bytes)
{
    while (bytes.size) {
        ssize_t put = send(STDIN_FILENO, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        bytes = (struct mc_span){bytes.data + put, bytes.size - (size_t)put};
    }
    return true;
}

static bool read_frame(struct mc_buffer *frame)
{
    uint8_t header[WIRE_HEADER_SIZE];
    enum wire_kind kind;
    size_t size = 0;
    mc_buffer_clear(frame);
    if (!read_all(header, sizeof header) || wire_header_parse(header, &kind, &size) != MC_OK) {
        return false;
    }
    MC_AUTO_SECRET struct mc_secret payload = {mc_allocate(size + 1), size};
    if (!payload.data || !read_all(payload.data, size)) {
        return false;
    }
    mc_buffer_append(frame, header, sizeof header);
    mc_buffer_add_span(frame, mc_secret_span(&payload));
    return mc_buffer_result(frame) == MC_OK;
}

// Decides under the watchdog.
static void exchange(struct login *login, struct mc_span frame, uid_t peer, int64_t budget_ms,
                     struct mc_buffer *answer)
{
    int64_t limit = budget_ms < DIRECTORY_LIMIT_MS ? budget_ms : DIRECTORY_LIMIT_MS;
    watchdog_arm(frame, limit + WATCHDOG_SLACK_MS);
    login_refresh(login); // may replace the directory
    watchdog_look_at(login->directory);
    login_exchange(login, frame, peer, limit, answer);
    watchdog_disarm();
}

static bool is_send(const struct mc_buffer *answer)
{
    enum wire_kind kind;
    size_t size = 0;
    return answer->size >= WIRE_HEADER_SIZE &&
           wire_header_parse((const uint8_t *)answer->data, &kind, &size) == MC_OK &&
           kind == WIRE_SEND;
}

static uid_t peer_of_stream(void)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.uid
                                                                                : (uid_t)-1;
}

static void serve_request(struct login *login, const char *sender, struct mc_span frame, uid_t peer,
                          struct mc_buffer *answer)
{
    int64_t deadline = monotonic_ms() + ONCE_BUDGET_MS;
    mc_buffer_clear(answer);
    exchange(login, frame, peer, ONCE_BUDGET_MS, answer);
    // each turn drops one channel that failed, so this ends
    for (int turn = 0; turn < MC_METHOD_COUNT && is_send(answer); turn++) {
        MC_AUTO_BUFFER struct mc_buffer next;
        mc_buffer_init(&next, answer->maximum);
        bool sent =
            login_send(login, sender, mc_buffer_span(answer), deadline - monotonic_ms(), &next);
        mc_buffer_clear(answer);
        if (sent) {
            mc_buffer_add_span(answer, mc_buffer_span(&next));
        } else {
            exchange(login, mc_buffer_span(&next), peer, deadline - monotonic_ms(), answer);
        }
    }
}

// Where there was no memory even for a refusal, ending says it: whoever waits learns of that at
// once.
static bool give_answer(const struct mc_buffer *answer)
{
    return answer->size && write_all(mc_buffer_span(answer));
}

static int serve_once(struct login *login, const char *sender)
{
    MC_AUTO_BUFFER struct mc_buffer frame, answer;
    mc_buffer_init(&frame, WIRE_HEADER_SIZE + WIRE_PAYLOAD_MAX);
    mc_buffer_init(&answer, WIRE_HEADER_SIZE + WIRE_PAYLOAD_MAX);
    uid_t peer = peer_of_stream();
    for (;;) {
        struct pollfd wait = {STDIN_FILENO, POLLIN, 0};
        if (poll(&wait, 1, ONCE_IDLE_MS) <= 0 || !read_frame(&frame)) {
            return 0;
        }
        serve_request(login, sender, mc_buffer_span(&frame), peer, &answer);
        mc_buffer_clear(&frame); // the wait for the next may be long
        if (!give_answer(&answer)) {
            return 0;
        }
        mc_buffer_clear(&answer);
    }
}

static int serve_pool(struct login *login)
{
    login_share_servers();
    MC_AUTO_BUFFER struct mc_buffer frame, answer;
    struct wire_envelope envelope;
    mc_buffer_init(&frame, WIRE_HEADER_SIZE + WIRE_PAYLOAD_MAX);
    mc_buffer_init(&answer, WIRE_HEADER_SIZE + WIRE_PAYLOAD_MAX);
    while (read_all(&envelope, sizeof envelope) && read_frame(&frame)) {
        exchange(login, mc_buffer_span(&frame), envelope.peer_uid, envelope.budget_ms, &answer);
        mc_buffer_clear(&frame);
        if (!give_answer(&answer)) {
            break;
        }
        mc_buffer_clear(&answer);
    }
    return 0;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {{"conf", required_argument, NULL, 'c'},
                                          {"sender", required_argument, NULL, 's'},
                                          {"once", no_argument, NULL, 'o'},
                                          {"worker", no_argument, NULL, 'w'},
                                          {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->conf = optarg;
            break;
        case 's':
            options->sender = optarg;
            break;
        case 'o':
            options->once = true;
            break;
        case 'w':
            options->worker = true;
            break;
        default:
            return false;
        }
    }
    return optind == argc && options->once != options->worker;
}

// Secrets are wiped and the directory has been told. What libraries would tidy up now, only leak
// checkers want to see, and a person would wait for it.
static _Noreturn void leave(int status)
{
#ifdef __SANITIZE_ADDRESS__
    exit(status);
#else
    _exit(status);
#endif
}

int main(int argc, char **argv)
{
    struct options options = {.conf = MC_SYSCONFDIR "/mycred/mycred.conf",
                              .sender = MC_LIBEXECDIR "/mycred-send"};
    struct login login;
    if (!parse_options(argc, argv, &options)) {
        fprintf(stderr, "usage: mycred-login --once|--worker [--conf FILE] [--sender PROGRAM]\n"
                        "It is started by pam_mycred.so or mycred-logind, not by hand.\n");
        return 2;
    }
    // under su and sudo the real user is the caller, who could send signals to this process
    if (geteuid() == 0 && setresuid(0, 0, 0) != 0) {
        return 1;
    }
    // a worker must not outlive the parent that hands it its work
    if (mc_process_prepare(MC_PROCESS_HELPER) != MC_OK || chdir("/") != 0 ||
        (options.worker && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) ||
        login_init(&login, options.conf) != MC_OK) {
        return 1;
    }
    int status = options.once ? serve_once(&login, options.sender) : serve_pool(&login);
    login_end(&login);
    leave(status);
}
