// SPDX-License-Identifier: Apache-2.0
#include "common/challenge.h"

#include "common/job.h"
#include "common/limit.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

#define KIND(its_purpose, its_channel, its_flow)                                                   \
    {                                                                                              \
        .purpose = its_purpose, .channel = its_channel, .flow = its_flow                           \
    }

static const struct mc_challenge by_sms = KIND("login", MC_METHOD_SMS, "");
static const struct mc_challenge by_email = KIND("login", MC_METHOD_EMAIL, "");

#define DELIVERY "site_url = https://login.example.org/\nmail_from = mycred@example.org\n"

#define SETUP FAKE_DIRECTORY_UNIT(DELIVERY, fake_directory_put_contacts)

// What a person would do: ask for a code, and read it from the message.
static enum mc_result ask(const struct unit *unit, const struct mc_challenge *challenge,
                          char code[16], mc_time *ret_from)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer bytes;
    struct mc_job job;
    mc_buffer_init(&bytes, MC_JOB_MAX);
    fake_directory_account(unit, &account);
    const struct mc_issue issue = {MC_ENGLISH, mc_span_of("0123456789abcdef")};
    enum mc_result result =
        mc_challenge_issue(&unit->context, &account, challenge, &issue, &bytes, ret_from);
    if (result != MC_OK) {
        return result;
    }
    assert_int_equal(mc_job_read(mc_buffer_span(&bytes), &job), MC_OK);
    assert_true(mc_span_equals(job.to, challenge->channel == MC_METHOD_SMS ? "+8613800138042"
                                                                           : "alice@example.org"));
    size_t digits = strspn((const char *)job.text.data, "0123456789");
    assert_int_equal(digits,
                     strcmp(challenge->purpose, "reset") == 0 ? 8 : unit->config->code_digits);
    snprintf(code, 16, "%.*s", (int)digits, (const char *)job.text.data);
    return result;
}

static void get(const struct unit *unit, const struct mc_challenge *challenge, char code[16])
{
    mc_time from = 0;
    assert_int_equal(ask(unit, challenge, code, &from), MC_OK);
}

static enum mc_result give(const struct unit *unit, const struct mc_challenge *challenge,
                           const char *code, struct mc_attempt *attempt)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    fake_directory_account(unit, &account);
    return mc_attempt_challenge(&unit->context, &account, challenge, mc_span_of(code), attempt);
}

static enum mc_result try(const struct unit *unit, const struct mc_challenge *challenge,
                          const char *code)
{
    struct mc_attempt attempt = {0};
    return give(unit, challenge, code, &attempt);
}

static const char *wrong_of(const char *code)
{
    static char wrong[16];
    snprintf(wrong, sizeof wrong, "%s", code);
    wrong[0] = wrong[0] == '0' ? '1' : '0';
    return wrong;
}

// MC-SEC-12
static void a_code_is_good_once(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    get(&unit, &by_sms, code);
    assert_int_equal(fake_directory_count("mycredChallenge"), 1);
    assert_int_equal(try(&unit, &by_sms, wrong_of(code)), MC_WRONG);
    assert_int_equal(try(&unit, &by_sms, code), MC_OK);
    assert_int_equal(fake_directory_count("mycredChallenge"), 0);
    assert_int_equal(fake_directory_count("mycredCodeFailure"), 0);
    assert_int_equal(try(&unit, &by_sms, code), MC_WRONG);
    assert_string_equal(fake_directory_value("mycredLastUse", 0), "sms 20261121000000Z");
}

// MC-SEC-03: the stored value is a keyed hash; nothing of the code is in it
static void what_is_stored_has_the_form_of_its_description(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    get(&unit, &by_sms, code);
    const char *stored = fake_directory_value("mycredChallenge", 0);
    assert_int_equal(strncmp(stored, "login/sms 20261121201533Z 20261121202033Z w1 k1:", 48), 0);
    assert_null(strstr(stored, code));
    assert_int_equal(strlen(stored), 48 + 43);
    assert_string_equal(fake_directory_value("mycredSendTime", 0), "20261121201533.000000Z sms");
}

