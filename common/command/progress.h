// SPDX-License-Identifier: Apache-2.0
// A bar on standard error, where that is a terminal; elsewhere nothing.
#ifndef MYCRED_COMMON_COMMAND_PROGRESS_H
#define MYCRED_COMMON_COMMAND_PROGRESS_H

#include "common/base.h"

// Starts as {0}, which shows nothing.
struct mc_progress {
    const char *what;
    size_t all;
    int shown; // per cent; -1: nothing yet
    bool is_on;
};

void mc_progress_begin(struct mc_progress *progress, const char *what, size_t all);
void mc_progress_show(struct mc_progress *progress, size_t done);
void mc_progress_end(struct mc_progress *progress); // ends the line

#endif
