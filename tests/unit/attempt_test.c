// SPDX-License-Identifier: Apache-2.0
// Proving by a virtual MFA device and by recovery codes; sent codes are in challenge_test.c.
#include "common/attempt.h"

#include "common/device.h"
#include "common/field.h"
#include "common/limit.h"
#include "common/recovery.h"
#include "common/seal.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

#define STEP (30 * MC_SECOND)

#define SETUP(options) FAKE_DIRECTORY_UNIT(options, bind_all)

static struct mc_secret recovery_code;

static void bind_all(const struct unit *unit)
{
    MC_AUTO_BUFFER struct mc_buffer device, recovery;
    mc_buffer_init(&device, 512);
    mc_buffer_init(&recovery, 512);
    mc_secret_release(&recovery_code);
    assert_int_equal(mc_device_write(&unit->context, UNIT_UUID, &unit_phone, &device), MC_OK);
    assert_int_equal(mc_recovery_make(&unit->context, UNIT_UUID, 1, &recovery_code, &recovery),
                     MC_OK);
    fake_directory_put("mycredTotp", device.data);
    fake_directory_put("mycredRecovery", recovery.data);
}

typedef enum mc_result attempt_function(const struct mc_context *context,
                                        struct mc_account *account, struct mc_span typed,
                                        struct mc_attempt *ret_attempt);

static enum mc_result give(const struct unit *unit, attempt_function *prove, const char *typed,
                           struct mc_attempt *attempt)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    fake_directory_account(unit, &account);
    assert_int_equal(mc_field_tidy(mc_span_of(typed), &tidy), MC_OK);
    return prove(&unit->context, &account, mc_secret_span(&tidy), attempt);
}

static enum mc_result try_totp(const struct unit *unit, const char *code)
{
    struct mc_attempt attempt = {0};
    return give(unit, mc_attempt_totp, code, &attempt);
}

static const char *code_at(mc_time time)
{
    static char code[16];
    MC_AUTO_SECRET struct mc_secret made = {0};
    assert_int_equal(mc_device_code(&unit_phone, time, &made), MC_OK);
    snprintf(code, sizeof code, "%s", made.data);
    return code;
}

static const char *wrong_code(void)
{
    static char code[16];
    snprintf(code, sizeof code, "%s", code_at(unit_clock));
    code[5] = code[5] == '0' ? '1' : '0';
    return strcmp(code, code_at(unit_clock - STEP)) == 0 ? "999999" : code;
}

// MC-SEC-14: in its step, in the next, after the clock moved: an accepted step is dead
static void a_step_is_good_once(void **state)
{
    (void)state;
    SETUP("");
    char code[16];
    snprintf(code, sizeof code, "%s", code_at(unit_clock));
    assert_int_equal(try_totp(&unit, code), MC_OK);
    assert_string_equal(fake_directory_value("mycredTotpUsed", 0), "20261121201530Z");
    assert_string_equal(fake_directory_value("mycredLastUse", 0), "totp 20261121000000Z");
    static const int shifts[] = {0, 30, 60, -30, -90, 90};
    for (size_t i = 0; i < MC_COUNT(shifts); i++) {
        unit_clock = UNIT_TIME + shifts[i] * MC_SECOND;
        fake_directory_remove("mycredTotpFailure");
        assert_int_equal(try_totp(&unit, code), MC_WRONG);
    }
    unit_clock = UNIT_TIME + 30 * MC_SECOND;
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_OK);
    assert_int_equal(fake_directory_count("mycredTotpUsed"), 1);
}

// MC-SEC-47
static void the_step_before_counts_unless_the_mode_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        int step;
        enum mc_result result;
    } rows[] = {{"", 0, MC_OK},
                {"", -1, MC_OK},
                {"", -2, MC_WRONG},
                {"", 1, MC_WRONG},
                {"totp_earlier_steps = 0\n", 0, MC_OK},
                {"totp_earlier_steps = 0\n", -1, MC_WRONG}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP(rows[i].options);
        assert_int_equal(try_totp(&unit, code_at(unit_clock + rows[i].step * STEP)),
                         rows[i].result);
    }
}

