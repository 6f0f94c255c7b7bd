// SPDX-License-Identifier: Apache-2.0
#include "common/recovery.h"

#include "common/field.h"
#include "common/seal.h"
#include "tests/unit/unit.h"

#define CODES 10

// Ten codes as they are shown, and an account that holds them.
struct holder {
    struct mc_secret codes[CODES];
    struct mc_buffer values[CODES];
    struct mc_account account;
};

static void holder_release(struct holder *holder)
{
    for (size_t i = 0; i < CODES; i++) {
        mc_secret_release(&holder->codes[i]);
        mc_buffer_release(&holder->values[i]);
    }
    mc_account_release(&holder->account);
}

static struct holder holder_of(const struct unit *unit)
{
    struct holder holder = {0};
    const char *pairs[2 * CODES + 1];
    for (unsigned i = 0; i < CODES; i++) {
        mc_buffer_init(&holder.values[i], 512);
        assert_int_equal(
            mc_recovery_make(&unit->context, UNIT_UUID, i + 1, &holder.codes[i], &holder.values[i]),
            MC_OK);
        pairs[2 * i] = "mycredRecovery";
        pairs[2 * i + 1] = holder.values[i].data;
    }
    pairs[2 * CODES] = NULL;
    unit_account(&unit->context, pairs, &holder.account);
    return holder;
}

static enum mc_result find(const struct unit *unit, const struct mc_account *account,
                           const char *typed, struct mc_span *ret_value)
{
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    assert_int_equal(mc_field_tidy(mc_span_of(typed), &tidy), MC_OK);
    return mc_recovery_find(&unit->context, account, mc_secret_span(&tidy), ret_value);
}

// MC-SEC-101: 13 characters of base32 are 65 bits
static void a_code_has_65_bits_in_three_groups(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit);
    for (size_t i = 0; i < CODES; i++) {
        const char *code = holder.codes[i].data;
        MC_AUTO_SECRET struct mc_secret tidy = {0};
        assert_int_equal(strlen(code), 15);
        assert_int_equal(code[4], '-');
        assert_int_equal(code[10], '-');
        assert_int_equal(mc_field_tidy(mc_secret_span(&holder.codes[i]), &tidy), MC_OK);
        assert_true(mc_recovery_is_code(mc_secret_span(&tidy)));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(code, holder.codes[j].data);
        }
    }
}

static void each_code_finds_its_value_however_it_is_typed(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit);
    for (size_t i = 0; i < CODES; i++) {
        char typed[64];
        size_t size = 0;
        for (const char *at = holder.codes[i].data; *at; at++) {
            typed[size++] = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
            typed[size++] = ' ';
        }
        typed[size] = '\0';
        struct mc_span value = {NULL, 0};
        assert_int_equal(find(&unit, &holder.account, typed, &value), MC_OK);
        assert_true(mc_span_equals(value, holder.values[i].data));
    }
}

static void wrong_codes_find_nothing(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit);
    static const char *const codes[] = {"", "AAAA-AAAAA-AAAA", "123456", "A",
                                        "7777-77777-7777-7777-77777-7777"};
    for (size_t i = 0; i < MC_COUNT(codes); i++) {
        struct mc_span value = {NULL, 0};
        assert_int_equal(find(&unit, &holder.account, codes[i], &value), MC_WRONG);
        assert_null(value.data);
    }
    char changed[16];
    memcpy(changed, holder.codes[3].data, sizeof changed);
    changed[14] = changed[14] == 'A' ? 'B' : 'A';
    struct mc_span value = {NULL, 0};
    assert_int_equal(find(&unit, &holder.account, changed, &value), MC_WRONG);
}

static void only_thirteen_letters_of_base32_are_a_code(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_code;
    } rows[] = {{"ABCDEFGHIJKLM", true},     {"2345672345672", true},
                {"123456", false},           {"12345678", false},
                {"ABCDEFGHIJKL", false},     {"ABCDEFGHIJKLMN", false},
                {"ABCDEFGHIJKL1", false},    {"abcdefghijklm", false},
                {"ABCDEFGHIJKL\xc3", false}, {"", false},
                {"ABCD-EFGHI-JK", false}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_int_equal(mc_recovery_is_code(mc_span_of(rows[i].text)), rows[i].is_code);
    }
    assert_false(mc_recovery_is_code((struct mc_span){(const uint8_t *)"ABCDEFGHIJKL", 13}));
}

// MC-SEC-46, MC-SEC-158: a value of another entry or id is damage, and hides no good one
static void damaged_and_foreign_values_are_reported_unless_another_is_right(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit);
    MC_AUTO_BUFFER struct mc_buffer foreign, renamed;
    MC_AUTO_SECRET struct mc_secret code = {0};
    mc_buffer_init(&foreign, 512);
    mc_buffer_init(&renamed, 512);
    assert_int_equal(mc_recovery_make(&unit.context, UNIT_OTHER_UUID, 1, &code, &foreign), MC_OK);
    mc_buffer_format(&renamed, "02%s", holder.values[0].data + 2);
    const char *const bad[] = {foreign.data, renamed.data, "", "03", "03 ", "03 k1:AAAA", "x"};
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        struct mc_account account = {0};
        struct mc_span value = {NULL, 0};
        const char *const pairs[] = {"mycredRecovery", bad[i], "mycredRecovery",
                                     holder.values[1].data, NULL};
        unit_account(&unit.context, pairs, &account);
        assert_int_equal(find(&unit, &account, holder.codes[1].data, &value), MC_OK);
        assert_int_equal(find(&unit, &account, holder.codes[0].data, &value), MC_BAD_DATA);
        assert_int_equal(find(&unit, &account, code.data, &value), MC_BAD_DATA);
        mc_account_release(&account);
    }
}

// MC-SEC-101: what the directory holds does not tell the code, and survives a new key
static void a_stored_value_shows_nothing_and_outlives_a_rotation(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *both = unit_keys(UNIT_KEY_1 UNIT_KEY_2);
    struct mc_span value = {NULL, 0};
    assert_null(strstr(holder.values[0].data, holder.codes[0].data));
    unit.context.keys = both;
    assert_int_equal(find(&unit, &holder.account, holder.codes[0].data, &value), MC_OK);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *new = unit_keys(UNIT_KEY_2);
    unit.context.keys = new;
    assert_int_equal(find(&unit, &holder.account, holder.codes[0].data, &value), MC_BAD_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_has_65_bits_in_three_groups),
        cmocka_unit_test(each_code_finds_its_value_however_it_is_typed),
        cmocka_unit_test(wrong_codes_find_nothing),
        cmocka_unit_test(only_thirteen_letters_of_base32_are_a_code),
        cmocka_unit_test(damaged_and_foreign_values_are_reported_unless_another_is_right),
        cmocka_unit_test(a_stored_value_shows_nothing_and_outlives_a_rotation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
