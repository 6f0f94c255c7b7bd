// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/password_form.h"

#include "common/password_reason.h"
#include "mod_mycred/password_rules.h"
#include "mod_mycred/person.h"

#include <apr_strings.h>

#define LOOKS 3 // at what became of a change whose answer was lost

static unsigned minimum(const struct visit *visit)
{
    const struct mc_config *config = visit->site->config;
    bool verified = visit->account.chosen != MC_METHOD_NONE &&
                    visit->rules.require != MC_REQUIRE_OFF && !visit->rules.exempt;
    return (unsigned)(verified ? config->password_min_verified : config->password_min);
}

static const char *rule_text(struct visit *visit, enum password_rule rule)
{
    switch (rule) {
    case PASSWORD_SHORT:
        return apr_psprintf(visit->pool, visit_text(visit, "Use at least %u characters."),
                            minimum(visit));
    case PASSWORD_LONG:
        return apr_psprintf(visit->pool, visit_text(visit, "Use at most %d characters."),
                            MC_PASSWORD_MAX);
    case PASSWORD_CHARACTERS:
        return visit_text(visit, "Use only letters, digits, spaces and signs that can be seen.");
    case PASSWORD_COMMON:
        return visit_text(visit, "Do not use a common password or a pattern.");
    case PASSWORD_OWN:
        return visit_text(visit, "Do not make it of your own name, address or number.");
    case PASSWORD_BREACHED:
        return visit_text(visit, "Do not use a password that has become known in a breach.");
    case PASSWORD_RULE_COUNT:
        break;
    }
    return "";
}

void password_form_show(struct visit *visit, unsigned unmet)
{
    struct view *rules = view_list(visit->pool, visit->view, "rules");
    for (int rule = 0; rule < PASSWORD_RULE_COUNT; rule++) {
        bool is_unmet = unmet & PASSWORD_BIT(rule);
        bool is_asked =
            rule != PASSWORD_BREACHED || visit->site->config->breached_passwords_file[0];
        if (!is_asked) {
            continue;
        }
        struct view *item = view_item(visit->pool, rules);
        const char *text = rule_text(visit, (enum password_rule)rule);
        view_text(visit->pool, item, "text", text);
        view_flag(visit->pool, item, "unmet", is_unmet);
        if (is_unmet) {
            person_error(visit, "new_password", text);
        }
    }
    view_flag(visit->pool, visit->view, "rule_unmet", unmet != 0);
}

static void add_own(struct password_about *about, struct mc_span word)
{
    if (word.size && about->own_count < PASSWORD_OWN_MAX) {
        about->own[about->own_count++] = word;
    }
}

static void add_values(const struct visit *visit, struct password_about *about,
                       const char *attribute, char separator)
{
    struct mc_values values = mc_entry_values(visit->account.entry, attribute);
    for (size_t i = 0; i < values.count && i < 3; i++) {
        const uint8_t *at = memchr(values.items[i].data, separator, values.items[i].size);
        add_own(about, values.items[i]);
        if (at) {
            add_own(about,
                    (struct mc_span){values.items[i].data, (size_t)(at - values.items[i].data)});
        }
    }
}

static struct password_about about_person(const struct visit *visit)
{
    const struct mc_config *config = visit->site->config;
    struct password_about about = {.minimum = minimum(visit),
                                   .breached_file = config->breached_passwords_file};
    add_values(visit, &about, config->login_attribute, '\0');
    add_own(&about, mc_span_of(config->service_name));
    add_values(visit, &about, config->mail_attribute, '@');
    add_values(visit, &about, config->mobile_attribute, '\0');
    add_values(visit, &about, "displayName", ' ');
    add_values(visit, &about, "cn", ' ');
    return about;
}

enum mc_result password_form_check(struct visit *visit)
{
    const char *typed = visit_field(visit, "new_password");
    const struct password_about about = about_person(visit);
    unsigned unmet = 0;
    enum mc_result result = password_rules_check(&about, mc_span_of(typed), &unmet);
    if (result != MC_OK) {
        return result;
    }
    bool same = strcmp(typed, visit_field(visit, "confirm_password")) == 0;
    if (unmet == 0 && same) {
        return MC_OK;
    }
    password_form_show(visit, unmet);
    if (!same) {
        person_error(visit, "confirm_password",
                     visit_text(visit, "The two new passwords are not the same."));
    }
    return MC_WRONG;
}

void password_form_refused(struct visit *visit, const struct mc_password_state *policy)
{
    mc_event_add_text(visit_note(visit, MC_EVENT_PASSWORD_REFUSED), "detail", policy->diagnostic);
    password_form_show(visit, 0);
    person_error(visit, "new_password", visit_text(visit, mc_password_reason(policy)));
}

static bool is_newer(struct visit *visit, const struct mc_entry *now)
{
    struct mc_values before = mc_entry_values_of(visit->account.entry, "pwdChangedTime");
    struct mc_values after = mc_entry_values_of(now, "pwdChangedTime");
    return after.count &&
           (!before.count || after.items[0].size != before.items[0].size ||
            memcmp(after.items[0].data, before.items[0].data, after.items[0].size) != 0);
}

// By the time of the change where the directory keeps that; a wrong password would be counted.
static bool is_in_force(struct visit *visit)
{
    struct mc_directory *directory = visit->context.directory;
    const char *dn = visit->account.dn;
    struct mc_password_state policy;
    for (int look = 0; look < LOOKS; look++) {
        MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *now = NULL;
        mc_directory_pause(directory);
        if (mc_directory_read_person(directory, dn, &now) == MC_OK && is_newer(visit, now)) {
            return true;
        }
    }
    return mc_directory_check_password(
               directory, dn, mc_span_of(visit_field(visit, "new_password")), &policy) == MC_OK;
}

enum mc_result password_form_settle(struct visit *visit, enum mc_result result,
                                    const struct change *intent)
{
    if (result == MC_OK || (result == MC_UNAVAILABLE && is_in_force(visit))) {
        return MC_OK;
    }
    // where that fails too the notice stays: it may be true
    enum mc_result back = change_take_back(visit, intent);
    return result == MC_PASSWORD_REFUSED ? (back == MC_OK ? result : back) : result;
}
