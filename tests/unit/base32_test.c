// SPDX-License-Identifier: Apache-2.0
#include "common/base32.h"

#include "tests/unit/unit.h"

// RFC 4648, section 10
static const struct {
    const char *bytes, *text;
} vectors[] = {{"f", "MY"},         {"fo", "MZXQ"},        {"foo", "MZXW6"},
               {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}};

static enum mc_result decode(const char *text, struct mc_secret *ret_bytes)
{
    return mc_base32_decode(mc_span_of(text), ret_bytes);
}

static void the_vectors_of_rfc_4648_hold_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(vectors); i++) {
        MC_AUTO_BUFFER struct mc_buffer text;
        MC_AUTO_SECRET struct mc_secret bytes = {0};
        mc_buffer_init(&text, 64);
        mc_base32_encode(mc_span_of(vectors[i].bytes), &text);
        assert_string_equal(mc_buffer_text(&text), vectors[i].text);
        assert_int_equal(decode(vectors[i].text, &bytes), MC_OK);
        assert_true(mc_span_equals(mc_secret_span(&bytes), vectors[i].bytes));
    }
}

static void people_may_type_it_in_their_way(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "MZXW6YTBOI",       "mzxw6ytboi",      "MZXW 6YTB OI",         "mzxw-6ytb-oi",
        "MZXW6YTBOI======", " MZXW6YTBOI= = ", "M Z X W 6 Y T B O I -"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_SECRET struct mc_secret bytes = {0};
        assert_int_equal(decode(texts[i], &bytes), MC_OK);
        assert_string_equal(bytes.data, "foobar");
    }
}

static void what_is_no_base32_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",          " ",         "=",      "M",        "MZX",       "MZXW6Y",      "MZXW6YTBO",
        "MZXW=6YTB", "1",         "MZXW0Y", "MZXW8YTB", "MZXW6YT\n", "MZXW6YT\xff", "MZXW6YT+",
        "0x",        "MZXW6YTB\t"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_SECRET struct mc_secret bytes = {0};
        assert_int_equal(decode(texts[i], &bytes), MC_MALFORMED);
        assert_null(bytes.data);
    }
    MC_AUTO_SECRET struct mc_secret bytes = {0};
    assert_int_equal(mc_base32_decode((struct mc_span){(const uint8_t *)"MZXW6YT\0", 8}, &bytes),
                     MC_MALFORMED);
    assert_int_equal(mc_base32_decode((struct mc_span){NULL, 0}, &bytes), MC_MALFORMED);
}

static void the_longest_text_fits(void **state)
{
    (void)state;
    char text[MC_BASE32_MAX + 8];
    MC_AUTO_SECRET struct mc_secret bytes = {0};
    memset(text, '7', sizeof text);
    struct mc_span span = {(const uint8_t *)text, MC_BASE32_MAX};
    assert_int_equal(mc_base32_decode(span, &bytes), MC_OK);
    assert_int_equal(bytes.size, MC_BASE32_MAX * 5 / 8);
    span.size += 8;
    assert_int_equal(mc_base32_decode(span, &bytes), MC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648_hold_both_ways),
        cmocka_unit_test(people_may_type_it_in_their_way),
        cmocka_unit_test(what_is_no_base32_is_refused),
        cmocka_unit_test(the_longest_text_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
