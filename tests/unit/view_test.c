// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/view.h"

#include "tests/unit/unit.h"

#include <apr_general.h>

static int make_pool(void **state)
{
    return apr_pool_create((apr_pool_t **)state, NULL) == APR_SUCCESS ? 0 : -1;
}

static int end_pool(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

static void members_keep_their_order(void **state)
{
    struct view *view = view_new(*state);
    view_text(*state, view, "a", "1");
    view_flag(*state, view, "b", true);
    view_flag(*state, view, "c", false);
    struct view *object = view_object(*state, view, "d");
    view_text(*state, object, "e", "2");
    static const enum view_kind kinds[] = {VIEW_TEXT, VIEW_TRUE, VIEW_FALSE, VIEW_OBJECT};
    static const char *const names[] = {"a", "b", "c", "d"};
    const struct view *member = view->first;
    for (size_t i = 0; i < MC_COUNT(kinds); i++, member = member->next) {
        assert_non_null(member);
        assert_int_equal(member->kind, kinds[i]);
        assert_string_equal(member->name, names[i]);
    }
    assert_null(member);
    assert_true(mc_span_equals(object->first->text, "2"));
}

static void items_of_a_list_are_objects_without_a_name(void **state)
{
    struct view *view = view_new(*state);
    struct view *list = view_list(*state, view, "list");
    assert_null(list->first);
    view_text(*state, view_item(*state, list), "n", "1");
    view_text(*state, view_item(*state, list), "n", "2");
    assert_int_equal(list->kind, VIEW_LIST);
    assert_int_equal(list->first->kind, VIEW_OBJECT);
    assert_null(list->first->name);
    assert_true(mc_span_equals(list->first->next->first->text, "2"));
    assert_null(list->first->next->next);
}

static void texts_are_copied_as_they_are(void **state)
{
    struct view *view = view_new(*state);
    char text[] = "a\0b";
    view_span(*state, view, "with_nul", (struct mc_span){(const uint8_t *)text, 3});
    text[0] = 'x';
    assert_int_equal(view->first->text.size, 3);
    assert_memory_equal(view->first->text.data, "a\0b", 3);
    view_text(*state, view, "none", NULL);
    assert_int_equal(view->last->text.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_keep_their_order, make_pool, end_pool),
        cmocka_unit_test_setup_teardown(items_of_a_list_are_objects_without_a_name, make_pool,
                                        end_pool),
        cmocka_unit_test_setup_teardown(texts_are_copied_as_they_are, make_pool, end_pool),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
