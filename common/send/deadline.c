// SPDX-License-Identifier: Apache-2.0
#include "common/send/deadline.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CLEANUP_MILLISECONDS 200

static struct {
    timer_t timer;
    bool exists;
    // two lines, so that the handler never sees one half-written
    char lines[2][512];
    atomic_int current;
    atomic_bool reported;
    atomic_int exit_status;
} deadline = {.exit_status = 1};

static void write_all(const char *text, size_t size)
{
    while (size) {
        ssize_t written = write(STDOUT_FILENO, text, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        text += written;
        size -= (size_t)written;
    }
}

// Called in a signal handler: async-signal-safe functions only.
static void end_process(int signal_number)
{
    (void)signal_number;
    if (!atomic_exchange(&deadline.reported, true)) {
        const char *line = deadline.lines[atomic_load(&deadline.current)];
        write_all(line, strlen(line));
    }
    _exit(atomic_load(&deadline.exit_status));
}

// 0 stops it.
static bool set_timer(int64_t milliseconds)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000}};
    return deadline.exists && timer_settime(deadline.timer, 0, &when, NULL) == 0;
}

enum mc_result mc_deadline_start(int64_t milliseconds)
{
    if (!deadline.exists) {
        struct sigaction action = {.sa_handler = end_process};
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
        sigset_t alarm_only;
        // the signal may come blocked from the parent
        if (sigemptyset(&alarm_only) != 0 || sigaddset(&alarm_only, SIGALRM) != 0 ||
            sigaction(SIGALRM, &action, NULL) != 0 ||
            sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) != 0 ||
            timer_create(CLOCK_MONOTONIC, &event, &deadline.timer) != 0) {
            return MC_INTERNAL;
        }
        deadline.exists = true;
    }
    return set_timer(milliseconds) ? MC_OK : MC_INTERNAL;
}

int64_t mc_deadline_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void mc_deadline_set_line(const char *line)
{
    int next = 1 - atomic_load(&deadline.current);
    (void)snprintf(deadline.lines[next], sizeof(deadline.lines[next]), "%.500s\n", line);
    atomic_store(&deadline.current, next);
}

void mc_deadline_report(const char *line, int exit_status)
{
    bool stopped = set_timer(0);
    mc_deadline_set_line(line);
    atomic_store(&deadline.exit_status, exit_status);
    if (!atomic_exchange(&deadline.reported, true)) {
        const char *final = deadline.lines[atomic_load(&deadline.current)];
        write_all(final, strlen(final));
    }
    // what is left is cleaning up, which may be stuck as well
    if (stopped && !set_timer(CLEANUP_MILLISECONDS)) {
        _exit(exit_status);
    }
}
