// SPDX-License-Identifier: Apache-2.0
// People and groups as those look for them who help others: by a name, a contact, or the trouble
// they are in. Every answer is bounded, whatever the directory holds.
#ifndef MYCRED_COMMON_PEOPLE_H
#define MYCRED_COMMON_PEOPLE_H

#include "common/account.h"

#define MC_PEOPLE_TYPED_MIN 2 // bytes to search by
#define MC_PEOPLE_MAX 50      // of one answer

// Starts as {0}. The entries hold names, contacts and what the rules need; no secret but sealed.
struct mc_people {
    struct mc_entries found;
    bool more; // there are others that are not in it
};
void mc_people_release(struct mc_people *people);

// Whose login name, name or e-mail address begins with the text, or whose mobile number it is.
// MC_MALFORMED: too short to search by.
enum mc_result mc_people_find(const struct mc_context *context, struct mc_span typed,
                              struct mc_people *ret_people) MC_MUST_USE;

enum mc_people_kind {
    MC_PEOPLE_BARE,   // must verify, by whatever rule, and have nothing bound that they may use
    MC_PEOPLE_LOCKED, // by an administrator, or by too many wrong codes
    MC_PEOPLE_EXEMPT,
    MC_PEOPLE_INVITED, // an invitation runs
    MC_PEOPLE_ASKING   // for help (help.h); who has waited longest comes first
};
enum mc_result mc_people_list(const struct mc_context *context, enum mc_people_kind kind,
                              struct mc_people *ret_people) MC_MUST_USE;

// Groups below `ldap_group_base` whose name begins with the text; for an empty one, those that have
// rules. And the one group of exactly this name: MC_NOT_FOUND when there is none or several.
enum mc_result mc_people_find_groups(const struct mc_context *context, struct mc_span typed,
                                     struct mc_people *ret_groups) MC_MUST_USE;
enum mc_result mc_people_find_group(const struct mc_context *context, struct mc_span name,
                                    struct mc_entry **ret_group) MC_MUST_USE;

// Whether this person is a member of `security_group` at this moment: asked of the directory.
// MC_OK, MC_NOT_FOUND.
enum mc_result mc_people_is_administrator(const struct mc_context *context,
                                          const struct mc_account *account) MC_MUST_USE;

#endif
