// SPDX-License-Identifier: Apache-2.0
#include "common/device_bind.h"

#include "common/attempt.h"
#include "common/field.h"
#include "tests/unit/fake_directory.h"

#define STEP (30 * MC_SECOND)

#define SETUP FAKE_DIRECTORY_UNIT("", NULL)

struct bound {
    struct mc_device device;
    struct mc_recovery_codes codes;
};

static void bound_release(struct bound *bound)
{
    mc_device_release(&bound->device);
    mc_recovery_codes_release(&bound->codes);
}

static enum mc_result bind(const struct unit *unit, const char *label, mc_time proved, bool choose,
                           struct bound *bound)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    fake_directory_account(unit, &account);
    bound_release(bound);
    assert_int_equal(mc_device_make(&bound->device), MC_OK);
    bound->device.label = mc_span_of(label);
    const struct mc_binding binding = {
        .device = &bound->device, .proved = proved, .choose = choose};
    return mc_device_bind(&unit->context, &account, &binding, &bound->codes);
}

static mc_time step_now(void)
{
    return unit_clock - unit_clock % STEP;
}

static enum mc_result sign_in(const struct unit *unit, const struct mc_device *device, mc_time time)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_SECRET struct mc_secret code = {0};
    struct mc_attempt attempt = {0};
    fake_directory_account(unit, &account);
    assert_int_equal(mc_device_code(device, time, &code), MC_OK);
    return mc_attempt_totp(&unit->context, &account, mc_secret_span(&code), &attempt);
}

// MC-SEC-45: 160 bits, never the same
static void new_devices_have_secrets_of_160_bits(void **state)
{
    (void)state;
    MC_CLEANUP(mc_device_release) struct mc_device first = {0};
    assert_int_equal(mc_device_make(&first), MC_OK);
    assert_int_equal(first.secret.size, 20);
    for (int i = 0; i < 1000; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device other = {0};
        assert_int_equal(mc_device_make(&other), MC_OK);
        assert_int_equal(other.secret.size, 20);
        assert_memory_not_equal(first.secret.data, other.secret.data, 20);
    }
}

static void a_bound_device_is_a_way_to_sign_in(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(bound_release) struct bound bound = {0};
    assert_int_equal(bind(&unit, "phone of Alice", step_now(), true, &bound), MC_OK);
    assert_int_equal(fake_directory_count("mycredTotp"), 1);
    assert_int_equal(fake_directory_count("mycredRecovery"), MC_RECOVERY_CODES);
    assert_string_equal(fake_directory_value("mycredLoginMethod", 0), "totp");
    assert_string_equal(fake_directory_value("objectClass", 0), "mycredAccount");
    assert_string_equal(fake_directory_value("mycredTotpUsed", 0), "20261121201530Z");
    assert_int_equal(bound.device.id, 1);
    assert_int_equal(bound.device.created, UNIT_TIME);
    unit_clock += STEP;
    assert_int_equal(sign_in(&unit, &bound.device, unit_clock), MC_OK);
}

// MC-SEC-51
static void the_code_that_bound_is_spent(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(bound_release) struct bound bound = {0};
    assert_int_equal(bind(&unit, "phone", step_now(), false, &bound), MC_OK);
    assert_int_equal(sign_in(&unit, &bound.device, unit_clock), MC_WRONG);
    assert_int_equal(fake_directory_count("mycredLoginMethod"), 0);
}

