// SPDX-License-Identifier: Apache-2.0
#include "common/buffer.h"

#include "common/secret.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

static void a_buffer_grows_to_its_maximum_and_no_further(void **state)
{
    (void)state;
    for (size_t maximum = 0; maximum < 300; maximum += 37) {
        MC_AUTO_BUFFER struct mc_buffer buffer;
        mc_buffer_init(&buffer, maximum);
        for (size_t i = 0; i < maximum; i++) {
            mc_buffer_add_byte(&buffer, (uint8_t)('a' + i % 26));
        }
        assert_int_equal(mc_buffer_result(&buffer), MC_OK);
        assert_int_equal(strlen(mc_buffer_text(&buffer)), maximum);
        mc_buffer_add_byte(&buffer, 'x');
        assert_int_equal(mc_buffer_result(&buffer), MC_MALFORMED);
        assert_int_equal(buffer.size, maximum);
    }
}

static void an_error_sticks_until_cleared(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer buffer;
    mc_buffer_init(&buffer, 4);
    mc_buffer_add_text(&buffer, "ab");
    mc_buffer_add_text(&buffer, "cde");
    mc_buffer_add_text(&buffer, "f");
    mc_buffer_format(&buffer, "%d", 1);
    assert_int_equal(mc_buffer_result(&buffer), MC_MALFORMED);
    assert_string_equal(mc_buffer_text(&buffer), "ab");
    mc_buffer_clear(&buffer);
    assert_int_equal(mc_buffer_result(&buffer), MC_OK);
    assert_string_equal(mc_buffer_text(&buffer), "");
    mc_buffer_format(&buffer, "%s-%u", "x", 42u);
    assert_int_equal(mc_buffer_result(&buffer), MC_OK);
    assert_string_equal(mc_buffer_text(&buffer), "x-42");
}

static void what_is_formatted_fits_however_long_it_is(void **state)
{
    (void)state;
    for (int width = 1; width < 1000; width += 7) {
        MC_AUTO_BUFFER struct mc_buffer buffer, small;
        mc_buffer_init(&buffer, 1003);
        mc_buffer_init(&small, (size_t)width - 1);
        mc_buffer_add_text(&buffer, "ab");
        mc_buffer_format(&buffer, "%*d", width, 7);
        mc_buffer_format(&small, "%*d", width, 7);
        assert_int_equal(mc_buffer_result(&buffer), MC_OK);
        assert_int_equal(strlen(mc_buffer_text(&buffer)), (size_t)width + 2);
        assert_int_equal(mc_buffer_text(&buffer)[width + 1], '7');
        assert_int_equal(mc_buffer_result(&small), MC_MALFORMED);
        assert_string_equal(mc_buffer_text(&small), "");
    }
}

static void numbers_are_written_in_decimal(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer buffer;
    mc_buffer_init(&buffer, 64);
    mc_buffer_reserve(&buffer, 64);
    mc_buffer_add_number(&buffer, 0);
    mc_buffer_add_text(&buffer, " ");
    mc_buffer_add_number(&buffer, 1090);
    mc_buffer_add_text(&buffer, " ");
    mc_buffer_add_number(&buffer, SIZE_MAX);
    assert_string_equal(mc_buffer_text(&buffer), "0 1090 18446744073709551615");
}

static void any_bytes_may_be_held(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer buffer;
    uint8_t bytes[1024];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    mc_buffer_init(&buffer, 4096);
    mc_buffer_append(&buffer, NULL, 0);
    mc_buffer_append(&buffer, bytes, sizeof bytes);
    mc_buffer_add_span(&buffer, (struct mc_span){NULL, 0});
    mc_buffer_add_span(&buffer, (struct mc_span){bytes, sizeof bytes});
    assert_int_equal(mc_buffer_result(&buffer), MC_OK);
    assert_int_equal(buffer.size, 2 * sizeof bytes);
    assert_memory_equal(buffer.data + sizeof bytes, bytes, sizeof bytes);
}

static void an_empty_buffer_is_an_empty_text(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer buffer;
    mc_buffer_init(&buffer, 16);
    assert_string_equal(mc_buffer_text(&buffer), "");
    assert_int_equal(mc_buffer_span(&buffer).size, 0);
    mc_buffer_release(&buffer);
    mc_buffer_add_text(&buffer, "again");
    assert_string_equal(mc_buffer_text(&buffer), "again");
}

// MC-SEC-153
static void clearing_wipes(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer buffer;
    static const char zeros[32];
    mc_buffer_init(&buffer, 64);
    mc_buffer_add_text(&buffer, "a password of many letters");
    mc_buffer_clear(&buffer);
    assert_memory_equal(buffer.data, zeros, 26);
}

static void secrets_are_copied_compared_and_emptied(void **state)
{
    (void)state;
    struct mc_secret secret = {0};
    assert_int_equal(mc_secret_set(&secret, (struct mc_span){(const uint8_t *)"a\0b", 3}), MC_OK);
    assert_int_equal(secret.size, 3);
    assert_int_equal(secret.data[3], '\0');
    assert_int_equal(mc_secret_set(&secret, mc_span_of("second")), MC_OK);
    static const struct {
        const char *text;
        bool same;
    } rows[] = {{"second", true}, {"Second", false},  {"secone", false},
                {"secon", false}, {"second1", false}, {"", false}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_int_equal(mc_secret_matches(mc_secret_span(&secret), mc_span_of(rows[i].text)),
                         rows[i].same);
    }
    mc_secret_release(&secret);
    assert_null(secret.data);
    assert_int_equal(mc_secret_set(&secret, (struct mc_span){NULL, 0}), MC_OK);
    assert_string_equal(secret.data, "");
    mc_secret_release(&secret);
    mc_secret_release(&secret);
}

// The zero value of the error space is not success.
static void results_have_words_and_zero_is_not_ok(void **state)
{
    (void)state;
    assert_int_equal(MC_UNDECIDED, 0);
    assert_int_not_equal(MC_OK, 0);
    assert_string_equal(mc_result_word(MC_OK), "ok");
    for (int i = 0; i < MC_RESULT_COUNT; i++) {
        assert_true(strlen(mc_result_word((enum mc_result)i)) > 1);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(mc_result_word((enum mc_result)i),
                                    mc_result_word((enum mc_result)j));
        }
    }
    assert_string_equal(mc_result_word(MC_RESULT_COUNT), "out-of-range");
    assert_string_equal(mc_result_word((enum mc_result) - 1), "out-of-range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows_to_its_maximum_and_no_further),
        cmocka_unit_test(an_error_sticks_until_cleared),
        cmocka_unit_test(what_is_formatted_fits_however_long_it_is),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(any_bytes_may_be_held),
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(clearing_wipes),
        cmocka_unit_test(secrets_are_copied_compared_and_emptied),
        cmocka_unit_test(results_have_words_and_zero_is_not_ok),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