// An administrator may have typed the watermark in any form; the exact bytes are what is deleted
static void a_watermark_in_any_form_is_replaced(void **state)
{
    (void)state;
    static const char *const times[] = {"20261121201500Z", "202611212015Z", "20261121211500.0+0100",
                                        "2026112120Z"};
    for (size_t i = 0; i < MC_COUNT(times); i++) {
        SETUP("");
        fake_directory_put("mycredTotpUsed", times[i]);
        assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_OK);
        assert_int_equal(fake_directory_count("mycredTotpUsed"), 1);
        assert_string_equal(fake_directory_value("mycredTotpUsed", 0), "20261121201530Z");
    }
}

// MC-SEC-48: told apart, so that somebody can put the clock right
static void a_watermark_in_the_future_is_clock_trouble(void **state)
{
    (void)state;
    static const struct {
        const char *used;
        bool trouble;
    } rows[] = {{"20261121201630Z", false}, {"20261121201700Z", true}, {"2036112120Z", true}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP("");
        struct mc_attempt attempt = {0};
        fake_directory_put("mycredTotpUsed", rows[i].used);
        assert_int_equal(give(&unit, mc_attempt_totp, code_at(unit_clock), &attempt), MC_WRONG);
        assert_int_equal(attempt.clock_trouble, rows[i].trouble);
    }
}

// MC-SEC-19: what began before this process changed servers may have been spent at the other
static void a_step_from_before_a_change_of_servers_is_refused(void **state)
{
    (void)state;
    SETUP("");
    fake_directory.switched = UNIT_TIME;
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_WRONG);
    unit_clock += STEP;
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_OK);
}

static void the_second_device_counts_as_the_first_does(void **state)
{
    (void)state;
    SETUP("");
    MC_AUTO_BUFFER struct mc_buffer value;
    struct mc_device tablet = unit_phone;
    MC_AUTO_SECRET struct mc_secret code = {0};
    tablet.id = 2;
    tablet.secret = (struct mc_secret){(char *)(uintptr_t) "abcdefghijabcdefghij", 20};
    mc_buffer_init(&value, 512);
    assert_int_equal(mc_device_write(&unit.context, UNIT_UUID, &tablet, &value), MC_OK);
    fake_directory_put("mycredTotp", value.data);
    assert_int_equal(mc_device_code(&tablet, unit_clock, &code), MC_OK);
    assert_int_equal(try_totp(&unit, code.data), MC_OK);
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_WRONG); // one watermark for all
}

// MC-SEC-46, MC-SEC-158, F15: a damaged device hides no good one, and is never "no device"
static void damaged_devices_and_times_are_reported(void **state)
{
    (void)state;
    static const struct {
        const char *attribute, *value, *damaged;
        enum mc_result right, wrong;
    } rows[] = {
        {"mycredTotp", "2 sha1/6/30 20261121201533Z k1:AAAA x", "mycredTotp", MC_OK, MC_BAD_DATA},
        {"mycredTotp", "", "mycredTotp", MC_OK, MC_BAD_DATA},
        {"mycredTotpUsed", "yesterday", "mycredTotpUsed", MC_BAD_DATA, MC_BAD_DATA},
        {"mycredTotpFailure", "x", "mycredTotpFailure", MC_BAD_DATA, MC_BAD_DATA},
        {"mycredLockedUntil", "x", "mycredLockedUntil", MC_BAD_DATA, MC_BAD_DATA},
        {"mycredRequire", "x", "mycredRequire", MC_BAD_DATA, MC_BAD_DATA},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        for (int right = 0; right < 2; right++) {
            SETUP("");
            struct mc_attempt attempt = {0};
            MC_CLEANUP(mc_account_release) struct mc_account account = {0};
            fake_directory_account(&unit, &account); // damaged after it was read
            fake_directory_put(rows[i].attribute, rows[i].value);
            const char *code = right ? code_at(unit_clock) : wrong_code();
            enum mc_result result =
                mc_attempt_totp(&unit.context, &account, mc_span_of(code), &attempt);
            assert_int_equal(result, right ? rows[i].right : rows[i].wrong);
            if (result == MC_BAD_DATA) {
                assert_string_equal(attempt.damaged, rows[i].damaged);
            }
        }
    }
}

