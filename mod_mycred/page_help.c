// SPDX-License-Identifier: Apache-2.0
// Asking the security administrator for help: of who is signed in, and of who knows the password
// and cannot go on from there.
#include "mod_mycred/help.h"
#include "mod_mycred/identity.h"
#include "mod_mycred/person.h"

#include "common/help.h"

#include <stdio.h>

int help_ask(struct visit *visit, const char *word)
{
    enum mc_help_reason reason = mc_help_parse(mc_span_of(word));
    enum mc_result result = mc_help_ask(&visit->context, &visit->account, reason);
    if (result == MC_OK) {
        mc_event_add_text(visit_note(visit, MC_EVENT_HELP_ASKED), "reason", mc_help_word(reason));
    }
    if (result != MC_OK && result != MC_THROTTLED) {
        return answer_failure(visit, result, NULL);
    }
    view_flag(visit->pool, visit->view, "step_done", true);
    view_flag(visit->pool, visit->view, "again", result == MC_THROTTLED);
    return answer_page(visit, HTTP_OK, "help");
}

int help_offer(struct visit *visit)
{
    struct flow flow;
    visit->path = "help";
    enum mc_result result = flow_begin(visit, &flow);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    snprintf(flow.user, sizeof flow.user, "%s",
             mc_entry_text(visit->account.entry, visit->site->config->login_attribute));
    return flow_page(visit, &flow, "ask-administrator");
}

static int show(struct visit *visit)
{
    struct view *list = view_list(visit->pool, visit->view, "choices");
    for (int reason = MC_HELP_NONE + 1; reason < MC_HELP_COUNT; reason++) {
        struct view *item = view_item(visit->pool, list);
        view_text(visit->pool, item, "word", mc_help_word((enum mc_help_reason)reason));
        view_text(visit->pool, item, "text",
                  mc_text(visit->language, mc_help_text((enum mc_help_reason)reason)));
    }
    return answer_page(visit, HTTP_OK, "help");
}

static int ask_unsigned(struct visit *visit)
{
    struct flow flow;
    enum mc_result result = enter_read_person(visit, &flow);
    if (result == MC_WRONG || result == MC_UNKNOWN_USER) {
        return answer_redirect(visit, "sign-in");
    }
    return result == MC_OK ? help_ask(visit, visit_field(visit, "reason"))
                           : answer_failure(visit, result, visit->account.damaged);
}

int page_help(struct visit *visit)
{
    const char *reason = visit_field(visit, "reason");
    if (!visit->site->config->security_group[0]) {
        return answer_status(visit, HTTP_NOT_FOUND);
    }
    if (!visit->signed_in) {
        return visit->is_post ? ask_unsigned(visit) : enter_first(visit, "help");
    }
    if (visit->is_post && mc_help_parse(mc_span_of(reason)) == MC_HELP_NONE) {
        person_error(visit, "reason", visit_text(visit, "Choose what you need help with."));
        return show(visit);
    }
    return visit->is_post ? help_ask(visit, reason) : show(visit);
}
