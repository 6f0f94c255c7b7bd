// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/operations.h"
#include "tests/bench/rate.h"

#include <stdio.h>

static struct floor directory;

void rate_directory_prepare(char **argv)
{
    directory = (struct floor){.base = argv[1], .group_base = argv[2]};
    floor_connect(&directory, argv[0]);
}

void rate_directory_login(unsigned person, unsigned turn)
{
    // the second turn brings the entry back to how it was
    static const char *const used[] = {"20260101000000Z", "20260101000030Z"};
    char uid[16];
    snprintf(uid, sizeof uid, "u%07u", person);
    floor_login(&directory, uid, used[turn % 2], used[(turn + 1) % 2]);
}
