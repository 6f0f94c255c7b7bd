// SPDX-License-Identifier: Apache-2.0
// The one place where what was decided becomes what the host is told.
#ifndef MYCRED_PAM_MYCRED_CODES_H
#define MYCRED_PAM_MYCRED_CODES_H

#include "common/result.h"
#include "pam_mycred/options.h"

struct mc_code_rules {
    enum mc_phase phase;
    const struct mc_pam_options *options;
    bool decoy;       // by option, or because sshd sent its filler
    bool verified;    // account: this handle was authenticated by this module
    bool must_change; // account: and the directory says the password must be changed
};

// A PAM return code.
int mc_code_of(enum mc_result result, const struct mc_code_rules *rules) MC_MUST_USE;

#endif
