// SPDX-License-Identifier: Apache-2.0
// MC-SEC-76: PRECIS OpaqueString, with the examples of RFC 8265, section 4.3.
#include "common/password_prepare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *typed, *prepared; // NULL: refused
    size_t count;
} cases[] = {
    {"correct horse battery staple", "correct horse battery staple", 28},
    {"Correct Horse Battery Staple", "Correct Horse Battery Staple", 28},
    {"\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5", 3},
    {"Jack of \u2666s", "Jack of \u2666s", 10},
    {"foo\u1680bar", "foo bar", 7},
    {"", NULL, 0},
    {"my cat is a \tby", NULL, 0},
    // composed and decomposed
    {"Zu\u0308rich", "Z\u00fcrich", 6},
    {"\u1112\u1161\u11ab", NULL, 0},
    {"\ud55c", "\ud55c", 1},
    {"\u3000wide\u00a0space", " wide space", 11},
    // nothing that cannot be seen
    {"zero\u200bwidth", NULL, 0},
    {"right\u202eleft", NULL, 0},
    {"joiner\u200d", NULL, 0},
    {"\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937", 4},
    {"private\ue000use", NULL, 0},
    {"un\U000e0080assigned", NULL, 0},
    {"broken\xc3", NULL, 0},
    {"over\xc0\xaflong", NULL, 0},
};

static void passwords_have_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        MC_AUTO_SECRET struct mc_secret prepared = {0};
        size_t count = 0;
        enum mc_result result = mc_password_prepare(mc_span_of(cases[i].typed), &prepared, &count);
        if (!cases[i].prepared) {
            assert_int_equal(result, MC_MALFORMED);
            continue;
        }
        assert_int_equal(result, MC_OK);
        assert_string_equal(prepared.data, cases[i].prepared);
        assert_int_equal(count, cases[i].count);
    }
}

// MC-SEC-73: 256 characters of four bytes are taken whole, one more is not.
static void long_passwords_are_taken_whole_or_refused(void **state)
{
    (void)state;
    MC_AUTO_SECRET struct mc_secret prepared = {0};
    char text[4 * MC_PASSWORD_MAX + 5] = "";
    size_t count = 0;
    for (size_t i = 0; i < MC_PASSWORD_MAX; i++) {
        memcpy(text + 4 * i, "\U0001f40e", 5);
    }
    assert_int_equal(mc_password_prepare(mc_span_of(text), &prepared, &count), MC_OK);
    assert_int_equal(count, MC_PASSWORD_MAX);
    assert_string_equal(prepared.data, text);
    strcat(text, "x");
    assert_int_equal(mc_password_prepare(mc_span_of(text), &prepared, &count), MC_MALFORMED);
    memset(text, 'a', MC_PASSWORD_MAX + 1);
    text[MC_PASSWORD_MAX + 1] = '\0';
    assert_int_equal(mc_password_prepare(mc_span_of(text), &prepared, &count), MC_MALFORMED);
}

static void what_cannot_be_prepared_is_checked_as_typed(void **state)
{
    (void)state;
    MC_AUTO_SECRET struct mc_secret typed = {0};
    assert_int_equal(mc_password_typed(mc_span_of("tab\there"), &typed), MC_OK);
    assert_string_equal(typed.data, "tab\there");
    assert_int_equal(mc_password_typed(mc_span_of("Zu\u0308rich"), &typed), MC_OK);
    assert_string_equal(typed.data, "Z\u00fcrich");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_have_one_form),
        cmocka_unit_test(long_passwords_are_taken_whole_or_refused),
        cmocka_unit_test(what_cannot_be_prepared_is_checked_as_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