// MC-SEC-22, MC-SEC-23, MC-SEC-24: with every wait sat out, fifty failures are the end
static void guessing_ends_at_the_cap(void **state)
{
    (void)state;
    SETUP("");
    unsigned compared = 0;
    struct mc_attempt attempt = {0};
    for (int i = 0; i < 200; i++) {
        enum mc_result result = give(&unit, mc_attempt_totp, wrong_code(), &attempt);
        compared += result == MC_WRONG;
        if (result == MC_THROTTLED && attempt.retry_at == MC_LIMIT_NEVER) {
            break;
        }
        unit_clock = result == MC_THROTTLED ? attempt.retry_at : unit_clock + MC_SECOND;
    }
    assert_int_equal(compared, 50);
    assert_int_equal(attempt.retry_at, MC_LIMIT_NEVER);
    unit_clock += 365 * 86400 * MC_SECOND;
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_THROTTLED);
    assert_int_equal(fake_directory_count("mycredTotpFailure"), 50);
}

// MC-SEC-24: who has to wait writes nothing
static void who_waits_costs_no_write(void **state)
{
    (void)state;
    SETUP("");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(try_totp(&unit, wrong_code()), MC_WRONG);
        unit_clock += 1;
    }
    unsigned modifies = fake_directory.modifies;
    for (int i = 0; i < 500; i++) {
        assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_THROTTLED);
    }
    assert_int_equal(fake_directory.modifies, modifies);
    unit_clock += 31 * MC_SECOND;
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_OK);
}

// MC-SEC-26
static void success_clears_its_own_failures_alone(void **state)
{
    (void)state;
    SETUP("");
    static const char *const others[] = {"mycredCodeFailure", "mycredRecoveryFailure"};
    for (size_t i = 0; i < MC_COUNT(others); i++) {
        fake_directory_put(others[i], "20261121201000.000001Z");
    }
    assert_int_equal(try_totp(&unit, wrong_code()), MC_WRONG);
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_OK);
    assert_int_equal(fake_directory_count("mycredTotpFailure"), 0);
    for (size_t i = 0; i < MC_COUNT(others); i++) {
        assert_int_equal(fake_directory_count(others[i]), 1);
    }
}

// MC-SEC-15, MC-SEC-101
static void a_recovery_code_is_good_once(void **state)
{
    (void)state;
    SETUP("");
    struct mc_attempt attempt = {0};
    char code[32];
    snprintf(code, sizeof code, "%s", recovery_code.data);
    assert_int_equal(give(&unit, mc_attempt_recovery, "AAAA-AAAAA-AAAA", &attempt), MC_WRONG);
    assert_int_equal(give(&unit, mc_attempt_recovery, code, &attempt), MC_OK);
    assert_int_equal(attempt.recovery_left, 0);
    assert_int_equal(fake_directory_count("mycredRecovery"), 0);
    assert_int_equal(give(&unit, mc_attempt_recovery, code, &attempt), MC_WRONG);
    assert_int_equal(fake_directory_count("mycredRecoveryFailure"), 1);
}

static const struct unit *resealing;

