// SPDX-License-Identifier: Apache-2.0
// One form for passwords whatever the keyboard sends: PRECIS OpaqueString (RFC 8265, section 4.2).
// Spaces of other scripts become U+0020, the text NFC; letters keep their case.
#ifndef MYCRED_COMMON_PASSWORD_PREPARE_H
#define MYCRED_COMMON_PASSWORD_PREPARE_H

#include "common/secret.h"

#define MC_PASSWORD_MAX 256        // code points
#define MC_PASSWORD_BYTES_MAX 1024 // as typed

// MC_MALFORMED: empty, too long, not UTF-8, or it holds control, unassigned or invisible
// characters.
enum mc_result mc_password_prepare(struct mc_span typed, struct mc_secret *ret_prepared,
                                   size_t *ret_code_points) MC_MUST_USE;

// For checking a password: the prepared form, or the very bytes where they cannot be prepared (set
// by another program, it may still be right).
enum mc_result mc_password_typed(struct mc_span typed, struct mc_secret *ret_password) MC_MUST_USE;

#endif
