// SPDX-License-Identifier: Apache-2.0
#include "common/account.h"

#include "common/seal.h"

void mc_account_release(struct mc_account *account)
{
    mc_entry_free(account->entry);
    *account = (struct mc_account){0};
}

static struct mc_span first(struct mc_values values)
{
    return values.count ? values.items[0] : (struct mc_span){NULL, 0};
}

// An absent time is 0; a damaged one must not read as absent.
static enum mc_result read_time(struct mc_account *account, const char *name, mc_time *ret_time)
{
    struct mc_values values = mc_entry_values(account->entry, name);
    enum mc_result result = MC_OK;
    *ret_time = 0;
    if (values.count) {
        result = mc_time_parse(values.items[0], ret_time);
    }
    if (result != MC_OK || values.count > 1) {
        account->damaged = name;
        return MC_BAD_DATA;
    }
    return MC_OK;
}

static const char *const require_words[] = {[0] = "",
                                            [MC_REQUIRE_OPTIONAL] = "optional",
                                            [MC_REQUIRE_ENROL] = "enrol",
                                            [MC_REQUIRE_ON] = "on",
                                            [MC_REQUIRE_OFF] = "off"};

int mc_require_parse(struct mc_span word)
{
    int require = MC_COUNT(require_words) - 1;
    while (require && !mc_span_equals_any_case(word, require_words[require])) {
        require--;
    }
    return require;
}

const char *mc_require_word(int require)
{
    return require_words[require];
}

static enum mc_result read_require(struct mc_values values, int *ret_require)
{
    *ret_require = values.count == 1 ? mc_require_parse(values.items[0]) : 0;
    return values.count == 0 || *ret_require ? MC_OK : MC_BAD_DATA;
}

static enum mc_result read_methods(struct mc_values values, mc_method_set *ret_methods)
{
    mc_method_set methods = 0;
    for (size_t i = 0; i < values.count; i++) {
        enum mc_method method = mc_method_parse(values.items[i]);
        if (method == MC_METHOD_NONE) {
            return MC_BAD_DATA;
        }
        methods |= MC_METHOD_BIT(method);
    }
    *ret_methods = methods;
    return MC_OK;
}

static enum mc_result read_chosen(struct mc_account *account)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredLoginMethod");
    account->chosen = mc_method_parse(first(values));
    return values.count == 0 || (values.count == 1 && account->chosen != MC_METHOD_NONE)
               ? MC_OK
               : MC_BAD_DATA;
}

// Whether mycredVerified vouches for this value of the contact attribute ("mail" or "mobile").
static bool is_verified(const struct mc_context *context, const struct mc_account *account,
                        const char *kind, struct mc_span value)
{
    struct mc_values marks = mc_entry_values(account->entry, "mycredVerified");
    const struct mc_seal_context about = {"mycredVerified", account->uuid, mc_span_of(kind)};
    size_t kind_size = strlen(kind);
    for (size_t i = 0; i < marks.count; i++) {
        struct mc_span mark = marks.items[i];
        const uint8_t *hash = mark.size ? memrchr(mark.data, ' ', mark.size) : NULL;
        if (!hash || mark.size <= kind_size || memcmp(mark.data, kind, kind_size) != 0 ||
            mark.data[kind_size] != ' ') {
            continue;
        }
        hash++;
        struct mc_span rest = {hash, mark.size - (size_t)(hash - mark.data)};
        if (mc_keyed_hash_check(context->keys, &about, value, rest) == MC_OK) {
            return true;
        }
    }
    return false;
}

// Of several values the verified one, else the only one, else none.
static struct mc_span choose_contact(const struct mc_context *context,
                                     const struct mc_account *account, const char *attribute,
                                     const char *kind)
{
    struct mc_values values = mc_entry_values(account->entry, attribute);
    bool ask = values.count > 1 || context->config->contacts == MC_CONTACTS_VERIFIED;
    for (size_t i = 0; ask && i < values.count; i++) {
        if (is_verified(context, account, kind, values.items[i])) {
            return values.items[i];
        }
    }
    return ask ? (struct mc_span){NULL, 0} : first(values);
}

