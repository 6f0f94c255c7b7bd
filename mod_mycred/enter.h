// SPDX-License-Identifier: Apache-2.0
// From a right password to a session.
#ifndef MYCRED_MOD_MYCRED_ENTER_H
#define MYCRED_MOD_MYCRED_ENTER_H

#include "mod_mycred/page.h"

// The password of `visit->account` is right: starts login verification or, where none is asked for,
// the session.
int enter_after_password(struct visit *visit, const char *target);

// All proofs are given: makes a new session, whatever cookie the browser brought, and goes to the
// target.
int enter_session(struct visit *visit, const char *method, const char *target);

// Goes to a return target: a path on this host, or home for anything else.
int enter_target(struct visit *visit, const char *target);

#endif
