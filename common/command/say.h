// SPDX-License-Identifier: Apache-2.0
// Lines for people on standard output. What comes from outside may hold what a terminal obeys: it
// is shown as \xNN.
#ifndef MYCRED_COMMON_COMMAND_SAY_H
#define MYCRED_COMMON_COMMAND_SAY_H

#include "common/buffer.h"
#include "common/gtime.h"

#define MC_SAY_TIME 32 // bytes that hold a time as text

// "2026-11-21 20:15:33 UTC".
void mc_say_time(mc_time time, char text[MC_SAY_TIME]);

// Appends text from outside: printable UTF-8 as it is, everything else by its bytes; long texts are
// cut.
void mc_say_add(struct mc_buffer *line, struct mc_span text);

// One line `name: text`, aligned. The text is taken as it is.
void mc_say(const char *name, const char *format, ...) MC_PRINTF(2, 3);

#endif
