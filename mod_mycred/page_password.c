// SPDX-License-Identifier: Apache-2.0
// Change Password: identity, then the current password and the new one twice. The directory changes
// passwords by an operation of its own, so the notice is written before it, and taken back if the
// directory refuses.
#include "mod_mycred/budget.h"
#include "mod_mycred/change.h"
#include "mod_mycred/password_form.h"
#include "mod_mycred/person.h"

#include <apr_strings.h>

static int show(struct visit *visit, const struct flow *flow)
{
    return flow_page(visit, flow, "password");
}

static enum mc_result check_current(struct visit *visit)
{
    struct mc_password_state policy;
    const char *current = visit_field(visit, "current_password");
    if (budget_may_try(visit, "current_password") != MC_OK) {
        return MC_WRONG;
    }
    enum mc_result result = mc_directory_check_password(visit->context.directory, visit->account.dn,
                                                        mc_span_of(current), &policy);
    if (result == MC_WRONG) {
        if (current[0]) {
            (void)visit_note(visit, MC_EVENT_PASSWORD_WRONG);
            budget_note_wrong_password(visit);
        }
        person_error(visit, "current_password",
                     visit_text(visit, current[0] ? N_("That is not your current password.")
                                                  : N_("Type your current password.")));
    }
    return result;
}

// Everything that is wrong is named at once.
static enum mc_result check_fields(struct visit *visit)
{
    enum mc_result result = check_current(visit);
    if (result != MC_OK && result != MC_WRONG) {
        return result;
    }
    enum mc_result form = password_form_check(visit);
    if (form == MC_OK && result == MC_WRONG) {
        password_form_show(visit, 0);
    }
    if (form == MC_OK && result == MC_OK &&
        strcmp(visit_field(visit, "current_password"), visit_field(visit, "new_password")) == 0) {
        password_form_show(visit, 0);
        person_error(visit, "new_password",
                     visit_text(visit, "That is your current password. Choose another one."));
        form = MC_WRONG;
    }
    return form == MC_OK ? result : form;
}

static enum mc_result renew_session(struct visit *visit)
{
    MC_AUTO_BUFFER struct mc_buffer cookie, method;
    mc_buffer_init(&cookie, 4096);
    mc_buffer_init(&method, 64);
    mc_buffer_add_span(&method, visit->session.method);
    const struct mc_session_about about = {mc_buffer_text(&method), visit->session.client};
    enum mc_result result = mc_session_renew(&visit->context, &visit->account, &about, &cookie);
    if (result == MC_OK) {
        answer_set_session(visit, apr_pstrdup(visit->pool, mc_buffer_text(&cookie)));
    }
    return result;
}

static int finish(struct visit *visit, const struct flow *flow)
{
    AUTO_CHANGE struct change intent = {0};
    struct mc_password_state policy;
    enum mc_result result = change_take_proof(visit, &intent, flow);
    if (result == MC_OK) {
        result = change_notify(visit, &intent, MC_NOTICE_PASSWORD_CHANGED, "");
    }
    if (result == MC_OK) {
        result = change_write(visit, &intent);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    result = mc_directory_change_password(visit->context.directory, visit->account.dn,
                                          mc_span_of(visit_field(visit, "current_password")),
                                          mc_span_of(visit_field(visit, "new_password")), &policy);
    result = password_form_settle(visit, result, &intent);
    if (result == MC_PASSWORD_REFUSED) {
        password_form_refused(visit, &policy);
        return show(visit, flow);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    (void)visit_note(visit, MC_EVENT_PASSWORD_CHANGED);
    change_log(visit, visit->path);
    if (renew_session(visit) != MC_OK) { // the password is new all the same
        answer_clear_session(visit);
        return answer_redirect(visit, "sign-in?done=password");
    }
    return change_done(visit);
}

int page_password(struct visit *visit)
{
    struct flow flow;
    int status = OK;
    if (!identity_is_verified(visit, &flow, &status)) {
        return status;
    }
    if (!visit->is_post) {
        password_form_show(visit, 0);
        return show(visit, &flow);
    }
    enum mc_result result = check_fields(visit);
    return result == MC_OK      ? finish(visit, &flow)
           : result == MC_WRONG ? show(visit, &flow)
                                : answer_failure(visit, result, NULL);
}
