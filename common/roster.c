// SPDX-License-Identifier: Apache-2.0
#include "common/roster.h"

struct roster {
    const struct mc_context *context;
    const struct mc_roster_walk *walk;
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
        return roster->walk->see(roster->walk->data, &account, NULL);
    }
    if (result != MC_OK) {
        return result;
    }
    mc_rules_apply(context, &account, &groups, &rules);
    return is_of(roster->walk->which, &account, &rules)
               ? roster->walk->see(roster->walk->data, &account, &rules)
               : MC_OK;
}

enum mc_result mc_roster_walk(const struct mc_context *context, const struct mc_roster_walk *walk,
                              bool *ret_cut)
{
    struct roster roster = {.context = context, .walk = walk};
    const struct mc_walk people = {
        .filter = filters[walk->which], .see = see_entry, .data = &roster};
    return mc_directory_walk(context->directory, &people, ret_cut);
}