// MC-SEC-101: all old codes end with the new ones
static void recovery_codes_are_renewed_as_a_whole(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(bound_release) struct bound bound = {0};
    MC_CLEANUP(mc_recovery_codes_release) struct mc_recovery_codes renewed = {0};
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    assert_int_equal(bind(&unit, "phone", 0, false, &bound), MC_OK);
    fake_directory_account(&unit, &account);
    assert_int_equal(mc_recovery_renew(&unit.context, &account, NULL, &renewed), MC_OK);
    assert_int_equal(fake_directory_count("mycredRecovery"), MC_RECOVERY_CODES);
    mc_account_release(&account);
    fake_directory_account(&unit, &account);
    for (size_t i = 0; i < MC_RECOVERY_CODES; i++) {
        const struct mc_secret *const codes[] = {&bound.codes.items[i], &renewed.items[i]};
        for (int new = 0; new < 2; new ++) {
            MC_AUTO_SECRET struct mc_secret tidy = {0};
            struct mc_span value = {NULL, 0};
            assert_int_equal(mc_field_tidy(mc_secret_span(codes[new]), &tidy), MC_OK);
            assert_int_equal(
                mc_recovery_find(&unit.context, &account, mc_secret_span(&tidy), &value),
                new ? MC_OK : MC_WRONG);
        }
    }
}

// Whoever has some keeps them with a further device; whoever has none gets them all the same
static void recovery_codes_may_stay(void **state)
{
    (void)state;
    static const struct {
        bool keep, had, made;
    } rows[] = {
        {true, true, false}, {true, false, true}, {false, true, true}, {false, false, true}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        MC_CLEANUP(bound_release) struct bound bound = {0};
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        if (rows[i].had) {
            fake_directory_put("mycredRecovery", "7 before");
        }
        fake_directory_account(&unit, &account);
        assert_int_equal(mc_device_make(&bound.device), MC_OK);
        bound.device.label = mc_span_of("phone");
        const struct mc_binding binding = {.device = &bound.device, .keep_codes = rows[i].keep};
        assert_int_equal(mc_device_bind(&unit.context, &account, &binding, &bound.codes), MC_OK);
        assert_int_equal(bound.codes.items[0].size > 0, rows[i].made);
        assert_int_equal(fake_directory_count("mycredRecovery"),
                         rows[i].made ? MC_RECOVERY_CODES : 1);
        assert_int_equal(fake_directory_count("mycredTotp"), 1);
    }
}

static void ids_are_not_given_twice(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(bound_release) struct bound bound = {0};
    for (unsigned id = 1; id <= 3; id++) {
        assert_int_equal(bind(&unit, "phone", 0, false, &bound), MC_OK);
        assert_int_equal(bound.device.id, id);
    }
    fake_directory_remove("mycredTotp");
    fake_directory_put("mycredTotp", "41 x");
    fake_directory_put("mycredTotp", "damaged");
    fake_directory_put("mycredTotp", "4294967295 x");
    assert_int_equal(bind(&unit, "phone", 0, false, &bound), MC_OK);
    assert_int_equal(bound.device.id, 42);
}

// The newest step ever spent stays the newest, and an end is put to this factor's failures alone.
static void watermark_and_failures_after_binding(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        bool proved;
        const char *after;
        size_t failures;
    } rows[] = {
        {NULL, true, "20261121201530Z", 0},
        {"20261121201500Z", true, "20261121201530Z", 0},
        {"20261121201530Z", true, "20261121201530Z", 0},
        {"20361121201530Z", true, "20361121201530Z", 0},
        {"20261121201500Z", false, "20261121201500Z", 2},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        MC_CLEANUP(bound_release) struct bound bound = {0};
        fake_directory_put("mycredTotpFailure", "20261121201000.000001Z");
        fake_directory_put("mycredTotpFailure", "20261121201000.000002Z");
        fake_directory_put("mycredCodeFailure", "20261121201000.000001Z");
        if (rows[i].before) {
            fake_directory_put("mycredTotpUsed", rows[i].before);
        }
        assert_int_equal(bind(&unit, "phone", rows[i].proved ? step_now() : 0, false, &bound),
                         MC_OK);
        assert_string_equal(fake_directory_value("mycredTotpUsed", 0), rows[i].after);
        assert_int_equal(fake_directory_count("mycredTotpFailure"), rows[i].failures);
        assert_int_equal(fake_directory_count("mycredCodeFailure"), 1);
    }
}

