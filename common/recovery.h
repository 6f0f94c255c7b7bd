// SPDX-License-Identifier: Apache-2.0
// Recovery codes: 13 characters of base32 (65 bits), written XXXX-XXXXX-XXXX. Stored as
//   mycredRecovery: <id> <sealed BLAKE2b of the 13 characters>
// and deleted when used.
#ifndef MYCRED_COMMON_RECOVERY_H
#define MYCRED_COMMON_RECOVERY_H

#include "common/account.h"

#define MC_RECOVERY_CODES 10
#define MC_RECOVERY_SIZE 13  // characters without the hyphens
#define MC_RECOVERY_SHOWN 16 // with hyphens and NUL

// Whether a tidied answer has the form of a recovery code; no other code has it.
bool mc_recovery_is_code(struct mc_span typed);

// A new code as it is shown, and the value to store for it.
enum mc_result mc_recovery_make(const struct mc_context *context, const char *entry_uuid,
                                unsigned id, struct mc_secret *ret_code,
                                struct mc_buffer *value) MC_MUST_USE;

// The stored value this tidied code belongs to. MC_WRONG; MC_BAD_DATA when none matches and one is
// damaged.
enum mc_result mc_recovery_find(const struct mc_context *context, const struct mc_account *account,
                                struct mc_span typed, struct mc_span *ret_value) MC_MUST_USE;

#endif
