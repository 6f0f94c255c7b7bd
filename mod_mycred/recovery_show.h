// SPDX-License-Identifier: Apache-2.0
#ifndef MYCRED_MOD_MYCRED_RECOVERY_SHOW_H
#define MYCRED_MOD_MYCRED_RECOVERY_SHOW_H

#include "common/device_bind.h"
#include "mod_mycred/answer.h"

// Shows new recovery codes on the answer itself: once, and nowhere else.
int recovery_show(struct visit *visit, const struct mc_recovery_codes *codes);

#endif
