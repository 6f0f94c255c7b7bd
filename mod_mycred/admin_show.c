// SPDX-License-Identifier: Apache-2.0
// One person's credentials as a security administrator sees them.
#include "mod_mycred/activity.h"
#include "mod_mycred/admin_target.h"
#include "mod_mycred/moment.h"

#include "common/device.h"
#include "common/field.h"
#include "common/limit.h"
#include "common/session.h"

#include <apr_strings.h>

// "" for what is no time.
static const char *day_of(struct visit *visit, struct mc_span text)
{
    mc_time time = 0;
    return mc_time_parse(text, &time) == MC_OK ? moment_day(visit, time) : "";
}

// What names a device or an API password to the acts on it; a damaged one goes with all others.
static void show_id(struct visit *visit, struct view *item, struct mc_span id)
{
    unsigned number = 0;
    bool known = mc_field_number(id, 1, UINT32_MAX, &number);
    view_text(visit->pool, item, "url_id", known ? apr_psprintf(visit->pool, "%u", number) : "all");
}

// ---- contacts

// When the contact was proved, as its mark says; "" when no mark vouches for it.
static const char *proved_on(struct visit *visit, const struct mc_account *account,
                             const char *kind)
{
    struct mc_values marks = mc_entry_values(account->entry, "mycredVerified");
    for (size_t i = 0; i < marks.count; i++) {
        struct mc_span rest = marks.items[i];
        if (mc_span_equals(mc_field_next(&rest, ' '), kind)) {
            return day_of(visit, mc_field_next(&rest, ' '));
        }
    }
    return "";
}

static void show_contacts(struct visit *visit, const struct admin_target *target)
{
    const struct mc_account *account = &target->account;
    view_text(visit->pool, visit->view, "email_bound", account->email);
    view_text(visit->pool, visit->view, "email_proved", proved_on(visit, account, "mail"));
    view_text(visit->pool, visit->view, "mobile_bound", account->mobile);
    view_text(visit->pool, visit->view, "mobile_proved", proved_on(visit, account, "mobile"));
}

// ---- what is bound

// The day of the last use of a factor: `totp 20261121000000Z`.
static const char *last_use(struct visit *visit, const struct mc_account *account, const char *word)
{
    struct mc_values uses = mc_entry_values(account->entry, "mycredLastUse");
    mc_time newest = 0, time = 0;
    for (size_t i = 0; i < uses.count; i++) {
        struct mc_span rest = uses.items[i];
        if (mc_span_equals(mc_field_next(&rest, ' '), word) &&
            mc_time_parse(rest, &time) == MC_OK && time > newest) {
            newest = time;
        }
    }
    return moment_day(visit, newest);
}

static void show_devices(struct visit *visit, const struct mc_account *account)
{
    struct view *list = view_list(visit->pool, visit->view, "devices");
    for (size_t i = 0; i < account->devices.count; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device device = {0};
        struct mc_span rest = account->devices.items[i];
        struct mc_span id = mc_field_next(&rest, ' ');
        enum mc_result result =
            mc_device_open(&visit->context, account->uuid, account->devices.items[i], &device);
        struct view *item = view_item(visit->pool, list);
        show_id(visit, item, id);
        view_flag(visit->pool, item, "damaged", result != MC_OK);
        if (result == MC_OK) {
            view_span(visit->pool, item, "label", device.label);
            view_text(visit->pool, item, "created", moment_day(visit, device.created));
        }
    }
    view_flag(visit->pool, visit->view, "has_device", account->devices.count > 0);
    view_text(visit->pool, visit->view, "device_used", last_use(visit, account, "totp"));
}

// id, created, expiry or `-`, scope or `-`, hash, label
static void show_api_password(struct visit *visit, struct view *item, struct mc_span value)
{
    struct mc_span rest = value, id = mc_field_next(&rest, ' ');
    const char *created = day_of(visit, mc_field_next(&rest, ' '));
    const char *expiry = day_of(visit, mc_field_next(&rest, ' '));
    struct mc_span scope = mc_field_next(&rest, ' ');
    (void)mc_field_next(&rest, ' ');
    show_id(visit, item, id);
    view_span(visit->pool, item, "label", rest);
    view_text(visit->pool, item, "created", created);
    view_text(visit->pool, item, "expiry", expiry);
    view_span(visit->pool, item, "scope",
              mc_span_equals(scope, "-") ? (struct mc_span){NULL, 0} : scope);
}

static void show_bound(struct visit *visit, const struct mc_account *account)
{
    struct mc_values codes = mc_entry_values(account->entry, "mycredRecovery");
    struct mc_values passwords = mc_entry_values(account->entry, "mycredApiPassword");
    struct view *list = view_list(visit->pool, visit->view, "api_passwords");
    for (size_t i = 0; i < passwords.count; i++) {
        show_api_password(visit, view_item(visit->pool, list), passwords.items[i]);
    }
    view_flag(visit->pool, visit->view, "has_api_password", passwords.count > 0);
    show_devices(visit, account);
    view_flag(visit->pool, visit->view, "has_recovery", codes.count > 0);
    view_text(visit->pool, visit->view, "recovery_text",
              apr_psprintf(visit->pool,
                           mc_text_n(visit->language, "%u code left", "%u codes left", codes.count),
                           (unsigned)codes.count));
}

