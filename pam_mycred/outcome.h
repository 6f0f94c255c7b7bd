// SPDX-License-Identifier: Apache-2.0
// The line in the host's log that says how a call ended.
#ifndef MYCRED_PAM_MYCRED_OUTCOME_H
#define MYCRED_PAM_MYCRED_OUTCOME_H

#include "pam_mycred/call.h"

// Refusals at LOG_NOTICE, faults at LOG_ERR with what caused them, the rest only with `debug`.
void mc_outcome_log(const struct mc_call *call, int code);

#endif
