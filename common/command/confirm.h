// SPDX-License-Identifier: Apache-2.0
// Proving that a virtual MFA device was set up: two codes, one right after the other.
#ifndef MYCRED_COMMON_COMMAND_CONFIRM_H
#define MYCRED_COMMON_COMMAND_CONFIRM_H

#include "common/device.h"

// Asks until two consecutive codes are right that a login would take. MC_OK with the start of the
// second's step. MC_WRONG after five rounds, MC_NOT_FOUND when the input ended; nothing is written
// anywhere.
enum mc_result mc_confirm_device(const struct mc_context *context, const struct mc_device *device,
                                 mc_time *ret_step) MC_MUST_USE;

#endif
