// SPDX-License-Identifier: Apache-2.0
// Proving a second step. Every attempt is charged in the directory before anything is compared, in
// one modify whose Post-Read shows the entry right after it, so that parallel guesses each see a
// different rank; what proves right is spent in a second modify that only one of any number of
// parallel attempts can make.
#ifndef MYCRED_COMMON_ATTEMPT_H
#define MYCRED_COMMON_ATTEMPT_H

#include "common/account.h"

enum mc_factor { MC_FACTOR_TOTP, MC_FACTOR_CODE, MC_FACTOR_RECOVERY };

struct mc_attempt {
    unsigned tries_left; // after MC_WRONG: before a wait or the code's end
    unsigned failures;   // in a row, this one included if it is wrong
    mc_time retry_at; // after MC_THROTTLED: from when; MC_LIMIT_NEVER: not before an administrator
                      // helps
    bool clock_trouble;        // the newest step spent lies in the future: a clock went wrong
    bool lost_race;            // after MC_WRONG: right, but somebody else spent it first
    unsigned recovery_left;    // after a recovery code was taken
    const char *damaged;       // after MC_BAD_DATA: the attribute
    char charge[MC_TIME_TEXT]; // the value that charges this attempt; "" while none was written
};

// All three: MC_OK: proved and spent. MC_WRONG. MC_THROTTLED. MC_LOCKED. MC_BAD_DATA. Directory
// errors. `account` is replaced by what the directory holds now; `typed` is the tidied answer
// (mc_field_tidy).

enum mc_result mc_attempt_totp(const struct mc_context *context, struct mc_account *account,
                               struct mc_span typed, struct mc_attempt *ret_attempt) MC_MUST_USE;

enum mc_result mc_attempt_recovery(const struct mc_context *context, struct mc_account *account,
                                   struct mc_span typed,
                                   struct mc_attempt *ret_attempt) MC_MUST_USE;

// For the other factors' files: charge, then compare, then spend.
// After MC_OK of the charge the value may be compared; anything else is the attempt's result.
enum mc_result mc_attempt_charge(const struct mc_context *context, enum mc_factor factor,
                                 struct mc_account *account,
                                 struct mc_attempt *attempt) MC_MUST_USE;

// One modify: `changes` (at most 8) and the end of the factor's failures. MC_WRONG with `lost_race`
// when too late.
enum mc_result mc_attempt_spend(const struct mc_context *context, enum mc_factor factor,
                                const struct mc_account *account, const struct mc_change *changes,
                                size_t count, struct mc_attempt *attempt) MC_MUST_USE;

// Whether an attempt would be let through now; writes nothing. MC_OK, MC_THROTTLED, MC_BAD_DATA.
enum mc_result mc_attempt_look(const struct mc_context *context, enum mc_factor factor,
                               const struct mc_account *account,
                               struct mc_attempt *attempt) MC_MUST_USE;

const char *mc_attempt_attribute(enum mc_factor factor);

// Notes the day of the last use; best effort, and a modify only on the first use of a day.
void mc_attempt_note_use(const struct mc_context *context, const struct mc_account *account,
                         const char *word);

#endif
