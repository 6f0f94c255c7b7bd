// SPDX-License-Identifier: Apache-2.0
// MC-SEC-155: what hosts seal for the outbox is theirs to choose, so it is looked at before it
// becomes part of a message.
#include "common/notice.h"

#include "common/outbox.h"
#include "common/seal.h"
#include "common/warning.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

#define OPTIONS "mail_from = mycred@example.org\nsite_url = https://login.example.org/\n"
#define SETUP FAKE_DIRECTORY_UNIT(OPTIONS, put_contacts)
#define NOW "20261121201533Z"
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" // 64

static void put_contacts(const struct unit *unit)
{
    (void)unit;
    fake_directory_put("objectClass", "mycredAccount");
    fake_directory_put("mail", "alice@example.org");
}

// As a host does it, whose key is the logins'.
static void put_leased(const struct unit *unit, unsigned event, const char *rest, const char *lease)
{
    static const char id[] = "h-ABCDEFGHIJKLM";
    const struct mc_seal_context about = {"mycredNotice", UNIT_UUID, mc_span_of(id)};
    MC_AUTO_BUFFER struct mc_buffer plain, value;
    mc_buffer_init(&plain, 1024);
    mc_buffer_init(&value, 4096);
    mc_buffer_format(&plain, "%u %s", event, rest);
    mc_buffer_format(&value, "%s " NOW " %s ", id, lease);
    assert_int_equal(mc_seal(unit->keys, &about, mc_buffer_span(&plain), &value), MC_OK);
    fake_directory_put("mycredNotice", mc_buffer_text(&value));
}

static void put_sealed(const struct unit *unit, unsigned event, const char *rest)
{
    put_leased(unit, event, rest, "-");
}

static enum mc_result claim(const struct unit *unit, struct mc_buffer *jobs)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer values;
    mc_time from = 0;
    mc_buffer_init(&values, 65536);
    mc_buffer_init(jobs, 65536);
    fake_directory_account(unit, &account);
    return mc_notice_claim(&unit->context, &account, &values, jobs, &from);
}

static void a_host_tells_a_place_and_a_time(void **state)
{
    (void)state;
    SETUP;
    MC_AUTO_BUFFER struct mc_buffer jobs;
    put_sealed(&unit, MC_NOTICE_WRONG_CODES, NOW " 2001:db8::7 ");
    assert_int_equal(claim(&unit, &jobs), MC_OK);
    assert_non_null(strstr(mc_buffer_text(&jobs), "From: 2001:db8::7\n"));
}

static void a_host_tells_nothing_else(void **state)
{
    static const struct {
        unsigned event;
        const char *rest;
    } lies[] = {
        {MC_NOTICE_PASSWORD_CHANGED, NOW " 192.0.2.7 "},
        {MC_NOTICE_EMAIL_CHANGED, NOW " 192.0.2.7 mallory@example.org"},
        {MC_NOTICE_WRONG_CODES, NOW " 192.0.2.7\n\nCall-0900-123456 "},
        {MC_NOTICE_WRONG_CODES, NOW " https://evil.example/ "},
        {MC_NOTICE_WRONG_CODES, NOW " " LONG " "},
        {MC_NOTICE_WRONG_CODES, NOW "  "},
        {MC_NOTICE_WRONG_CODES, NOW " 192.0.2.7 and more"},
        {MC_NOTICE_WRONG_CODES, "2026 192.0.2.7 "},
        {MC_NOTICE_WRONG_CODES, "1"},
        {MC_NOTICE_WRONG_CODES, ""},
    };
    (void)state;
    for (size_t i = 0; i < MC_COUNT(lies); i++) {
        SETUP;
        MC_AUTO_BUFFER struct mc_buffer jobs;
        put_sealed(&unit, lies[i].event, lies[i].rest);
        assert_int_equal(claim(&unit, &jobs), MC_BAD_DATA);
        assert_int_equal(jobs.size, 0);
    }
}

static void whatever_pam_was_told_the_warning_is_delivered(void **state)
{
    static const char *const sources[] = {"", "a b\n<c>/d", "pc.example.org", LONG "aaaa"};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(sources); i++) {
        SETUP;
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        MC_AUTO_BUFFER struct mc_buffer jobs;
        struct mc_context host = unit.context;
        struct mc_attempt attempt = {.failures = 3};
        snprintf(attempt.charge, sizeof attempt.charge, "%s", NOW);
        host.site_keys = NULL;
        fake_directory_account(&unit, &account);
        assert_int_equal(mc_warn_of_failures(&host, &account, &attempt, mc_span_of(sources[i])),
                         MC_WARNING_SEVERAL);
        assert_int_equal(claim(&unit, &jobs), MC_OK);
        assert_int_equal(strstr(mc_buffer_text(&jobs), "From: a?b??c??d\n") != NULL, i == 1);
    }
}

