// SPDX-License-Identifier: Apache-2.0
// MC-SEC-32: what strangers ask for has its own codes, quota and tries.
#include "common/reset.h"

#include "common/job.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

static const struct mc_challenge mine = {
    .purpose = "reset", .channel = MC_METHOD_EMAIL, .flow = "AAAAAAAAAAAAAAAAAAAAAAAAAA"};
static const struct mc_challenge stranger = {
    .purpose = "reset", .channel = MC_METHOD_EMAIL, .flow = "BBBBBBBBBBBBBBBBBBBBBBBBBB"};
static const struct mc_challenge login = {
    .purpose = "login", .channel = MC_METHOD_EMAIL, .flow = ""};

#define SETUP                                                                                      \
    FAKE_DIRECTORY_UNIT("mail_from = mycred@example.org\nsend_interval = 10\n",                    \
                        fake_directory_put_contacts)

static enum mc_result ask(const struct unit *unit, const struct mc_challenge *challenge,
                          char code[16])
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer bytes;
    struct mc_job job;
    mc_time from = 0;
    mc_buffer_init(&bytes, MC_JOB_MAX);
    fake_directory_account(unit, &account);
    const struct mc_issue issue = {MC_ENGLISH, mc_span_of("0123456789abcdef")};
    enum mc_result result =
        mc_challenge_issue(&unit->context, &account, challenge, &issue, &bytes, &from);
    if (result == MC_OK) {
        assert_int_equal(mc_job_read(mc_buffer_span(&bytes), &job), MC_OK);
        size_t digits = strspn((const char *)job.text.data, "0123456789");
        snprintf(code, 16, "%.*s", (int)digits, (const char *)job.text.data);
    }
    return result;
}

static enum mc_result give(const struct unit *unit, const struct mc_challenge *challenge,
                           const char *code, unsigned *ret_left)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    fake_directory_account(unit, &account);
    return mc_reset_check(&unit->context, &account, challenge, mc_span_of(code), ret_left);
}

static void a_code_is_good_once_and_in_its_flow(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    unsigned left = 0;
    assert_int_equal(ask(&unit, &mine, code), MC_OK);
    assert_int_equal(strlen(code), 8);
    assert_int_equal(give(&unit, &stranger, code, &left), MC_WRONG);
    assert_int_equal(give(&unit, &mine, code, &left), MC_OK);
    assert_int_equal(give(&unit, &mine, code, &left), MC_WRONG);
}

static void nobodys_request_voids_anothers(void **state)
{
    (void)state;
    SETUP;
    char code[16], other[16], at_login[16];
    unsigned left = 0;
    assert_int_equal(ask(&unit, &login, at_login), MC_OK);
    assert_int_equal(ask(&unit, &mine, code), MC_OK); // a quota of its own: no wait
    unit_clock += 20 * MC_SECOND;
    assert_int_equal(ask(&unit, &stranger, other), MC_OK);
    assert_int_equal(give(&unit, &mine, code, &left), MC_OK);
    assert_int_equal(give(&unit, &stranger, other, &left), MC_OK);
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_attempt attempt = {0};
    fake_directory_account(&unit, &account);
    assert_int_equal(
        mc_attempt_challenge(&unit.context, &account, &login, mc_span_of(at_login), &attempt),
        MC_OK);
}

// MC-SEC-93: a stranger who asks keeps nobody from the code of a login, by either channel
static void strangers_use_up_only_what_is_theirs(void **state)
{
    (void)state;
    static const enum mc_method channels[] = {MC_METHOD_EMAIL, MC_METHOD_SMS};
    for (size_t i = 0; i < MC_COUNT(channels); i++) {
        SETUP;
        char code[16];
        struct mc_challenge reset = mine, at_login = login;
        reset.channel = at_login.channel = channels[i];
        assert_int_equal(ask(&unit, &reset, code), MC_OK);
        assert_int_equal(ask(&unit, &reset, code), MC_THROTTLED);
        assert_int_equal(ask(&unit, &at_login, code), MC_OK);
    }
}

