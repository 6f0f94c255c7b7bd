// SPDX-License-Identifier: Apache-2.0
#include "common/send/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_line(const struct mc_send_outcome *outcome, const char *wanted)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, 1024);
    mc_send_outcome_format(outcome, &line);
    assert_string_equal(mc_buffer_text(&line), wanted);
}

static void the_line_names_gateway_and_cause(void **state)
{
    (void)state;
    struct mc_send_outcome outcome = {.cause = MC_SEND_CREDENTIALS,
                                      .gateway = mc_span_of("127.0.0.1:13013"),
                                      .status = 403,
                                      .tries = 1};
    assert_line(&outcome,
                "outcome=permanent cause=credentials gateway=127.0.0.1:13013 status=403 tries=1 "
                "reason=\"the gateway refused the credentials\"");
    outcome = (struct mc_send_outcome){.cause = MC_SEND_JOB};
    assert_line(&outcome, "outcome=permanent cause=job tries=0 "
                          "reason=\"the job on standard input is malformed\"");
}

// MC-SEC-130: whatever a library says stays one quoted value in one line
static void the_reason_cannot_leave_its_quotes(void **state)
{
    (void)state;
    struct mc_send_outcome outcome = {.cause = MC_SEND_UNTRUSTED, .tries = 1};
    (void)snprintf(outcome.reason, sizeof(outcome.reason), "a\"b\\c\nd\x1b[2J\xe2\x80\xae");
    assert_line(&outcome, "outcome=permanent cause=untrusted tries=1 reason=\"a?b?c?d?[2J???\"");
}

static void the_line_has_an_end_whatever_is_in_it(void **state)
{
    (void)state;
    static char name[1000];
    struct mc_send_outcome outcome = {.cause = MC_SEND_CONFIGURATION, .status = 599, .tries = 3};
    memset(name, 'a', sizeof(name));
    memset(outcome.reason, 'b', sizeof(outcome.reason) - 1);
    outcome.gateway = (struct mc_span){(const uint8_t *)name, sizeof(name)};
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, 500);
    mc_send_outcome_format(&outcome, &line);
    assert_int_equal(mc_buffer_result(&line), MC_OK);
    assert_int_equal(line.data[line.size - 1], '"');
}

static void zero_is_not_success(void **state)
{
    (void)state;
    struct mc_send_outcome outcome = {0};
    assert_int_not_equal(outcome.cause, MC_SEND_ACCEPTED);
    assert_int_equal(mc_send_exit_status(outcome.cause), MC_SEND_EXIT_NOT_DELIVERED);
    for (int cause = 0; cause < MC_SEND_CAUSE_COUNT; cause++) {
        bool accepted = cause == MC_SEND_ACCEPTED;
        int status = mc_send_exit_status((enum mc_send_cause)cause);
        assert_int_equal(status == MC_SEND_EXIT_ACCEPTED, accepted);
    }
}

// MC-SEC-39: at most two repetitions, and never of what may have been taken unless the gateway can
// tell
static void only_what_was_surely_not_taken_is_repeated(void **state)
{
    (void)state;
    static const struct {
        enum mc_send_cause cause;
        unsigned plain, idempotent; // repetitions
    } rows[] = {
        {MC_SEND_UNREACHABLE, 2, 2}, {MC_SEND_BUSY, 1, 1},          {MC_SEND_LOST, 0, 2},
        {MC_SEND_TIMEOUT, 0, 2},     {MC_SEND_ACCEPTED, 0, 0},      {MC_SEND_REFUSED, 0, 0},
        {MC_SEND_CREDENTIALS, 0, 0}, {MC_SEND_UNTRUSTED, 0, 0},     {MC_SEND_ANSWER, 0, 0},
        {MC_SEND_INTERNAL, 0, 0},    {MC_SEND_CONFIGURATION, 0, 0}, {MC_SEND_JOB, 0, 0},
    };
    assert_int_equal(MC_COUNT(rows), MC_SEND_CAUSE_COUNT);
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        for (unsigned tries = 1; tries <= 4; tries++) {
            assert_int_equal(mc_send_may_repeat(rows[i].cause, tries, false),
                             tries <= rows[i].plain);
            assert_int_equal(mc_send_may_repeat(rows[i].cause, tries, true),
                             tries <= rows[i].idempotent);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_names_gateway_and_cause),
        cmocka_unit_test(the_reason_cannot_leave_its_quotes),
        cmocka_unit_test(the_line_has_an_end_whatever_is_in_it),
        cmocka_unit_test(zero_is_not_success),
        cmocka_unit_test(only_what_was_surely_not_taken_is_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