static void show_password(struct visit *visit, const struct mc_account *account)
{
    mc_time changed = 0;
    struct mc_values times = mc_entry_values(account->entry, "pwdChangedTime");
    if (times.count && mc_time_parse(times.items[0], &changed) == MC_OK) {
        view_text(visit->pool, visit->view, "password_changed", moment_day(visit, changed));
    }
    view_flag(visit->pool, visit->view, "must_change",
              mc_entry_has(account->entry, "pwdReset", "TRUE"));
}

// ---- rules

// Whose rule it is: the person's own, a group's or the configuration's.
static const char *source_text(struct visit *visit, bool own, const char *groups)
{
    return own         ? visit_text(visit, "Set for this person")
           : groups[0] ? apr_psprintf(visit->pool, visit_text(visit, "By group: %s"), groups)
                       : visit_text(visit, "By the configuration");
}

// The names of the groups that say something of `attribute`.
static const char *groups_with(struct visit *visit, const struct admin_target *target,
                               const char *attribute)
{
    const char *text = "";
    for (size_t i = 0; i < target->policies.count; i++) {
        const struct mc_entry *group = target->policies.items[i];
        if (mc_entry_values(group, attribute).count) {
            text = apr_pstrcat(visit->pool, text, text[0] ? ", " : "",
                               admin_short_name(visit, mc_entry_dn(group)), NULL);
        }
    }
    return text;
}

static void show_rules(struct visit *visit, const struct admin_target *target)
{
    const struct mc_account *account = &target->account;
    enum mc_method chosen = account->chosen;
    view_text(visit->pool, visit->view, "method",
              chosen ? admin_methods_text(visit, MC_METHOD_BIT(chosen)) : visit_text(visit, "Off"));
    view_flag(visit->pool, visit->view, "method_on", chosen != MC_METHOD_NONE);
    view_text(visit->pool, visit->view, "method_used",
              chosen ? last_use(visit, account, mc_method_word(chosen)) : "");
    view_text(visit->pool, visit->view, "require_text",
              admin_require_text(visit, target->rules.require));
    view_text(visit->pool, visit->view, "require_source",
              source_text(visit, account->require, groups_with(visit, target, "mycredRequire")));
    view_text(visit->pool, visit->view, "allowed_text",
              admin_methods_text(visit, target->rules.allowed));
    view_text(
        visit->pool, visit->view, "allowed_source",
        source_text(visit, account->allowed, groups_with(visit, target, "mycredMethodAllowed")));
    view_flag(visit->pool, visit->view, "bare", admin_is_bare(target));
}

// ---- locks

static bool is_barred(const struct visit *visit, const struct mc_account *account,
                      const char *attribute)
{
    const struct mc_span none = {NULL, 0};
    mc_time from = 0;
    return mc_limit_guess(visit->site->config, mc_entry_values(account->entry, attribute), none,
                          visit->context.now(), &from) == MC_OK &&
           from == MC_LIMIT_NEVER;
}

static void show_locks(struct visit *visit, const struct admin_target *target)
{
    const struct mc_account *account = &target->account;
    mc_time now = visit->context.now(), forever = now + 3650 * 86400 * MC_SECOND;
    bool barred = is_barred(visit, account, "mycredTotpFailure") ||
                  is_barred(visit, account, "mycredCodeFailure") ||
                  is_barred(visit, account, "mycredRecoveryFailure");
    bool locked = account->locked_until > now;
    size_t wrong = mc_entry_values(account->entry, "mycredTotpFailure").count +
                   mc_entry_values(account->entry, "mycredCodeFailure").count +
                   mc_entry_values(account->entry, "mycredRecoveryFailure").count;
    view_flag(visit->pool, visit->view, "locked", locked);
    view_flag(visit->pool, visit->view, "barred", barred);
    view_flag(visit->pool, visit->view, "may_unlock", locked || wrong > 0);
    if (locked && account->locked_until < forever) {
        view_text(visit->pool, visit->view, "locked_until",
                  activity_minute(visit, account->locked_until));
    }
    if (wrong) {
        view_text(visit->pool, visit->view, "wrong_text",
                  apr_psprintf(visit->pool,
                               mc_text_n(visit->language, "%u wrong code since the last right one",
                                         "%u wrong codes since the last right one", wrong),
                               (unsigned)wrong));
    }
    if (target->rules.exempt) {
        view_text(visit->pool, visit->view, "exempt_until",
                  activity_minute(visit, account->exempt_until));
    }
}

static void show_sessions(struct visit *visit, const struct mc_account *account)
{
    struct mc_session session;
    enum mc_result result = MC_OK;
    size_t live = 0;
    for (size_t i = 0; (result = mc_session_at(account, i, &session)) != MC_NOT_FOUND; i++) {
        live += result == MC_OK && mc_session_is_live(&visit->context, account, &session);
    }
    view_flag(visit->pool, visit->view, "has_sessions", live > 0);
    view_text(
        visit->pool, visit->view, "sessions_text",
        live ? apr_psprintf(visit->pool,
                            mc_text_n(visit->language, "In %u browser", "In %u browsers", live),
                            (unsigned)live)
             : visit_text(visit, "Nowhere"));
}

void admin_show_target(struct visit *visit, const struct admin_target *target)
{
    admin_show_name(visit, visit->view, target->account.entry);
    view_flag(visit->pool, visit->view, "is_self", target->is_self);
    if (target->account.damaged) {
        view_text(visit->pool, visit->view, "damaged_text", target->account.damaged);
    }
    show_contacts(visit, target);
    show_password(visit, &target->account);
    show_rules(visit, target);
    show_bound(visit, &target->account);
    show_locks(visit, target);
    show_sessions(visit, &target->account);
    activity_list(visit, &target->account);
}
