// SPDX-License-Identifier: Apache-2.0
// How many logins a second with several clients at a time: each client is a process, begins when
// all are ready, and takes two turns over people of its own. Prints the logins, and the seconds
// they took.
//
//   rate CLIENTS PEOPLE directory URI BASE GROUP_BASE
//   rate CLIENTS PEOPLE pam CONFDIR SERVICE
//
// `directory` does a login's directory operations and nothing else, over a connection that stays
// open; `pam` signs in by a PAM service, with the code of the step before in the first turn and the
// current one in the second.
#include "tests/bench/rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run_client(const struct rate *rate, unsigned client, int ready, int start)
{
    char byte = 0;
    rate->prepare(rate->argv);
    if (write(ready, &byte, 1) != 1 || read(start, &byte, 1) != 0) {
        return 1;
    }
    for (unsigned turn = 0; turn < RATE_TURNS; turn++) {
        for (unsigned i = 0; i < rate->people; i++) {
            rate->login(client * rate->people + i + 1, turn);
        }
    }
    return 0;
}

static void start_clients(const struct rate *rate, int ready, int start[2])
{
    for (unsigned client = 0; client < rate->clients; client++) {
        pid_t pid = fork();
        if (pid < 0) {
            exit(1);
        }
        if (pid == 0) {
            close(start[1]);
            _exit(run_client(rate, client, ready, start[0]));
        }
    }
    close(start[0]);
}

int main(int argc, char **argv)
{
    int ready[2], start[2], status = 0, failed = 0;
    bool is_pam = argc == 6 && strcmp(argv[3], "pam") == 0;
    if (!is_pam && (argc != 7 || strcmp(argv[3], "directory") != 0)) {
        fprintf(stderr, "usage: rate CLIENTS PEOPLE directory|pam ...\n");
        return 2;
    }
    const struct rate rate = {
        .clients = (unsigned)atoi(argv[1]),
        .people = (unsigned)atoi(argv[2]),
        .argv = argv + 4,
        .prepare = is_pam ? rate_pam_prepare : rate_directory_prepare,
        .login = is_pam ? rate_pam_login : rate_directory_login,
    };
    if (pipe(ready) != 0 || pipe(start) != 0) {
        return 1;
    }
    start_clients(&rate, ready[1], start);
    for (unsigned i = 0; i < rate.clients; i++) {
        char byte = 0;
        failed |= read(ready[0], &byte, 1) != 1;
    }
    double began = seconds();
    close(start[1]);
    while (wait(&status) > 0) {
        failed |= status != 0;
    }
    printf("%u %.6f\n", rate.clients * rate.people * RATE_TURNS, seconds() - began);
    return failed;
}
