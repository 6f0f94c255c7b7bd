// SPDX-License-Identifier: Apache-2.0
// What a server says of its password policy (draft-behera-ldap-password-policy), as any bytes.
#include "common/directory_password.c" // NOLINT: the reader is nobody else's business

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static LDAP *handle;
    if (!handle) {
        MUST(ldap_initialize(&handle, "ldapi:///") == LDAP_SUCCESS);
    }
    LDAPControl control = {.ldctl_oid = (char *)(uintptr_t)LDAP_CONTROL_PASSWORDPOLICYRESPONSE,
                           .ldctl_value = {size, (char *)(uintptr_t)data}};
    LDAPControl *controls[] = {&control, NULL};
    struct mc_password_state state;
    state_init(&state);
    read_policy(handle, controls, &state);
    MUST(state.policy_error >= -1 && state.policy_error <= PP_passwordInHistory);
    MUST(!state.locked || state.policy_error == PP_accountLocked);
    return 0;
}
