// SPDX-License-Identifier: Apache-2.0
// The security administrator's first page: finding a person, and the ways to the lists. And Verify
// Identity before all of them.
#include "mod_mycred/admin_target.h"
#include "mod_mycred/change.h"
#include "mod_mycred/person.h"

#include "common/people.h"

#include <stdio.h>

static void show_people(struct visit *visit, const struct mc_people *people)
{
    struct view *list = view_list(visit->pool, visit->view, "people");
    for (size_t i = 0; i < people->found.count; i++) {
        admin_show_name(visit, view_item(visit->pool, list), people->found.items[i]);
    }
    view_flag(visit->pool, visit->view, "more", people->more);
}

static enum mc_result find(struct visit *visit, struct mc_span typed)
{
    MC_CLEANUP(mc_people_release) struct mc_people people = {0};
    enum mc_result result = mc_people_find(&visit->context, typed, &people);
    if (result == MC_OK) {
        show_people(visit, &people);
        view_flag(visit->pool, visit->view, "nobody", people.found.count == 0);
    }
    return result;
}

int page_admin(struct visit *visit)
{
    const struct mc_span *typed = form_find(&visit->query, "find");
    enum mc_result result = MC_OK;
    if (typed) {
        view_span(visit->pool, visit->view, "find", *typed);
        result = find(visit, *typed);
    } else if (form_find(&visit->query, "nobody")) {
        view_flag(visit->pool, visit->view, "nobody", true);
    }
    if (result == MC_MALFORMED) {
        person_error(visit, "find", visit_text(visit, "Type at least two characters."));
        result = MC_OK;
    }
    return result == MC_OK ? answer_page(visit, HTTP_OK, "admin")
                           : answer_failure(visit, result, NULL);
}

// Only pages of the administrator's are gone back to.
static const char *checked_target(const struct visit *visit)
{
    const struct mc_span *to = form_find(&visit->query, "to");
    const char *text = to ? (const char *)to->data : "";
    bool ours = strncmp(text, "administration", 14) == 0 && strlen(text) < FLOW_TEXT_MAX;
    for (const char *at = text; *at; at++) {
        ours = ours && *at > ' ' && *at <= '~' && *at != '\\';
    }
    return ours ? text : "administration";
}

// The proof is in the session now; its mark would stand for nothing else. Gone already: the page
// was opened once more.
static enum mc_result drop_mark(struct visit *visit, const struct flow *flow)
{
    AUTO_CHANGE struct change used = {0};
    enum mc_result result = change_take_proof(visit, &used, flow);
    if (result == MC_OK) {
        result = change_write(visit, &used);
    }
    return result == MC_WRONG || result == MC_LOST_RACE ? MC_OK : result;
}

int page_admin_verify(struct visit *visit)
{
    struct flow flow;
    int status = OK;
    if (!visit->is_post && form_find(&visit->query, "to")) {
        enum mc_result result = flow_begin(visit, &flow);
        snprintf(flow.value, sizeof flow.value, "%s", checked_target(visit));
        return result == MC_OK ? flow_continue(visit, &flow) : answer_failure(visit, result, NULL);
    }
    if (!identity_is_verified(visit, &flow, &status)) {
        return status;
    }
    enum mc_result result = drop_mark(visit, &flow);
    return result == MC_OK ? answer_redirect(visit, flow.value[0] ? flow.value : "administration")
                           : answer_failure(visit, result, NULL);
}
