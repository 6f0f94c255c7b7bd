// SPDX-License-Identifier: Apache-2.0
// Running mycred-send and reading how it ended.
#ifndef MYCRED_COMMON_COMMAND_SENDER_H
#define MYCRED_COMMON_COMMAND_SENDER_H

#include "common/base.h"

struct mc_sender_end {
    bool accepted;
    char line[1024]; // what it said, without the line's end
};

// `words`: path and arguments, the last NULL. `job` goes to its standard input.
void mc_sender_run(const char *const *words, struct mc_span job, struct mc_sender_end *ret_end);

#endif
