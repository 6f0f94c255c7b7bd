// SPDX-License-Identifier: Apache-2.0
// Talking with the person at the terminal. Nothing passes through stdio's buffers, which cannot be
// wiped.
#ifndef MYCRED_COMMON_COMMAND_TERMINAL_H
#define MYCRED_COMMON_COMMAND_TERMINAL_H

#include "common/buffer.h"
#include "common/secret.h"

// Writes to standard output, after all that stdio holds for it.
enum mc_result mc_terminal_write(struct mc_span text) MC_MUST_USE;

// Shows `prompt` and reads one line of standard input without its end. MC_NOT_FOUND at the end of
// the input; MC_MALFORMED for a line of more than 512 bytes.
enum mc_result mc_terminal_ask(const char *prompt, struct mc_secret *ret_line) MC_MUST_USE;

bool mc_terminal_is_shown(void); // standard output is a terminal
bool mc_terminal_is_utf8(void);  // by LANG and LC_*

// Columns of the terminal; 80 where that is not known.
unsigned mc_terminal_width(void);

#endif
