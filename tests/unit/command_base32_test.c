// SPDX-License-Identifier: Apache-2.0
#include "common/base32.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

// RFC 4648 section 10, without padding.
static const struct {
    const char *plain, *text;
} vectors[] = {{"f", "MY"},         {"fo", "MZXQ"},        {"foo", "MZXW6"},
               {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}};

static void test_vectors_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(vectors); i++) {
        MC_AUTO_SECRET struct mc_secret bytes = {0};
        MC_AUTO_BUFFER struct mc_buffer text;
        mc_buffer_init(&text, 64);
        mc_base32_encode(mc_span_of(vectors[i].plain), &text);
        assert_string_equal(mc_buffer_text(&text), vectors[i].text);
        assert_int_equal(mc_base32_decode(mc_span_of(vectors[i].text), &bytes), MC_OK);
        assert_string_equal(bytes.data, vectors[i].plain);
    }
}

static void test_what_people_type_is_taken(void **state)
{
    static const char *const texts[] = {"mzxw6ytboi", "MZXW 6YTB OI", "mzxw-6ytb-oi",
                                        "MZXW6YTBOI======", " MZXW6YTBOI === - "};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_SECRET struct mc_secret bytes = {0};
        assert_int_equal(mc_base32_decode(mc_span_of(texts[i]), &bytes), MC_OK);
        assert_string_equal(bytes.data, "foobar");
    }
}

static void test_bits_left_over_are_dropped(void **state)
{
    (void)state;
    MC_AUTO_SECRET struct mc_secret bytes = {0};
    assert_int_equal(mc_base32_decode(mc_span_of("MZ"), &bytes), MC_OK);
    assert_string_equal(bytes.data, "f");
}

static void test_anything_else_is_refused(void **state)
{
    static const char *const texts[] = {"",           " ",      "===",   "M",   "MZX",
                                        "MZXW6Y",     "M=Z",    "MZ1",   "MZ8", "MZ0",
                                        "MZXW6YTBÖI", "MZXQ\n", "MZXQ\t"};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_SECRET struct mc_secret bytes = {0};
        assert_int_equal(mc_base32_decode(mc_span_of(texts[i]), &bytes), MC_MALFORMED);
        assert_null(bytes.data);
    }
    MC_AUTO_SECRET struct mc_secret bytes = {0};
    const struct mc_span with_nul = {(const uint8_t *)"MZ\0W", 4};
    assert_int_equal(mc_base32_decode(with_nul, &bytes), MC_MALFORMED);
}

static void test_length_has_a_maximum(void **state)
{
    char text[MC_BASE32_MAX + 8];
    memset(text, 'A', sizeof text);
    (void)state;
    MC_AUTO_SECRET struct mc_secret bytes = {0};
    struct mc_span most = {(const uint8_t *)text, MC_BASE32_MAX};
    assert_int_equal(mc_base32_decode(most, &bytes), MC_OK);
    assert_int_equal(bytes.size, MC_BASE32_MAX * 5 / 8);
    most.size++;
    assert_int_equal(mc_base32_decode(most, &bytes), MC_MALFORMED);
}

// Every byte string comes back as it was.
static void test_bytes_survive(void **state)
{
    uint8_t bytes[64];
    (void)state;
    for (size_t size = 1; size <= sizeof bytes; size++) {
        MC_AUTO_SECRET struct mc_secret back = {0};
        MC_AUTO_BUFFER struct mc_buffer text;
        mc_buffer_init(&text, 128);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)(i * 37 + size * 101);
        }
        mc_base32_encode((struct mc_span){bytes, size}, &text);
        assert_int_equal(mc_base32_decode(mc_buffer_span(&text), &back), MC_OK);
        assert_int_equal(back.size, size);
        assert_memory_equal(back.data, bytes, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_both_ways),
        cmocka_unit_test(test_what_people_type_is_taken),
        cmocka_unit_test(test_bits_left_over_are_dropped),
        cmocka_unit_test(test_anything_else_is_refused),
        cmocka_unit_test(test_length_has_a_maximum),
        cmocka_unit_test(test_bytes_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
