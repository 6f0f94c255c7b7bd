// SPDX-License-Identifier: Apache-2.0
#include "common/people.h"

#include "common/limit.h"

#include <stdlib.h>

#define FILTER_MAX 2048 // bytes
#define LOOKED_AT 200   // entries at most, where no filter can say what is asked for

void mc_people_release(struct mc_people *people)
{
    mc_entries_release(&people->found);
    *people = (struct mc_people){0};
}

// One more than the limit is asked for, to know whether there are more.
static enum mc_result ask(const struct mc_context *context, const struct mc_query *query,
                          struct mc_people *ret_people)
{
    size_t limit = query->limit - 1;
    enum mc_result result = mc_directory_query(context->directory, query, &ret_people->found);
    ret_people->more = false;
    while (result == MC_OK && ret_people->found.count > limit) {
        mc_entry_free(ret_people->found.items[--ret_people->found.count]);
        ret_people->more = true;
    }
    // a base that is not there must not read as "nobody"
    return result == MC_NOT_FOUND ? MC_UNAVAILABLE : result;
}

static enum mc_result ask_people(const struct mc_context *context, const struct mc_buffer *which,
                                 size_t limit, struct mc_people *ret_people)
{
    const struct mc_config *config = context->config;
    const char *const attributes[] = {config->login_attribute,
                                      config->mail_attribute,
                                      config->mobile_attribute,
                                      "cn",
                                      "displayName",
                                      "entryUUID",
                                      "mycredLoginMethod",
                                      "mycredRequire",
                                      "mycredMethodAllowed",
                                      "mycredExemptUntil",
                                      "mycredLockedUntil",
                                      "mycredInviteUntil",
                                      "mycredTotp",
                                      "mycredVerified",
                                      "mycredTotpFailure",
                                      "mycredCodeFailure",
                                      "mycredRecoveryFailure",
                                      "mycredHelpAsked",
                                      NULL};
    MC_AUTO_BUFFER struct mc_buffer filter;
    mc_buffer_init(&filter, 2 * FILTER_MAX);
    mc_buffer_format(&filter, "(&%s", config->ldap_person_filter);
    mc_buffer_add_span(&filter, mc_buffer_span(which));
    mc_buffer_add_text(&filter, ")");
    enum mc_result result = mc_buffer_result(which);
    if (result == MC_OK) {
        result = mc_buffer_result(&filter);
    }
    const struct mc_query query = {config->ldap_base, mc_buffer_text(&filter), attributes,
                                   limit + 1};
    return result == MC_OK ? ask(context, &query, ret_people) : result;
}

static void add_begins(struct mc_buffer *filter, const char *attribute, struct mc_span text)
{
    mc_buffer_format(filter, "(%s=", attribute);
    mc_directory_add_escaped(filter, text);
    mc_buffer_add_text(filter, "*)");
}

enum mc_result mc_people_find(const struct mc_context *context, struct mc_span typed,
                              struct mc_people *ret_people)
{
    const struct mc_config *config = context->config;
    const char *const names[] = {config->login_attribute, config->mail_attribute, "cn", "sn",
                                 "displayName"};
    char mobile[MC_CONTACT_MAX];
    MC_AUTO_BUFFER struct mc_buffer filter;
    if (typed.size < MC_PEOPLE_TYPED_MIN || typed.size > 128) {
        return MC_MALFORMED;
    }
    mc_buffer_init(&filter, FILTER_MAX);
    mc_buffer_add_text(&filter, "(|");
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        add_begins(&filter, names[i], typed);
    }
    if (mc_mobile_parse(typed, config->default_country, mobile) == MC_OK) {
        mc_buffer_format(&filter, "(%s=%s)", config->mobile_attribute, mobile);
    }
    mc_buffer_add_text(&filter, ")");
    return ask_people(context, &filter, MC_PEOPLE_MAX, ret_people);
}

// ---- lists

static bool is_barred(const struct mc_context *context, const struct mc_account *account,
                      const char *attribute)
{
    mc_time from = 0;
    const struct mc_span none = {NULL, 0};
    return mc_limit_guess(context->config, mc_entry_values(account->entry, attribute), none,
                          context->now(), &from) == MC_OK &&
           from == MC_LIMIT_NEVER;
}

