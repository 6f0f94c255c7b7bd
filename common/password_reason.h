// SPDX-License-Identifier: Apache-2.0
// Why the directory refused a new password, in words for people.
#ifndef MYCRED_COMMON_PASSWORD_REASON_H
#define MYCRED_COMMON_PASSWORD_REASON_H

#include "common/directory.h"

// One plain sentence in English, for mc_text; never NULL.
const char *mc_password_reason(const struct mc_password_state *state);

#endif
