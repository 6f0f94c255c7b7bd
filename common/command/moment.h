// SPDX-License-Identifier: Apache-2.0
// Times as administrators type them.
#ifndef MYCRED_COMMON_COMMAND_MOMENT_H
#define MYCRED_COMMON_COMMAND_MOMENT_H

#include "common/gtime.h"

// "2026-11-30" (its beginning, UTC), GeneralizedTime, or from now: "90m", "12h", "3d". False for
// anything else.
bool mc_moment_parse(const char *text, mc_time now, mc_time *ret_time) MC_MUST_USE;

#endif
