// SPDX-License-Identifier: Apache-2.0
// What this module keeps on a PAM handle between its entry points. Gone, wiped, with the handle.
#ifndef MYCRED_PAM_MYCRED_HANDLE_H
#define MYCRED_PAM_MYCRED_HANDLE_H

#include "common/secret.h"

#include <security/pam_modules.h>

// An authentication of ours that let `user` in. PAM codes.
int mc_handle_set_verified(pam_handle_t *pamh, const char *user, bool must_change) MC_MUST_USE;
bool mc_handle_is_verified(pam_handle_t *pamh, const char *user, bool *ret_must_change);
int mc_handle_forget_verified(pam_handle_t *pamh) MC_MUST_USE;

// A change of password between its two passes.
struct mc_change {
    char id[17]; // of the conversation that proved it: the state belongs to that
    char *user;
    bool ignored; // the first pass answered PAM_IGNORE, so the second does
    struct mc_secret password, state;
};

// Hands `change` (from mc_allocate) to the handle; freed also when this fails. PAM codes.
int mc_handle_set_change(pam_handle_t *pamh, struct mc_change *change) MC_MUST_USE;

// NULL when there is none for `user`.
struct mc_change *mc_handle_find_change(pam_handle_t *pamh, const char *user);
int mc_handle_forget_change(pam_handle_t *pamh) MC_MUST_USE;

#endif
