// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/admin_target.h"

#include "common/administer.h"

#include <apr_strings.h>

static apr_status_t release(void *data)
{
    struct admin_target *target = data;
    mc_account_release(&target->account);
    mc_entries_release(&target->policies);
    return APR_SUCCESS;
}

static enum mc_result read_rules(struct visit *visit, struct admin_target *target)
{
    const struct mc_context *context = &visit->context;
    struct mc_span login = mc_span_of(target->login);
    enum mc_result result = mc_group_rules_read(context, &target->account, login, &target->groups);
    if (result == MC_OK) {
        mc_rules_apply(context, &target->account, &target->groups, &target->rules);
        result = mc_directory_find_groups(context->directory, target->account.dn, login,
                                          &target->policies);
    }
    return result;
}

struct admin_target *admin_target_read(struct visit *visit, int *ret_status)
{
    struct admin_target *target = apr_pcalloc(visit->pool, sizeof *target);
    const struct mc_span *query = form_find(&visit->query, "user");
    const char *typed = visit_field(visit, "user");
    typed = typed[0] ? typed : query ? (const char *)query->data : "";
    apr_pool_cleanup_register(visit->pool, target, release, apr_pool_cleanup_null);
    target->login = apr_pstrdup(visit->pool, typed);
    enum mc_result result =
        typed[0] ? mc_account_find(&visit->context, mc_span_of(typed), &target->account)
                 : MC_UNKNOWN_USER;
    bool damaged = result == MC_BAD_DATA && target->account.entry;
    if (result == MC_OK) {
        result = read_rules(visit, target);
    }
    if (result == MC_OK || damaged) {
        target->is_self = strcmp(target->account.uuid, visit->account.uuid) == 0;
        return target;
    }
    *ret_status = result == MC_UNKNOWN_USER
                      ? answer_redirect(visit, "administration?nobody=1")
                      : answer_failure(visit, result, target->account.damaged);
    return NULL;
}

bool admin_is_bare(const struct admin_target *target)
{
    const struct mc_rules *rules = &target->rules;
    return !rules->usable &&
           (rules->require == MC_REQUIRE_ON || rules->require == MC_REQUIRE_ENROL);
}

void admin_log_refused(struct visit *visit, const char *act, const char *target,
                       enum mc_result result)
{
    const char *reason = mc_administer_refusal(&visit->context, result);
    if (reason) {
        mc_refusal_describe(act, target, reason, visit_note(visit, MC_EVENT_ADMINISTER_REFUSED));
    }
}

const char *admin_person_path(struct visit *visit, const char *login)
{
    return apr_pstrcat(
        visit->pool, "administration/person?user=", ap_escape_urlencoded(visit->pool, login), NULL);
}

const char *admin_short_name(struct visit *visit, const char *dn)
{
    const char *from = strchr(dn, '=');
    const char *to = from ? ++from : dn;
    while (from && *to && *to != ',' && *to != '+') {
        to += *to == '\\' && to[1] ? 2 : 1;
    }
    return from ? apr_pstrmemdup(visit->pool, from, (apr_size_t)(to - from)) : dn;
}

const char *admin_methods_text(struct visit *visit, mc_method_set methods)
{
    static const char *const names[MC_METHOD_COUNT] = {[MC_METHOD_TOTP] = N_("Virtual MFA"),
                                                       [MC_METHOD_SMS] = N_("SMS"),
                                                       [MC_METHOD_EMAIL] = N_("Email")};
    const char *text = "";
    for (int i = MC_METHOD_TOTP; i < MC_METHOD_COUNT; i++) {
        if (methods & MC_METHOD_BIT(i)) {
            text = apr_pstrcat(visit->pool, text, text[0] ? ", " : "",
                               mc_text(visit->language, names[i]), NULL);
        }
    }
    return text[0] ? text : visit_text(visit, "None");
}

const char *admin_require_text(struct visit *visit, int require)
{
    static const char *const texts[] = {
        [0] = N_("No rule here"),
        [MC_REQUIRE_OPTIONAL] = N_("Everybody chooses for themselves"),
        [MC_REQUIRE_ENROL] = N_("Required: a method must be chosen at the site first"),
        [MC_REQUIRE_ON] = N_("Required: no way in until a method is bound"),
        [MC_REQUIRE_OFF] = N_("Never asked"),
    };
    return mc_text(visit->language, texts[require]);
}

void admin_show_name(struct visit *visit, struct view *object, const struct mc_entry *entry)
{
    const struct mc_config *config = visit->site->config;
    const char *login = mc_entry_text(entry, config->login_attribute);
    const char *name = mc_entry_text(entry, "displayName");
    view_text(visit->pool, object, "login", login);
    view_text(visit->pool, object, "name", name[0] ? name : mc_entry_text(entry, "cn"));
    view_text(visit->pool, object, "url_user", ap_escape_urlencoded(visit->pool, login));
    view_text(visit->pool, object, "email", mc_entry_text(entry, config->mail_attribute));
    view_text(visit->pool, object, "mobile", mc_entry_text(entry, config->mobile_attribute));
}