// MC-SEC-04: of purposes, channels and flows only the one it was made for
static void a_code_works_where_it_was_made_for_alone(void **state)
{
    (void)state;
    static const struct mc_challenge kinds[] = {
        KIND("login", MC_METHOD_SMS, ""),        KIND("login", MC_METHOD_EMAIL, ""),
        KIND("identity", MC_METHOD_SMS, "f1"),   KIND("identity", MC_METHOD_SMS, "f2"),
        KIND("identity", MC_METHOD_EMAIL, "f1"), KIND("reset", MC_METHOD_EMAIL, "f1"),
        KIND("login", MC_METHOD_SMS, "f1"),
    };
    for (size_t i = 0; i < MC_COUNT(kinds); i++) {
        for (size_t j = 0; j < MC_COUNT(kinds); j++) {
            SETUP;
            char code[16];
            get(&unit, &kinds[i], code);
            assert_int_equal(try(&unit, &kinds[j], code), i == j ? MC_OK : MC_WRONG);
        }
    }
}

// MC-SEC-03, MC-SEC-04: every bound field of the value and the entry
static void a_code_is_bound_to_entry_address_times_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *attribute, *value;
    } changes[] = {{"entryUUID", UNIT_OTHER_UUID}, {"mobile", "+8613800138043"}};
    for (size_t i = 0; i < MC_COUNT(changes); i++) {
        SETUP;
        char code[16];
        get(&unit, &by_sms, code);
        fake_directory_remove(changes[i].attribute);
        fake_directory_put(changes[i].attribute, changes[i].value);
        assert_int_equal(try(&unit, &by_sms, code), MC_WRONG);
    }
    static const char *const fields[] = {"login/sms 20261121201533Z 20261121202034Z w1 ",
                                         "login/sms 20261121201532Z 20261121202033Z w1 ",
                                         "login/sms 20261121201533Z 2026112120Z w1 ",
                                         "login/sms 20261121201533Z 2036112120Z w1 "};
    for (size_t i = 0; i < MC_COUNT(fields); i++) {
        SETUP;
        char code[16], value[256];
        get(&unit, &by_sms, code);
        snprintf(value, sizeof value, "%s%s", fields[i],
                 strstr(fake_directory_value("mycredChallenge", 0), "k1:"));
        fake_directory_remove("mycredChallenge");
        fake_directory_put("mycredChallenge", value);
        assert_int_equal(try(&unit, &by_sms, code), MC_WRONG);
    }
}

// MC-SEC-03: a host's key makes no code that the site would take for anything but a login
static void codes_of_the_site_are_by_its_own_key(void **state)
{
    (void)state;
    static const struct {
        struct mc_challenge challenge;
        const char *key;
    } rows[] = {{KIND("login", MC_METHOD_SMS, ""), " w1 k1:"},
                {KIND("identity", MC_METHOD_SMS, "f1"), " w1 k3:"},
                {KIND("address", MC_METHOD_EMAIL, "f1"), " w1 k3:"},
                {KIND("reset", MC_METHOD_EMAIL, "f1"), " w1 k3:"}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        char code[16];
        get(&unit, &rows[i].challenge, code);
        assert_non_null(strstr(fake_directory_value("mycredChallenge", 0), rows[i].key));
    }
}

// MC-SEC-05
static void a_code_lives_as_long_as_configured(void **state)
{
    (void)state;
    static const struct {
        const struct mc_challenge *challenge;
        int64_t seconds;
        enum mc_result result;
    } rows[] = {{&by_sms, 0, MC_OK},      {&by_sms, 299, MC_OK},   {&by_sms, 300, MC_WRONG},
                {&by_sms, 301, MC_WRONG}, {&by_email, 599, MC_OK}, {&by_email, 600, MC_WRONG}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        char code[16];
        get(&unit, rows[i].challenge, code);
        unit_clock += rows[i].seconds * MC_SECOND;
        struct mc_pending pending;
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        fake_directory_account(&unit, &account);
        assert_int_equal(mc_challenge_look(&unit.context, &account, rows[i].challenge, &pending),
                         MC_OK);
        assert_int_equal(pending.is_pending, rows[i].result == MC_OK);
        assert_int_equal(try(&unit, rows[i].challenge, code), rows[i].result);
    }
}