static void a_new_code_voids_the_one_before_in_its_flow(void **state)
{
    (void)state;
    SETUP;
    char first[16], second[16];
    unsigned left = 0;
    assert_int_equal(ask(&unit, &mine, first), MC_OK);
    unit_clock += 20 * MC_SECOND;
    assert_int_equal(ask(&unit, &mine, second), MC_OK);
    assert_int_equal(give(&unit, &mine, first, &left), MC_WRONG);
    assert_int_equal(give(&unit, &mine, second, &left), MC_OK);
}

// Nor do they count among the account's failures.
static void wrong_tries_end_their_own_code_alone(void **state)
{
    (void)state;
    SETUP;
    char code[16], other[16];
    unsigned left = 0;
    assert_int_equal(ask(&unit, &mine, code), MC_OK);
    unit_clock += 20 * MC_SECOND;
    assert_int_equal(ask(&unit, &stranger, other), MC_OK);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(give(&unit, &stranger, "00000000", &left), MC_WRONG);
        assert_int_equal(left, 4 - i);
    }
    assert_int_equal(give(&unit, &stranger, other, &left), MC_WRONG);
    assert_int_equal(left, 0);
    assert_int_equal(fake_directory_count("mycredCodeFailure"), 0);
    assert_int_equal(give(&unit, &mine, code, &left), MC_OK);
}

// A stranger's try costs one write, however many were before, and none when none is left
static void tries_that_are_known_to_be_taken_are_not_written(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    unsigned left = 0;
    assert_int_equal(ask(&unit, &mine, code), MC_OK);
    for (unsigned i = 0; i < 6; i++) {
        unsigned before = fake_directory.modifies;
        assert_int_equal(give(&unit, &mine, "00000000", &left), MC_WRONG);
        assert_int_equal(fake_directory.modifies - before, i < 5);
    }
}

static void tries_for_no_code_write_nothing(void **state)
{
    (void)state;
    SETUP;
    unsigned left = 7;
    assert_int_equal(give(&unit, &mine, "12345678", &left), MC_WRONG);
    assert_int_equal(left, 0);
    assert_int_equal(fake_directory.modifies, 0);
}

static void what_is_long_over_is_dropped(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    unsigned left = 0;
    assert_int_equal(ask(&unit, &mine, code), MC_OK);
    assert_int_equal(give(&unit, &mine, "00000000", &left), MC_WRONG);
    assert_int_equal(fake_directory_count("mycredChallenge"), 2);
    unit_clock += 7200 * MC_SECOND;
    assert_int_equal(ask(&unit, &stranger, code), MC_OK);
    assert_int_equal(fake_directory_count("mycredChallenge"), 1);
}

static enum mc_result give_mine(const struct unit *unit, struct mc_account *account,
                                const char *typed)
{
    unsigned left = 0;
    return mc_reset_check(&unit->context, account, &mine, mc_span_of(typed), &left);
}

// MC-SEC-15
static void of_many_right_answers_at_once_one_is_taken(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        SETUP;
        char code[16];
        assert_int_equal(ask(&unit, &mine, code), MC_OK);
        assert_int_equal(fake_directory_race(&unit, give_mine, code, MC_OK), 1);
    }
}

// MC-SEC-21: each that is compared has a try of its own, and there are five
static void of_many_wrong_answers_at_once_five_are_compared(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    assert_int_equal(ask(&unit, &mine, code), MC_OK);
    assert_int_equal(fake_directory_race(&unit, give_mine, "00000000", MC_OK), 0);
    assert_int_equal(fake_directory_count("mycredChallenge"), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_good_once_and_in_its_flow),
        cmocka_unit_test(nobodys_request_voids_anothers),
        cmocka_unit_test(strangers_use_up_only_what_is_theirs),
        cmocka_unit_test(a_new_code_voids_the_one_before_in_its_flow),
        cmocka_unit_test(wrong_tries_end_their_own_code_alone),
        cmocka_unit_test(tries_that_are_known_to_be_taken_are_not_written),
        cmocka_unit_test(tries_for_no_code_write_nothing),
        cmocka_unit_test(what_is_long_over_is_dropped),
        cmocka_unit_test(of_many_right_answers_at_once_one_is_taken),
        cmocka_unit_test(of_many_wrong_answers_at_once_five_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
