// SPDX-License-Identifier: Apache-2.0
// From a right password to a session.
#ifndef MYCRED_MOD_MYCRED_ENTER_H
#define MYCRED_MOD_MYCRED_ENTER_H

#include "mod_mycred/page.h"

// Nobody is signed in: to the sign-in page, and after it to the page `back` ("" is My Credentials).
// A form is not sent again: the page says that nothing came of it, the same to everybody.
int enter_first(struct visit *visit, const char *back);

// The password of `visit->account` is right: starts login verification or, where none is asked for,
// the session. `must_change`: the directory wants another password before that (page_renew.c).
int enter_after_password(struct visit *visit, const char *target, bool must_change);

// Login verification is passed, by `method`, in this flow: on to the session, or to the new
// password before it.
int enter_after_code(struct visit *visit, const struct flow *flow, const char *method);

// For the steps between password and session: reads flow and person. MC_WRONG: too old, the person
// is locked now or has a new password since; MC_UNKNOWN_USER.
enum mc_result enter_read_person(struct visit *visit, struct flow *ret_flow) MC_MUST_USE;

// All proofs are given: makes a new session, whatever cookie the browser brought, and goes to the
// target.
int enter_session(struct visit *visit, const char *method, const char *target);

// Goes to a return target: a path on this host, or home for anything else.
int enter_target(struct visit *visit, const char *target);

#endif