// MC-SEC-06
static void a_new_code_voids_the_one_before_of_its_kind(void **state)
{
    (void)state;
    SETUP;
    char first[16], second[16], mailed[16];
    get(&unit, &by_sms, first);
    get(&unit, &by_email, mailed);
    unit_clock += 61 * MC_SECOND;
    do {
        unit_clock += 3600 * MC_SECOND;
        fake_directory_remove("mycredChallenge");
        get(&unit, &by_sms, first);
        unit_clock += 61 * MC_SECOND;
        get(&unit, &by_sms, second);
    } while (strcmp(first, second) == 0);
    assert_int_equal(fake_directory_count("mycredChallenge"), 1);
    assert_int_equal(try(&unit, &by_sms, first), MC_WRONG);
    assert_int_equal(try(&unit, &by_sms, second), MC_OK);
}

// MC-SEC-06: a login elsewhere, or a change in another window, keeps the code it was sent
static void a_new_code_leaves_those_of_other_kinds(void **state)
{
    (void)state;
    static const struct mc_challenge others[] = {KIND("login", MC_METHOD_EMAIL, ""),
                                                 KIND("identity", MC_METHOD_SMS, "f1")};
    for (size_t i = 0; i < MC_COUNT(others); i++) {
        SETUP;
        char code[16], other[16];
        get(&unit, &by_sms, code);
        unit_clock += 61 * MC_SECOND;
        get(&unit, &others[i], other);
        assert_int_equal(fake_directory_count("mycredChallenge"), 2);
        assert_int_equal(try(&unit, &by_sms, code), MC_OK);
    }
}

// MC-SEC-07: asking again is no way to more guesses
// One of another kind may be about to be spent for an hour after its end
static void a_new_code_drops_what_is_long_over(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds; // since its end
        size_t left;
    } rows[] = {{-1, 2}, {1, 2}, {3600, 2}, {3601, 1}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        char code[16];
        get(&unit, &by_sms, code);
        unit_clock += (unit.config->sms_code_life + rows[i].seconds) * MC_SECOND;
        get(&unit, &by_email, code);
        assert_int_equal(fake_directory_count("mycredChallenge"), rows[i].left);
    }
}

static void a_new_code_forgives_no_failure(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    get(&unit, &by_sms, code);
    for (int i = 0; i < 4; i++) {
        unit_clock += MC_SECOND;
        assert_int_equal(try(&unit, &by_sms, wrong_of(code)), MC_WRONG);
    }
    unit_clock += 61 * MC_SECOND;
    get(&unit, &by_sms, code);
    assert_int_equal(fake_directory_count("mycredCodeFailure"), 4);
    assert_int_equal(try(&unit, &by_sms, wrong_of(code)), MC_WRONG);
    assert_int_equal(try(&unit, &by_sms, code), MC_THROTTLED);
    assert_int_equal(fake_directory_count("mycredCodeFailure"), 5);
}

// MC-SEC-22: after five wrong tries a code is dead, also when the wait is over
static void a_code_dies_of_wrong_tries(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    get(&unit, &by_sms, code);
    for (unsigned left = 5; left-- > 0;) {
        struct mc_attempt attempt = {0};
        unit_clock += MC_SECOND;
        assert_int_equal(give(&unit, &by_sms, wrong_of(code), &attempt), MC_WRONG);
        assert_int_equal(attempt.tries_left, left);
    }
    struct mc_attempt attempt = {0};
    assert_int_equal(give(&unit, &by_sms, code, &attempt), MC_THROTTLED);
    assert_int_equal(attempt.retry_at, unit_clock + 30 * MC_SECOND);
    unit_clock += 31 * MC_SECOND;
    assert_int_equal(try(&unit, &by_sms, code), MC_WRONG);
}

