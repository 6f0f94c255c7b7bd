// SPDX-License-Identifier: Apache-2.0
// The entry points. All have one shape: begin, work, end.
#include "pam_mycred/phases.h"

#include <security/pam_modules.h>

#define ENTRY __attribute__((visibility("default")))

static int run(pam_handle_t *pamh, enum mc_phase phase, int flags, int argc, const char **argv,
               int (*work)(struct mc_call *))
{
    struct mc_call call;
    int code = PAM_SYSTEM_ERR;
    if (mc_call_begin(&call, pamh, phase, flags, argc, argv, &code)) {
        code = work(&call);
    }
    return mc_call_end(&call, code);
}

ENTRY int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return run(pamh, MC_PHASE_AUTH, flags, argc, argv, mc_phase_authenticate);
}

// There are no credentials to set, and a stack's setcred follows the path its authentication took:
// whatever this said would undo a login that has been decided.
ENTRY int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}

ENTRY int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return run(pamh, MC_PHASE_ACCOUNT, flags, argc, argv, mc_phase_account);
}

ENTRY int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return run(pamh, MC_PHASE_PASSWORD, flags, argc, argv, mc_phase_password);
}