// As reseal.h does: the same code, sealed anew.
static enum mc_result it_is_sealed_anew(unsigned number)
{
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    MC_AUTO_BUFFER struct mc_buffer value;
    uint8_t digest[MC_DIGEST_SIZE];
    const struct mc_seal_context about = {"mycredRecovery", UNIT_UUID, mc_span_of("01")};
    mc_buffer_init(&value, 512);
    if (number == 2) { // the first charges the attempt
        assert_int_equal(mc_field_tidy(mc_secret_span(&recovery_code), &tidy), MC_OK);
        mc_digest(mc_secret_span(&tidy), digest);
        mc_buffer_add_text(&value, "01 ");
        assert_int_equal(
            mc_seal(resealing->keys, &about, (struct mc_span){digest, sizeof digest}, &value),
            MC_OK);
        fake_directory_remove("mycredRecovery");
        fake_directory_put("mycredRecovery", mc_buffer_text(&value));
    }
    return MC_UNDECIDED;
}

// MC-SEC-15: a change of keys at this moment neither refuses the code nor lets it open twice
static void a_recovery_code_that_moves_to_a_new_key_is_good_once(void **state)
{
    (void)state;
    SETUP("");
    struct mc_attempt attempt = {0};
    resealing = &unit;
    fake_directory.before_modify = it_is_sealed_anew;
    assert_int_equal(give(&unit, mc_attempt_recovery, recovery_code.data, &attempt), MC_OK);
    assert_false(attempt.lost_race);
    assert_int_equal(fake_directory_count("mycredRecovery"), 0);
    assert_int_equal(give(&unit, mc_attempt_recovery, recovery_code.data, &attempt), MC_WRONG);
}

static void no_device_and_no_code_are_wrong(void **state)
{
    (void)state;
    SETUP("");
    fake_directory_remove("mycredTotp");
    fake_directory_remove("mycredRecovery");
    struct mc_attempt attempt = {0};
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_WRONG);
    assert_int_equal(give(&unit, mc_attempt_recovery, recovery_code.data, &attempt), MC_WRONG);
    assert_int_equal(try_totp(&unit, ""), MC_WRONG);
}

// What changed while the person typed: the Post-Read of the charge decides, not what was read
static void the_entry_as_it_is_now_decides(void **state)
{
    (void)state;
    static const struct {
        const char *attribute, *value;
        enum mc_result result;
    } rows[] = {{"mycredLockedUntil", "20261122201533Z", MC_LOCKED},
                {"mycredLockedUntil", "20261121201533Z", MC_OK},
                {"mycredTotp", NULL, MC_WRONG},
                {"mycredTotpUsed", "20261121201530Z", MC_WRONG},
                {"entryUUID", UNIT_OTHER_UUID, MC_WRONG}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP("");
        struct mc_attempt attempt = {0};
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        fake_directory_account(&unit, &account);
        fake_directory_remove(rows[i].attribute);
        if (rows[i].value) {
            fake_directory_put(rows[i].attribute, rows[i].value);
        }
        const char *code = code_at(unit_clock);
        assert_int_equal(mc_attempt_totp(&unit.context, &account, mc_span_of(code), &attempt),
                         rows[i].result);
    }
}

static unsigned failing_modify;
static enum mc_result failure;

static enum mc_result fail_one(unsigned number)
{
    return number == failing_modify ? failure : MC_UNDECIDED;
}

// MC-SEC-17, MC-SEC-21: no charge, no comparison; no spending, no proof; a statistic decides
// nothing
static void a_failing_write_denies_unless_it_is_the_statistic(void **state)
{
    (void)state;
    static const struct {
        unsigned modify;
        enum mc_result failure, result;
    } rows[] = {
        {1, MC_UNAVAILABLE, MC_UNAVAILABLE},
        {1, MC_NO_MEMORY, MC_NO_MEMORY},
        {1, MC_NOT_FOUND, MC_WRONG},
        {2, MC_UNAVAILABLE, MC_UNAVAILABLE},
        {2, MC_LOST_RACE, MC_WRONG},
        {2, MC_NOT_FOUND, MC_WRONG},
        {2, MC_NO_MEMORY, MC_NO_MEMORY},
        {3, MC_UNAVAILABLE, MC_OK},
        {3, MC_LOST_RACE, MC_OK},
        {1, MC_LOST_RACE, MC_OK}, // a microsecond later
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP("");
        struct mc_attempt attempt = {0};
        failing_modify = rows[i].modify;
        failure = rows[i].failure;
        fake_directory.before_modify = fail_one;
        assert_int_equal(give(&unit, mc_attempt_totp, code_at(unit_clock), &attempt),
                         rows[i].result);
        assert_int_equal(attempt.lost_race, rows[i].modify == 2 && failure == MC_LOST_RACE);
    }
}