// MC-SEC-19: codes of the server that was the writer before are void at another
static void a_code_belongs_to_the_server_that_made_it(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    get(&unit, &by_sms, code);
    fake_directory.writer = 2;
    assert_int_equal(try(&unit, &by_sms, code), MC_WRONG);
    fake_directory.writer = 1;
    assert_int_equal(try(&unit, &by_sms, code), MC_OK);
}

// MC-SEC-34
static void messages_are_rationed(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    mc_time from = 0;
    get(&unit, &by_sms, code);
    unit_clock += 20 * MC_SECOND;
    assert_int_equal(ask(&unit, &by_sms, code, &from), MC_THROTTLED);
    assert_int_equal(from, UNIT_TIME + 60 * MC_SECOND);
    assert_int_equal(fake_directory_count("mycredChallenge"), 1);
    get(&unit, &by_email, code);
    unit_clock += 41 * MC_SECOND;
    get(&unit, &by_sms, code);
}

// MC-SEC-178: whatever happens in years, the entry stays as small
static void thousands_of_messages_leave_the_entry_small(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    for (int i = 0; i < 2000; i++) {
        get(&unit, i % 2 ? &by_sms : &by_email, code);
        assert_in_range(fake_directory_count("mycredChallenge"), 1, 2);
        assert_in_range(fake_directory_count("mycredSendTime"), 1, 23);
        unit_clock += 5000 * MC_SECOND;
    }
}

static void another_message_of_the_same_moment(void)
{
    fake_directory_put("mycredSendTime", "20261121201533.000001Z sms");
}

static enum mc_result rival_sends(unsigned number)
{
    if (number == 1) {
        another_message_of_the_same_moment();
    }
    return MC_UNDECIDED;
}

// MC-SEC-35: of two that ask at once one message leaves, and only its code is there
static void the_slower_of_two_requests_takes_its_code_back(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    mc_time from = 0;
    fake_directory.before_modify = rival_sends;
    assert_int_equal(ask(&unit, &by_sms, code, &from), MC_LOST_RACE);
    assert_int_equal(fake_directory_count("mycredChallenge"), 0);
    assert_int_equal(fake_directory_count("mycredSendTime"), 1);
}

static void damaged_values_are_reported_not_skipped(void **state)
{
    (void)state;
    static const char *const values[] = {
        "login/sms",
        "login/sms ",
        "login/sms x",
        "login/sms 20261121201533Z",
        "login/sms 20261121201533Z 20261121202033Z",
        "login/sms 20261121201533Z 20261121202033Z w1",
        "login/sms 20261121201533Z 20261121202033Z w1 ",
        "login/sms 20261121201533Z 20261121202033Z w1 x",
        "login/sms 20261121201533Z 20261121202033Z w1 k1:AAAA",
        "login/sms 20261121201533Z 20261121202033Z w1 k9:"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "login/sms 20261121201533Z 20261121202033Z w0 k1:AAAA",
        "login/sms 20261121201533Z 20261121202033Z w100 k1:AAAA",
        "login/sms 20261121201533Z 20261121202033Z 1 k1:AAAA",
        "login/sms 20261121201533Z - w1 k1:AAAA",
    };
    for (size_t i = 0; i < MC_COUNT(values); i++) {
        SETUP;
        struct mc_attempt attempt = {0};
        fake_directory_put("mycredChallenge", values[i]);
        assert_int_equal(give(&unit, &by_sms, "123456", &attempt), MC_BAD_DATA);
        assert_string_equal(attempt.damaged, "mycredChallenge");
        assert_int_equal(try(&unit, &by_email, "123456"), MC_WRONG);
    }
}

static void answers_of_any_kind_are_wrong_and_counted(void **state)
{
    (void)state;
    SETUP;
    static const char *const answers[] = {"", "-", "12345", "1234567", "+12345", "\xef\xbc\x91"};
    char code[16];
    get(&unit, &by_sms, code);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(try(&unit, &by_sms, answers[i]), MC_WRONG);
        assert_int_equal(fake_directory_count("mycredCodeFailure"), i + 1);
    }
}

