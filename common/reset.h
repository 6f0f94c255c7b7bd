// SPDX-License-Identifier: Apache-2.0
// Codes that strangers may ask for: the first proofs of Forgot Password. Nobody's request touches
// another's: each flow has its own code, sent on a quota of its own, with tries of its own that are
// written beside it and not among the account's failures. Stored as challenge.h says, with the
// purposes `reset.<flow>` for codes and `tried.<flow>` for tries.
#ifndef MYCRED_COMMON_RESET_H
#define MYCRED_COMMON_RESET_H

#include "common/challenge.h"

#define MC_RESET_PURPOSE_SIZE 20 // bytes with NUL

// The code of a flow on a channel, for mc_challenge_issue and mc_challenge_void. `purpose` must
// live as long as what is returned.
struct mc_challenge mc_reset_challenge(enum mc_method channel, const char *flow,
                                       char purpose[MC_RESET_PURPOSE_SIZE]);

// Checks and spends. A try is reserved before anything is compared: of any number of parallel ones
// only `code_tries` are. MC_OK; MC_WRONG with the tries that are left, 0 when the code is over or
// there is none.
enum mc_result mc_reset_check(const struct mc_context *context, const struct mc_account *account,
                              const struct mc_challenge *challenge, struct mc_span typed,
                              unsigned *ret_tries_left) MC_MUST_USE;

#endif
