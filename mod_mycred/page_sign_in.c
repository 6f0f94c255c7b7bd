// SPDX-License-Identifier: Apache-2.0
// Sign in: user name, e-mail or mobile, and login password; then login verification where it is on
// (page_verify.c).
#include "mod_mycred/budget.h"
#include "mod_mycred/enter.h"
#include "mod_mycred/page.h"
#include "mod_mycred/person.h"
#include "mod_mycred/settle.h"

static const char *wanted_target(const struct visit *visit)
{
    const struct mc_span *query = form_find(&visit->query, "to");
    const char *field = visit_field(visit, "to");
    return field[0] ? field : query ? (const char *)query->data : "";
}

static int show(struct visit *visit, int status)
{
    view_text(visit->pool, visit->view, "login", visit_typed(visit, "login"));
    view_text(visit->pool, visit->view, "to", wanted_target(visit));
    view_flag(visit->pool, visit->view, "password_set",
              !visit->is_post && form_find(&visit->query, "done"));
    view_flag(visit->pool, visit->view, "again",
              !visit->is_post && form_find(&visit->query, "again"));
    return answer_page(visit, status, "sign-in");
}

// Unknown, wrong, disabled and locked look the same, and take the same time.
static int refuse(struct visit *visit, enum mc_result result, apr_time_t start)
{
    // a name nobody has is not logged: it may be a password typed in the wrong place
    enum mc_event event = result == MC_LOCKED ? MC_EVENT_LOGIN_REFUSED : MC_EVENT_PASSWORD_WRONG;
    mc_event_add_text(visit_note(visit, event), "reason", mc_result_word(result));
    visit_forget_account(visit);
    budget_note_wrong_password(visit);
    visit_leave_directory(visit);
    settle_wait(start);
    person_error(visit, "login", visit_text(visit, "User name or password is not right."));
    return show(visit, HTTP_OK);
}

// Who has it is told: it was right once.
static int refuse_one_time(struct visit *visit)
{
    mc_event_add_text(visit_note(visit, MC_EVENT_LOGIN_REFUSED), "reason",
                      "one-time-password-over");
    visit_forget_account(visit);
    visit_leave_directory(visit);
    person_error(visit, "login",
                 visit_text(visit, "This one-time password has run out. Ask your administrator for "
                                   "a new one."));
    return show(visit, HTTP_OK);
}

static enum mc_result check_password(struct visit *visit, struct mc_password_state *policy)
{
    const char *password = visit_field(visit, "password");
    enum mc_result result = person_find(visit, visit_typed(visit, "login"));
    if (result != MC_OK) {
        return result;
    }
    result = mc_directory_check_password(visit->context.directory, visit->account.dn,
                                         mc_span_of(password), policy);
    if (result == MC_OK && visit->rules.locked) {
        result = MC_LOCKED;
    }
    return result;
}

// Asked of what was typed alone, so it says nothing of accounts.
static bool is_filled(struct visit *visit)
{
    bool login = visit_typed(visit, "login")[0], password = visit_field(visit, "password")[0];
    if (!login) {
        person_error(
            visit, "login",
            visit_text(visit, "Type your user name, your e-mail address or your mobile number."));
    }
    if (!password) {
        person_error(visit, "password", visit_text(visit, "Type your password."));
    }
    return login && password;
}

int page_sign_in(struct visit *visit)
{
    struct mc_password_state policy = {0};
    apr_time_t start = apr_time_now();
    if (visit->signed_in) {
        return enter_target(visit, wanted_target(visit));
    }
    if (!visit->is_post) {
        return show(visit, HTTP_OK);
    }
    if (!is_filled(visit)) {
        return show(visit, HTTP_OK);
    }
    if (budget_may_try(visit, "login") != MC_OK) {
        return show(visit, HTTP_TOO_MANY_REQUESTS);
    }
    enum mc_result result = check_password(visit, &policy);
    if (result == MC_OK || result == MC_WRONG || result == MC_LOCKED) {
        settle_note(start);
    }
    if (result == MC_WRONG && policy.one_time_over && !visit->rules.locked) {
        return refuse_one_time(visit);
    }
    switch (result) {
    case MC_OK:
        return enter_after_password(visit, wanted_target(visit), policy.must_change);
    case MC_WRONG:
    case MC_LOCKED:
    case MC_UNKNOWN_USER:
        return refuse(visit, result, start);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}
