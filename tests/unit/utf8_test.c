// SPDX-License-Identifier: Apache-2.0
#include "common/utf8.h"

#include "tests/unit/unit.h"

static void code_points_are_taken_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t code_point;
    } rows[] = {{"A", 'A'},
                {"\x7f", 0x7f},
                {"\xc2\x80", 0x80},
                {"\xdf\xbf", 0x7ff},
                {"\xe0\xa0\x80", 0x800},
                {"\xed\x9f\xbf", 0xd7ff},
                {"\xee\x80\x80", 0xe000},
                {"\xef\xbf\xbf", 0xffff},
                {"\xf0\x90\x80\x80", 0x10000},
                {"\xf4\x8f\xbf\xbf", 0x10ffff}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_span text = mc_span_of(rows[i].text);
        uint32_t code_point = 0;
        assert_true(mc_utf8_take(&text, &code_point));
        assert_int_equal(code_point, rows[i].code_point);
        assert_int_equal(text.size, 0);
        assert_false(mc_utf8_take(&text, &code_point));
    }
    assert_true(mc_utf8_is_valid((struct mc_span){NULL, 0}));
    assert_true(mc_utf8_is_valid((struct mc_span){(const uint8_t *)"a\0b", 3}));
}

// MC-SEC-132: cut, overlong, surrogates, beyond the last
static void broken_sequences_are_refused_and_left(void **state)
{
    (void)state;
    static const char *const texts[] = {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xc2",
                                        "\xc2"
                                        "A",
                                        "\xe0\x9f\xbf",
                                        "\xe0\xa0",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xf0\x80\x80\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf0\x90\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xf8\x88\x80\x80\x80",
                                        "\xfe",
                                        "\xff"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        struct mc_span text = mc_span_of(texts[i]);
        uint32_t code_point = 42;
        assert_false(mc_utf8_take(&text, &code_point));
        assert_int_equal(text.size, strlen(texts[i]));
        assert_int_equal(code_point, 42);
        assert_false(mc_utf8_is_valid(mc_span_of(texts[i])));
    }
}

// Every code point written by hand is read back; everything else of two bytes is no text.
static void all_code_points_make_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t point = 0x80; point <= 0x10ffff; point += point < 0x3000 ? 1 : 61) {
        uint8_t bytes[4];
        size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)(point >> 6 * (size - 1 - i) & 0x3f) | 0x80;
        }
        bytes[0] = (uint8_t)(leads[size] | point >> 6 * (size - 1));
        struct mc_span text = {bytes, size};
        uint32_t back = 0;
        bool surrogate = point >= 0xd800 && point <= 0xdfff;
        assert_int_equal(mc_utf8_take(&text, &back), !surrogate);
        assert_int_equal(back, surrogate ? 0 : point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_points_are_taken_one_by_one),
        cmocka_unit_test(broken_sequences_are_refused_and_left),
        cmocka_unit_test(all_code_points_make_a_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
