// SPDX-License-Identifier: Apache-2.0
#include "tests/pam/host.h"

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARTS_MAX 32768

struct snapshot {
    char *parts[PARTS_MAX];
    int count;
};

extern char **environ;

static void add(struct snapshot *snapshot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct snapshot *snapshot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (snapshot->count == PARTS_MAX ||
        vasprintf(&snapshot->parts[snapshot->count++], format, arguments) < 0) {
        abort();
    }
    va_end(arguments);
}

void snapshot_free(struct snapshot *snapshot)
{
    for (int i = 0; i < snapshot->count; i++) {
        free(snapshot->parts[i]);
    }
    free(snapshot);
}

static void add_descriptors(struct snapshot *snapshot)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry = NULL;
    while (folder && (entry = readdir(folder))) {
        int number = atoi(entry->d_name);
        char name[64];
        char target[256] = "";
        if (entry->d_name[0] == '.' || number == dirfd(folder)) {
            continue;
        }
        snprintf(name, sizeof name, "/proc/self/fd/%d", number);
        (void)!readlink(name, target, sizeof target - 1);
        add(snapshot, "descriptor %d %s %d", number, target, fcntl(number, F_GETFD));
    }
    closedir(folder);
}

static void add_signals(struct snapshot *snapshot)
{
    for (int i = 1; i < NSIG; i++) {
        struct sigaction action = {0};
        if (sigaction(i, NULL, &action) == 0) {
            add(snapshot, "signal %d %p %x %lx", i, (void *)(uintptr_t)action.sa_handler,
                (unsigned)action.sa_flags, *(unsigned long *)&action.sa_mask);
        }
    }
    sigset_t mask;
    sigset_t pending;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigpending(&pending);
    add(snapshot, "mask %lx pending %lx", *(unsigned long *)&mask, *(unsigned long *)&pending);
}

static void add_limits(struct snapshot *snapshot)
{
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit;
        getrlimit((__rlimit_resource_t)i, &limit);
        add(snapshot, "limit %d %ju %ju", i, (uintmax_t)limit.rlim_cur, (uintmax_t)limit.rlim_max);
    }
    for (int i = ITIMER_REAL; i <= ITIMER_PROF; i++) {
        struct itimerval timer;
        getitimer((__itimer_which_t)i, &timer);
        // one that repeats reads as 0 between its end and the delivery of its signal
        bool repeats = timer.it_interval.tv_sec != 0 || timer.it_interval.tv_usec != 0;
        add(snapshot, "timer %d %ld.%06ld running %d", i, (long)timer.it_interval.tv_sec,
            (long)timer.it_interval.tv_usec,
            repeats || timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0);
    }
}

static long status_number(const char *key, int base)
{
    char line[256];
    long number = -1;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, key, strlen(key)) == 0) {
            number = strtol(line + strlen(key), NULL, base);
        }
    }
    if (status) {
        fclose(status);
    }
    return number;
}

int host_count_descriptors(void)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    add_descriptors(snapshot);
    int count = snapshot->count;
    snapshot_free(snapshot);
    return count;
}

long host_resident_kib(void)
{
    return status_number("VmRSS:", 10);
}

struct snapshot *snapshot_take(void)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    char folder[4096] = "";
    (void)!getcwd(folder, sizeof folder);
    add(snapshot, "cwd %s", folder);
    add(snapshot, "umask %lo", (unsigned long)status_number("Umask:", 8));
    add(snapshot, "threads %ld", status_number("Threads:", 10));
    add(snapshot, "locale %s", setlocale(LC_ALL, NULL));
    add(snapshot, "ids %d %d %d %d", getuid(), geteuid(), getsid(0), getpgrp());
    siginfo_t child;
    add(snapshot, "children %d", waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0);
    for (char **entry = environ; *entry; entry++) {
        add(snapshot, "environment %s", *entry);
    }
    add_descriptors(snapshot);
    add_signals(snapshot);
    add_limits(snapshot);
    return snapshot;
}

static bool contains(const struct snapshot *snapshot, const char *part, int guess)
{
    if (guess < snapshot->count && strcmp(snapshot->parts[guess], part) == 0) {
        return true;
    }
    for (int i = 0; i < snapshot->count; i++) {
        if (strcmp(snapshot->parts[i], part) == 0) {
            return true;
        }
    }
    return false;
}

static void print_missing(const struct snapshot *from, const struct snapshot *in, const char *what)
{
    for (int i = 0; i < from->count; i++) {
        if (!contains(in, from->parts[i], i)) {
            host_print("{\"changed\": \"%s %s\"}\n", what, from->parts[i]);
        }
    }
}

void snapshot_print_differences(const struct snapshot *before, const struct snapshot *after)
{
    print_missing(before, after, "gone:");
    print_missing(after, before, "new:");
}
