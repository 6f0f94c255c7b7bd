// SPDX-License-Identifier: Apache-2.0
// Refusals at sign-in take as long for names that nobody has as for those whose password the
// directory had to check: how long it takes for that is measured, and nobody is told sooner.
#ifndef MYCRED_MOD_MYCRED_SETTLE_H
#define MYCRED_MOD_MYCRED_SETTLE_H

#include <apr_time.h>

// A check that began at `start` has asked the directory about a password.
void settle_note(apr_time_t start);

// Returns once a refusal of a check that began at `start` tells nothing.
void settle_wait(apr_time_t start);

#endif
