// SPDX-License-Identifier: Apache-2.0
// What an administrator's search for people makes of the directory's answer.
#include "common/people.h"

#include "tests/unit/unit.h"

static enum mc_result answer;
static size_t entries; // in it

enum mc_result __wrap_mc_directory_query(struct mc_directory *directory,
                                         const struct mc_query *query,
                                         struct mc_entries *ret_entries);

enum mc_result __wrap_mc_directory_query(struct mc_directory *directory,
                                         const struct mc_query *query,
                                         struct mc_entries *ret_entries)
{
    (void)directory;
    assert_int_equal(query->limit, MC_PEOPLE_MAX + 1);
    assert_string_equal(query->base, "dc=example,dc=org");
    if (answer == MC_OK) {
        ret_entries->items = mc_allocate((entries + 1) * sizeof *ret_entries->items);
        assert_non_null(ret_entries->items);
        for (ret_entries->count = 0; ret_entries->count < entries; ret_entries->count++) {
            ret_entries->items[ret_entries->count] = unit_entry((const char *const[]){NULL});
        }
    }
    return answer;
}

// A base that is not there, by a typing error in the configuration, must not read as "nobody"
static void a_missing_base_is_an_error(void **state)
{
    (void)state;
    static const struct {
        enum mc_result answer, result;
    } rows[] = {{MC_OK, MC_OK},
                {MC_NOT_FOUND, MC_UNAVAILABLE},
                {MC_UNAVAILABLE, MC_UNAVAILABLE},
                {MC_NO_MEMORY, MC_NO_MEMORY}};
    UNIT unit = unit_new("");
    entries = 0;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_CLEANUP(mc_people_release) struct mc_people people = {0};
        answer = rows[i].answer;
        assert_int_equal(mc_people_find(&unit.context, mc_span_of("ali"), &people), rows[i].result);
    }
}

static void one_more_than_is_shown_says_that_there_are_more(void **state)
{
    (void)state;
    static const size_t found[] = {0, 1, MC_PEOPLE_MAX, MC_PEOPLE_MAX + 1};
    UNIT unit = unit_new("");
    answer = MC_OK;
    for (size_t i = 0; i < MC_COUNT(found); i++) {
        MC_CLEANUP(mc_people_release) struct mc_people people = {0};
        entries = found[i];
        assert_int_equal(mc_people_find(&unit.context, mc_span_of("ali"), &people), MC_OK);
        assert_int_equal(people.more, entries > MC_PEOPLE_MAX);
        assert_int_equal(people.found.count, entries > MC_PEOPLE_MAX ? MC_PEOPLE_MAX : entries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_base_is_an_error),
        cmocka_unit_test(one_more_than_is_shown_says_that_there_are_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
