// SPDX-License-Identifier: Apache-2.0
// Lists of people who may need help.
#include "mod_mycred/activity.h"
#include "mod_mycred/admin_target.h"

#include "common/help.h"
#include "common/people.h"

static const struct list {
    const char *word, *title, *hint;
    enum mc_people_kind kind;
    const char *until; // the attribute with the time it ends, or NULL
} lists[] = {
    {"help", N_("Requests for help"), N_("Who has waited longest comes first."), MC_PEOPLE_ASKING,
     NULL},
    {"bare", N_("Must verify, nothing bound"),
     N_("Login verification is required for them, and nothing is bound that they may use."),
     MC_PEOPLE_BARE, NULL},
    {"locked", N_("Locked"), N_("By an administrator, or by too many wrong codes."),
     MC_PEOPLE_LOCKED, "mycredLockedUntil"},
    {"exempt", N_("Exempt"), N_("No code is asked from them for a while."), MC_PEOPLE_EXEMPT,
     "mycredExemptUntil"},
    {"invited", N_("Invited"), N_("Their invitation is still open."), MC_PEOPLE_INVITED,
     "mycredInviteUntil"},
};

static const struct list *find_list(const struct visit *visit)
{
    const struct mc_span *kind = form_find(&visit->query, "kind");
    for (size_t i = 0; kind && i < MC_COUNT(lists); i++) {
        if (mc_span_equals(*kind, lists[i].word)) {
            return &lists[i];
        }
    }
    return NULL;
}

static void show_asked(struct visit *visit, const struct mc_entry *entry, struct view *item)
{
    struct mc_account account = {.entry = (struct mc_entry *)entry};
    struct mc_help help;
    if (mc_help_look(&account, &help) == MC_OK) {
        view_text(visit->pool, item, "asked_when", activity_minute(visit, help.asked));
        view_text(visit->pool, item, "asked_text",
                  mc_text(visit->language, mc_help_text(help.reason)));
    }
}

static void show_person(struct visit *visit, const struct list *list, const struct mc_entry *entry,
                        struct view *item)
{
    struct mc_values times =
        list->until ? mc_entry_values(entry, list->until) : (struct mc_values){NULL, 0};
    mc_time until = 0;
    admin_show_name(visit, item, entry);
    if (list->kind == MC_PEOPLE_ASKING) {
        show_asked(visit, entry, item);
    }
    if (times.count && mc_time_parse(times.items[0], &until) == MC_OK) {
        view_text(visit->pool, item, "when", activity_minute(visit, until));
    }
}

int page_admin_list(struct visit *visit)
{
    const struct list *list = find_list(visit);
    MC_CLEANUP(mc_people_release) struct mc_people people = {0};
    if (!list) {
        return answer_redirect(visit, "administration");
    }
    enum mc_result result = mc_people_list(&visit->context, list->kind, &people);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    struct view *found = view_list(visit->pool, visit->view, "people");
    for (size_t i = 0; i < people.found.count; i++) {
        show_person(visit, list, people.found.items[i], view_item(visit->pool, found));
    }
    view_text(visit->pool, visit->view, "title", mc_text(visit->language, list->title));
    view_text(visit->pool, visit->view, "text", mc_text(visit->language, list->hint));
    view_flag(visit->pool, visit->view, "more", people.more);
    view_flag(visit->pool, visit->view, "nobody", people.found.count == 0);
    return answer_page(visit, HTTP_OK, "admin-list");
}
