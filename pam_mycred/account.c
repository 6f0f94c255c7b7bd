// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/handle.h"
#include "pam_mycred/phases.h"

// After an authentication of ours there is nothing to ask: the write that spent the code showed
// locks and rules as they were a moment ago.
int mc_phase_account(struct mc_call *call)
{
    const struct wire_request request = {.kind = WIRE_ACCOUNT};
    call->verified = mc_handle_is_verified(call->pamh, call->user, &call->must_change);
    if (call->verified) {
        call->result = MC_OK;
    } else {
        (void)mc_call_request(call, &request);
    }
    return mc_call_finish(call);
}
