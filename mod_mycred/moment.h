// SPDX-License-Identifier: Apache-2.0
// Times as pages show them.
#ifndef MYCRED_MOD_MYCRED_MOMENT_H
#define MYCRED_MOD_MYCRED_MOMENT_H

#include "mod_mycred/visit.h"

// "2026-11-21"; "" for 0.
const char *moment_day(struct visit *visit, mc_time time);

// "5 minutes"
const char *moment_duration(struct visit *visit, int64_t seconds);

// "5 minutes", from now until then.
const char *moment_left(struct visit *visit, mc_time then);

// Tells the page how long until another code may be asked for: `wait`, `wait_seconds`.
void moment_show_wait(struct visit *visit, mc_time from);

#endif
