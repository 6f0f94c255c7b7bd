// SPDX-License-Identifier: Apache-2.0
// A service's file of PAM, read as PAM reads it: its lines with those of the files it includes.
#ifndef MYCRED_COMMON_COMMAND_PAM_STACK_H
#define MYCRED_COMMON_COMMAND_PAM_STACK_H

#include "common/base.h"

#define MC_PAM_LINES_MAX 128
#define MC_PAM_WORD 192 // bytes with NUL

struct mc_pam_line {
    char type[MC_PAM_WORD];    // "auth", "account", ...
    char control[MC_PAM_WORD]; // "required", "[success=1 default=ignore]"
    char module[MC_PAM_WORD];  // without the folder: "pam_unix.so"
    char options[MC_PAM_WORD];
};

struct mc_pam_stack {
    struct mc_pam_line lines[MC_PAM_LINES_MAX];
    size_t count;
};

// False when the file cannot be read. Lines beyond the limit are left out.
bool mc_pam_stack_read(const char *folder, const char *service,
                       struct mc_pam_stack *ret_stack) MC_MUST_USE;

bool mc_pam_line_is(const struct mc_pam_line *line, const char *type, const char *module);
bool mc_pam_line_has(const struct mc_pam_line *line, const char *option);

// How many of the following lines a success skips: 0 none, -1 all (the stack ends well there).
int mc_pam_line_skips(const struct mc_pam_line *line);

#endif
