// SPDX-License-Identifier: Apache-2.0
// The parts of the test host: what is asked of it, how hostile it is, what it looks like.
#ifndef MYCRED_TESTS_PAM_HOST_H
#define MYCRED_TESTS_PAM_HOST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 256

struct host {
    const char *confdir, *service, *user, *rhost, *tty, *ruser;
    const char
        *answers[LIST_MAX]; // literal, or !null !nothing !error !abort !again !canary !size=N
    int answer_count;
    const char *calls[LIST_MAX];
    int call_count;
    int repeat, threads;
    bool silent, no_conversation, mute, quiet, journal;
    // hostilities
    bool reaper, ignore_children, close_standard, alarm, markers;
    int descriptors, uid;
    long fail_allocation; // the n-th within the calls; 0: none
    // what is counted
    long allocations;
    volatile int signals;
    int output; // descriptor of the report
};

extern struct host host;

void host_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void host_options(int argc, char **argv);
void host_hostilities(void);
void host_window(bool open); // a call of the module begins or ends
void host_pause(bool pause); // and within it, what the host does itself
int host_count_descriptors(void);
long host_resident_kib(void);

// A secret that stands nowhere in this process until it is typed, and where it stands afterwards.
char *canary_make(void);
int canary_count(void);

// Everything a module must leave as it was, as text.
struct snapshot;
struct snapshot *snapshot_take(void);
void snapshot_free(struct snapshot *snapshot);
void snapshot_print_differences(const struct snapshot *before, const struct snapshot *after);

#endif
