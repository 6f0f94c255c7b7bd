// SPDX-License-Identifier: Apache-2.0
#include "common/base64url.h"

#include "tests/unit/unit.h"

static enum mc_result decode(const char *text, uint8_t *bytes, size_t *ret_size)
{
    return mc_base64url_decode(mc_span_of(text), 64, bytes, ret_size);
}

// RFC 4648, section 10, without padding; the last two have the characters of section 5
static void the_vectors_of_rfc_4648_hold(void **state)
{
    static const struct {
        const char *text, *bytes;
    } vectors[] = {{"", ""},
                   {"Zg", "f"},
                   {"Zm8", "fo"},
                   {"Zm9v", "foo"},
                   {"Zm9vYg", "foob"},
                   {"Zm9vYmE", "fooba"},
                   {"Zm9vYmFy", "foobar"},
                   {"-_8", "\xfb\xff"},
                   {"_-_-", "\xff\xef\xfe"}};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(vectors); i++) {
        uint8_t bytes[64];
        size_t size = 99;
        assert_int_equal(decode(vectors[i].text, bytes, &size), MC_OK);
        assert_true(mc_span_equals((struct mc_span){bytes, size}, vectors[i].bytes));
    }
}

static void one_value_has_one_text(void **state)
{
    static const char *const texts[] = {"Z",       "Zm9vY",  "Zh",       "Zm9",  "Zm9vYh",
                                        "Zm9vYmF", "Zg==",   "Zg=",      "Zm8=", "Zm9v\n",
                                        " Zm9v",   "Z m9",   "Zm9v Ymr", "+/8",  "Zm9v+mFy",
                                        "Zm9/",    "Zm\xdf", "Zm9\xff",  "Zm9.", "Zm9@",
                                        "Zm9[",    "Zm9`",   "Zm9{",     "Zm9:"};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        uint8_t bytes[64];
        size_t size = 99;
        assert_int_equal(decode(texts[i], bytes, &size), MC_MALFORMED);
        assert_int_equal(size, 99);
    }
    uint8_t bytes[64];
    size_t size = 0;
    assert_int_equal(
        mc_base64url_decode((struct mc_span){(const uint8_t *)"Zm9\0", 4}, 64, bytes, &size),
        MC_MALFORMED);
}

static void no_more_is_written_than_there_is_room_for(void **state)
{
    uint8_t bytes[7] = {0};
    size_t size = 0;
    (void)state;
    for (size_t maximum = 0; maximum < 6; maximum++) {
        bytes[maximum] = 0x55;
        assert_int_equal(mc_base64url_decode(mc_span_of("Zm9vYmFy"), maximum, bytes, &size),
                         MC_MALFORMED);
        assert_int_equal(bytes[maximum], 0x55);
    }
    bytes[6] = 0x55;
    assert_int_equal(mc_base64url_decode(mc_span_of("Zm9vYmFy"), 6, bytes, &size), MC_OK);
    assert_int_equal(size, 6);
    assert_int_equal(bytes[6], 0x55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648_hold),
        cmocka_unit_test(one_value_has_one_text),
        cmocka_unit_test(no_more_is_written_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
