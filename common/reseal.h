// SPDX-License-Identifier: Apache-2.0
// Moving stored values to the newest key, person by person, while logins go on: each value is
// deleted by its exact bytes and added anew in one modify, which whoever spends or removes it
// meanwhile makes fail as a whole. Begun again at any time, it goes on where it was: what is done
// no longer shows an older key.
#ifndef MYCRED_COMMON_RESEAL_H
#define MYCRED_COMMON_RESEAL_H

#include "common/account.h"

// X(NAME, attribute, what becomes of a value of an older key)
#define MC_SEALED(X)                                                                               \
    X(DEVICE, "mycredTotp", RESEALED)                                                              \
    X(RECOVERY, "mycredRecovery", RESEALED)                                                        \
    X(API_PASSWORD, "mycredApiPassword", RESEALED)                                                 \
    X(NOTICE, "mycredNotice", RESEALED)                                                            \
    X(VERIFIED, "mycredVerified", REHASHED)                                                        \
    X(CHALLENGE, "mycredChallenge", PASSING)                                                       \
    X(SESSION, "mycredSession", PASSING)

enum mc_sealed {
#define MC_SEALED_ENUM(name, attribute, way) MC_SEALED_##name,
    MC_SEALED(MC_SEALED_ENUM)
#undef MC_SEALED_ENUM
        MC_SEALED_COUNT
};

const char *mc_sealed_attribute(enum mc_sealed kind);
bool mc_sealed_passes(enum mc_sealed kind); // ends by itself, within invite_life at most

// How many values an entry, or all of them together, have.
struct mc_sealed_count {
    size_t values[MC_SEALED_COUNT]; // of any key
    size_t old[MC_SEALED_COUNT];    // of a key that is not the newest of its file
    size_t stale;                   // of `old`: vouch for an address that is no longer there
    size_t damaged;                 // of `old`: cannot be opened; left as they are
};

// Appends to `count`. Values of the site's key are counted where that key is.
void mc_reseal_count(const struct mc_context *context, const struct mc_account *account,
                     struct mc_sealed_count *count);

// Whether there is anything of an older key that can be made anew.
bool mc_reseal_has_work(const struct mc_sealed_count *count);

// Makes anew what can be, reading the person again as often as somebody else was faster. MC_OK also
// when nothing was to do. `ret_done`: how many values. MC_LOST_RACE: too many others, try later.
enum mc_result mc_reseal_person(const struct mc_context *context, const char *dn,
                                size_t *ret_done) MC_MUST_USE;

#endif
