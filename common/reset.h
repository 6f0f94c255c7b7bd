// SPDX-License-Identifier: Apache-2.0
// Codes that strangers may ask for: the first proofs of Forgot Password. Nobody's request touches
// another's: each flow has its own code, sent on a quota of its own, with tries of its own that are
// written beside it and not among the account's failures. Their purpose is "reset"; a try is a
// value
//   tried.<flow>/<channel> <times and server of the code> <number>
#ifndef MYCRED_COMMON_RESET_H
#define MYCRED_COMMON_RESET_H

#include "common/challenge.h"

// Checks and spends. A try is reserved before anything is compared: of any number of parallel ones
// only `code_tries` are. MC_OK; MC_WRONG with the tries that are left, 0 when the code is over or
// there is none.
enum mc_result mc_reset_check(const struct mc_context *context, const struct mc_account *account,
                              const struct mc_challenge *challenge, struct mc_span typed,
                              unsigned *ret_tries_left) MC_MUST_USE;

#endif
