// SPDX-License-Identifier: Apache-2.0
// The parts of Forgot Password, in the order in which they come: page_forgot.c, forgot_second.c,
// forgot_password.c.
#ifndef MYCRED_MOD_MYCRED_FORGOT_H
#define MYCRED_MOD_MYCRED_FORGOT_H

#include "mod_mycred/page.h"

int forgot_show(struct visit *visit, const struct flow *flow);

// Asks for the first code. Who it is for, whether there is such a person, what is bound and what
// the quota allows is all found out after the answer, which is therefore the same for everybody.
// MC_UNAVAILABLE when too much waits already.
enum mc_result forgot_send(struct visit *visit, const struct flow *flow) MC_MUST_USE;

// As mc_reset_check.
enum mc_result forgot_check_sent(struct visit *visit, const struct flow *flow,
                                 enum mc_method channel, const char *typed) MC_MUST_USE;
void forgot_say_wrong(struct visit *visit, struct flow *flow);

// The person has proved enough, by `method`: on to the new password.
int forgot_allow(struct visit *visit, struct flow *flow, const char *method);

// Further steps; `visit->account` is the person.
int forgot_second(struct visit *visit, struct flow *flow);
int forgot_password(struct visit *visit, struct flow *flow);

#endif
