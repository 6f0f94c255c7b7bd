// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/form.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

static enum mc_result parse(const char *body, struct form *form)
{
    *form = (struct form){0};
    return form_parse(mc_span_of(body), form);
}

static void check_field(const struct form *form, const char *name, const char *value)
{
    const struct mc_span *field = form_find(form, name);
    assert_non_null(field);
    assert_true(mc_span_equals(*field, value));
    assert_int_equal(field->data[field->size], '\0');
}

static void fields_are_decoded(void **state)
{
    (void)state;
    struct form form;
    assert_int_equal(
        parse("login=alice%40example.org&password=a+b%2Bc%26d%3de&empty=&none&n_1=%e4%bd%a0",
              &form),
        MC_OK);
    assert_int_equal(form.count, 5);
    check_field(&form, "login", "alice@example.org");
    check_field(&form, "password", "a b+c&d=e");
    check_field(&form, "empty", "");
    check_field(&form, "none", "");
    check_field(&form, "n_1", "\xe4\xbd\xa0");
    assert_null(form_find(&form, "code"));
    form_release(&form);
    assert_null(form.memory);
}

static void an_empty_body_has_no_fields(void **state)
{
    (void)state;
    struct form form;
    assert_int_equal(parse("", &form), MC_OK);
    assert_int_equal(form.count, 0);
    form_release(&form);
}

// MC-SEC-132
static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "a=1&a=2",     "a&a",
        "=1",          "&a=1",
        "a=1&&b=2",    "A=1",
        "a-b=1",       "a%62=1",
        "a[]=1",       "a=%",
        "a=%4",        "a=%zz",
        "a=%4g",       "a=%00",
        "a=%0a",       "a=%0D%0Ax",
        "a=\n",        "a=%7f",
        "a=%ff",       "a=%c0%80",
        "a=%ed%a0%80", "a=%f4%90%80%80",
        "a=%e4%bd",    "a2345678901234567890123456789012345678901=1",
    };
    for (size_t i = 0; i < MC_COUNT(bodies); i++) {
        struct form form;
        enum mc_result result = parse(bodies[i], &form);
        if (result != MC_MALFORMED || form.memory || form.count) {
            fail_msg("'%s' was taken", bodies[i]);
        }
    }
    struct form form = {0};
    assert_int_equal(form_parse((struct mc_span){(const uint8_t *)"a=\0", 3}, &form), MC_MALFORMED);
}

// MC-SEC-132
static void number_and_size_are_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t fields, value;
        enum mc_result result;
    } cases[] = {
        {FORM_FIELDS_MAX, 1, MC_OK}, {FORM_FIELDS_MAX + 1, 1, MC_MALFORMED},
        {1, FORM_VALUE_MAX, MC_OK},  {1, FORM_VALUE_MAX + 1, MC_MALFORMED},
        {3, FORM_VALUE_MAX, MC_OK},  {4, FORM_VALUE_MAX, MC_MALFORMED}, // past FORM_BODY_MAX
        {10000, 0, MC_MALFORMED},
    };
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        MC_AUTO_BUFFER struct mc_buffer body;
        struct form form = {0};
        mc_buffer_init(&body, 1024 * 1024);
        for (size_t field = 0; field < cases[i].fields; field++) {
            mc_buffer_format(&body, "%sn%zu=", field ? "&" : "", field);
            for (size_t size = 0; size < cases[i].value; size++) {
                mc_buffer_add_byte(&body, 'v');
            }
        }
        assert_int_equal(form_parse(mc_buffer_span(&body), &form), cases[i].result);
        assert_int_equal(form.count, cases[i].result == MC_OK ? cases[i].fields : 0);
        form_release(&form);
    }
}

static void a_cut_body_ends_cleanly(void **state)
{
    (void)state;
    const char *whole = "login=%e4%bd%a0&password=a%2Bb";
    for (size_t cut = 0; cut <= strlen(whole); cut++) {
        // a copy of its own, so that reading past the end is seen by sanitizers
        MC_AUTO_FREE char *body = malloc(cut ? cut : 1);
        struct form form = {0};
        memcpy(body, whole, cut);
        enum mc_result result = form_parse((struct mc_span){(uint8_t *)body, cut}, &form);
        assert_true(result == MC_OK || (result == MC_MALFORMED && !form.memory));
        form_release(&form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_decoded),       cmocka_unit_test(an_empty_body_has_no_fields),
        cmocka_unit_test(anything_else_is_refused), cmocka_unit_test(number_and_size_are_bounded),
        cmocka_unit_test(a_cut_body_ends_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
