// SPDX-License-Identifier: Apache-2.0
// The work of each entry point, between mc_call_begin and mc_call_end. Each returns a PAM code.
#ifndef MYCRED_PAM_MYCRED_PHASES_H
#define MYCRED_PAM_MYCRED_PHASES_H

#include "pam_mycred/call.h"

int mc_phase_authenticate(struct mc_call *call) MC_MUST_USE;
int mc_phase_account(struct mc_call *call) MC_MUST_USE;
int mc_phase_password(struct mc_call *call) MC_MUST_USE;

#endif
