// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct sample {
    const char *text, *shown, *logged;
};

static const struct sample samples[] = {
    {"plain text", "plain text", "plain text"},
    {"two\nlines", "two\nlines", "two\\x0alines"},
    {"验证码 é 𝟘", "验证码 é 𝟘", "验证码 é 𝟘"},
    {"\x1b[31m\a\r\t", "?[31m???", "\\x1b[31m\\x07\\x0d\\x09"},
    {"\x7f", "?", "\\x7f"},
    {"\xc2\x9b", "?", "\\xc2\\x9b"}, // C1 control
    {"a\xe2\x80\xae"
     "b",
     "a?b", "a\\xe2\\x80\\xaeb"},                      // right-to-left override
    {"\xe2\x80\xa8", "?", "\\xe2\\x80\\xa8"},          // line separator
    {"\xff\xfe", "??", "\\xff\\xfe"},                  // never in UTF-8
    {"\xc3", "?", "\\xc3"},                            // cut
    {"\xe9\xaa", "??", "\\xe9\\xaa"},                  // cut
    {"\xc0\xaf", "??", "\\xc0\\xaf"},                  // overlong
    {"\xe0\x80\xaf", "?", "\\xe0\\x80\\xaf"},          // overlong
    {"\xed\xa0\x80", "?", "\\xed\\xa0\\x80"},          // surrogate
    {"\xf4\x90\x80\x80", "?", "\\xf4\\x90\\x80\\x80"}, // beyond Unicode
    {"\"q\" \\", "\"q\" \\", "\\x22q\\x22 \\x5c"},
};

static void samples_come_out_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(samples); i++) {
        MC_AUTO_BUFFER struct mc_buffer shown;
        MC_AUTO_BUFFER struct mc_buffer logged;
        mc_buffer_init(&shown, 1000);
        mc_buffer_init(&logged, 1000);
        mc_text_add_shown(&shown, mc_span_of(samples[i].text));
        mc_text_add_logged(&logged, mc_span_of(samples[i].text), "\"\\");
        assert_string_equal(mc_buffer_text(&shown), samples[i].shown);
        assert_string_equal(mc_buffer_text(&logged), samples[i].logged);
    }
}

static void spaces_are_escaped_on_demand(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer logged;
    mc_buffer_init(&logged, 100);
    mc_text_add_logged(&logged, mc_span_of("a b"), " ");
    assert_string_equal(mc_buffer_text(&logged), "a\\x20b");
}

// Whatever comes in, no byte that steers a terminal or ends a line comes out. A fixed generator, so
// that a failure comes back.
static void random_bytes_are_harmless(void **state)
{
    (void)state;
    uint32_t random = 12345;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[12];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 1103515245 + 12345;
            bytes[i] = (uint8_t)(random >> 16);
        }
        uint8_t *heap = malloc(sizeof bytes); // the address sanitizer sees a byte past its end
        memcpy(heap, bytes, sizeof bytes);
        MC_AUTO_BUFFER struct mc_buffer logged;
        mc_buffer_init(&logged, 100);
        mc_text_add_logged(&logged, (struct mc_span){heap, sizeof bytes}, "");
        free(heap);
        assert_int_equal(mc_buffer_result(&logged), MC_OK);
        for (size_t i = 0; i < logged.size; i++) {
            assert_true((uint8_t)logged.data[i] >= 0x20 && logged.data[i] != 0x7f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_come_out_as_written),
        cmocka_unit_test(spaces_are_escaped_on_demand),
        cmocka_unit_test(random_bytes_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
