// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/outcome.h"

#include "pam_mycred/log.h"

#include <syslog.h>

static const char *code_word(int code)
{
    static const struct {
        int code;
        const char *word;
    } words[] = {
        {PAM_SUCCESS, "success"},
        {PAM_IGNORE, "ignore"},
        {PAM_NEW_AUTHTOK_REQD, "new_authtok_reqd"},
        {PAM_AUTH_ERR, "auth_err"},
        {PAM_USER_UNKNOWN, "user_unknown"},
        {PAM_PERM_DENIED, "perm_denied"},
        {PAM_AUTHINFO_UNAVAIL, "authinfo_unavail"},
        {PAM_CRED_UNAVAIL, "cred_unavail"},
        {PAM_CRED_INSUFFICIENT, "cred_insufficient"},
        {PAM_SERVICE_ERR, "service_err"},
        {PAM_CONV_ERR, "conv_err"},
        {PAM_AUTHTOK_ERR, "authtok_err"},
        {PAM_AUTHTOK_RECOVERY_ERR, "authtok_recovery_err"},
    };
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        if (words[i].code == code) {
            return words[i].word;
        }
    }
    return "system_err";
}

// A name that the directory does not know may be a password typed too early.
static bool user_may_be_logged(const struct mc_call *call)
{
    static const bool shows_an_entry[MC_RESULT_COUNT] = {
        [MC_OK] = true,        [MC_EXEMPT] = true,          [MC_OFF] = true,
        [MC_WRONG] = true,     [MC_THROTTLED] = true,       [MC_LOCKED] = true,
        [MC_NO_METHOD] = true, [MC_BAD_DATA] = true,        [MC_UNDELIVERED] = true,
        [MC_LOST_RACE] = true, [MC_PASSWORD_REFUSED] = true};
    return call->options.debug ||
           (!call->decoy && call->result < MC_RESULT_COUNT && shows_an_entry[call->result]);
}

static const char *phase_word(enum mc_phase phase)
{
    return phase == MC_PHASE_AUTH ? "auth" : phase == MC_PHASE_ACCOUNT ? "account" : "password";
}

void mc_outcome_log(const struct mc_call *call, int code)
{
    const char *step = call->helper.step;
    const struct mc_log_field fields[] = {
        {"id", call->id[0] ? call->id : NULL},
        {"phase", phase_word(call->phase)},
        {"code", code_word(code)},
        {"result", call->result == MC_UNDECIDED ? NULL : mc_result_word(call->result)},
        {"reason", call->fault.reason ? call->fault.reason : call->reason},
        {"option", call->fault.argument},
        {"step", step},
        {"error", step && call->helper.error ? strerrorname_np(call->helper.error) : NULL},
        {"path", step ? call->helper.place : NULL},
        {"user", user_may_be_logged(call) ? call->user : NULL},
    };
    switch (code) {
    case PAM_SUCCESS:
    case PAM_IGNORE:
    case PAM_NEW_AUTHTOK_REQD:
        if (call->options.debug) {
            mc_log_event(call, LOG_DEBUG, "passed", fields, MC_COUNT(fields));
        }
        return;
    case PAM_AUTH_ERR:
    case PAM_USER_UNKNOWN:
    case PAM_PERM_DENIED:
        mc_log_refusal(call, fields, MC_COUNT(fields));
        return;
    case PAM_CONV_ERR:
    case PAM_AUTHTOK_ERR:
        mc_log_event(call, LOG_NOTICE, "stopped", fields, MC_COUNT(fields));
        return;
    default:
        mc_log_event(call, LOG_ERR, "failed", fields, MC_COUNT(fields));
    }
}
