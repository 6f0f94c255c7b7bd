// SPDX-License-Identifier: Apache-2.0
#include "common/directory_private.h"

#include <stdio.h>
#include <stdlib.h>

static void state_init(struct mc_password_state *state)
{
    *state = (struct mc_password_state){.expires_in = -1, .grace_logins = -1, .policy_error = -1};
}

static void read_policy(LDAP *handle, LDAPControl **controls, struct mc_password_state *state)
{
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
    ber_int_t expires = -1, grace = -1;
    LDAPPasswordPolicyError error = PP_noError;
    if (!control || ldap_parse_passwordpolicy_control(handle, control, &expires, &grace, &error) !=
                        LDAP_SUCCESS) {
        return;
    }
    state->expires_in = expires;
    state->grace_logins = grace;
    state->policy_error = error == PP_noError ? -1 : (int)error;
    state->must_change = error == PP_changeAfterReset || grace >= 0;
    state->locked = error == PP_accountLocked;
}

// A connection of its own: ours keeps its identity.
static enum mc_result bind_person(struct mc_directory *directory, const char *dn,
                                  struct mc_span password, struct mc_password_state *state,
                                  LDAP **ret_handle)
{
    LDAP *handle = NULL;
    LDAPControl *ask = NULL, **answer = NULL;
    int code = LDAP_OTHER;
    // the server in use, so that a change and what follows it are decided in one place
    enum mc_result result = mc_directory_connect(directory);
    if (result == MC_OK) {
        result = mc_directory_dial(directory, directory->server, &handle);
    }
    if (result != MC_OK) {
        return result;
    }
    if (ldap_create_passwordpolicy_control(handle, &ask) != LDAP_SUCCESS) {
        ldap_unbind_ext(handle, NULL, NULL);
        return MC_NO_MEMORY;
    }
    LDAPControl *controls[] = {ask, NULL};
    const struct mc_bind bind = {dn, LDAP_SASL_SIMPLE, password, controls};
    directory->phase = "checking a password";
    result = mc_directory_bind(directory, handle, &bind, &code, &answer);
    ldap_control_free(ask);
    if (result == MC_OK) {
        read_policy(handle, answer, state);
        result = code == LDAP_SUCCESS               ? MC_OK
                 : code == LDAP_INVALID_CREDENTIALS ? MC_WRONG
                 : code == LDAP_INAPPROPRIATE_AUTH  ? MC_WRONG // the entry has no password
                 : code == LDAP_NO_SUCH_OBJECT
                     ? MC_WRONG
                     : mc_directory_fail(directory, handle, "ldap_bind", code);
    }
    ldap_controls_free(answer);
    if (result != MC_OK) {
        ldap_unbind_ext(handle, NULL, NULL);
        return result;
    }
    *ret_handle = handle;
    return MC_OK;
}

enum mc_result mc_directory_check_password(struct mc_directory *directory, const char *dn,
                                           struct mc_span password,
                                           struct mc_password_state *ret_state)
{
    state_init(ret_state);
    if (password.size == 0 || memchr(password.data, '\0', password.size)) {
        return MC_WRONG;
    }
    LDAP *handle = NULL;
    enum mc_result result = bind_person(directory, dn, password, ret_state, &handle);
    if (result == MC_OK) {
        ldap_unbind_ext(handle, NULL, NULL);
    }
    return result;
}

static enum mc_result judge_change(struct mc_directory *directory, LDAP *handle, int code,
                                   struct mc_password_state *state)
{
    switch (code) {
    case LDAP_SUCCESS:
        return MC_OK;
    case LDAP_CONSTRAINT_VIOLATION:
    case LDAP_INSUFFICIENT_ACCESS: // pwdAllowUserChange FALSE
    case LDAP_UNWILLING_TO_PERFORM:
        break;
    default:
        return mc_directory_fail(directory, handle, "ldap_password_modify", code);
    }
    char *diagnostic = NULL;
    ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    snprintf(state->diagnostic, sizeof state->diagnostic, "%s", diagnostic ? diagnostic : "");
    ldap_memfree(diagnostic);
    return MC_PASSWORD_REFUSED;
}

