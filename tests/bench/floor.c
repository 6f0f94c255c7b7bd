// SPDX-License-Identifier: Apache-2.0
// The least that a program of its own can cost which does the directory operations of one login.
//
//   floor URI BASE GROUP_BASE UID USED NEXT
#include "tests/bench/operations.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: floor URI BASE GROUP_BASE UID USED NEXT\n");
        return 2;
    }
    struct floor floor = {.base = argv[2], .group_base = argv[3]};
    floor_connect(&floor, argv[1]);
    floor_login(&floor, argv[4], argv[5], argv[6]);
    floor_disconnect(&floor);
    return 0;
}
