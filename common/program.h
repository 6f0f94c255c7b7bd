// SPDX-License-Identifier: Apache-2.0
// Runs one of our own programs: a job on its standard input, one line back, a hard deadline.
#ifndef MYCRED_COMMON_PROGRAM_H
#define MYCRED_COMMON_PROGRAM_H

#include "common/result.h"

#include <sys/types.h>

struct mc_program {
    const char *path;         // absolute
    const char *arguments[4]; // after the name; NULL ends them
    struct mc_span input;     // less than a pipe holds: 64 KiB
    int64_t limit_ms;
};

// Starts it with these descriptors as its standard input and output, errors going where ours go:
// its environment is empty, its folder is `/`, its signals are as a fresh program expects them, and
// no other descriptor is open in it. False: not started. The caller waits for it.
bool mc_program_start(const struct mc_program *program, int input, int output,
                      pid_t *ret_process) MC_MUST_USE;

// True: it ended with status 0 in time. `line` gets the first line of its output, or what went
// wrong with it
// (`reason=deadline`, `reason=not-started`, `reason=died`). It is no more when this returns.
bool mc_program_run(const struct mc_program *program, char *line, size_t line_size);

#endif