// MC-SEC-86: one process sends; where it has ended without a word another does
static void a_notice_is_one_process_s_until_its_lease_is_over(void **state)
{
    static const struct {
        const char *lease;
        enum mc_result result;
    } rows[] = {{"-", MC_OK},
                {"20261121201534Z", MC_NOT_FOUND},
                {NOW, MC_NOT_FOUND},
                {"20261121201532Z", MC_OK},
                {"damaged", MC_NOT_FOUND}};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        MC_AUTO_BUFFER struct mc_buffer jobs;
        put_leased(&unit, MC_NOTICE_WRONG_CODES, NOW " 192.0.2.7 ", rows[i].lease);
        assert_int_equal(claim(&unit, &jobs), rows[i].result);
        assert_int_equal(jobs.size > 0, rows[i].result == MC_OK);
    }
}

static void messages_to_a_person_keep_a_distance(void **state)
{
    static const struct {
        const char *sent;
        enum mc_result result;
    } rows[] = {{"20261121201513.000000Z notice", MC_OK}, // 20 s ago
                {"20261121201513.000001Z notice", MC_THROTTLED},
                {"20261121201533.000000Z notice", MC_THROTTLED},
                {"20261121201533.000000Z email", MC_OK},
                // by a clock that ran ahead: nobody waits for it to come true
                {"20261121201533.000001Z notice", MC_OK},
                {"20361121201533.000000Z notice", MC_OK},
                {"damaged notice", MC_OK}};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        MC_AUTO_BUFFER struct mc_buffer jobs;
        put_sealed(&unit, MC_NOTICE_WRONG_CODES, NOW " 192.0.2.7 ");
        fake_directory_put("mycredSendTime", rows[i].sent);
        assert_int_equal(claim(&unit, &jobs), rows[i].result);
    }
}

static void what_nobody_takes_is_given_up_after_two_days(void **state)
{
    static const char old[] = "A 20261119201532Z - x\n", young[] = "B 20261119201533Z - x\n",
                      both[] = "A 20261119201532Z - x\nB 20261119201533Z - x\n";
    (void)state;
    SETUP;
    assert_true(mc_notice_is_too_old(&unit.context, mc_span_of(old)));
    assert_false(mc_notice_is_too_old(&unit.context, mc_span_of(young)));
    assert_false(mc_notice_is_too_old(&unit.context, mc_span_of(both)));
    assert_false(mc_notice_is_too_old(&unit.context, mc_span_of("A damaged - x\n")));
    assert_false(mc_notice_is_too_old(&unit.context, mc_span_of("")));
}

static bool nobody_takes_it(void *data, struct mc_span job, char cause[MC_OUTBOX_CAUSE_MAX])
{
    unsigned *sends = data;
    ++*sends;
    assert_true(job.size > 0);
    snprintf(cause, MC_OUTBOX_CAUSE_MAX, "outcome=temporary cause=unreachable");
    return false;
}

// MC-SEC-86: until then it waits, and afterwards it is tried no more
static void the_outbox_is_rid_of_a_notice_after_two_days(void **state)
{
    static const struct {
        int hours;
        enum mc_result result;
        size_t left;
    } rows[] = {{0, MC_UNDELIVERED, 1}, {47, MC_UNDELIVERED, 1}, {49, MC_OK, 0}};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        unsigned sends = 0;
        size_t sent = 0;
        const struct mc_outbox outbox = {.send = nobody_takes_it, .data = &sends};
        put_sealed(&unit, MC_NOTICE_WRONG_CODES, NOW " 192.0.2.7 ");
        unit_clock += rows[i].hours * 3600 * MC_SECOND;
        assert_int_equal(mc_outbox_drain(&unit.context, &outbox, UNIT_DN, 4, &sent),
                         rows[i].result);
        assert_int_equal(sends, 1);
        assert_int_equal(fake_directory_count("mycredNotice"), rows[i].left);
    }
}

// A right code that another login of the same moment spent is nobody's guess
static void a_lost_race_warns_of_nothing(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        SETUP;
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        struct mc_attempt attempt = {.failures = 3, .lost_race = lost};
        snprintf(attempt.charge, sizeof attempt.charge, "%s", NOW);
        fake_directory_account(&unit, &account);
        assert_int_equal(
            mc_warn_of_failures(&unit.context, &account, &attempt, mc_span_of("192.0.2.7")),
            lost ? MC_WARNING_NONE : MC_WARNING_SEVERAL);
        assert_int_equal(fake_directory_count("mycredNotice"), !lost);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_tells_a_place_and_a_time),
        cmocka_unit_test(a_host_tells_nothing_else),
        cmocka_unit_test(a_notice_is_one_process_s_until_its_lease_is_over),
        cmocka_unit_test(messages_to_a_person_keep_a_distance),
        cmocka_unit_test(what_nobody_takes_is_given_up_after_two_days),
        cmocka_unit_test(the_outbox_is_rid_of_a_notice_after_two_days),
        cmocka_unit_test(a_lost_race_warns_of_nothing),
        cmocka_unit_test(whatever_pam_was_told_the_warning_is_delivered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
