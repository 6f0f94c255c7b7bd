// SPDX-License-Identifier: Apache-2.0
#include "common/password_reason.h"

#include "common/message.h"

// draft-behera-ldap-password-policy, section 6.2
static const char *const reasons[] = {
    [0] = N_("Your password has expired."),
    [1] = N_("Your account is locked."),
    [2] = N_("Your password must be changed."),
    [3] = N_("You may not change your password."),
    [4] = N_("The current password must be given as well."),
    [5] = N_("The new password is too easy to guess. Choose another one."),
    [6] = N_("The new password is too short. Choose a longer one."),
    [7] = N_("Your password was changed only a short while ago. Try again later."),
    [8] = N_("You have used this password before. Choose another one."),
};

const char *mc_password_reason(const struct mc_password_state *state)
{
    int error = state->policy_error;
    return error >= 0 && error < (int)MC_COUNT(reasons)
               ? reasons[error]
               : N_("The directory refused the new password. Choose another one.");
}
