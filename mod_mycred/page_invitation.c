// SPDX-License-Identifier: Apache-2.0
// What an invitation's link leads to. Opening it changes nothing: the link's token goes from the
// address into a cookie of this browser, and only the form spends it. Whatever is wrong with it,
// the answer is the same.
#include "mod_mycred/page.h"
#include "mod_mycred/password_form.h"
#include "mod_mycred/sending.h"

#include "common/invite.h"

#include <apr_strings.h>

static int refuse(struct visit *visit)
{
    (void)visit_note(visit, MC_EVENT_INVITATION_REFUSED);
    visit_forget_account(visit);
    answer_clear_invitation(visit);
    view_flag(visit->pool, visit->view, "over", true);
    return answer_page(visit, HTTP_OK, "invitation");
}

// MC_WRONG for whatever makes it no good.
static enum mc_result read_invited(struct visit *visit, struct mc_invitation *invitation)
{
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    enum mc_result result =
        mc_invite_open(&visit->context, visit_cookie(visit, INVITATION_COOKIE), invitation);
    if (result == MC_OK) {
        result = mc_directory_read_person(visit->context.directory, invitation->dn.data, &entry);
    }
    if (result == MC_OK) {
        const char *login = mc_entry_text(entry, visit->site->config->login_attribute);
        result = visit_read_account(visit, mc_span_of(login));
    }
    if (result == MC_OK) {
        result = mc_invite_check(&visit->context, &visit->account, invitation);
    }
    bool no_good = result == MC_LOCKED || result == MC_NOT_FOUND || result == MC_UNKNOWN_USER;
    return no_good ? MC_WRONG : result;
}

static int show(struct visit *visit, const struct mc_invitation *invitation)
{
    view_text(visit->pool, visit->view, "login",
              mc_entry_text(visit->account.entry, visit->site->config->login_attribute));
    view_text(visit->pool, visit->view, "email", invitation->address);
    return answer_page(visit, HTTP_OK, "invitation");
}

static bool must_verify(const struct visit *visit)
{
    return visit->rules.require == MC_REQUIRE_ON || visit->rules.require == MC_REQUIRE_ENROL;
}

static int use(struct visit *visit, const struct mc_invitation *invitation)
{
    struct mc_password_state policy;
    const struct mc_acceptance acceptance = {.new_password =
                                                 mc_span_of(visit_field(visit, "new_password")),
                                             .source = visit->r->useragent_ip,
                                             .rules = &visit->rules};
    enum mc_result result =
        mc_invite_accept(&visit->context, &visit->account, invitation, &acceptance, &policy);
    switch (result) {
    case MC_OK:
        (void)visit_note(visit, MC_EVENT_INVITATION_ACCEPTED);
        sending_drain(visit->site->sending, visit->account.dn);
        answer_clear_invitation(visit);
        return answer_redirect(visit,
                               must_verify(visit) ? "invitation?done=method" : "invitation?done=1");
    case MC_PASSWORD_REFUSED:
        password_form_refused(visit, &policy);
        return show(visit, invitation);
    case MC_WRONG:
    case MC_LOCKED:
    case MC_LOST_RACE:
        return refuse(visit);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}

// Whether the form was shown for this invitation: the link of another one, opened in the same
// browser meanwhile, has put its own in the cookie's place.
static bool is_shown(const struct visit *visit)
{
    const char *login = mc_entry_text(visit->account.entry, visit->site->config->login_attribute);
    const struct mc_span *shown = form_find(&visit->form, "username");
    return !shown || mc_span_equals(*shown, login);
}

static int take_form(struct visit *visit, const struct mc_invitation *invitation)
{
    if (!is_shown(visit)) {
        password_form_show(visit, 0);
        return show(visit, invitation);
    }
    enum mc_result result = password_form_check(visit);
    return result == MC_OK      ? use(visit, invitation)
           : result == MC_WRONG ? show(visit, invitation)
                                : answer_failure(visit, result, NULL);
}

static int show_done(struct visit *visit, struct mc_span done)
{
    bool method = mc_span_equals(done, "method");
    const char *to = apr_pstrcat(visit->pool, visit->site->prefix, "method", NULL);
    view_flag(visit->pool, visit->view, "step_done", true);
    view_flag(visit->pool, visit->view, "must_choose", method);
    view_text(visit->pool, visit->view, "url_to",
              method ? apr_pstrcat(visit->pool, "?to=", ap_escape_urlencoded(visit->pool, to), NULL)
                     : "");
    return answer_page(visit, HTTP_OK, "invitation");
}

int page_invitation(struct visit *visit)
{
    const struct mc_span *token = form_find(&visit->query, "t");
    const struct mc_span *done = form_find(&visit->query, "done");
    MC_CLEANUP(mc_invitation_release) struct mc_invitation invitation = {0};
    if (token && !visit->is_post) {
        answer_set_invitation(visit, (const char *)token->data);
        return answer_redirect(visit, MC_INVITE_PATH);
    }
    if (visit->signed_in) {
        view_flag(visit->pool, visit->view, "is_self", true);
        return answer_page(visit, HTTP_OK, "invitation");
    }
    if (done && !visit->is_post) {
        return show_done(visit, *done);
    }
    enum mc_result result = read_invited(visit, &invitation);
    if (result != MC_OK) {
        return result == MC_WRONG ? refuse(visit) : answer_failure(visit, result, NULL);
    }
    if (visit->is_post) {
        return take_form(visit, &invitation);
    }
    password_form_show(visit, 0);
    return show(visit, &invitation);
}