static void the_method_is_changed_where_it_differs(void **state)
{
    (void)state;
    static const char *const before[] = {NULL, "totp", "sms"};
    for (size_t i = 0; i < MC_COUNT(before); i++) {
        SETUP;
        MC_CLEANUP(bound_release) struct bound bound = {0};
        if (before[i]) {
            fake_directory_put("mycredLoginMethod", before[i]);
        }
        assert_int_equal(bind(&unit, "phone", 0, true, &bound), MC_OK);
        assert_int_equal(fake_directory_count("mycredLoginMethod"), 1);
        assert_string_equal(fake_directory_value("mycredLoginMethod", 0), "totp");
    }
}

static void assert_nothing_was_written(const struct bound *bound)
{
    static const char *const attributes[] = {"mycredTotp", "mycredRecovery", "objectClass"};
    for (size_t i = 0; i < MC_COUNT(attributes); i++) {
        assert_int_equal(fake_directory_count(attributes[i]), 0);
    }
    for (size_t i = 0; i < MC_RECOVERY_CODES; i++) {
        assert_null(bound->codes.items[i].data);
    }
}

static void a_label_is_one_line_of_text(void **state)
{
    (void)state;
    static char longest[66];
    memset(longest, 'a', sizeof longest - 1);
    static const struct {
        const char *label, *complaint;
    } rows[] = {{"phone", NULL},
                {"\xe6\x89\x8b\xe6\x9c\xba  1", NULL},
                {longest + 1, NULL},
                {longest, "must have 1 to 64 bytes"},
                {"", "must have 1 to 64 bytes"},
                {"a\nb", "must not hold control characters"},
                {"a\tb", "must not hold control characters"},
                {"a\x7f", "must not hold control characters"},
                {"\xff", "must be UTF-8"},
                {"\xed\xa0\x80", "must be UTF-8"}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        MC_CLEANUP(bound_release) struct bound bound = {0};
        const char *complaint = mc_device_label_complaint(mc_span_of(rows[i].label));
        assert_int_equal(complaint == NULL, rows[i].complaint == NULL);
        if (complaint) {
            assert_string_equal(complaint, rows[i].complaint);
            assert_int_equal(bind(&unit, rows[i].label, 0, true, &bound), MC_MALFORMED);
            assert_nothing_was_written(&bound);
        }
    }
}

static void what_is_damaged_stops_the_binding(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(bound_release) struct bound bound = {0};
    fake_directory_put("mycredTotpUsed", "yesterday");
    assert_int_equal(bind(&unit, "phone", step_now(), true, &bound), MC_BAD_DATA);
    assert_nothing_was_written(&bound);
}

static enum mc_result rival_chooses(unsigned number)
{
    (void)number;
    fake_directory_put("mycredLoginMethod", "sms");
    return MC_UNDECIDED;
}

static enum mc_result server_fails(unsigned number)
{
    (void)number;
    return MC_UNAVAILABLE;
}

// MC-SEC-50, MC-SEC-84: all of it or nothing
static void a_binding_that_fails_writes_nothing(void **state)
{
    (void)state;
    static const struct {
        enum mc_result (*before_modify)(unsigned number);
        enum mc_result result;
    } rows[] = {{rival_chooses, MC_LOST_RACE}, {server_fails, MC_UNAVAILABLE}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        MC_CLEANUP(bound_release) struct bound bound = {0};
        fake_directory.before_modify = rows[i].before_modify;
        assert_int_equal(bind(&unit, "phone", step_now(), true, &bound), rows[i].result);
        assert_nothing_was_written(&bound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_devices_have_secrets_of_160_bits),
        cmocka_unit_test(a_bound_device_is_a_way_to_sign_in),
        cmocka_unit_test(the_code_that_bound_is_spent),
        cmocka_unit_test(recovery_codes_are_renewed_as_a_whole),
        cmocka_unit_test(recovery_codes_may_stay),
        cmocka_unit_test(ids_are_not_given_twice),
        cmocka_unit_test(watermark_and_failures_after_binding),
        cmocka_unit_test(the_method_is_changed_where_it_differs),
        cmocka_unit_test(a_label_is_one_line_of_text),
        cmocka_unit_test(what_is_damaged_stops_the_binding),
        cmocka_unit_test(a_binding_that_fails_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