// A contact that nothing can be sent to is as good as none; it denies only where no other method is
// left.
static void read_contacts(const struct mc_context *context, struct mc_account *account)
{
    const struct mc_config *config = context->config;
    struct mc_span mobile = choose_contact(context, account, config->mobile_attribute, "mobile");
    struct mc_span email = choose_contact(context, account, config->mail_attribute, "mail");
    if (mc_mobile_parse(mobile, config->default_country, account->mobile) != MC_OK ||
        !mc_mobile_is_allowed(account->mobile, &config->sms_countries)) {
        account->mobile[0] = '\0';
    }
    if (mc_email_parse(email, account->email) != MC_OK) {
        account->email[0] = '\0';
    }
}

static enum mc_result read_policy(struct mc_account *account)
{
    struct mc_values require = mc_entry_values(account->entry, "mycredRequire");
    struct mc_values allowed = mc_entry_values(account->entry, "mycredMethodAllowed");
    if (read_chosen(account) != MC_OK) {
        account->damaged = "mycredLoginMethod";
    } else if (read_require(require, &account->require) != MC_OK) {
        account->damaged = "mycredRequire";
    } else if (read_methods(allowed, &account->allowed) != MC_OK) {
        account->damaged = "mycredMethodAllowed";
    }
    return account->damaged ? MC_BAD_DATA : MC_OK;
}

enum mc_result mc_account_init(const struct mc_context *context, struct mc_entry *entry,
                               struct mc_account *account)
{
    *account = (struct mc_account){.entry = entry, .dn = mc_entry_dn(entry)};
    account->uuid = mc_entry_text(entry, "entryUUID");
    account->language = mc_entry_text(entry, context->config->language_attribute);
    account->devices = mc_entry_values(entry, "mycredTotp");
    if (!account->uuid[0]) {
        account->damaged = "entryUUID";
        return MC_BAD_DATA;
    }
    enum mc_result result = read_policy(account);
    if (result == MC_OK) {
        result = read_time(account, "mycredExemptUntil", &account->exempt_until);
    }
    if (result == MC_OK) {
        result = read_time(account, "mycredLockedUntil", &account->locked_until);
    }
    if (result == MC_OK) {
        result = read_time(account, "mycredInviteUntil", &account->invited_until);
    }
    if (result == MC_OK) {
        read_contacts(context, account);
    }
    return result;
}

enum mc_result mc_account_find(const struct mc_context *context, struct mc_span login_name,
                               struct mc_account *account)
{
    struct mc_entry *entry = NULL;
    *account = (struct mc_account){0};
    enum mc_result result = mc_directory_find_person(context->directory, login_name, &entry);
    if (result == MC_WRONG) {
        account->other_spelling = true;
        return MC_UNKNOWN_USER;
    }
    return result == MC_OK ? mc_account_init(context, entry, account) : result;
}

const char *mc_account_address(const struct mc_account *account, enum mc_method channel)
{
    return channel == MC_METHOD_SMS     ? account->mobile
           : channel == MC_METHOD_EMAIL ? account->email
                                        : "";
}

bool mc_account_holds(const struct mc_context *context, const struct mc_account *account,
                      enum mc_method channel, struct mc_span value)
{
    const struct mc_config *config = context->config;
    bool sms = channel == MC_METHOD_SMS;
    struct mc_span used =
        choose_contact(context, account, sms ? config->mobile_attribute : config->mail_attribute,
                       sms ? "mobile" : "mail");
    return used.size == value.size && used.size && memcmp(used.data, value.data, used.size) == 0;
}

// Weakest to strictest. `off` among groups is an exception somebody made on purpose, yet a stricter
// group wins.
static int strictness(int require)
{
    static const int order[] = {[0] = 0,
                                [MC_REQUIRE_OFF] = 1,
                                [MC_REQUIRE_OPTIONAL] = 2,
                                [MC_REQUIRE_ENROL] = 3,
                                [MC_REQUIRE_ON] = 4};
    return order[require];
}

static enum mc_result add_group(const struct mc_entry *group, struct mc_group_rules *rules)
{
    int require = 0;
    mc_method_set allowed = 0;
    if (read_require(mc_entry_values(group, "mycredRequire"), &require) != MC_OK ||
        read_methods(mc_entry_values(group, "mycredMethodAllowed"), &allowed) != MC_OK) {
        return MC_BAD_DATA;
    }
    if (strictness(require) > strictness(rules->require)) {
        rules->require = require;
    }
    // what two groups both allow; an empty rest means nothing may be used, which bit 0 keeps apart
    // from "none says"
    if (allowed) {
        rules->allowed = rules->allowed ? (mc_method_set)((rules->allowed & allowed) | 1)
                                        : (mc_method_set)(allowed | 1);
    }
    return MC_OK;
}