static bool is_locked(const struct mc_context *context, const struct mc_account *account)
{
    return account->locked_until > context->now() ||
           is_barred(context, account, "mycredTotpFailure") ||
           is_barred(context, account, "mycredCodeFailure") ||
           is_barred(context, account, "mycredRecoveryFailure");
}

static enum mc_result is_bare(const struct mc_context *context, const struct mc_account *account,
                              bool *ret_bare)
{
    struct mc_group_rules groups;
    struct mc_rules rules;
    const char *login = mc_entry_text(account->entry, context->config->login_attribute);
    enum mc_result result = mc_group_rules_read(context, account, mc_span_of(login), &groups);
    if (result == MC_OK) {
        mc_rules_apply(context, account, &groups, &rules);
        *ret_bare =
            !rules.usable && (rules.require == MC_REQUIRE_ON || rules.require == MC_REQUIRE_ENROL);
    }
    return result;
}

static enum mc_result is_of_kind(const struct mc_context *context, enum mc_people_kind kind,
                                 const struct mc_account *account, bool *ret_is)
{
    mc_time now = context->now();
    switch (kind) {
    case MC_PEOPLE_BARE:
        return is_bare(context, account, ret_is);
    case MC_PEOPLE_LOCKED:
        *ret_is = is_locked(context, account);
        break;
    case MC_PEOPLE_EXEMPT:
        *ret_is = account->exempt_until > now &&
                  account->exempt_until <= now + context->config->exempt_max * MC_SECOND;
        break;
    case MC_PEOPLE_INVITED:
        *ret_is = account->invited_until > now;
        break;
    case MC_PEOPLE_ASKING:
        *ret_is = true;
        break;
    }
    return MC_OK;
}

// Who can be of the kind; is_of_kind decides.
static void add_filter(const struct mc_context *context, enum mc_people_kind kind,
                       struct mc_buffer *filter)
{
    const struct mc_config *config = context->config;
    bool trusted = config->contacts == MC_CONTACTS_DIRECTORY;
    char now[MC_TIME_TEXT];
    mc_time_format(context->now(), now);
    switch (kind) {
    case MC_PEOPLE_BARE: // with fewer methods allowed than bound one may be bare as well
        mc_buffer_add_text(filter, "(|(mycredMethodAllowed=*)(&(!(mycredTotp=*))");
        if (trusted && config->methods & MC_METHOD_BIT(MC_METHOD_SMS)) {
            mc_buffer_format(filter, "(!(%s=*))", config->mobile_attribute);
        }
        if (trusted && config->methods & MC_METHOD_BIT(MC_METHOD_EMAIL)) {
            mc_buffer_format(filter, "(!(%s=*))", config->mail_attribute);
        }
        mc_buffer_add_text(filter, "))");
        break;
    case MC_PEOPLE_LOCKED:
        mc_buffer_format(filter,
                         "(|(mycredLockedUntil>=%s)(mycredTotpFailure=*)(mycredCodeFailure=*)"
                         "(mycredRecoveryFailure=*))",
                         now);
        break;
    case MC_PEOPLE_EXEMPT:
        mc_buffer_format(filter, "(mycredExemptUntil>=%s)", now);
        break;
    case MC_PEOPLE_INVITED:
        mc_buffer_format(filter, "(mycredInviteUntil>=%s)", now);
        break;
    case MC_PEOPLE_ASKING:
        mc_buffer_add_text(filter, "(mycredHelpAsked=*)");
        break;
    }
}

// An entry that is damaged is kept: it needs somebody's help.
static enum mc_result keep(const struct mc_context *context, enum mc_people_kind kind,
                           struct mc_entry **entry, bool *ret_keep)
{
    struct mc_account account = {0};
    *ret_keep = true;
    enum mc_result result = mc_account_init(context, *entry, &account);
    if (result == MC_OK) {
        result = is_of_kind(context, kind, &account, ret_keep);
    }
    // the account took the entry over; it goes back into the list
    account.entry = NULL;
    mc_account_release(&account);
    return result == MC_BAD_DATA ? MC_OK : result;
}

// Values begin with the time, whose texts sort as it does.
static int by_asking(const void *one, const void *other)
{
    return strcmp(mc_entry_text(*(struct mc_entry *const *)one, "mycredHelpAsked"),
                  mc_entry_text(*(struct mc_entry *const *)other, "mycredHelpAsked"));
}

