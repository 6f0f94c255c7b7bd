// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/dialogue.h"
#include "pam_mycred/handle.h"
#include "pam_mycred/phases.h"

// With forward_pass a code stands at its end, and no code goes into an item.
static int ask_password(struct mc_call *call)
{
    int code = mc_call_ask_password(call, "Password: ", &call->password);
    if (code != PAM_SUCCESS || call->password.size == 0 || call->options.forward_pass) {
        return code;
    }
    return pam_set_item(call->pamh, PAM_AUTHTOK, call->password.data) == PAM_SUCCESS
               ? PAM_SUCCESS
               : PAM_SYSTEM_ERR;
}

static int get_password(struct mc_call *call)
{
    struct mc_span given = mc_call_item(call, PAM_AUTHTOK);
    if ((call->options.try_first_pass || call->options.use_first_pass) && given.size) {
        return mc_secret_set(&call->password, given) == MC_OK ? PAM_SUCCESS : PAM_SYSTEM_ERR;
    }
    if (call->options.use_first_pass) {
        return mc_call_refuse(call, PAM_AUTH_ERR, "no-first-pass");
    }
    return ask_password(call);
}

// Puts the password into `start`, if one is wanted and may be sent.
static int add_password(struct mc_call *call, struct wire_request *start)
{
    if (!call->options.first_factor && !call->options.api_password) {
        return PAM_SUCCESS;
    }
    int code = get_password(call);
    if (code != PAM_SUCCESS) {
        return code;
    }
    struct mc_span password = mc_secret_span(&call->password);
    if (password.size == 0) {
        return mc_call_refuse(call, PAM_AUTH_ERR, "empty-password");
    }
    if (password.size > WIRE_TEXT_MAX) {
        return mc_call_refuse(call, PAM_AUTH_ERR, "long-password");
    }
    call->decoy = call->decoy || mc_is_filler(password);
    if (!call->decoy) {
        start->password = password;
    }
    return PAM_SUCCESS;
}

int mc_phase_authenticate(struct mc_call *call)
{
    struct wire_request start = {
        .kind = WIRE_START,
        // behind an API door sits a program
        .prompts_left = call->options.api_password ? 0 : (uint8_t)call->options.retry,
    };
    int code = mc_handle_forget_verified(call->pamh);
    if (code != PAM_SUCCESS) {
        return code;
    }
    call->decoy = call->options.decoy || mc_is_filler(mc_call_item(call, PAM_AUTHTOK));
    code = add_password(call, &start);
    if (code != PAM_SUCCESS) {
        return code;
    }
    code = mc_dialogue_run(call, &start);
    if (code != PAM_SUCCESS) {
        return code;
    }
    return mc_handle_set_verified(call->pamh, call->user, call->must_change);
}
