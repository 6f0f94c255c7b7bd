// SPDX-License-Identifier: Apache-2.0
// The end that comes whatever happens: neither a stalled name server nor a stuck library call
// outlives it. It is the process's, since a signal handler has no context to be given.
#ifndef MYCRED_COMMON_SEND_DEADLINE_H
#define MYCRED_COMMON_SEND_DEADLINE_H

#include "common/result.h"

// When `milliseconds` have passed since now, the process writes the line set last and ends with
// status 1. May be called again to move the end. MC_INTERNAL when the kernel gives no timer.
enum mc_result mc_deadline_start(int64_t milliseconds) MC_MUST_USE;

// Milliseconds from now on a clock that nobody sets.
int64_t mc_deadline_now(void) MC_MUST_USE;

// What is written at the deadline; cut at 500 bytes. A line end is added.
void mc_deadline_set_line(const char *line);

// Writes the line as the process's one line. A deadline that comes later adds nothing, and keeps
// `exit_status`.
void mc_deadline_report(const char *line, int exit_status);

#endif