enum mc_result mc_people_list(const struct mc_context *context, enum mc_people_kind kind,
                              struct mc_people *ret_people)
{
    MC_CLEANUP(mc_people_release) struct mc_people people = {0};
    MC_AUTO_BUFFER struct mc_buffer filter;
    size_t kept = 0;
    mc_buffer_init(&filter, FILTER_MAX);
    add_filter(context, kind, &filter);
    enum mc_result result = ask_people(context, &filter, LOOKED_AT, &people);
    if (result == MC_OK && kind == MC_PEOPLE_ASKING) {
        qsort(people.found.items, people.found.count, sizeof *people.found.items, by_asking);
    }
    for (size_t i = 0; result == MC_OK && i < people.found.count; i++) {
        struct mc_entry *entry = people.found.items[i];
        bool stays = false;
        result = keep(context, kind, &entry, &stays);
        stays = stays && result == MC_OK;
        if (stays && kept < MC_PEOPLE_MAX) {
            people.found.items[i] = people.found.items[kept];
            people.found.items[kept++] = entry;
        } else {
            people.more = people.more || stays;
        }
    }
    while (result == MC_OK && people.found.count > kept) {
        mc_entry_free(people.found.items[--people.found.count]);
    }
    if (result == MC_OK) {
        *ret_people = people;
        people = (struct mc_people){0};
    }
    return result;
}

enum mc_result mc_people_find_groups(const struct mc_context *context, struct mc_span typed,
                                     struct mc_people *ret_groups)
{
    static const char *const attributes[] = {"cn", "mycredRequire", "mycredMethodAllowed", NULL};
    const struct mc_config *config = context->config;
    MC_AUTO_BUFFER struct mc_buffer filter;
    if (!config->ldap_group_base[0]) {
        return MC_OK;
    }
    mc_buffer_init(&filter, FILTER_MAX);
    if (typed.size) {
        mc_buffer_format(&filter, "(&(|(%s=*)(objectClass=mycredPolicy))",
                         config->ldap_group_attribute);
        add_begins(&filter, "cn", typed);
        mc_buffer_add_text(&filter, ")");
    } else {
        mc_buffer_add_text(&filter, "(|(mycredRequire=*)(mycredMethodAllowed=*))");
    }
    enum mc_result result = mc_buffer_result(&filter);
    const struct mc_query query = {config->ldap_group_base, mc_buffer_text(&filter), attributes,
                                   MC_PEOPLE_MAX + 1};
    return result == MC_OK ? ask(context, &query, ret_groups) : result;
}

enum mc_result mc_people_find_group(const struct mc_context *context, struct mc_span name,
                                    struct mc_entry **ret_group)
{
    MC_CLEANUP(mc_people_release) struct mc_people groups = {0};
    struct mc_entry **items = NULL;
    size_t match = 0, count = 0;
    enum mc_result result =
        name.size ? mc_people_find_groups(context, name, &groups) : MC_NOT_FOUND;
    items = groups.found.items;
    for (size_t i = 0; result == MC_OK && i < groups.found.count; i++) {
        if (mc_span_equals(name, mc_entry_text(items[i], "cn"))) {
            match = i;
            count++;
        }
    }
    if (result != MC_OK || count != 1) {
        return result != MC_OK ? result : MC_NOT_FOUND;
    }
    *ret_group = items[match];
    items[match] = items[--groups.found.count];
    return MC_OK;
}

enum mc_result mc_people_is_administrator(const struct mc_context *context,
                                          const struct mc_account *account)
{
    static const char *const nothing[] = {"1.1", NULL};
    const struct mc_config *config = context->config;
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    MC_AUTO_BUFFER struct mc_buffer filter;
    if (!config->security_group[0]) {
        return MC_NOT_FOUND;
    }
    mc_buffer_init(&filter, FILTER_MAX);
    mc_buffer_format(&filter, "(%s=", config->ldap_group_attribute);
    mc_directory_add_escaped(
        &filter, mc_span_of(config->ldap_group_member == MC_MEMBER_DN
                                ? account->dn
                                : mc_entry_text(account->entry, config->login_attribute)));
    mc_buffer_add_text(&filter, ")");
    enum mc_result result = mc_buffer_result(&filter);
    if (result == MC_OK) {
        result = mc_directory_search(context->directory, config->security_group, true,
                                     mc_buffer_text(&filter), nothing, &found);
    }
    return result == MC_OK && found.count == 0 ? MC_NOT_FOUND : result;
}