// A group that found its member has a rule; one that is not to be seen may be the stricter.
static enum mc_result check_group_sight(const struct mc_context *context,
                                        const struct mc_entry *group)
{
    static const char *const rules[] = {"mycredRequire", "mycredMethodAllowed", NULL};
    bool has_all = true;
    for (const char *const *rule = rules; *rule; rule++) {
        has_all = has_all && mc_entry_values(group, *rule).count;
    }
    return has_all ? MC_OK
                   : mc_directory_check_sight(context->directory, mc_entry_dn(group), rules);
}

static enum mc_result add_groups_of(const struct mc_context *context,
                                    const struct mc_account *account, struct mc_span login_name,
                                    struct mc_group_rules *rules)
{
    MC_CLEANUP(mc_entries_release) struct mc_entries groups = {0};
    enum mc_result result =
        mc_directory_find_groups(context->directory, account->dn, login_name, &groups);
    for (size_t i = 0; result == MC_OK && i < groups.count; i++) {
        result = check_group_sight(context, groups.items[i]);
        if (result == MC_OK) {
            result = add_group(groups.items[i], rules);
        }
    }
    return result;
}

// Where groups hold names, those of the person's other names count as well: nobody leaves a group
// by signing in with another one.
static struct mc_values other_names(const struct mc_context *context,
                                    const struct mc_account *account)
{
    return context->config->ldap_group_member == MC_MEMBER_NAME
               ? mc_entry_values(account->entry, context->config->login_attribute)
               : (struct mc_values){NULL, 0};
}

enum mc_result mc_group_rules_read(const struct mc_context *context,
                                   const struct mc_account *account, struct mc_span login_name,
                                   struct mc_group_rules *ret_rules)
{
    struct mc_group_rules rules = {0};
    if (account->require && account->allowed) { // the person's own values win: no need to ask
        *ret_rules = rules;
        return MC_OK;
    }
    struct mc_values names = other_names(context, account);
    enum mc_result result = add_groups_of(context, account, login_name, &rules);
    for (size_t i = 0; result == MC_OK && i < names.count; i++) {
        if (!mc_secret_matches(names.items[i], login_name)) {
            result = add_groups_of(context, account, names.items[i], &rules);
        }
    }
    if (result == MC_OK) {
        *ret_rules = rules;
    }
    return result;
}

static mc_method_set bound_methods(const struct mc_account *account)
{
    mc_method_set bound = 0;
    bound |= account->devices.count ? MC_METHOD_BIT(MC_METHOD_TOTP) : 0;
    bound |= account->mobile[0] ? MC_METHOD_BIT(MC_METHOD_SMS) : 0;
    bound |= account->email[0] ? MC_METHOD_BIT(MC_METHOD_EMAIL) : 0;
    return bound;
}

enum mc_result mc_account_check_sight(const struct mc_context *context,
                                      const struct mc_account *account)
{
    static const char *const decisive[] = {"mycredLoginMethod", "mycredRequire",
                                           "mycredLockedUntil", NULL};
    return mc_directory_check_sight(context->directory, account->dn, decisive);
}

bool mc_rules_lack_method(const struct mc_account *account, const struct mc_rules *rules)
{
    bool asked = rules->require == MC_REQUIRE_ON || rules->require == MC_REQUIRE_ENROL ||
                 (rules->require != MC_REQUIRE_OFF && account->chosen != MC_METHOD_NONE);
    return asked && !rules->usable;
}

void mc_rules_apply(const struct mc_context *context, const struct mc_account *account,
                    const struct mc_group_rules *groups, struct mc_rules *ret_rules)
{
    const struct mc_config *config = context->config;
    mc_time now = context->now();
    mc_method_set allowed = account->allowed  ? account->allowed
                            : groups->allowed ? groups->allowed
                                              : config->methods;
    *ret_rules = (struct mc_rules){
        .require = account->require  ? account->require
                   : groups->require ? groups->require
                                     : config->require,
        .allowed = (mc_method_set)(allowed & config->methods & MC_METHODS_ALL),
        // too far ahead counts as absent: a typing error must not switch verification off for years
        .exempt = account->exempt_until > now &&
                  account->exempt_until <= now + config->exempt_max * MC_SECOND,
        .locked = account->locked_until > now,
        .invited = account->invited_until > now,
    };
    ret_rules->usable = ret_rules->allowed & bound_methods(account);
}
