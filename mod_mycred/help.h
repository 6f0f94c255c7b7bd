// SPDX-License-Identifier: Apache-2.0
// Asking the security administrator for help, where some other page leads to it.
#ifndef MYCRED_MOD_MYCRED_HELP_H
#define MYCRED_MOD_MYCRED_HELP_H

#include "mod_mycred/enter.h"

// The person of `visit->account`, who knows the password, asks for this reason (help.h of the
// core): at most once a day, whatever is asked.
int help_ask(struct visit *visit, const char *word);

// Says that nothing is bound though something must be, and offers to ask.
int help_offer(struct visit *visit);

#endif
