// SPDX-License-Identifier: Apache-2.0
// The arguments of a pam.d line. One table lists them all; parsing, the manual's check and the
// tests walk it.
#ifndef MYCRED_PAM_MYCRED_OPTIONS_H
#define MYCRED_PAM_MYCRED_OPTIONS_H

#include "common/method.h"
#include "pam_mycred/wire.h"

enum mc_phase { MC_PHASE_AUTH = 1 << 0, MC_PHASE_ACCOUNT = 1 << 1, MC_PHASE_PASSWORD = 1 << 2 };

// Texts are never NULL except `prompt`, and live as long as argv.
struct mc_pam_options {
    const char *conf, *helper, *socket;
    const char *prompt; // NULL: the helper's words
    mc_method_set methods;
    enum wire_fallback fallback;
    uint32_t retry;       // prompts of one conversation
    uint32_t minimum_uid; // 0: everybody
    bool api_password, debug, decoy, first_factor, forward_pass, ignore_root, ignore_unknown_user;
    bool noecho, nullok, try_first_pass, use_first_pass;
};

enum mc_pam_option_kind {
    MC_PAM_FLAG = 1,
    MC_PAM_PATH, // absolute
    MC_PAM_TEXT,
    MC_PAM_NUMBER,
    MC_PAM_METHODS, // words of method.h, separated by commas
    MC_PAM_FALLBACK // ask, auto, none
};

struct mc_pam_option {
    const char *name;
    enum mc_pam_option_kind kind;
    unsigned phases;           // elsewhere it is checked and has no effect
    size_t offset;             // into struct mc_pam_options
    uint32_t minimum, maximum; // NUMBER: of the value; PATH: of its length
};

// Sorted by name.
extern const struct mc_pam_option mc_pam_options[];
extern const size_t mc_pam_option_count;

// What is wrong: the argument as it stands in pam.d, and a few words.
struct mc_pam_option_fault {
    const char *argument;
    const char *reason;
};

// MC_OK, or MC_BAD_CONFIG with a fault. The last of two equal options counts.
enum mc_result mc_pam_options_parse(enum mc_phase phase, int argc, const char **argv,
                                    struct mc_pam_options *ret_options,
                                    struct mc_pam_option_fault *ret_fault) MC_MUST_USE;

#endif
