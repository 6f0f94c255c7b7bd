// SPDX-License-Identifier: Apache-2.0
#include "common/directory_private.h"

#include "common/context.h"
#include "common/password_prepare.h"

#include <stdio.h>
#include <stdlib.h>

static void state_init(struct mc_password_state *state)
{
    *state = (struct mc_password_state){.policy_error = -1};
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
    bool is_known = (int)error >= PP_passwordExpired && (int)error <= PP_passwordInHistory;
    state->policy_error = is_known ? (int)error : -1;
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

// In the one form that all doors give to passwords.
static enum mc_result bind_typed(struct mc_directory *directory, const char *dn,
                                 struct mc_span typed, struct mc_password_state *state,
                                 LDAP **ret_handle)
{
    MC_AUTO_SECRET struct mc_secret password = {0};
    if (typed.size == 0 || memchr(typed.data, '\0', typed.size)) {
        return MC_WRONG;
    }
    enum mc_result result = mc_password_typed(typed, &password);
    return result == MC_OK
               ? bind_person(directory, dn, mc_secret_span(&password), state, ret_handle)
               : result;
}

// A password that an administrator has handed over does not lie about for ever. Asked as ourselves:
// its holder may do nothing but change it. One whose age this identity cannot see is as it was.
static enum mc_result check_one_time(struct mc_directory *directory, const char *dn,
                                     struct mc_password_state *state)
{
    static const char *const nothing[] = {"1.1", NULL};
    int64_t life = directory->config->one_time_password_life;
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    char since[MC_TIME_TEXT], filter[MC_TIME_TEXT + 96];
    if (!life || state->policy_error != PP_changeAfterReset) {
        return MC_OK;
    }
    mc_time_format(mc_now() - life * MC_SECOND, since);
    snprintf(filter, sizeof filter,
             "(&(pwdReset=TRUE)(pwdChangedTime<=%s)(mycredReminded=" MC_ONE_TIME_MARK " *))",
             since);
    enum mc_result result = mc_directory_search(directory, dn, true, filter, nothing, &found);
    state->one_time_over = result == MC_OK && found.count > 0;
    return state->one_time_over || result == MC_NOT_FOUND ? MC_WRONG : result;
}

enum mc_result mc_directory_check_password(struct mc_directory *directory, const char *dn,
                                           struct mc_span password,
                                           struct mc_password_state *ret_state)
{
    LDAP *handle = NULL;
    state_init(ret_state);
    enum mc_result result = bind_typed(directory, dn, password, ret_state, &handle);
    if (result == MC_OK) {
        ldap_unbind_ext(handle, NULL, NULL);
        result = check_one_time(directory, dn, ret_state);
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

// `old` is empty for a reset.
struct words {
    struct mc_secret old, new;
};

static void words_release(struct words *words)
{
    mc_secret_release(&words->old);
    mc_secret_release(&words->new);
}

static struct berval as_berval(const struct mc_secret *secret)
{
    return (struct berval){secret->size, secret->data};
}

static enum mc_result modify_password(struct mc_directory *directory, LDAP *handle,
                                      const struct words *words, const char *dn,
                                      struct mc_password_state *state)
{
    struct berval user = {strlen(dn), (char *)dn};
    struct berval old = as_berval(&words->old), new = as_berval(&words->new);
    LDAPControl *ask = NULL, **answers = NULL;
    LDAPMessage *answer = NULL;
    int message = 0;
    if (ldap_create_passwordpolicy_control(handle, &ask) != LDAP_SUCCESS) {
        return MC_NO_MEMORY;
    }
    LDAPControl *controls[] = {ask, NULL};
    directory->phase = "changing a password";
    int code = ldap_passwd(handle, &user, old.bv_len ? &old : NULL, &new, controls, NULL, &message);
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

static enum mc_result prepare_new(struct mc_span typed, struct words *words)
{
    size_t code_points = 0;
    enum mc_result result = mc_password_prepare(typed, &words->new, &code_points);
    return result == MC_MALFORMED ? MC_PASSWORD_REFUSED : result;
}

enum mc_result mc_directory_change_password(struct mc_directory *directory, const char *dn,
                                            struct mc_span old_password,
                                            struct mc_span new_password,
                                            struct mc_password_state *ret_state)
{
    MC_CLEANUP(words_release) struct words words = {0};
    LDAP *handle = NULL;
    state_init(ret_state);
    enum mc_result result = prepare_new(new_password, &words);
    if (result == MC_OK) {
        result = mc_password_typed(old_password, &words.old);
    }
    if (result == MC_OK) {
        result = bind_typed(directory, dn, old_password, ret_state, &handle);
    }
    if (result != MC_OK) {
        return result;
    }
    state_init(ret_state);
    result = modify_password(directory, handle, &words, dn, ret_state);
    ldap_unbind_ext(handle, NULL, NULL);
    return result;
}

static enum mc_result bind_setter(struct mc_directory *directory, LDAP *handle)
{
    const char *dn = directory->config->ldap_setter_dn;
    int code = LDAP_OTHER;
    if (!dn[0]) {
        return mc_directory_bind_own(directory, handle);
    }
    const struct mc_bind bind = {.dn = dn,
                                 .mechanism = LDAP_SASL_SIMPLE,
                                 .password = mc_secret_span(&directory->setter_password)};
    if (bind.password.size == 0) { // would be an anonymous bind, RFC 4513 5.1.2
        return MC_INTERNAL;
    }
    enum mc_result result = mc_directory_bind(directory, handle, &bind, &code, NULL);
    return result == MC_OK && code != LDAP_SUCCESS
               ? mc_directory_fail(directory, handle, "ldap_setter_refused", code)
               : result;
}

enum mc_result mc_directory_reset_password(struct mc_directory *directory, const char *dn,
                                           struct mc_span new_password,
                                           struct mc_password_state *ret_state)
{
    MC_CLEANUP(words_release) struct words words = {0};
    LDAP *handle = NULL;
    state_init(ret_state);
    enum mc_result result = prepare_new(new_password, &words);
    if (result == MC_OK) {
        result = mc_directory_connect(directory);
    }
    if (result == MC_OK) {
        result = mc_directory_dial(directory, directory->server, &handle);
    }
    if (result != MC_OK) {
        return result;
    }
    result = bind_setter(directory, handle);
    if (result == MC_OK) {
        result = modify_password(directory, handle, &words, dn, ret_state);
    }
    ldap_unbind_ext(handle, NULL, NULL);
    return result;
}