static void what_could_not_be_sent_is_voided(void **state)
{
    (void)state;
    SETUP;
    char code[16];
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    get(&unit, &by_sms, code);
    fake_directory_account(&unit, &account);
    mc_challenge_void(&unit.context, &account, &by_email);
    assert_int_equal(fake_directory_count("mycredChallenge"), 1);
    mc_challenge_void(&unit.context, &account, &by_sms);
    assert_int_equal(fake_directory_count("mycredChallenge"), 0);
    assert_int_equal(fake_directory_count("mycredSendTime"), 1);
}

static unsigned failing_modify;
static enum mc_result failure;

static enum mc_result fail_one(unsigned number)
{
    return number == failing_modify ? failure : MC_UNDECIDED;
}

// MC-SEC-17: no failing write ends in a proof or in a message
static void a_failing_write_never_proves_or_sends(void **state)
{
    (void)state;
    static const enum mc_result failures[] = {MC_UNAVAILABLE, MC_LOST_RACE, MC_NOT_FOUND,
                                              MC_NO_MEMORY, MC_INTERNAL};
    for (size_t i = 0; i < MC_COUNT(failures); i++) {
        SETUP;
        char code[16];
        mc_time from = 0;
        failure = failures[i];
        failing_modify = 1;
        fake_directory.before_modify = fail_one;
        assert_int_not_equal(ask(&unit, &by_sms, code, &from), MC_OK);
        get(&unit, &by_sms, code);
        // the charge may be repeated a microsecond later; the spending never
        failing_modify = fake_directory.modifies + 2;
        assert_int_not_equal(try(&unit, &by_sms, code), MC_OK);
        failing_modify = 0;
        assert_int_equal(try(&unit, &by_sms, code), MC_OK);
    }
}

// ---- races ----

static enum mc_result give_by_sms(const struct unit *unit, struct mc_account *account,
                                  const char *typed)
{
    struct mc_attempt attempt = {0};
    return mc_attempt_challenge(&unit->context, account, &by_sms, mc_span_of(typed), &attempt);
}

// MC-SEC-12
static void of_many_right_answers_at_once_one_is_taken(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        SETUP;
        char code[16];
        get(&unit, &by_sms, code);
        unit_clock_ticks = true;
        assert_int_equal(fake_directory_race(&unit, give_by_sms, code, MC_OK), 1);
    }
}

// MC-SEC-21
static void of_many_wrong_guesses_at_once_five_are_compared(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        SETUP;
        char code[16];
        get(&unit, &by_sms, code);
        unit_clock_ticks = true;
        assert_int_equal(fake_directory_race(&unit, give_by_sms, wrong_of(code), MC_WRONG), 5);
        assert_int_equal(fake_directory_count("mycredCodeFailure"), 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_good_once),
        cmocka_unit_test(what_is_stored_has_the_form_of_its_description),
        cmocka_unit_test(a_code_works_where_it_was_made_for_alone),
        cmocka_unit_test(a_code_is_bound_to_entry_address_times_and_key),
        cmocka_unit_test(codes_of_the_site_are_by_its_own_key),
        cmocka_unit_test(a_code_lives_as_long_as_configured),
        cmocka_unit_test(a_new_code_voids_the_one_before_of_its_kind),
        cmocka_unit_test(a_new_code_leaves_those_of_other_kinds),
        cmocka_unit_test(a_new_code_drops_what_is_long_over),
        cmocka_unit_test(a_new_code_forgives_no_failure),
        cmocka_unit_test(a_code_dies_of_wrong_tries),
        cmocka_unit_test(a_code_belongs_to_the_server_that_made_it),
        cmocka_unit_test(messages_are_rationed),
        cmocka_unit_test(thousands_of_messages_leave_the_entry_small),
        cmocka_unit_test(the_slower_of_two_requests_takes_its_code_back),
        cmocka_unit_test(damaged_values_are_reported_not_skipped),
        cmocka_unit_test(answers_of_any_kind_are_wrong_and_counted),
        cmocka_unit_test(what_could_not_be_sent_is_voided),
        cmocka_unit_test(a_failing_write_never_proves_or_sends),
        cmocka_unit_test(of_many_right_answers_at_once_one_is_taken),
        cmocka_unit_test(of_many_wrong_guesses_at_once_five_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
