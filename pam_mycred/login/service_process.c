// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Nothing of ours: libldap and libcurl obey dozens of variables.
static char *const clean_environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

// The child gets no blocked signal and, SIGPIPE included, the usual effect of each.
static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0) {
        error = posix_spawnattr_setsigdefault(attributes, &all);
    }
    if (error == 0) {
        error =
            posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    return error;
}

// Every other descriptor of ours is close-on-exec.
static int set_descriptors(posix_spawn_file_actions_t *actions,
                           const struct descriptors *descriptors)
{
    int input = descriptors->input, output = descriptors->output, shared = descriptors->shared;
    int error = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
    if (error == 0 && output >= 0) {
        error = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    } else if (error == 0) {
        error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (error == 0 && shared >= 0) {
        error = posix_spawn_file_actions_adddup2(actions, shared, WIRE_SERVERS_DESCRIPTOR);
    }
    return error;
}

int process_start(const char *const arguments[], const struct descriptors *descriptors,
                  pid_t *ret_pid)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = posix_spawnattr_init(&attributes);
    if (error) {
        return error;
    }
    error = posix_spawn_file_actions_init(&actions);
    if (error) {
        (void)posix_spawnattr_destroy(&attributes);
        return error;
    }
    error = set_signals(&attributes);
    if (error == 0) {
        error = set_descriptors(&actions, descriptors);
    }
    if (error == 0) {
        error = posix_spawn(ret_pid, arguments[0], &actions, &attributes, (char *const *)arguments,
                            clean_environment);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return error;
}

// Safe by number: a child keeps its number until it is reaped, and only this thread reaps.
void process_kill(pid_t pid)
{
    if (pid > 0) {
        (void)kill(pid, SIGKILL);
    }
}

static void sender_ended(struct service *service, pid_t pid, int status)
{
    struct client *client = NULL;
    TAILQ_FOREACH(client, &service->clients, all)
    {
        if (client->sender.pid == pid) {
            sender_reaped(service, client, status);
            return;
        }
    }
}

void process_reap(struct service *service)
{
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0 && errno == EINTR) {
            continue;
        }
        if (pid <= 0) {
            return;
        }
        // one that was killed for being late has no owner any more
        if (!pool_reaped(service, pid, status)) {
            sender_ended(service, pid, status);
        }
    }
}

void process_reap_all(void)
{
    const struct timespec pause = {0, 5 * 1000 * 1000};
    for (int i = 0; i < 200; i++) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0 && errno == ECHILD) {
            return;
        }
        if (pid == 0) {
            (void)nanosleep(&pause, NULL);
        }
    }
}
