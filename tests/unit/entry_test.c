// SPDX-License-Identifier: Apache-2.0
#include "common/entry.h"

#include "tests/unit/unit.h"

#include <stdio.h>

static void values_gather_under_their_attribute_in_any_case(void **state)
{
    (void)state;
    MC_CLEANUP(mc_entry_free_pointer)
    struct mc_entry *entry = unit_entry((const char *const[]){
        "mail", "one@example.org", "cn", "Alice", "MAIL", "two@example.org", "Mail", "", NULL});
    assert_string_equal(mc_entry_dn(entry), UNIT_DN);
    struct mc_values mails = mc_entry_values(entry, "mAiL");
    assert_int_equal(mails.count, 3);
    assert_true(mc_span_equals(mails.items[1], "two@example.org"));
    assert_int_equal(mails.items[2].size, 0);
    assert_string_equal(mc_entry_text(entry, "cn"), "Alice");
    assert_string_equal(mc_entry_text(entry, "sn"), "");
    assert_int_equal(mc_entry_values(entry, "mai").count, 0);
    assert_int_equal(mc_entry_values(entry, "mail2").count, 0);
    assert_int_equal(mc_entry_values(entry, "").count, 0);
}

static void values_are_bytes_with_a_nul_behind(void **state)
{
    (void)state;
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    assert_int_equal(mc_entry_new(mc_span_of(""), &entry), MC_OK);
    struct mc_span value = {(const uint8_t *)"a\0b", 3};
    assert_int_equal(mc_entry_add(entry, mc_span_of("x"), value), MC_OK);
    struct mc_span stored = mc_entry_values(entry, "x").items[0];
    assert_int_equal(stored.size, 3);
    assert_memory_equal(stored.data, "a\0b", 4);
}

static void thousands_of_values_and_attributes_are_kept(void **state)
{
    (void)state;
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    assert_int_equal(mc_entry_new(mc_span_of(UNIT_DN), &entry), MC_OK);
    for (unsigned i = 0; i < 2000; i++) {
        char name[16], value[16];
        snprintf(name, sizeof name, "name%u", i % 100);
        snprintf(value, sizeof value, "%u", i);
        assert_int_equal(mc_entry_add(entry, mc_span_of(name), mc_span_of(value)), MC_OK);
    }
    struct mc_values values = mc_entry_values(entry, "name42");
    assert_int_equal(values.count, 20);
    assert_true(mc_span_equals(values.items[19], "1942"));
}

static void membership_compares_whole_values_in_any_case(void **state)
{
    (void)state;
    MC_CLEANUP(mc_entry_free_pointer)
    struct mc_entry *entry = unit_entry(
        (const char *const[]){"objectClass", "top", "objectClass", "MycredAccount", NULL});
    struct mc_span longer = {(const uint8_t *)"mycredState\0x", 13};
    assert_int_equal(mc_entry_add(entry, mc_span_of("objectClass"), longer), MC_OK);
    assert_true(mc_entry_has(entry, "objectclass", "mycredAccount"));
    assert_false(mc_entry_has(entry, "objectClass", "mycred"));
    assert_false(mc_entry_has(entry, "objectClass", "mycredState"));
    assert_false(mc_entry_has(entry, "cn", "top"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_gather_under_their_attribute_in_any_case),
        cmocka_unit_test(values_are_bytes_with_a_nul_behind),
        cmocka_unit_test(thousands_of_values_and_attributes_are_kept),
        cmocka_unit_test(membership_compares_whole_values_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
