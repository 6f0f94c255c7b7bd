// SPDX-License-Identifier: Apache-2.0
// Prompts and answers, until the helper has decided or the prompts are used up.
#ifndef MYCRED_PAM_MYCRED_DIALOGUE_H
#define MYCRED_PAM_MYCRED_DIALOGUE_H

#include "pam_mycred/call.h"

// Sends `first`, whose prompts_left bounds the prompts, carries prompts and answers, shows the last
// texts. Returns a PAM code; the last reply stays in call->reply.
int mc_dialogue_run(struct mc_call *call, const struct wire_request *first) MC_MUST_USE;

#endif
