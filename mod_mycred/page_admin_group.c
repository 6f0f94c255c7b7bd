// SPDX-License-Identifier: Apache-2.0
// The rules of groups: whether their members must verify logins, and by which methods.
#include "mod_mycred/admin_choice.h"
#include "mod_mycred/person.h"

#include "common/people.h"

#include <apr_strings.h>

static struct mc_span wanted(const struct visit *visit, const char *name)
{
    const struct mc_span *query = form_find(&visit->query, name);
    const char *field = visit_field(visit, name);
    return field[0] ? mc_span_of(field) : query ? *query : (struct mc_span){NULL, 0};
}

// ---- finding one

static void show_found(struct visit *visit, const struct mc_people *groups)
{
    struct view *list = view_list(visit->pool, visit->view, "groups");
    for (size_t i = 0; i < groups->found.count; i++) {
        const struct mc_entry *group = groups->found.items[i];
        const char *name = mc_entry_text(group, "cn");
        struct admin_rule_now now = {0};
        struct view *item = view_item(visit->pool, list);
        admin_read_rule(group, &now);
        view_text(visit->pool, item, "name", name);
        view_text(visit->pool, item, "url_group", ap_escape_urlencoded(visit->pool, name));
        view_text(visit->pool, item, "text", admin_require_text(visit, now.require));
    }
    view_flag(visit->pool, visit->view, "more", groups->more);
    view_flag(visit->pool, visit->view, "nobody", groups->found.count == 0);
}

static int find(struct visit *visit)
{
    struct mc_span typed = wanted(visit, "find");
    MC_CLEANUP(mc_people_release) struct mc_people groups = {0};
    enum mc_result result = mc_people_find_groups(&visit->context, typed, &groups);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    view_span(visit->pool, visit->view, "find", typed);
    show_found(visit, &groups);
    return answer_page(visit, HTTP_OK, "admin-groups");
}

// ---- one

static int show(struct visit *visit, const struct mc_entry *group)
{
    struct admin_rule_now now = {0};
    admin_read_rule(group, &now);
    view_text(visit->pool, visit->view, "group", mc_entry_text(group, "cn"));
    view_text(visit->pool, visit->view, "text", mc_entry_dn(group));
    admin_choice_show(visit, ADMIN_REQUIRE, &now);
    admin_choice_show(visit, ADMIN_METHODS, &now);
    if (form_find(&visit->query, "done")) {
        view_text(visit->pool, visit->view, "done_text",
                  visit_text(visit, "The rules of the group were changed."));
    }
    return answer_page(visit, HTTP_OK, "admin-group");
}

static enum mc_result set_rule(struct visit *visit, const struct mc_entry *group,
                               struct mc_order *order, enum mc_act act)
{
    order->act = act;
    enum mc_result result = mc_administer_group(&visit->context, mc_entry_dn(group), order);
    admin_log_refused(visit, mc_act_word(act), mc_entry_dn(group), result);
    if (result == MC_OK) {
        mc_order_describe(order, mc_entry_dn(group), visit_note(visit, MC_EVENT_ADMINISTERED));
    }
    return result;
}

// The administrators' own group: what protects them is not changed from here. Both names are as the
// directory writes them.
static enum mc_result check_foreign(struct visit *visit, const struct mc_entry *group)
{
    static const char *const nothing[] = {"1.1", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries own = {0};
    enum mc_result result =
        mc_directory_search(visit->context.directory, visit->site->config->security_group, true,
                            "(objectClass=*)", nothing, &own);
    bool same =
        result == MC_OK && own.count && strcmp(mc_entry_dn(own.items[0]), mc_entry_dn(group)) == 0;
    return same ? MC_DENIED_PEER : result;
}

// Nobody loosens the rules that hold for oneself.
static enum mc_result check_not_member(struct visit *visit, const struct mc_entry *group)
{
    const char *login = mc_entry_text(visit->account.entry, visit->site->config->login_attribute);
    MC_CLEANUP(mc_entries_release) struct mc_entries own = {0};
    enum mc_result result = mc_directory_find_groups(visit->context.directory, visit->account.dn,
                                                     mc_span_of(login), &own);
    for (size_t i = 0; result == MC_OK && i < own.count; i++) {
        if (strcmp(mc_entry_dn(own.items[i]), mc_entry_dn(group)) == 0) {
            return MC_DENIED_PEER;
        }
    }
    return result;
}

static int refuse(struct visit *visit, const struct mc_entry *group, const char *sentence)
{
    admin_log_refused(visit, "group-rules", mc_entry_dn(group), MC_DENIED_PEER);
    person_error(visit, "requirement", visit_text(visit, sentence));
    return show(visit, group);
}

// What is as it was is not written again.
static int change(struct visit *visit, const struct mc_entry *group)
{
    struct mc_order order = {.source = visit->r->useragent_ip, .actor_uuid = visit->account.uuid};
    struct admin_rule_now now = {0};
    enum mc_result result = MC_OK;
    admin_read_rule(group, &now);
    result = check_foreign(visit, group);
    if (result == MC_DENIED_PEER) {
        return refuse(visit, group,
                      N_("The rules of the administrators' own group are changed in the "
                         "directory, not here."));
    }
    if (result == MC_OK) {
        result = check_not_member(visit, group);
    }
    if (result == MC_DENIED_PEER) {
        return refuse(visit, group,
                      N_("You are a member of this group: another administrator changes its "
                         "rules."));
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    if (!admin_choice_read(visit, ADMIN_REQUIRE, &order) ||
        !admin_choice_read(visit, ADMIN_METHODS, &order)) {
        return show(visit, group);
    }
    if (order.require != now.require) {
        result = set_rule(visit, group, &order, MC_ACT_REQUIRE);
    }
    if (result == MC_OK && order.methods != now.allowed) {
        result = set_rule(visit, group, &order, MC_ACT_ALLOW);
    }
    const char *name = ap_escape_urlencoded(visit->pool, mc_entry_text(group, "cn"));
    return result == MC_OK ? answer_redirect(visit, apr_pstrcat(visit->pool,
                                                                "administration/group?group=", name,
                                                                "&done=1", NULL))
                           : answer_failure(visit, result, NULL);
}

int page_admin_group(struct visit *visit)
{
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *group = NULL;
    struct mc_span name = wanted(visit, "group");
    if (!name.size) {
        return find(visit);
    }
    enum mc_result result = mc_people_find_group(&visit->context, name, &group);
    if (result != MC_OK) {
        return result == MC_NOT_FOUND ? answer_redirect(visit, "administration/group")
                                      : answer_failure(visit, result, NULL);
    }
    return visit->is_post ? change(visit, group) : show(visit, group);
}
