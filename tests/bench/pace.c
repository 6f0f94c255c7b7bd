// SPDX-License-Identifier: Apache-2.0
// The directory's own time for the operations of one login, over one connection that stays open:
// for each line of standard input they are done once, and a line says how many nanoseconds that
// took.
//
//   pace URI BASE GROUP_BASE UID
#include "tests/bench/operations.h"

#include <stdio.h>
#include <time.h>

static long long nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
    static const char *const used[] = {"20260101000000Z", "20260101000030Z"};
    char line[16];
    if (argc != 5) {
        fprintf(stderr, "usage: pace URI BASE GROUP_BASE UID\n");
        return 2;
    }
    struct floor floor = {.base = argv[2], .group_base = argv[3]};
    floor_connect(&floor, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (unsigned i = 0; fgets(line, sizeof line, stdin); i++) {
        long long start = nanoseconds();
        floor_login(&floor, argv[4], used[i % 2], used[(i + 1) % 2]);
        printf("%lld\n", nanoseconds() - start);
    }
    floor_disconnect(&floor);
    return 0;
}
