// SPDX-License-Identifier: Apache-2.0
// Walks every result, phase and option that matters, against the table of return codes written out.
#include "pam_mycred/codes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <security/_pam_types.h>

struct expectation {
    enum mc_result result;
    int auth, account, password; // without options
};

static const struct expectation table[] = {
    {MC_UNDECIDED, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
    {MC_OK, PAM_SUCCESS, PAM_IGNORE, PAM_SUCCESS},
    {MC_EXEMPT, PAM_SUCCESS, PAM_IGNORE, PAM_SYSTEM_ERR},
    {MC_OFF, PAM_AUTH_ERR, PAM_IGNORE, PAM_SYSTEM_ERR},
    {MC_ASK, PAM_AUTH_ERR, PAM_SYSTEM_ERR, PAM_AUTH_ERR},
    {MC_WRONG, PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_AUTH_ERR},
    {MC_THROTTLED, PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_AUTH_ERR},
    {MC_LOCKED, PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_AUTH_ERR},
    {MC_UNKNOWN_USER, PAM_USER_UNKNOWN, PAM_IGNORE, PAM_USER_UNKNOWN},
    {MC_NO_METHOD, PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_AUTH_ERR},
    {MC_UNDELIVERED, PAM_CRED_UNAVAIL, PAM_CRED_UNAVAIL, PAM_CRED_UNAVAIL},
    {MC_UNAVAILABLE, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL},
    {MC_UNTRUSTED, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR},
    {MC_BAD_CONFIG, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR},
    {MC_BAD_DATA, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR},
    {MC_DENIED_PEER, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT},
    {MC_PASSWORD_REFUSED, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_AUTHTOK_ERR},
    {MC_MALFORMED, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
    {MC_NOT_FOUND, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
    {MC_LOST_RACE, PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_AUTH_ERR},
    {MC_NO_MEMORY, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
    {MC_INTERNAL, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
};

static int code(enum mc_result result, enum mc_phase phase, struct mc_pam_options options)
{
    struct mc_code_rules rules = {.phase = phase, .options = &options};
    return mc_code_of(result, &rules);
}

static void table_is_kept(void **state)
{
    (void)state;
    const struct mc_pam_options none = {0};
    assert_int_equal(MC_COUNT(table), MC_RESULT_COUNT);
    for (size_t i = 0; i < MC_COUNT(table); i++) {
        assert_int_equal(table[i].result, i);
        assert_int_equal(code(table[i].result, MC_PHASE_AUTH, none), table[i].auth);
        assert_int_equal(code(table[i].result, MC_PHASE_ACCOUNT, none), table[i].account);
        assert_int_equal(code(table[i].result, MC_PHASE_PASSWORD, none), table[i].password);
    }
}

static void options_change_only_what_they_name(void **state)
{
    (void)state;
    const struct mc_pam_options nullok = {.nullok = true};
    const struct mc_pam_options first_factor = {.first_factor = true};
    const struct mc_pam_options both = {.first_factor = true, .nullok = true};
    const struct mc_pam_options unknown = {.ignore_unknown_user = true};
    const struct mc_pam_options api = {.api_password = true, .nullok = true};
    assert_int_equal(code(MC_OFF, MC_PHASE_AUTH, nullok), PAM_IGNORE);
    assert_int_equal(code(MC_OFF, MC_PHASE_AUTH, first_factor), PAM_SUCCESS);
    assert_int_equal(code(MC_OFF, MC_PHASE_AUTH, both), PAM_SUCCESS);
    assert_int_equal(code(MC_UNKNOWN_USER, MC_PHASE_AUTH, unknown), PAM_IGNORE);
    assert_int_equal(code(MC_UNKNOWN_USER, MC_PHASE_PASSWORD, unknown), PAM_IGNORE);
    assert_int_equal(code(MC_OFF, MC_PHASE_AUTH, api), PAM_AUTH_ERR);
    assert_int_equal(code(MC_EXEMPT, MC_PHASE_AUTH, api), PAM_AUTH_ERR);
    assert_int_equal(code(MC_OK, MC_PHASE_AUTH, api), PAM_SUCCESS);
}

// One combination of options, as bits.
static struct mc_pam_options options_of(unsigned bits)
{
    return (struct mc_pam_options){.nullok = bits & 1,
                                   .first_factor = bits & 2,
                                   .ignore_unknown_user = bits & 4,
                                   .api_password = bits & 8,
                                   .forward_pass = bits & 16,
                                   .decoy = bits & 32,
                                   .ignore_root = bits & 64,
                                   .noecho = bits & 128};
}

static bool lets_through(int found)
{
    return found == PAM_SUCCESS || found == PAM_IGNORE || found == PAM_NEW_AUTHTOK_REQD;
}

// MC-SEC-55: whatever the options, an error stays an error.
static void errors_never_become_success_or_ignore(void **state)
{
    (void)state;
    const bool may_pass[MC_RESULT_COUNT] = {
        [MC_OK] = true, [MC_EXEMPT] = true, [MC_OFF] = true, [MC_UNKNOWN_USER] = true};
    for (int result = 0; result <= MC_RESULT_COUNT + 1; result++) {
        for (unsigned bits = 0; bits < 256 * 8; bits++) {
            struct mc_pam_options options = options_of(bits);
            struct mc_code_rules rules = {.options = &options,
                                          .decoy = bits & 256,
                                          .verified = bits & 512,
                                          .must_change = bits & 1024};
            for (int phase = MC_PHASE_AUTH; phase <= MC_PHASE_PASSWORD; phase <<= 1) {
                rules.phase = (enum mc_phase)phase;
                int found = mc_code_of((enum mc_result)result, &rules);
                bool may = result < MC_RESULT_COUNT && may_pass[result];
                assert_true(may || !lets_through(found));
            }
        }
    }
}

static void decoy_refuses_everybody(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 256; bits++) {
        struct mc_pam_options options = options_of(bits);
        struct mc_code_rules rules = {.phase = MC_PHASE_AUTH, .options = &options, .decoy = true};
        for (int result = 0; result < MC_RESULT_COUNT; result++) {
            assert_false(lets_through(mc_code_of((enum mc_result)result, &rules)));
        }
        assert_int_equal(mc_code_of(MC_UNKNOWN_USER, &rules), PAM_AUTH_ERR);
    }
}

static void account_follows_our_authentication(void **state)
{
    (void)state;
    const struct mc_pam_options options = {0};
    struct mc_code_rules rules = {.phase = MC_PHASE_ACCOUNT, .options = &options, .verified = true};
    assert_int_equal(mc_code_of(MC_OK, &rules), PAM_SUCCESS);
    assert_int_equal(mc_code_of(MC_OFF, &rules), PAM_SUCCESS);
    assert_int_equal(mc_code_of(MC_EXEMPT, &rules), PAM_SUCCESS);
    assert_int_equal(mc_code_of(MC_LOCKED, &rules), PAM_PERM_DENIED);
    assert_int_equal(mc_code_of(MC_UNKNOWN_USER, &rules), PAM_USER_UNKNOWN);
    rules.must_change = true;
    assert_int_equal(mc_code_of(MC_OK, &rules), PAM_NEW_AUTHTOK_REQD);
    assert_int_equal(mc_code_of(MC_LOCKED, &rules), PAM_PERM_DENIED);
    rules.verified = false; // no opinion, whatever the directory says about the password
    assert_int_equal(mc_code_of(MC_OK, &rules), PAM_IGNORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_kept),
        cmocka_unit_test(options_change_only_what_they_name),
        cmocka_unit_test(errors_never_become_success_or_ignore),
        cmocka_unit_test(decoy_refuses_everybody),
        cmocka_unit_test(account_follows_our_authentication),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
