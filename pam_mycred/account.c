// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/handle.h"
#include "pam_mycred/phases.h"

// Asked also after an authentication of ours: a lock may have been set since.
int mc_phase_account(struct mc_call *call)
{
    const struct wire_request request = {.kind = WIRE_ACCOUNT};
    call->verified = mc_handle_is_verified(call->pamh, call->user, &call->must_change);
    (void)mc_call_request(call, &request);
    return mc_call_finish(call);
}
