// SPDX-License-Identifier: Apache-2.0
// The fields for a new login password: its rules, shown before typing, and what is wrong with what
// was typed. For Change Password and Forgot Password.
#ifndef MYCRED_MOD_MYCRED_PASSWORD_FORM_H
#define MYCRED_MOD_MYCRED_PASSWORD_FORM_H

#include "common/directory.h"
#include "mod_mycred/change.h"

// Adds the list `rules` (`text`, `unmet`) to the view.
void password_form_show(struct visit *visit, unsigned unmet);

// Looks at `new_password` and `confirm_password` and names everything that is wrong at once. MC_OK;
// MC_WRONG: shown in the view, rules included.
enum mc_result password_form_check(struct visit *visit) MC_MUST_USE;

// The directory's reason for refusing the new password, as an error and in the log.
void password_form_refused(struct visit *visit, const struct mc_password_state *policy);

// What became of a change whose intent was written before it. MC_PASSWORD_REFUSED and failures take
// the intent back; a change whose answer was lost is looked at again, and is MC_OK when the new
// password is in force.
enum mc_result password_form_settle(struct visit *visit, enum mc_result result,
                                    const struct change *intent) MC_MUST_USE;

#endif
