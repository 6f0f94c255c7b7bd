// SPDX-License-Identifier: Apache-2.0
#include "common/field.h"

#include "tests/unit/unit.h"

// MC-SEC-08: plain spaces and hyphens go, small letters grow, nothing else changes
static void typed_answers_are_tidied(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *tidy;
    } rows[] = {
        {"", ""},
        {"123456", "123456"},
        {" 123 456 ", "123456"},
        {"123-456", "123456"},
        {"- -", ""},
        {"abcd-efghi-jklm", "ABCDEFGHIJKLM"},
        {"012345", "012345"},
        {"+12345", "+12345"},
        {"12345.", "12345."},
        {"123\t456", "123\t456"},
        {"123456\n", "123456\n"},
        {"\xef\xbc\x91\xef\xbc\x92", "\xef\xbc\x91\xef\xbc\x92"}, // full-width digits
        {"\xd9\xa1\xd9\xa2", "\xd9\xa1\xd9\xa2"},                 // Arabic-Indic digits
        {"123\xc2\xa0"
         "456",
         "123\xc2\xa0"
         "456"}, // no-break space
        {"123\xe2\x80\x90"
         "456",
         "123\xe2\x80\x90"
         "456"}, // another hyphen
        {"\xff\xfe", "\xff\xfe"},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_SECRET struct mc_secret tidy = {0};
        assert_int_equal(mc_field_tidy(mc_span_of(rows[i].typed), &tidy), MC_OK);
        assert_string_equal(tidy.data, rows[i].tidy);
    }
}

// MC-SEC-08
static void other_scripts_signs_and_odd_bytes_are_no_digits(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "+12345",
                                        "-12345",
                                        "12345 ",
                                        "1234.5",
                                        "0x1234",
                                        "1e5",
                                        "\xef\xbc\x91\xef\xbc\x92",
                                        "\xd9\xa1\xd9\xa2",
                                        "\xe0\xa5\xa7",
                                        "\xf0\x9d\x9f\x8f",
                                        "\xb2\xb3\xb9",
                                        "12345\xff",
                                        "IIIIII"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        assert_false(mc_field_is_digits(mc_span_of(texts[i])));
    }
    assert_false(mc_field_is_digits((struct mc_span){(const uint8_t *)"123\0", 4}));
    assert_false(mc_field_is_digits((struct mc_span){NULL, 0}));
    assert_true(mc_field_is_digits(mc_span_of("000000")));
}

static void alphabets_are_exact(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        uint8_t text[] = {(uint8_t)byte};
        struct mc_span span = {text, 1};
        bool upper = byte >= 'A' && byte <= 'Z', digit = byte >= '0' && byte <= '9';
        assert_int_equal(mc_field_is_digits(span), digit);
        assert_int_equal(mc_field_is_base32(span), upper || (byte >= '2' && byte <= '7'));
        assert_int_equal(mc_field_is_base64url(span), upper || digit || byte == '-' ||
                                                          byte == '_' ||
                                                          (byte >= 'a' && byte <= 'z'));
    }
}

// MC-SEC-132
static void overlong_answers_and_nul_are_refused(void **state)
{
    (void)state;
    char text[200];
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    memset(text, '1', sizeof text);
    assert_int_equal(mc_field_tidy((struct mc_span){(uint8_t *)text, 64}, &tidy), MC_OK);
    assert_int_equal(tidy.size, 64);
    assert_int_equal(mc_field_tidy((struct mc_span){(uint8_t *)text, 65}, &tidy), MC_MALFORMED);
    assert_int_equal(mc_field_tidy((struct mc_span){(uint8_t *)text, 200}, &tidy), MC_MALFORMED);
    memset(text + 64, ' ', sizeof text - 64);
    assert_int_equal(mc_field_tidy((struct mc_span){(uint8_t *)text, 200}, &tidy), MC_OK);
    text[3] = '\0';
    assert_int_equal(mc_field_tidy((struct mc_span){(uint8_t *)text, 64}, &tidy), MC_MALFORMED);
    assert_int_equal(mc_field_tidy((struct mc_span){NULL, 0}, &tidy), MC_OK);
    assert_int_equal(tidy.size, 0);
}

static void fields_are_taken_off_the_front(void **state)
{
    (void)state;
    struct mc_span rest = mc_span_of("a  bc ");
    static const char *const fields[] = {"a", "", "bc", "", ""};
    for (size_t i = 0; i < MC_COUNT(fields); i++) {
        assert_true(mc_span_equals(mc_field_next(&rest, ' '), fields[i]));
    }
    assert_int_equal(rest.size, 0);
    struct mc_span none = {NULL, 0};
    assert_int_equal(mc_field_next(&none, ' ').size, 0);
}

static void numbers_have_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t minimum, maximum;
        bool good;
        unsigned number;
    } rows[] = {
        {"0", 0, 9, true, 0},
        {"7", 1, 9, true, 7},
        {"4294967295", 0, UINT32_MAX, true, UINT32_MAX},
        {"4294967296", 0, UINT32_MAX, false, 0},
        {"9999999999", 0, UINT32_MAX, false, 0},
        {"18446744073709551617", 0, UINT32_MAX, false, 0},
        {"10", 1, 9, false, 0},
        {"0", 1, 9, false, 0},
        {"", 0, 9, false, 0},
        {"00", 0, 9, false, 0},
        {"07", 0, 9, false, 0},
        {"+7", 0, 9, false, 0},
        {"-7", 0, 9, false, 0},
        {" 7", 0, 9, false, 0},
        {"7 ", 0, 9, false, 0},
        {"7a", 0, 9, false, 0},
        {"\xd9\xa7", 0, 9, false, 0},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        unsigned number = 0;
        assert_int_equal(
            mc_field_number(mc_span_of(rows[i].text), rows[i].minimum, rows[i].maximum, &number),
            rows[i].good);
        assert_int_equal(number, rows[i].number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_answers_are_tidied),
        cmocka_unit_test(other_scripts_signs_and_odd_bytes_are_no_digits),
        cmocka_unit_test(alphabets_are_exact),
        cmocka_unit_test(overlong_answers_and_nul_are_refused),
        cmocka_unit_test(fields_are_taken_off_the_front),
        cmocka_unit_test(numbers_have_one_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
