// SPDX-License-Identifier: Apache-2.0
#ifndef MYCRED_TESTS_BENCH_RATE_H
#define MYCRED_TESTS_BENCH_RATE_H

#include <stdbool.h>

#define RATE_TURNS 2

struct rate {
    unsigned clients, people; // people of each client
    char **argv;
    void (*prepare)(char **argv);                  // in each client, before the clock runs
    void (*login)(unsigned person, unsigned turn); // ends the process when it fails
};

void rate_directory_prepare(char **argv);
void rate_directory_login(unsigned person, unsigned turn);

void rate_pam_prepare(char **argv);
void rate_pam_login(unsigned person, unsigned turn);

#endif
