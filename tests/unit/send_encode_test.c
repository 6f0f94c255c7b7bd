// SPDX-License-Identifier: Apache-2.0
// MC-SEC-127: values in a gateway's request stay values, whatever they hold.
#include "common/send/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_encoded(mc_encode_function *encode, const char *text, const char *wanted)
{
    MC_AUTO_BUFFER struct mc_buffer out;
    mc_buffer_init(&out, 4096);
    encode(&out, mc_span_of(text));
    assert_int_equal(mc_buffer_result(&out), MC_OK);
    assert_string_equal(mc_buffer_text(&out), wanted);
}

static void urls_and_forms_keep_unreserved_characters_alone(void **state)
{
    (void)state;
    assert_encoded(mc_encode_url, "aZ09-._~", "aZ09-._~");
    assert_encoded(mc_encode_url, "a b&c=d?e#f/g+h%i", "a%20b%26c%3Dd%3Fe%23f%2Fg%2Bh%25i");
    assert_encoded(mc_encode_url, "验\n", "%E9%AA%8C%0A");
    assert_encoded(mc_encode_form, "a b+c&d=e", "a+b%2Bc%26d%3De");
    assert_encoded(mc_encode_form, "../;'\"<>%{to}", "..%2F%3B%27%22%3C%3E%25%7Bto%7D");
}

static void json_strings_cannot_be_left(void **state)
{
    (void)state;
    assert_encoded(mc_encode_json, "a\"},{\\\"b", "a\\\"},{\\\\\\\"b");
    assert_encoded(mc_encode_json, "a\nb\tc\x01\x7f", "a\\u000ab\\u0009c\\u0001\\u007f");
    assert_encoded(mc_encode_json, "验证码", "验证码");
}

static void xml_text_and_attributes_cannot_be_left(void **state)
{
    (void)state;
    assert_encoded(mc_encode_xml, "<a href=\"x\">'&'</a>]]>",
                   "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;]]&gt;");
    assert_encoded(mc_encode_xml,
                   "a\nb\rc\td\x01"
                   "e",
                   "a&#10;b&#13;c&#9;d e");
}

// MC-SEC-131
static void a_header_takes_no_control_character(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        MC_AUTO_BUFFER struct mc_buffer out;
        mc_buffer_init(&out, 64);
        const uint8_t text[] = {'a', (uint8_t)byte, 'b'};
        mc_encode_header(&out, (struct mc_span){text, sizeof(text)});
        bool control = byte < 0x20 || byte == 0x7f;
        assert_int_equal(mc_buffer_result(&out), control ? MC_MALFORMED : MC_OK);
    }
}

// RFC 4648, 10
static void base64_gives_the_standard_values(void **state)
{
    (void)state;
    assert_encoded(mc_encode_base64, "", "");
    assert_encoded(mc_encode_base64, "f", "Zg==");
    assert_encoded(mc_encode_base64, "fo", "Zm8=");
    assert_encoded(mc_encode_base64, "foo", "Zm9v");
    assert_encoded(mc_encode_base64, "foobar", "Zm9vYmFy");
    assert_encoded(mc_encode_base64, "\xff\xfe\xfd", "//79");
}

static void the_content_type_chooses_the_encoding(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        mc_encode_function *encode;
    } rows[] = {
        {"", mc_encode_form},
        {"application/x-www-form-urlencoded", mc_encode_form},
        {"Application/X-WWW-Form-Urlencoded; charset=UTF-8", mc_encode_form},
        {"application/json", mc_encode_json},
        {"application/json ;charset=utf-8", mc_encode_json},
        {"application/vnd.example.v2+json", mc_encode_json},
        {"text/xml; charset=utf-8", mc_encode_xml},
        {"application/xml", mc_encode_xml},
        {"application/soap+xml", mc_encode_xml},
        {"text/plain; charset=UTF-8", mc_encode_raw},
        {"text/plain; note=application/json", mc_encode_raw},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_ptr_equal(mc_encode_for_type(mc_span_of(rows[i].type)), rows[i].encode);
    }
}

static void the_gsm_alphabet_is_known(void **state)
{
    (void)state;
    assert_true(mc_text_is_gsm(mc_span_of("Your code is 123456.\n@[]{}\\~^|$_ -")));
    assert_true(mc_text_is_gsm(mc_span_of("äöüß éè ÅÆØ ñ €£¥ ΔΦΓΛΩΠΨΣΘΞ ¡¿")));
    assert_false(mc_text_is_gsm(mc_span_of("验证码")));
    assert_false(mc_text_is_gsm(mc_span_of("a`b")));
    assert_false(mc_text_is_gsm(mc_span_of("ê")));
    assert_false(mc_text_is_gsm(mc_span_of("ç")));
    assert_false(mc_text_is_gsm(mc_span_of("a\tb")));
    assert_false(mc_text_is_gsm(mc_span_of("\xff")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_and_forms_keep_unreserved_characters_alone),
        cmocka_unit_test(json_strings_cannot_be_left),
        cmocka_unit_test(xml_text_and_attributes_cannot_be_left),
        cmocka_unit_test(a_header_takes_no_control_character),
        cmocka_unit_test(base64_gives_the_standard_values),
        cmocka_unit_test(the_content_type_chooses_the_encoding),
        cmocka_unit_test(the_gsm_alphabet_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
