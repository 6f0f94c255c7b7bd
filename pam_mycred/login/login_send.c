// SPDX-License-Identifier: Apache-2.0
// For the one-conversation process: runs the sender and waits for it. (The service's parent does
// this itself.)
#include "pam_mycred/login/login.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CAUSE_MAX 512 // bytes of the sender's line
#define SEND_LIMIT_MS 10000
#define RESERVE_MS 2000 // of the exchange's time, for what must be written after a failure

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct sender {
    pid_t process;
    int input, output;
};

static bool start_sender(const char *path, const char *conf, struct sender *sender)
{
    MC_AUTO_CLOSE int theirs_in = -1;
    MC_AUTO_CLOSE int theirs_out = -1;
    int input[2], output[2];
    char *arguments[] = {(char *)path, "--conf", (char *)conf, NULL};
    char *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    if (pipe2(input, O_CLOEXEC) != 0) {
        return false;
    }
    theirs_in = input[0];
    sender->input = input[1];
    if (pipe2(output, O_CLOEXEC) != 0) {
        mc_close_descriptor(&sender->input);
        return false;
    }
    theirs_out = output[1];
    sender->output = output[0];
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs_in, 0);
    posix_spawn_file_actions_adddup2(&actions, theirs_out, 1);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    int failed = posix_spawn(&sender->process, path, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        mc_close_descriptor(&sender->input);
        mc_close_descriptor(&sender->output);
    }
    return !failed;
}

// A job is far smaller than a pipe holds, so this never waits.
static void hand_over(struct sender *sender, struct mc_span job)
{
    ssize_t written = write(sender->input, job.data, job.size);
    (void)written; // a job cut short is refused by the sender
    mc_close_descriptor(&sender->input);
}

// Reads the sender's line until it ends or time is up; false when it had to be killed.
static bool read_cause(struct sender *sender, int64_t until, char cause[CAUSE_MAX])
{
    size_t size = 0;
    for (;;) {
        int64_t left = until - monotonic_ms();
        struct pollfd wait = {sender->output, POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0) {
            if (left > 0 && errno == EINTR) {
                continue;
            }
            kill(sender->process, SIGKILL);
            snprintf(cause, CAUSE_MAX, "reason=deadline");
            return false;
        }
        ssize_t got = read(sender->output, cause + size, CAUSE_MAX - 1 - size);
        if (got <= 0) {
            cause[size] = '\0';
            return true;
        }
        size += (size_t)got;
    }
}

// One that has said its last word and yet stays is ended as well.
static int reap(pid_t process, int64_t until)
{
    MC_AUTO_CLOSE int descriptor = pidfd_open(process, 0);
    struct pollfd ended = {descriptor, POLLIN, 0};
    int status = -1;
    int64_t left = until - monotonic_ms();
    if (descriptor < 0 || poll(&ended, 1, left > 0 ? (int)left : 0) <= 0) {
        kill(process, SIGKILL);
    }
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

// True when the message was accepted.
static bool run_sender(const struct login *login, const char *path, struct mc_span job,
                       int64_t until, char cause[CAUSE_MAX])
{
    struct sender sender = {-1, -1, -1};
    snprintf(cause, CAUSE_MAX, "reason=sender-not-started");
    if (!start_sender(path, mc_buffer_text(&login->conf), &sender)) {
        return false;
    }
    hand_over(&sender, job);
    bool whole = read_cause(&sender, until, cause);
    mc_close_descriptor(&sender.output);
    int status = reap(sender.process, until);
    cause[strcspn(cause, "\n")] = '\0';
    return whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The request to go on with, with the cause added; empty when memory is short.
static void add_cause(struct mc_span frame, const char *cause, struct mc_buffer *out)
{
    struct wire_request request;
    if (wire_request_decode(frame, &request) != MC_OK) {
        return;
    }
    request.cause = mc_span_of(cause);
    if (wire_request_encode(&request, out) != MC_OK) {
        mc_buffer_clear(out);
    }
}

bool login_send(const struct login *login, const char *sender, struct mc_span frame,
                int64_t deadline_ms, struct mc_buffer *next)
{
    struct wire_send send;
    char cause[CAUSE_MAX];
    if (wire_send_decode(frame, &send) != MC_OK) {
        return false;
    }
    int64_t until = monotonic_ms() + SEND_LIMIT_MS;
    until = until < deadline_ms - RESERVE_MS ? until : deadline_ms - RESERVE_MS;
    bool sent = run_sender(login, sender, send.job, until, cause);
    if (sent) {
        mc_buffer_add_span(next, send.if_sent);
    } else {
        add_cause(send.otherwise, cause, next);
    }
    return sent;
}
