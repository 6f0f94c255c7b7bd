// SPDX-License-Identifier: Apache-2.0
// The person whom a page of the security administrator is about. `visit->account` stays the
// administrator: what is shown of the target, and done to it, goes by this.
#ifndef MYCRED_MOD_MYCRED_ADMIN_TARGET_H
#define MYCRED_MOD_MYCRED_ADMIN_TARGET_H

#include "mod_mycred/administrator.h"

struct admin_target {
    struct mc_account account;
    const char *login;
    struct mc_group_rules groups;
    struct mc_rules rules;
    struct mc_entries policies; // the groups with rules that hold the person
    bool is_self;
};

// Reads the person whom the field or query parameter `user` names by login name. NULL: the request
// is answered, with *ret_status. Lives as long as the visit; a damaged entry is read as far as it
// goes, so that it can be helped (`account.damaged`).
struct admin_target *admin_target_read(struct visit *visit, int *ret_status);

// What is shown of the target: names and contacts into any object, and for a page of its own what
// is bound, rules, locks, sessions and what happened lately. Never a secret.
void admin_show_name(struct visit *visit, struct view *object, const struct mc_entry *entry);
void admin_show_target(struct visit *visit, const struct admin_target *target);

// Whether the person must verify and has nothing bound that may be used.
bool admin_is_bare(const struct admin_target *target);

// The line in the log of an act that was not done, where that is a matter of who asked for it.
void admin_log_refused(struct visit *visit, const char *act, const char *target,
                       enum mc_result result);

// "administration/person?user=..."
const char *admin_person_path(struct visit *visit, const char *login);

// "SMS, Virtual MFA"
const char *admin_methods_text(struct visit *visit, mc_method_set methods);

// "Required before anything else" and the like, for an enum mc_require.
const char *admin_require_text(struct visit *visit, int require);

// Of a DN the value of its first part.
const char *admin_short_name(struct visit *visit, const char *dn);

#endif
