// SPDX-License-Identifier: Apache-2.0
#include "common/command/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// send_timeout is 10 s at most, and the sender ends itself; this is for one that cannot.
#define LONGEST_MS 15000

// One socket serves as input and output: half of it ends when the job is written.
static pid_t start(const char *const *words, int theirs)
{
    pid_t child = -1;
    char *const no_environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return -1;
    }
    bool done =
        posix_spawn_file_actions_adddup2(&actions, theirs, STDIN_FILENO) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, theirs, STDOUT_FILENO) == 0 &&
        posix_spawn(&child, words[0], &actions, NULL, (char *const *)words, no_environment) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    return done ? child : -1;
}

static void read_line(int ours, char *line, size_t room)
{
    struct pollfd wait = {ours, POLLIN, 0};
    size_t size = 0;
    while (size < room - 1 && poll(&wait, 1, LONGEST_MS) == 1) {
        ssize_t got = read(ours, line + size, room - 1 - size);
        if (got <= 0) {
            break;
        }
        size += (size_t)got;
    }
    line[size] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

static bool end_well(pid_t child)
{
    int status = 0;
    // its output has ended, or it is stuck
    for (int tenths = 0; tenths < 20; tenths++) {
        if (waitpid(child, &status, WNOHANG) == child) {
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        (void)poll(NULL, 0, 100);
    }
    (void)kill(child, SIGKILL);
    (void)waitpid(child, &status, 0);
    return false;
}

void mc_sender_run(const char *const *words, struct mc_span job, struct mc_sender_end *ret_end)
{
    int pair[2] = {-1, -1};
    *ret_end = (struct mc_sender_end){0};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return;
    }
    MC_AUTO_CLOSE int ours = pair[0], theirs = pair[1];
    pid_t child = start(words, theirs);
    mc_close_descriptor(&theirs);
    if (child < 0) {
        (void)snprintf(ret_end->line, sizeof ret_end->line, "%s cannot be started", words[0]);
        return;
    }
    // a job is smaller than the socket's buffer, so this does not wait
    bool written =
        job.size == 0 || send(ours, job.data, job.size, MSG_NOSIGNAL) == (ssize_t)job.size;
    (void)shutdown(ours, SHUT_WR);
    read_line(ours, ret_end->line, sizeof ret_end->line);
    ret_end->accepted = end_well(child) && written;
}
