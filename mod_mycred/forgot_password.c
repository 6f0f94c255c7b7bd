// SPDX-License-Identifier: Apache-2.0
// The new password of Forgot Password, set by an identity that can do nothing else. It signs nobody
// in and leaves login verification as it is.
#include "mod_mycred/change.h"
#include "mod_mycred/forgot.h"
#include "mod_mycred/password_form.h"

// Whoever is signed in, or holds a code, may be who the person wants to be rid of.
static void end_all(struct visit *visit)
{
    struct change change = {0};
    change_add(&change, MC_CHANGE_CLEAR, "mycredSession", (struct mc_span){NULL, 0});
    change_add(&change, MC_CHANGE_CLEAR, "mycredChallenge", (struct mc_span){NULL, 0});
    enum mc_result result = change_write(visit, &change);
    (void)result; // older than the password they are dead all the same
}

static int finish(struct visit *visit, struct flow *flow)
{
    AUTO_CHANGE struct change intent = {0};
    struct mc_password_state policy;
    enum mc_result result = change_take_proof(visit, &intent, flow);
    if (result == MC_OK) {
        result = change_notify(visit, &intent, MC_NOTICE_PASSWORD_RESET, "");
    }
    if (result == MC_OK) {
        result = change_write(visit, &intent);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    result = mc_directory_reset_password(visit->context.directory, visit->account.dn,
                                         mc_span_of(visit_field(visit, "new_password")), &policy);
    result = password_form_settle(visit, result, &intent);
    if (result == MC_PASSWORD_REFUSED) {
        password_form_refused(visit, &policy);
        return forgot_show(visit, flow);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    (void)visit_note(visit, MC_EVENT_PASSWORD_RESET);
    change_log(visit, visit->path);
    end_all(visit);
    flow->step = FLOW_DONE;
    return flow_continue(visit, flow);
}

int forgot_password(struct visit *visit, struct flow *flow)
{
    if (!visit->is_post) {
        password_form_show(visit, 0);
        return forgot_show(visit, flow);
    }
    enum mc_result result = password_form_check(visit);
    return result == MC_OK      ? finish(visit, flow)
           : result == MC_WRONG ? forgot_show(visit, flow)
                                : answer_failure(visit, result, NULL);
}
