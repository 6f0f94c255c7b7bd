// SPDX-License-Identifier: Apache-2.0
// What one visitor's address, and the site, may still cost, as pages say it. Refusals are the same
// for every name that somebody typed.
#ifndef MYCRED_MOD_MYCRED_BUDGET_H
#define MYCRED_MOD_MYCRED_BUDGET_H

#include "mod_mycred/visit.h"

// Before a password is looked at: whether its address may try one more, MC_OK or MC_THROTTLED; the
// page then says from when beside `field`, and the answer asks to come back then. A wrong password
// is noted afterwards, whatever was wrong about it.
enum mc_result budget_may_try(struct visit *visit, const char *field) MC_MUST_USE;
void budget_note_wrong_password(struct visit *visit);

// Before a code is made: whether its channel works and its address and the site may have one more
// SMS. MC_OK, counted; MC_THROTTLED, told as `refused`. What was counted for a code that was not
// made is given back.
enum mc_result budget_take(struct visit *visit, const struct mc_challenge *challenge) MC_MUST_USE;
void budget_give_back(const struct visit *visit, const struct mc_challenge *challenge);

// The address's part of that for codes that anybody may ask for, whether there is anybody to send
// them to or not: MC_THROTTLED with a sentence beside `field`.
enum mc_result budget_take_reset(struct visit *visit, const char *field) MC_MUST_USE;

#endif
