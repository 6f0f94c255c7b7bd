// SPDX-License-Identifier: Apache-2.0
// One act on a person: what it will do is said first where it takes something away or needs a
// choice; then one modify of the core, a line in the log, a notice, and back to the person.
#include "mod_mycred/admin_choice.h"
#include "mod_mycred/person.h"
#include "mod_mycred/sending.h"

#include <apr_strings.h>

static const struct act {
    enum mc_act act;
    const char *title, *text;
    enum admin_choice choice;
} acts[] = {
    {MC_ACT_CLOSE_HELP, N_("Close Request"), N_("The request for help leaves the queue."),
     ADMIN_NOTHING},
    {MC_ACT_UNLOCK, N_("Unlock"), N_("The lock ends, and wrong codes are forgotten."),
     ADMIN_NOTHING},
    {MC_ACT_LOCK, N_("Lock"),
     N_("Every login is refused, and all sessions end at once. Nothing that is bound is lost."),
     ADMIN_LOCK},
    {MC_ACT_EXEMPT, N_("Exempt from Verification"),
     N_("For somebody who has lost a phone: the password alone lets them in for a while."),
     ADMIN_EXEMPTION},
    {MC_ACT_END_EXEMPTION, N_("End Exemption"), N_("A code is asked again at the next login."),
     ADMIN_NOTHING},
    {MC_ACT_REMOVE_DEVICE, N_("Remove Virtual MFA Device"),
     N_("Codes of this device no longer work. Where nothing else is bound the person cannot sign "
        "in until exempted or invited."),
     ADMIN_NUMBER},
    {MC_ACT_REMOVE_API_PASSWORD, N_("Remove API Password"),
     N_("Programs that use it are refused from now on."), ADMIN_NUMBER},
    {MC_ACT_REMOVE_RECOVERY, N_("Remove Recovery Codes"),
     N_("None of the codes that were printed or saved works any more."), ADMIN_NOTHING},
    {MC_ACT_SIGN_OUT, N_("Sign Out Everywhere"), N_("All sessions of this site end at once."),
     ADMIN_NOTHING},
    {MC_ACT_RESET, N_("Reset Everything"),
     N_("Back to the first day: every device, recovery code and API password is removed, login "
        "verification is off, contacts are no longer proved, and all sessions end. The login "
        "password and the rules stay."),
     ADMIN_NOTHING},
    {MC_ACT_REQUIRE, N_("Change Requirement"),
     N_("Whether logins of this person must be verified. A rule of the person's own comes before "
        "those of groups."),
     ADMIN_REQUIRE},
    {MC_ACT_ALLOW, N_("Change Allowed Methods"),
     N_("By which methods this person may verify logins. With none chosen the groups or the "
        "configuration decide."),
     ADMIN_METHODS},
};

static const struct act *find_act(const struct visit *visit)
{
    const struct mc_span *query = form_find(&visit->query, "act");
    const char *field = visit_field(visit, "act");
    struct mc_span word = field[0] ? mc_span_of(field) : query ? *query : (struct mc_span){NULL, 0};
    for (size_t i = 0; i < MC_COUNT(acts); i++) {
        if (mc_span_equals(word, mc_act_word(acts[i].act))) {
            return &acts[i];
        }
    }
    return NULL;
}

static int show(struct visit *visit, const struct admin_target *target, const struct act *act)
{
    const struct admin_rule_now now = {.require = target->account.require,
                                       .allowed = target->account.allowed};
    admin_show_name(visit, visit->view, target->account.entry);
    view_text(visit->pool, visit->view, "act", mc_act_word(act->act));
    view_text(visit->pool, visit->view, "title", mc_text(visit->language, act->title));
    view_text(visit->pool, visit->view, "text", mc_text(visit->language, act->text));
    admin_choice_show(visit, act->choice, &now);
    return answer_page(visit, HTTP_OK, "admin-act");
}

static int back(struct visit *visit, const struct admin_target *target, const char *done)
{
    return answer_redirect(visit, apr_pstrcat(visit->pool, admin_person_path(visit, target->login),
                                              "&done=", done, NULL));
}

// Opening the page is no act yet.
static int refuse_own(struct visit *visit, const struct admin_target *target, const struct act *act)
{
    if (visit->is_post) {
        admin_log_refused(visit, mc_act_word(act->act), target->login, MC_DENIED_PEER);
    }
    return back(visit, target, "self");
}

static int carry_out(struct visit *visit, const struct admin_target *target, const struct act *act)
{
    struct mc_order order = {
        .act = act->act, .source = visit->r->useragent_ip, .actor_uuid = visit->account.uuid};
    bool told = false;
    if (!admin_choice_read(visit, act->choice, &order)) {
        return show(visit, target, act);
    }
    enum mc_result result = mc_administer(&visit->context, &target->account, &order, &told);
    admin_log_refused(visit, mc_act_word(act->act), target->login, result);
    switch (result) {
    case MC_OK:
        mc_order_describe(&order, target->login, visit_note(visit, MC_EVENT_ADMINISTERED));
        sending_drain(visit->site->sending, target->account.dn);
        return back(visit, target, mc_act_word(act->act));
    case MC_LOST_RACE:
    case MC_NOT_FOUND:
        return back(visit, target, "overtaken");
    case MC_DENIED_PEER:
        return back(visit, target, "self");
    default:
        return answer_failure(visit, result, target->account.damaged);
    }
}

int page_admin_act(struct visit *visit)
{
    int status = OK;
    const struct act *act = find_act(visit);
    const struct admin_target *target = admin_target_read(visit, &status);
    if (!target) {
        return status;
    }
    if (!act) {
        return answer_redirect(visit, admin_person_path(visit, target->login));
    }
    if (target->is_self) {
        return refuse_own(visit, target, act);
    }
    return visit->is_post ? carry_out(visit, target, act) : show(visit, target, act);
}
