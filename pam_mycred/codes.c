// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/codes.h"

#include <security/_pam_types.h>

// An account that may be used; the account phase has an opinion only after an authentication of
// ours.
static int usable_account(const struct mc_code_rules *rules)
{
    if (!rules->verified) {
        return PAM_IGNORE;
    }
    return rules->must_change ? PAM_NEW_AUTHTOK_REQD : PAM_SUCCESS;
}

static int proved(const struct mc_code_rules *rules)
{
    if (rules->phase == MC_PHASE_ACCOUNT) {
        return usable_account(rules);
    }
    return rules->decoy ? PAM_AUTH_ERR : PAM_SUCCESS;
}

// An API door opens for an API password alone, and a password is changed after a proof alone.
static int let_in_without_code(const struct mc_code_rules *rules, int code)
{
    switch (rules->phase) {
    case MC_PHASE_ACCOUNT:
        return usable_account(rules);
    case MC_PHASE_AUTH:
        return rules->decoy || rules->options->api_password ? PAM_AUTH_ERR : code;
    case MC_PHASE_PASSWORD:
        return PAM_SYSTEM_ERR;
    }
    return PAM_SYSTEM_ERR;
}

static int switched_off(const struct mc_code_rules *rules)
{
    int without_password = rules->options->nullok ? PAM_IGNORE : PAM_AUTH_ERR;
    return let_in_without_code(rules,
                               rules->options->first_factor ? PAM_SUCCESS : without_password);
}

// In a decoy nothing is ignorable, not even an unknown name: anybody can type sshd's filler.
static int unknown_user(const struct mc_code_rules *rules)
{
    if (rules->decoy) {
        return PAM_AUTH_ERR;
    }
    bool ignored =
        rules->phase == MC_PHASE_ACCOUNT ? !rules->verified : rules->options->ignore_unknown_user;
    return ignored ? PAM_IGNORE : PAM_USER_UNKNOWN;
}

int mc_code_of(enum mc_result result, const struct mc_code_rules *rules)
{
    switch (result) {
    case MC_OK:
        return proved(rules);
    case MC_EXEMPT:
        return let_in_without_code(rules, PAM_SUCCESS);
    case MC_OFF:
        return switched_off(rules);
    case MC_UNKNOWN_USER:
        return unknown_user(rules);
    case MC_LOCKED:
        return rules->phase == MC_PHASE_ACCOUNT ? PAM_PERM_DENIED : PAM_AUTH_ERR;
    case MC_ASK:
        return rules->phase == MC_PHASE_ACCOUNT ? PAM_SYSTEM_ERR : PAM_AUTH_ERR;
    case MC_WRONG:
    case MC_THROTTLED:
    case MC_NO_METHOD:
    case MC_LOST_RACE:
        return PAM_AUTH_ERR;
    case MC_PASSWORD_REFUSED:
        return rules->phase == MC_PHASE_PASSWORD ? PAM_AUTHTOK_ERR : PAM_SYSTEM_ERR;
    case MC_UNDELIVERED:
        return PAM_CRED_UNAVAIL;
    case MC_UNAVAILABLE:
        return PAM_AUTHINFO_UNAVAIL;
    case MC_UNTRUSTED:
    case MC_BAD_CONFIG:
    case MC_BAD_DATA:
        return PAM_SERVICE_ERR;
    case MC_DENIED_PEER:
        return PAM_CRED_INSUFFICIENT;
    case MC_UNDECIDED:
    case MC_MALFORMED:
    case MC_NOT_FOUND:
    case MC_NO_MEMORY:
    case MC_INTERNAL:
    case MC_RESULT_COUNT:
        return PAM_SYSTEM_ERR;
    }
    return PAM_SYSTEM_ERR;
}
