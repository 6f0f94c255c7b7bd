// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/dialogue.h"
#include "pam_mycred/handle.h"
#include "pam_mycred/phases.h"

static int get_current(struct mc_call *call)
{
    struct mc_span given = mc_call_item(call, PAM_OLDAUTHTOK);
    if (given.size) {
        return mc_secret_set(&call->password, given) == MC_OK ? PAM_SUCCESS : PAM_SYSTEM_ERR;
    }
    int code = mc_call_ask_password(call, "Current password: ", &call->password);
    if (code != PAM_SUCCESS || call->password.size == 0) {
        return code;
    }
    return pam_set_item(call->pamh, PAM_OLDAUTHTOK, call->password.data) == PAM_SUCCESS
               ? PAM_SUCCESS
               : PAM_SYSTEM_ERR;
}

static int keep_change(struct mc_call *call, bool ignored)
{
    struct mc_change *change = mc_allocate(sizeof *change);
    if (!change) {
        return PAM_SYSTEM_ERR;
    }
    change->ignored = ignored;
    memcpy(change->id, call->id, sizeof change->id);
    change->user = mc_copy_text(mc_span_of(call->user));
    bool kept = change->user &&
                mc_secret_set(&change->password, mc_secret_span(&call->password)) == MC_OK &&
                mc_secret_set(&change->state, call->reply.state) == MC_OK;
    int code = mc_handle_set_change(call->pamh, change);
    return kept ? code : PAM_SYSTEM_ERR;
}

static int check_current(struct mc_call *call)
{
    struct wire_request request = {.kind = WIRE_CHECK_OLD,
                                   .prompts_left = (uint8_t)call->options.retry};
    int code = get_current(call);
    if (code != PAM_SUCCESS) {
        return code;
    }
    if (call->password.size == 0 || call->password.size > WIRE_TEXT_MAX ||
        mc_is_filler(mc_secret_span(&call->password))) {
        return mc_call_refuse(call, PAM_AUTH_ERR, "unusable-password");
    }
    request.password = mc_secret_span(&call->password);
    return mc_dialogue_run(call, &request);
}

static int first_pass(struct mc_call *call)
{
    int code = mc_handle_forget_change(call->pamh);
    if (code != PAM_SUCCESS) {
        return code;
    }
    code = check_current(call);
    if (code != PAM_SUCCESS && code != PAM_IGNORE) {
        return code;
    }
    int kept = keep_change(call, code == PAM_IGNORE);
    return kept == PAM_SUCCESS ? code : kept;
}

static int complain(struct mc_call *call, const char *text)
{
    struct mc_talk_line line = {PAM_ERROR_MSG, mc_span_of(text)};
    if (call->pam_flags & PAM_SILENT) {
        return PAM_SUCCESS;
    }
    return mc_talk_show(call->pamh, &line, 1);
}

// What is wrong with what was typed; NULL: nothing.
static const char *find_mistake(const struct mc_secret *once, const struct mc_secret *again)
{
    if (once->size == 0) {
        return "No password was given.";
    }
    if (once->size > WIRE_TEXT_MAX) {
        return "That password is too long.";
    }
    if (again && !mc_secret_matches(mc_secret_span(once), mc_secret_span(again))) {
        return "The passwords do not match.";
    }
    return NULL;
}

// Leaves *ret_password empty when the person made a mistake and was told so.
static int ask_new(struct mc_call *call, struct mc_secret *ret_password)
{
    MC_AUTO_SECRET struct mc_secret once = {0};
    MC_AUTO_SECRET struct mc_secret again = {0};
    int code = mc_call_ask_password(call, "New password: ", &once);
    if (code != PAM_SUCCESS) {
        return code;
    }
    const char *mistake = find_mistake(&once, NULL);
    if (!mistake) {
        code = mc_call_ask_password(call, "Retype new password: ", &again);
        if (code != PAM_SUCCESS) {
            return code;
        }
        mistake = find_mistake(&once, &again);
    }
    if (mistake) {
        return complain(call, mistake);
    }
    *ret_password = once;
    once = (struct mc_secret){0};
    return PAM_SUCCESS;
}

static int get_new(struct mc_call *call, bool first_round, struct mc_secret *ret_password)
{
    struct mc_span given = mc_call_item(call, PAM_AUTHTOK);
    bool wanted = call->options.use_first_pass || call->options.try_first_pass;
    if (first_round && wanted && given.size && given.size <= WIRE_TEXT_MAX) {
        return mc_secret_set(ret_password, given) == MC_OK ? PAM_SUCCESS : PAM_SYSTEM_ERR;
    }
    if (call->options.use_first_pass) {
        return mc_call_refuse(call, PAM_AUTHTOK_RECOVERY_ERR, "no-first-pass");
    }
    return ask_new(call, ret_password);
}

static int set_new(struct mc_call *call, struct mc_change *change,
                   const struct mc_secret *new_password)
{
    struct wire_request request = {.kind = WIRE_SET_NEW,
                                   .password = mc_secret_span(&change->password),
                                   .new_password = mc_secret_span(new_password),
                                   .state = mc_secret_span(&change->state)};
    if (mc_call_request(call, &request) == MC_OK &&
        pam_set_item(call->pamh, PAM_AUTHTOK, new_password->data) != PAM_SUCCESS) {
        call->reason = "later modules will ask again";
    }
    if (call->reply.state.size && mc_secret_set(&change->state, call->reply.state) != MC_OK) {
        return PAM_SYSTEM_ERR;
    }
    return mc_call_finish(call);
}

static int ask_until_set(struct mc_call *call, struct mc_change *change)
{
    uint32_t rounds = call->options.use_first_pass ? 1 : call->options.retry;
    for (uint32_t i = 0; i < rounds; i++) {
        MC_AUTO_SECRET struct mc_secret password = {0};
        int code = get_new(call, i == 0, &password);
        if (code == PAM_SUCCESS && password.size == 0) {
            continue;
        }
        if (code == PAM_SUCCESS) {
            code = set_new(call, change, &password);
        }
        if (code != PAM_AUTHTOK_ERR) {
            return code;
        }
    }
    return mc_call_refuse(call, PAM_AUTHTOK_ERR, "no-acceptable-password");
}

static int second_pass(struct mc_call *call)
{
    struct mc_change *change = mc_handle_find_change(call->pamh, call->user);
    if (!change) {
        return mc_call_refuse(call, PAM_AUTHTOK_ERR, "current-password-not-proved");
    }
    if (change->ignored) {
        return PAM_IGNORE;
    }
    memcpy(call->id, change->id, sizeof call->id);
    int code = ask_until_set(call, change);
    int forgotten = mc_handle_forget_change(call->pamh);
    if (code != PAM_SUCCESS || forgotten != PAM_SUCCESS) {
        return code == PAM_SUCCESS ? forgotten : code;
    }
    bool must_change = false;
    if (!mc_handle_is_verified(call->pamh, call->user, &must_change) || !must_change) {
        return PAM_SUCCESS;
    }
    return mc_handle_set_verified(call->pamh, call->user, false);
}

int mc_phase_password(struct mc_call *call)
{
    bool must_change = false;
    bool verified = mc_handle_is_verified(call->pamh, call->user, &must_change);
    // somebody else's password has expired, not ours
    if ((call->pam_flags & PAM_CHANGE_EXPIRED_AUTHTOK) && !(verified && must_change)) {
        return PAM_IGNORE;
    }
    return call->pam_flags & PAM_PRELIM_CHECK ? first_pass(call) : second_pass(call);
}