static enum mc_result modify_password(struct mc_directory *directory, LDAP *handle,
                                      struct berval words[2], const char *dn,
                                      struct mc_password_state *state)
{
    struct berval user = {strlen(dn), (char *)dn};
    struct berval *old = words[0].bv_len ? &words[0] : NULL;
    LDAPControl *ask = NULL, **answers = NULL;
    LDAPMessage *answer = NULL;
    int message = 0;
    if (ldap_create_passwordpolicy_control(handle, &ask) != LDAP_SUCCESS) {
        return MC_NO_MEMORY;
    }
    LDAPControl *controls[] = {ask, NULL};
    directory->operations++;
    directory->phase = "changing a password";
    int code = ldap_passwd(handle, &user, old, &words[1], controls, NULL, &message);
    ldap_control_free(ask);
    if (code != LDAP_SUCCESS) {
        return mc_directory_fail(directory, handle, "ldap_lost", code);
    }
    enum mc_result result = mc_directory_wait(directory, handle, message, &answer);
    if (result != MC_OK) {
        return result;
    }
    code = LDAP_OTHER;
    ldap_parse_result(handle, answer, &code, NULL, NULL, NULL, &answers, 1);
    read_policy(handle, answers, state);
    ldap_controls_free(answers);
    return judge_change(directory, handle, code, state);
}

enum mc_result mc_directory_change_password(struct mc_directory *directory, const char *dn,
                                            struct mc_span old_password,
                                            struct mc_span new_password,
                                            struct mc_password_state *ret_state)
{
    state_init(ret_state);
    if (old_password.size == 0 || new_password.size == 0) {
        return MC_WRONG;
    }
    LDAP *handle = NULL;
    struct berval words[2] = {{old_password.size, (char *)old_password.data},
                              {new_password.size, (char *)new_password.data}};
    enum mc_result result = bind_person(directory, dn, old_password, ret_state, &handle);
    if (result != MC_OK) {
        return result;
    }
    state_init(ret_state);
    result = modify_password(directory, handle, words, dn, ret_state);
    ldap_unbind_ext(handle, NULL, NULL);
    return result;
}

// The password is read for each reset: those are rare, and it stays in memory for no longer.
static enum mc_result bind_setter(struct mc_directory *directory, LDAP *handle)
{
    const struct mc_config *config = directory->config;
    MC_AUTO_SECRET struct mc_secret password = {0};
    MC_AUTO_BUFFER struct mc_buffer error;
    int code = LDAP_OTHER;
    if (!config->ldap_setter_dn[0]) {
        return mc_directory_bind_own(directory, handle);
    }
    mc_buffer_init(&error, 512);
    enum mc_result result =
        mc_directory_read_password(config->ldap_setter_password_file, &error, &password);
    if (result != MC_OK) {
        snprintf(directory->cause, sizeof directory->cause, "cause=ldap_setter detail=\"%s\"",
                 mc_buffer_text(&error));
        return result;
    }
    const struct mc_bind bind = {.dn = config->ldap_setter_dn,
                                 .mechanism = LDAP_SASL_SIMPLE,
                                 .password = mc_secret_span(&password)};
    result = mc_directory_bind(directory, handle, &bind, &code, NULL);
    return result == MC_OK && code != LDAP_SUCCESS
               ? mc_directory_fail(directory, handle, "ldap_setter_refused", code)
               : result;
}

enum mc_result mc_directory_reset_password(struct mc_directory *directory, const char *dn,
                                           struct mc_span new_password,
                                           struct mc_password_state *ret_state)
{
    LDAP *handle = NULL;
    struct berval words[2] = {{0, NULL}, {new_password.size, (char *)new_password.data}};
    state_init(ret_state);
    if (new_password.size == 0) {
        return MC_MALFORMED;
    }
    enum mc_result result = mc_directory_connect(directory);
    if (result == MC_OK) {
        result = mc_directory_dial(directory, directory->server, &handle);
    }
    if (result != MC_OK) {
        return result;
    }
    result = bind_setter(directory, handle);
    if (result == MC_OK) {
        result = modify_password(directory, handle, words, dn, ret_state);
    }
    ldap_unbind_ext(handle, NULL, NULL);
    return result;
}
