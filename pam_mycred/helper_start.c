// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEAVE_MILLISECONDS 500 // for an orderly end after end of file
#define KILL_MILLISECONDS 1000

// Nothing of the host's is handed on: its signals, its session, its descriptors, its directory.
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error) {
        error = posix_spawnattr_setsigdefault(attributes, &all);
    }
    if (!error) {
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    }
    return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, int channel)
{
    int error = posix_spawn_file_actions_adddup2(actions, channel, 0);
    if (!error) {
        error = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    }
    if (!error) {
        error = posix_spawn_file_actions_adddup2(actions, 1, 2);
    }
    if (!error) {
        error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    }
    return error ? error : posix_spawn_file_actions_addchdir_np(actions, "/");
}

static int spawn(const struct mc_helper *helper, int channel, pid_t *ret_pid)
{
    char *const arguments[] = {(char *)helper->program, (char *)"--once", (char *)"--conf",
                               (char *)helper->conf, NULL};
    // libldap readies GnuTLS itself where there is TLS; done at every start it is a tenth of it
    char *const environment[] = {(char *)"GNUTLS_NO_IMPLICIT_INIT=1", NULL};
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = posix_spawnattr_init(&attributes);
    if (error) {
        return error;
    }
    error = posix_spawn_file_actions_init(&actions);
    if (!error) {
        error = set_attributes(&attributes);
        error = error ? error : set_actions(&actions, channel);
        if (!error) {
            error = posix_spawn(ret_pid, helper->program, &actions, &attributes, arguments,
                                environment);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return error;
}

static bool is_shortage(int error)
{
    return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

static enum mc_result fail(struct mc_helper *helper, const char *step, int error)
{
    helper->step = step;
    helper->error = error;
    return is_shortage(error) ? MC_UNAVAILABLE : MC_BAD_CONFIG;
}

enum mc_result mc_helper_start(struct mc_helper *helper)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return fail(helper, "socketpair", errno);
    }
    MC_AUTO_CLOSE int ours = mc_descriptor_raise(pair[0]);
    MC_AUTO_CLOSE int theirs = mc_descriptor_raise(pair[1]);
    if (ours < 0 || theirs < 0) {
        return fail(helper, "socketpair", EMFILE);
    }
    pid_t pid = 0;
    int error = spawn(helper, theirs, &pid);
    if (error) {
        return fail(helper, "start", error);
    }
    helper->pid = pid;
    helper->channel = ours;
    ours = -1;
    helper->pidfd = mc_descriptor_raise(pidfd_open(pid, 0));
    if (helper->pidfd < 0) {
        int cause = errno; // nothing we cannot end is used
        mc_helper_release(helper);
        (void)fail(helper, "pidfd", cause);
        return MC_UNAVAILABLE;
    }
    return MC_OK;
}

static bool has_ended(const struct mc_helper *helper, int milliseconds)
{
    return mc_helper_wait(helper->pidfd, POLLIN, mc_helper_now() + milliseconds) > 0;
}

// The host may have taken the child's status already, by a handler of its own or by ignoring
// SIGCHLD.
static void reap(const struct mc_helper *helper)
{
    siginfo_t status;
    (void)waitid(P_PIDFD, (id_t)helper->pidfd, &status, WEXITED | WNOHANG);
}

// Without a pidfd the number may belong to a stranger by now, so it is not killed: it was just
// started, and ends by end of file.
static void reap_by_number(const struct mc_helper *helper)
{
    for (int i = 0; i < LEAVE_MILLISECONDS / 10; i++) {
        siginfo_t status = {0};
        if (waitid(P_PID, (id_t)helper->pid, &status, WEXITED | WNOHANG) != 0 || status.si_pid) {
            return;
        }
        (void)poll(NULL, 0, 10);
    }
}

static void end_program(const struct mc_helper *helper)
{
    if (helper->pidfd < 0) {
        reap_by_number(helper);
        return;
    }
    if (!has_ended(helper, LEAVE_MILLISECONDS)) {
        (void)pidfd_send_signal(helper->pidfd, SIGKILL, NULL, 0);
        (void)has_ended(helper, KILL_MILLISECONDS);
    }
    reap(helper);
}

void mc_helper_release(struct mc_helper *helper)
{
    mc_close_descriptor(&helper->channel);
    if (helper->pid > 0) {
        end_program(helper);
    }
    mc_close_descriptor(&helper->pidfd);
    helper->pid = 0;
}