static enum mc_result always_lost(unsigned number)
{
    (void)number;
    return MC_LOST_RACE;
}

static void a_charge_that_never_gets_in_gives_up(void **state)
{
    (void)state;
    SETUP("");
    fake_directory.before_modify = always_lost;
    assert_int_equal(try_totp(&unit, code_at(unit_clock)), MC_UNAVAILABLE);
    assert_in_range(fake_directory.modifies, 10, 100);
}

// The class value goes in with the first charge.
static void the_first_charge_brings_the_class(void **state)
{
    (void)state;
    SETUP("");
    assert_int_equal(try_totp(&unit, wrong_code()), MC_WRONG);
    assert_string_equal(fake_directory_value("objectClass", 0), "mycredState");
    assert_int_equal(try_totp(&unit, wrong_code()), MC_WRONG);
    assert_int_equal(fake_directory_count("objectClass"), 1);
}

// ---- races ----

static enum mc_result race_totp(const struct unit *unit, struct mc_account *account,
                                const char *typed)
{
    struct mc_attempt attempt = {0};
    return mc_attempt_totp(&unit->context, account, mc_span_of(typed), &attempt);
}

static enum mc_result race_recovery(const struct unit *unit, struct mc_account *account,
                                    const char *typed)
{
    struct mc_attempt attempt = {0};
    return mc_attempt_recovery(&unit->context, account, mc_span_of(typed), &attempt);
}

// MC-SEC-12, MC-SEC-14, MC-SEC-15, MC-SEC-21
static void of_many_at_once_one_proves_and_five_guess(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        SETUP("");
        MC_AUTO_SECRET struct mc_secret tidy = {0};
        char code[16];
        snprintf(code, sizeof code, "%s", code_at(unit_clock));
        unit_clock_ticks = true;
        assert_int_equal(fake_directory_race(&unit, race_totp, code, MC_OK), 1);
        assert_int_equal(mc_field_tidy(mc_secret_span(&recovery_code), &tidy), MC_OK);
        assert_int_equal(fake_directory_race(&unit, race_recovery, tidy.data, MC_OK), 1);
        fake_directory_remove("mycredTotpFailure");
        assert_int_equal(fake_directory_race(&unit, race_totp, "00", MC_WRONG), 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_good_once),
        cmocka_unit_test(the_step_before_counts_unless_the_mode_is_strict),
        cmocka_unit_test(a_watermark_in_any_form_is_replaced),
        cmocka_unit_test(a_watermark_in_the_future_is_clock_trouble),
        cmocka_unit_test(a_step_from_before_a_change_of_servers_is_refused),
        cmocka_unit_test(the_second_device_counts_as_the_first_does),
        cmocka_unit_test(damaged_devices_and_times_are_reported),
        cmocka_unit_test(guessing_ends_at_the_cap),
        cmocka_unit_test(who_waits_costs_no_write),
        cmocka_unit_test(success_clears_its_own_failures_alone),
        cmocka_unit_test(a_recovery_code_is_good_once),
        cmocka_unit_test(a_recovery_code_that_moves_to_a_new_key_is_good_once),
        cmocka_unit_test(no_device_and_no_code_are_wrong),
        cmocka_unit_test(the_entry_as_it_is_now_decides),
        cmocka_unit_test(a_failing_write_denies_unless_it_is_the_statistic),
        cmocka_unit_test(a_charge_that_never_gets_in_gives_up),
        cmocka_unit_test(the_first_charge_brings_the_class),
        cmocka_unit_test(of_many_at_once_one_proves_and_five_guess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
