// SPDX-License-Identifier: Apache-2.0
// The directory's own time for the operations of one login, over one connection that stays open:
// they are done for the uid of each line of standard input, and a line says how many nanoseconds
// that took.
//
//   pace URI BASE GROUP_BASE USED NEXT
#include "tests/bench/operations.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static long long nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
    char uid[64];
    if (argc != 6) {
        fprintf(stderr, "usage: pace URI BASE GROUP_BASE USED NEXT\n");
        return 2;
    }
    struct floor floor = {.base = argv[2], .group_base = argv[3]};
    floor_connect(&floor, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(uid, sizeof uid, stdin)) {
        uid[strcspn(uid, "\n")] = '\0';
        long long start = nanoseconds();
        floor_login(&floor, uid, argv[4], argv[5]);
        printf("%lld\n", nanoseconds() - start);
    }
    floor_disconnect(&floor);
    return 0;
}
