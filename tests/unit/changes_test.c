// SPDX-License-Identifier: Apache-2.0
// MC-SEC-84: a list that is written is written whole; the class goes in once, whoever adds it.
#include "common/changes.h"

#include "tests/unit/fake_directory.h"

static void more_than_fits_is_never_written(void **state)
{
    (void)state;
    FAKE_DIRECTORY_UNIT("", NULL);
    const struct mc_change sign = {MC_CHANGE_ADD, "mycredNotice", mc_span_of("x")};
    struct mc_directory *directory = unit.context.directory;
    struct mc_changes changes = {0}, joined = {0};
    for (size_t i = 0; i < MC_CHANGES_MAX; i++) {
        assert_true(mc_changes_has_room(&changes, 1));
        mc_changes_clear(&changes, "mycredSession");
    }
    assert_false(mc_changes_has_room(&changes, 1));
    assert_int_equal(mc_changes_write(directory, UNIT_DN, &changes, NULL), MC_OK);
    mc_changes_clear(&changes, "mycredSession");
    assert_int_equal(changes.count, MC_CHANGES_MAX);
    mc_changes_join(&joined, &changes);
    unsigned before = fake_directory.modifies;
    assert_int_equal(mc_changes_write(directory, UNIT_DN, &changes, NULL), MC_INTERNAL);
    assert_int_equal(mc_changes_write_surely(directory, UNIT_DN, &changes, &sign), MC_INTERNAL);
    assert_int_equal(mc_changes_write_own(directory, UNIT_DN, &changes, 1), MC_INTERNAL);
    assert_int_equal(mc_changes_write(directory, UNIT_DN, &joined, NULL), MC_INTERNAL);
    assert_int_equal(fake_directory.modifies, before);
}

static void the_class_goes_in_where_there_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *there;
        size_t account, state; // how many changes
    } rows[] = {{"person", 1, 1}, {"mycredState", 1, 0}, {"MYCREDACCOUNT", 0, 0}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const char *const pairs[] = {"objectClass", rows[i].there, NULL};
        MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = unit_entry(pairs);
        struct mc_changes account = {0}, counts = {0};
        mc_changes_add_class(&account, entry);
        mc_changes_add_state_class(&counts, entry);
        assert_int_equal(account.count, rows[i].account);
        assert_int_equal(counts.count, rows[i].state);
    }
}

static enum mc_result rival_adds_class(unsigned number)
{
    if (number == 1) {
        fake_directory_put("objectClass", "mycredAccount");
    }
    return MC_UNDECIDED;
}

// A change of one's own, and the class.
static enum mc_result write_with_class(const struct unit *unit)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_changes changes = {0};
    fake_directory_account(unit, &account);
    mc_changes_add(&changes, MC_CHANGE_ADD, "mycredNotice", mc_span_of("x"));
    mc_changes_add_class(&changes, account.entry);
    return mc_changes_write_own(unit->context.directory, UNIT_DN, &changes, 1);
}

static void a_class_added_meanwhile_is_left_out(void **state)
{
    (void)state;
    FAKE_DIRECTORY_UNIT("", NULL);
    fake_directory.before_modify = rival_adds_class;
    assert_int_equal(write_with_class(&unit), MC_OK);
    assert_int_equal(fake_directory.modifies, 2);
    assert_int_equal(fake_directory_count("mycredNotice"), 1);
    assert_int_equal(fake_directory_count("objectClass"), 1);
}

static void a_race_for_ones_own_is_lost(void **state)
{
    (void)state;
    FAKE_DIRECTORY_UNIT("", NULL);
    fake_directory_put("mycredNotice", "x");
    assert_int_equal(write_with_class(&unit), MC_LOST_RACE);
    assert_int_equal(fake_directory.modifies, 2);
    fake_directory_put("objectClass", "mycredAccount");
    assert_int_equal(write_with_class(&unit), MC_LOST_RACE);
    assert_int_equal(fake_directory.modifies, 3); // nothing to leave out
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_fits_is_never_written),
        cmocka_unit_test(the_class_goes_in_where_there_is_none),
        cmocka_unit_test(a_class_added_meanwhile_is_left_out),
        cmocka_unit_test(a_race_for_ones_own_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
