// SPDX-License-Identifier: Apache-2.0
#include "common/program.h"

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

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct child {
    pid_t process;
    int input, output; // our ends
};

// The child's signals are as a fresh program expects them, whatever the process around us does.
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error =
        posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0) {
        error = posix_spawnattr_setsigmask(attributes, &none);
    }
    return error ? error : posix_spawnattr_setsigdefault(attributes, &all);
}

// Each must be there: a program that reads what is our standard input would take a person's
// answers.
static int set_actions(posix_spawn_file_actions_t *actions, int theirs_in, int theirs_out)
{
    int error = posix_spawn_file_actions_adddup2(actions, theirs_in, 0);
    if (error == 0) {
        error = posix_spawn_file_actions_adddup2(actions, theirs_out, 1);
    }
    if (error == 0) {
        error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    }
    return error ? error : posix_spawn_file_actions_addchdir_np(actions, "/");
}

bool mc_program_start(const struct mc_program *program, int input, int output, pid_t *ret_process)
{
    const char *arguments[MC_COUNT(program->arguments) + 2] = {program->path};
    char *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    for (size_t i = 0; i < MC_COUNT(program->arguments) && program->arguments[i]; i++) {
        arguments[i + 1] = program->arguments[i];
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        return false;
    }
    if (posix_spawn_file_actions_init(&actions) != 0) {
        posix_spawnattr_destroy(&attributes);
        return false;
    }
    int error = set_attributes(&attributes);
    if (error == 0) {
        error = set_actions(&actions, input, output);
    }
    if (error == 0) {
        error = posix_spawn(ret_process, program->path, &actions, &attributes, (char **)arguments,
                            environment);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error == 0;
}

static bool start(const struct mc_program *program, struct child *child)
{
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC) != 0) {
        return false;
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        (void)close(input[0]);
        (void)close(input[1]);
        return false;
    }
    bool started = mc_program_start(program, input[0], output[1], &child->process);
    (void)close(input[0]);
    (void)close(output[1]);
    child->input = input[1];
    child->output = output[0];
    if (!started) {
        mc_close_descriptor(&child->input);
        mc_close_descriptor(&child->output);
    }
    return started;
}

// Our input fits a pipe, so this never waits; what is cut short is refused by the program.
static void hand_over(struct child *child, struct mc_span input)
{
    sigset_t broken, before;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t written = write(child->input, input.data, input.size);
    if (written < 0 && errno == EPIPE) {
        const struct timespec now = {0, 0};
        (void)sigtimedwait(&broken, NULL, &now);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    mc_close_descriptor(&child->input);
}

// False when the deadline came first; the program is killed then.
static bool read_line(struct child *child, int64_t until, char *line, size_t line_size)
{
    size_t size = 0;
    for (;;) {
        int64_t left = until - monotonic_ms();
        struct pollfd wait = {child->output, POLLIN, 0};
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            (void)kill(child->process, SIGKILL);
            snprintf(line, line_size, "reason=deadline");
            return false;
        }
        char rest[256];
        bool room = size < line_size - 1;
        ssize_t got = read(child->output, room ? line + size : rest,
                           room ? line_size - 1 - size : sizeof rest);
        if (got <= 0) {
            break;
        }
        size += room ? (size_t)got : 0;
    }
    line[size] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

// One that has said its last word and yet stays is ended as well.
static int reap(pid_t process, int64_t until)
{
    MC_AUTO_CLOSE int descriptor = pidfd_open(process, 0);
    struct pollfd ended = {descriptor, POLLIN, 0};
    int status = -1;
    int64_t left = until - monotonic_ms();
    if (descriptor < 0 || poll(&ended, 1, left > 0 ? (int)left : 0) <= 0) {
        (void)kill(process, SIGKILL);
    }
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool mc_program_run(const struct mc_program *program, char *line, size_t line_size)
{
    struct child child = {-1, -1, -1};
    int64_t until = monotonic_ms() + program->limit_ms;
    if (!start(program, &child)) {
        snprintf(line, line_size, "reason=not-started");
        return false;
    }
    hand_over(&child, program->input);
    bool in_time = read_line(&child, until, line, line_size);
    mc_close_descriptor(&child.output);
    int status = reap(child.process, until);
    bool good = in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good && !line[0]) {
        snprintf(line, line_size, "reason=died");
    }
    return good;
}
