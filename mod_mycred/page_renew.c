// SPDX-License-Identifier: Apache-2.0
// The change of a password that may be used once more only: one that an administrator handed over,
// or that has run out. It stands between the proofs of a sign-in and the session.
#include "mod_mycred/budget.h"
#include "mod_mycred/change.h"
#include "mod_mycred/enter.h"
#include "mod_mycred/password_form.h"
#include "mod_mycred/person.h"

#include "common/field.h"

#include <apr_strings.h>

static int show(struct visit *visit, const struct flow *flow)
{
    view_text(visit->pool, visit->view, "login", flow->user);
    return flow_page(visit, flow, "renew");
}

static enum mc_result check_fields(struct visit *visit)
{
    const char *current = visit_field(visit, "current_password");
    if (!current[0]) { // the first field's error comes first
        person_error(visit, "current_password", visit_text(visit, "Type your current password."));
    }
    enum mc_result result = password_form_check(visit);
    bool same = strcmp(current, visit_field(visit, "new_password")) == 0;
    if (result != MC_OK || (current[0] && !same)) {
        return result;
    }
    if (same) {
        person_error(visit, "new_password",
                     visit_text(visit, "That is your current password. Choose another one."));
    }
    password_form_show(visit, 0);
    return MC_WRONG;
}

static enum mc_result check_budget(struct visit *visit)
{
    bool may_try = budget_may_try(visit, "current_password") == MC_OK;
    if (!may_try) {
        password_form_show(visit, 0);
    }
    return may_try ? MC_OK : MC_WRONG;
}

// The directory compares the current password: each bind may be one of the few that are left.
// MC_LOST_RACE: the proofs were used already, or are too old.
static enum mc_result change(struct visit *visit, const struct flow *flow)
{
    AUTO_CHANGE struct change intent = {0};
    struct mc_password_state policy;
    enum mc_result result = change_take_proof(visit, &intent, flow);
    if (result == MC_WRONG) {
        return MC_LOST_RACE;
    }
    if (result == MC_OK) {
        result = change_notify(visit, &intent, MC_NOTICE_PASSWORD_CHANGED, "");
    }
    if (result == MC_OK) {
        result = change_write(visit, &intent);
    }
    if (result != MC_OK) {
        return result;
    }
    result = mc_directory_change_password(visit->context.directory, visit->account.dn,
                                          mc_span_of(visit_field(visit, "current_password")),
                                          mc_span_of(visit_field(visit, "new_password")), &policy);
    bool refused = result == MC_PASSWORD_REFUSED || result == MC_WRONG;
    if (refused && change_take_back(visit, &intent) != MC_OK) {
        return MC_UNAVAILABLE;
    }
    if (result == MC_PASSWORD_REFUSED) {
        password_form_refused(visit, &policy);
    } else if (result == MC_WRONG) {
        (void)visit_note(visit, MC_EVENT_PASSWORD_WRONG);
        budget_note_wrong_password(visit);
        password_form_show(visit, 0);
        person_error(visit, "current_password",
                     visit_text(visit, "That is not your current password."));
    }
    return refused ? MC_WRONG : result;
}

// "method target"
static int enter(struct visit *visit, const struct flow *flow)
{
    struct mc_span rest = mc_span_of(flow->value);
    struct mc_span method = mc_field_next(&rest, ' ');
    const char *word = apr_pstrmemdup(visit->pool, (const char *)method.data, method.size);
    (void)visit_note(visit, MC_EVENT_PASSWORD_CHANGED);
    change_log(visit, "password");
    enum mc_result result = visit_read_account(visit, mc_span_of(flow->user));
    return result == MC_OK ? enter_session(visit, word, (const char *)rest.data)
                           : answer_failure(visit, result, visit->account.damaged);
}

int page_renew(struct visit *visit)
{
    struct flow flow;
    if (visit->signed_in) {
        return answer_redirect(visit, "");
    }
    enum mc_result result = enter_read_person(visit, &flow);
    if (result == MC_WRONG || result == MC_UNKNOWN_USER) {
        return answer_redirect(visit, "sign-in");
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, visit->account.damaged);
    }
    if (!visit->is_post) {
        password_form_show(visit, 0);
        return show(visit, &flow);
    }
    result = check_fields(visit);
    if (result == MC_OK) {
        result = check_budget(visit);
    }
    if (result == MC_OK) {
        result = change(visit, &flow);
    }
    switch (result) {
    case MC_OK:
        return enter(visit, &flow);
    case MC_WRONG:
        return show(visit, &flow);
    case MC_LOST_RACE:
        return answer_redirect(visit, "sign-in");
    default:
        return answer_failure(visit, result, NULL);
    }
}
