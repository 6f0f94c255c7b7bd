// SPDX-License-Identifier: Apache-2.0
// One person as mycred sees them: the entry's attributes with their meaning.
#ifndef MYCRED_COMMON_ACCOUNT_H
#define MYCRED_COMMON_ACCOUNT_H

#include "common/contact.h"
#include "common/context.h"

struct mc_account {
    struct mc_entry *entry; // owned
    const char *dn, *uuid, *language;
    enum mc_method chosen;    // mycredLoginMethod
    int require;              // enum mc_require; 0: the entry says nothing
    mc_method_set allowed;    // mycredMethodAllowed; 0: the entry says nothing
    mc_time exempt_until;     // 0: not set
    mc_time locked_until;     // 0: not set
    mc_time invited_until;    // 0: not set
    struct mc_values devices; // mycredTotp
    char mobile[MC_CONTACT_MAX], email[MC_CONTACT_MAX]; // "" when none is usable
    const char *damaged;                                // on MC_BAD_DATA: the attribute
    bool other_spelling; // on MC_UNKNOWN_USER: somebody's name, in other letters' case or the like
};

// Takes the entry over, whatever the result. MC_BAD_DATA when an attribute that decides about
// access is damaged; `account` is then filled as far as `damaged` and must be released all the
// same.
enum mc_result mc_account_init(const struct mc_context *context, struct mc_entry *entry,
                               struct mc_account *account) MC_MUST_USE;
void mc_account_release(struct mc_account *account);

// Finds the person and reads the account.
enum mc_result mc_account_find(const struct mc_context *context, struct mc_span login_name,
                               struct mc_account *account) MC_MUST_USE;

// Where a code of this channel goes; "" when nowhere.
const char *mc_account_address(const struct mc_account *account, enum mc_method channel);

// Is this stored value the contact that is in use for the channel?
bool mc_account_holds(const struct mc_context *context, const struct mc_account *account,
                      enum mc_method channel, struct mc_span value);

// enum mc_require of a word of mycredRequire in letters of either case, 0 for any other; and back,
// "" for 0.
int mc_require_parse(struct mc_span word);
const char *mc_require_word(int require);

// What may prove to the site who this person is, whatever logins may use: each bound contact and
// device. A number that was changed less than `contact_hold` ago may not while there is another
// proof, so that who took over a number or a session gains nothing by it at once.
mc_method_set mc_account_proofs(const struct mc_context *context,
                                const struct mc_account *account) MC_MUST_USE;

// What applies to the account now: its own values, its groups' where it has none, the
// configuration's after that.
struct mc_rules {
    int require;           // enum mc_require, never 0
    mc_method_set allowed; // may be chosen or used
    mc_method_set usable;  // allowed, and bound to the account
    bool exempt, locked;
    bool invited; // mycredInviteUntil lies ahead: may choose although `on` refuses everywhere
};

// The groups' share of the rules; {0} where there is none.
struct mc_group_rules {
    int require; // the strictest; 0: none says
    mc_method_set allowed;
};

// MC_BAD_DATA when a group's rule is no word we know: an error, not "no rule".
enum mc_result mc_group_rules_read(const struct mc_context *context,
                                   const struct mc_account *account, struct mc_span login_name,
                                   struct mc_group_rules *ret_rules) MC_MUST_USE;

// Whether all can be seen whose absence means that no code is asked. Results as those of
// mc_directory_check_sight.
enum mc_result mc_account_check_sight(const struct mc_context *context,
                                      const struct mc_account *account) MC_MUST_USE;

// Whether login verification is asked of the person, by rule or own choice, and nothing that could
// serve is bound.
bool mc_rules_lack_method(const struct mc_account *account, const struct mc_rules *rules);

void mc_rules_apply(const struct mc_context *context, const struct mc_account *account,
                    const struct mc_group_rules *groups, struct mc_rules *ret_rules);

#endif
