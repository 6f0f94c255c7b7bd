// SPDX-License-Identifier: Apache-2.0
// Telling people that somebody who knows their password types wrong codes: after three in a row,
// and when there were so many that no code is taken any more.
#ifndef MYCRED_COMMON_WARNING_H
#define MYCRED_COMMON_WARNING_H

#include "common/attempt.h"

enum mc_warning { MC_WARNING_NONE, MC_WARNING_SEVERAL, MC_WARNING_DISABLED };

// After an attempt that was MC_WRONG: writes a notice into the outbox where this one calls for it.
// `source`: where it came from. Best effort: the refusal does not hang on it.
enum mc_warning mc_warn_of_failures(const struct mc_context *context,
                                    const struct mc_account *account,
                                    const struct mc_attempt *attempt, struct mc_span source);

#endif
