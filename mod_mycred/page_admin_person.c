// SPDX-License-Identifier: Apache-2.0
// What is bound to a person, with the ways to every act.
#include "mod_mycred/activity.h"
#include "mod_mycred/admin_target.h"

#include "common/help.h"
#include "common/invite.h"
#include "common/people.h"

// What came of the act before this page: `done` in the query is a word of ours, or nothing is said.
static void show_done(struct visit *visit)
{
    static const struct {
        const char *word, *text;
        bool bad;
    } texts[] = {
        {"allow", N_("The allowed methods were changed."), false},
        {"close-help", N_("The request was closed."), false},
        {"end-exemption", N_("The exemption has ended."), false},
        {"exempt", N_("No code is asked for a while."), false},
        {"invited", N_("The invitation is on its way."), false},
        {"lock", N_("The account was locked, and its sessions have ended."), false},
        {"overtaken",
         N_("Nothing was done: the account was changed at the same moment, or what "
            "the act was about is gone. Look again."),
         true},
        {"remove-api-password", N_("The API password was removed."), false},
        {"remove-device", N_("The virtual MFA device was removed."), false},
        {"remove-recovery-codes", N_("The recovery codes were removed."), false},
        {"require", N_("The requirement was changed."), false},
        {"reset", N_("Everything was reset."), false},
        {"self", N_("Nothing was done: nobody administers their own account."), true},
        {"sign-out", N_("All sessions have ended."), false},
        {"unlock", N_("The account was unlocked."), false},
        {"withdrawn", N_("The invitation was withdrawn."), false},
    };
    const struct mc_span *done = form_find(&visit->query, "done");
    for (size_t i = 0; done && i < MC_COUNT(texts); i++) {
        if (mc_span_equals(*done, texts[i].word)) {
            view_text(visit->pool, visit->view, texts[i].bad ? "failed_text" : "done_text",
                      mc_text(visit->language, texts[i].text));
        }
    }
}

static void show_help(struct visit *visit, const struct mc_account *account)
{
    struct mc_help help;
    enum mc_result result = mc_help_look(account, &help);
    if (result == MC_OK) {
        view_text(visit->pool, visit->view, "asked_when", activity_minute(visit, help.asked));
        view_text(visit->pool, visit->view, "asked_text",
                  mc_text(visit->language, mc_help_text(help.reason)));
    }
    view_flag(visit->pool, visit->view, "asks", result != MC_NOT_FOUND);
}

static void show_invitation(struct visit *visit, const struct mc_account *account)
{
    mc_time until = 0;
    if (mc_invite_is_open(&visit->context, account, &until)) {
        view_text(visit->pool, visit->view, "invited_until", activity_minute(visit, until));
    } else if (account->invited_until > visit->context.now()) {
        view_text(visit->pool, visit->view, "window_until",
                  activity_minute(visit, account->invited_until));
    }
}

static enum mc_result show_membership(struct visit *visit, const struct mc_account *account)
{
    enum mc_result result = mc_people_is_administrator(&visit->context, account);
    view_flag(visit->pool, visit->view, "is_administrator", result == MC_OK);
    return result == MC_NOT_FOUND ? MC_OK : result;
}

// Acts that one click does have their forms on this page.
static enum mc_result add_tokens(struct visit *visit)
{
    enum mc_result result = token_add(visit, "act_token", "administration/act");
    return result == MC_OK ? token_add(visit, "credential_token", "administration/credential")
                           : result;
}

int page_admin_person(struct visit *visit)
{
    int status = OK;
    const struct admin_target *target = admin_target_read(visit, &status);
    if (!target) {
        return status;
    }
    admin_show_target(visit, target);
    show_help(visit, &target->account);
    show_invitation(visit, &target->account);
    show_done(visit);
    enum mc_result result = show_membership(visit, &target->account);
    if (result == MC_OK) {
        result = add_tokens(visit);
    }
    return result == MC_OK ? answer_page(visit, HTTP_OK, "admin-person")
                           : answer_failure(visit, result, NULL);
}
