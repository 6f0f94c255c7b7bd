// SPDX-License-Identifier: Apache-2.0
// What happened to an account lately, as its entry tells it: nothing else is kept.
#ifndef MYCRED_MOD_MYCRED_ACTIVITY_H
#define MYCRED_MOD_MYCRED_ACTIVITY_H

#include "mod_mycred/visit.h"

// Adds the list `activity` to the view, newest first: `text` and `when`.
void activity_list(struct visit *visit, const struct mc_account *account);

// "2026-11-21 20:15 UTC"
const char *activity_minute(struct visit *visit, mc_time time);

#endif
