// SPDX-License-Identifier: Apache-2.0
#include "common/roster.h"

#define FILTER_MAX 2048 // bytes

struct roster {
    const struct mc_context *context;
    const struct mc_roster_walk *walk;
    unsigned limit, seen; // limit 0: none
    bool more;
};

// What the directory can tell; the rest is judged here.
static const char *const filters[MC_ROSTER_COUNT] = {
    [MC_ROSTER_ALL] = "(objectClass=*)",          [MC_ROSTER_ASKED] = "(mycredHelpAsked=*)",
    [MC_ROSTER_BARE] = "(!(mycredTotp=*))",       [MC_ROSTER_LOCKED] = "(mycredLockedUntil=*)",
    [MC_ROSTER_EXEMPT] = "(mycredExemptUntil=*)", [MC_ROSTER_INVITED] = "(mycredInviteUntil=*)",
};

static bool is_of(enum mc_roster which, const struct mc_account *account,
                  const struct mc_rules *rules)
{
    switch (which) {
    case MC_ROSTER_BARE:
        return mc_rules_lack_method(account, rules);
    case MC_ROSTER_LOCKED:
        return rules->locked;
    case MC_ROSTER_EXEMPT:
        return rules->exempt;
    case MC_ROSTER_INVITED:
        return rules->invited;
    case MC_ROSTER_ALL:
    case MC_ROSTER_ASKED:
    case MC_ROSTER_COUNT:
        return true;
    }
    return false;
}

static enum mc_result show(struct roster *roster, const struct mc_account *account,
                           const struct mc_rules *rules)
{
    if (roster->limit && roster->seen == roster->limit) {
        roster->more = true;
        return MC_NOT_FOUND;
    }
    roster->seen++;
    return roster->walk->see(roster->walk->data, account, rules);
}

// Somebody whose values are damaged is shown in every list: it is where such people are looked for.
static enum mc_result see_entry(void *data, struct mc_entry **entry)
{
    struct roster *roster = data;
    const struct mc_context *context = roster->context;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_group_rules groups = {0};
    struct mc_rules rules;
    const char *name = mc_entry_text(*entry, context->config->login_attribute);
    enum mc_result result = mc_account_init(context, *entry, &account);
    *entry = NULL;
    if (result == MC_OK) {
        result = mc_group_rules_read(context, &account, mc_span_of(name), &groups);
    }
    if (result == MC_BAD_DATA) {
        return show(roster, &account, NULL);
    }
    if (result != MC_OK) {
        return result;
    }
    mc_rules_apply(context, &account, &groups, &rules);
    return is_of(roster->walk->which, &account, &rules) ? show(roster, &account, &rules) : MC_OK;
}

enum mc_result mc_roster_walk(const struct mc_context *context, const struct mc_roster_walk *walk,
                              bool *ret_cut)
{
    struct roster roster = {.context = context, .walk = walk};
    const struct mc_walk people = {
        .filter = filters[walk->which], .see = see_entry, .data = &roster};
    return mc_directory_walk(context->directory, &people, ret_cut);
}

static void add_match(struct mc_buffer *filter, const char *attribute, struct mc_span text,
                      const char *after)
{
    mc_buffer_format(filter, "(%s=", attribute);
    mc_directory_add_escaped(filter, text);
    mc_buffer_format(filter, "%s)", after);
}

static void write_filter(const struct mc_config *config, struct mc_span typed,
                         struct mc_buffer *filter)
{
    char number[MC_CONTACT_MAX];
    mc_buffer_add_text(filter, "(|");
    add_match(filter, config->login_attribute, typed, "*");
    add_match(filter, "cn", typed, "*");
    add_match(filter, "displayName", typed, "*");
    add_match(filter, config->mail_attribute, typed, "");
    add_match(filter, config->mobile_attribute, typed, "");
    if (mc_mobile_parse(typed, config->default_country, number) == MC_OK) {
        add_match(filter, config->mobile_attribute, mc_span_of(number), "");
    }
    mc_buffer_add_text(filter, ")");
}

enum mc_result mc_roster_find(const struct mc_context *context, struct mc_span typed,
                              unsigned limit, const struct mc_roster_walk *walk, bool *ret_cut)
{
    struct roster roster = {.context = context, .walk = walk, .limit = limit};
    MC_AUTO_BUFFER struct mc_buffer filter;
    bool cut = false;
    mc_buffer_init(&filter, FILTER_MAX);
    if (typed.size == 0) {
        return MC_MALFORMED;
    }
    write_filter(context->config, typed, &filter);
    enum mc_result result = mc_buffer_result(&filter);
    const struct mc_walk people = {
        .filter = mc_buffer_text(&filter), .see = see_entry, .data = &roster};
    if (result == MC_OK) {
        result = mc_directory_walk(context->directory, &people, &cut);
    }
    if (result == MC_NOT_FOUND && roster.more) {
        result = MC_OK;
    }
    *ret_cut = cut || roster.more;
    return result;
}
