// SPDX-License-Identifier: Apache-2.0
// Who is reminded of what, to the second.
#include "common/remind.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#define OPTIONS "password_age_advice = 100d\nremind_before = 7d\nremind_every = 30d\n"
#define MAIL "mail", "alice@example.org"
#define API(created, expiry)                                                                       \
    MAIL, "mycredApiPassword", "2 " created " " expiry " imap k1:c2VhbGVk laptop"
#define NOW "20261121201533Z"
#define OLD "20260813201533Z" // 100 days
#define SOON "20261128201533Z"

// `expected`: what a person of these pairs is reminded of, separated by spaces.
static void assert_said(const char *options, const char *const *pairs, const char *expected)
{
    UNIT unit = unit_new(options);
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_reminder reminders[MC_REMINDERS_MAX];
    MC_AUTO_BUFFER struct mc_buffer said;
    mc_buffer_init(&said, 256);
    unit_account(&unit.context, pairs, &account);
    size_t count = mc_remind_look(&unit.context, &account, reminders);
    assert_in_range(count, 0, MC_REMINDERS_MAX);
    for (size_t i = 0; i < count; i++) {
        mc_buffer_format(&said, "%s%s", i ? " " : "", reminders[i].what);
    }
    assert_string_equal(mc_buffer_text(&said), expected);
}

static void each_thing_has_its_time(void **state)
{
    (void)state;
    static const struct {
        const char *pairs[8], *said;
    } rows[] = {
        {{MAIL}, ""},
        {{MAIL, "pwdChangedTime", OLD}, "password"},
        {{MAIL, "pwdChangedTime", "20260813201534Z"}, ""},
        {{MAIL, "pwdChangedTime", "damaged"}, ""},
        {{API(OLD, "-")}, "api-password/2"},
        {{API("20260813201534Z", "-")}, ""},
        {{API(OLD, SOON)}, "api-end/2"},
        {{API(NOW, SOON)}, "api-end/2"},
        {{API(NOW, "20261128201534Z")}, ""},
        {{API(OLD, "20261128201534Z")}, "api-password/2"},
        {{API(NOW, "20261121201534Z")}, "api-end/2"},
        {{API(OLD, NOW)}, ""}, // it has ended
        {{API(OLD, "20200101000000Z")}, ""},
        {{API(OLD, "damaged")}, ""},
        {{MAIL, "mycredInviteUntil", "20261122201533Z"}, "invitation"},
        {{MAIL, "mycredInviteUntil", "20261122201534Z"}, ""},
        {{MAIL, "mycredInviteUntil", NOW}, ""},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_said(OPTIONS, rows[i].pairs, rows[i].said);
    }
}

static void nobody_is_told_twice_in_a_period(void **state)
{
    (void)state;
    static const struct {
        const char *note, *said;
    } rows[] = {{"password 20261022201533Z", "password"},
                {"password 20261022201534Z", ""},
                {"password damaged", ""}, // rather once too few
                {"password", ""},
                {"passwords " NOW, "password"},
                {"api-end/2 " NOW, "password"}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const char *const pairs[] = {MAIL, "pwdChangedTime", OLD, "mycredReminded", rows[i].note,
                                     NULL};
        assert_said(OPTIONS, pairs, rows[i].said);
    }
}

static void the_age_counts_where_it_is_advised_on(void **state)
{
    (void)state;
    const char *const pairs[] = {API("20000101000000Z", "-"), "pwdChangedTime", "20000101000000Z",
                                 NULL};
    assert_said("password_age_advice = 0\n", pairs, "");
}

static void who_is_locked_or_has_no_address_is_told_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *pairs[8], *said;
    } rows[] = {{{"pwdChangedTime", OLD}, ""},
                {{"pwdChangedTime", OLD, "mobile", "+8613800138042"}, "password"},
                {{MAIL, "pwdChangedTime", OLD, "mycredLockedUntil", "20261121201534Z"}, ""},
                {{MAIL, "pwdChangedTime", OLD, "mycredLockedUntil", NOW}, "password"}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_said(OPTIONS, rows[i].pairs, rows[i].said);
    }
}

// One notice each, in one modify; more than there is room for is for another day.
static void there_is_room_for_a_few(void **state)
{
    (void)state;
    UNIT unit = unit_new(OPTIONS);
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_reminder reminders[MC_REMINDERS_MAX];
    char values[20][80];
    const char *pairs[2 * MC_COUNT(values) + 3] = {MAIL};
    for (size_t i = 0; i < MC_COUNT(values); i++) {
        snprintf(values[i], sizeof values[i], "%zu " OLD " - imap k1:c2VhbGVk laptop", i + 1);
        pairs[2 * i + 2] = "mycredApiPassword";
        pairs[2 * i + 3] = values[i];
    }
    unit_account(&unit.context, pairs, &account);
    assert_int_equal(mc_remind_look(&unit.context, &account, reminders), MC_REMINDERS_MAX);
    assert_string_equal(reminders[MC_REMINDERS_MAX - 1].what, "api-password/8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_has_its_time),
        cmocka_unit_test(nobody_is_told_twice_in_a_period),
        cmocka_unit_test(the_age_counts_where_it_is_advised_on),
        cmocka_unit_test(who_is_locked_or_has_no_address_is_told_nothing),
        cmocka_unit_test(there_is_room_for_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
