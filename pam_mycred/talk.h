// SPDX-License-Identifier: Apache-2.0
// One call of the host's conversation function.
#ifndef MYCRED_PAM_MYCRED_TALK_H
#define MYCRED_PAM_MYCRED_TALK_H

#include "common/secret.h"
#include "pam_mycred/wire.h"

#include <security/pam_modules.h>

struct mc_talk_line {
    int style; // PAM_TEXT_INFO, PAM_ERROR_MSG, PAM_PROMPT_ECHO_ON, PAM_PROMPT_ECHO_OFF
    struct mc_span text;
};

#define MC_TALK_LINES_MAX WIRE_MESSAGES_MAX
#define MC_TALK_ANSWER_MAX                                                                         \
    (WIRE_TEXT_MAX + 1) // longer answers are cut there, to be seen as too long

// Is there anybody to talk to?
bool mc_talk_is_possible(pam_handle_t *pamh);

// Shows the lines, in one call. PAM_SUCCESS, PAM_CONV_ERR; PAM_SYSTEM_ERR when memory is short.
// Whatever was answered is wiped.
int mc_talk_show(pam_handle_t *pamh, const struct mc_talk_line *lines, size_t count) MC_MUST_USE;

// The same; the last line is a prompt.
int mc_talk_ask(pam_handle_t *pamh, const struct mc_talk_line *lines, size_t count,
                struct mc_secret *ret_answer) MC_MUST_USE;

#endif
