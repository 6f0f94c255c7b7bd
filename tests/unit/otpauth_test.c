// SPDX-License-Identifier: Apache-2.0
#include "common/otpauth.h"

#include "tests/unit/unit.h"

static struct mc_device device_of(enum mc_algorithm algorithm, unsigned digits, unsigned period)
{
    return (struct mc_device){.algorithm = algorithm,
                              .digits = digits,
                              .period = period,
                              .secret = {(char *)(uintptr_t) "12345678901234567890", 20}};
}

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// MC-SEC-52: whatever names hold, the URI has one issuer, one account and the parameters below
static void names_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *issuer, *account, *uri;
    } rows[] = {
        {"mycred", "alice", "otpauth://totp/mycred:alice?secret=" SECRET "&issuer=mycred"},
        {"My Site", "alice@example.org",
         "otpauth://totp/My%20Site:alice%40example.org?secret=" SECRET "&issuer=My%20Site"},
        {"a:b", "c:d", "otpauth://totp/a-b:c-d?secret=" SECRET "&issuer=a-b"},
        {"a&secret=X", "b?secret=Y#z",
         "otpauth://totp/a%26secret%3DX:b%3Fsecret%3DY%23z?secret=" SECRET
         "&issuer=a%26secret%3DX"},
        {"%41", "a/b\\c\"'<>\n",
         "otpauth://totp/%2541:a%2Fb%5Cc%22%27%3C%3E%0A?secret=" SECRET "&issuer=%2541"},
        {"\xe7\xa4\xba", "", "otpauth://totp/%E7%A4%BA:?secret=" SECRET "&issuer=%E7%A4%BA"},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer uri;
        const struct mc_device device = device_of(MC_SHA1, 6, 30);
        mc_buffer_init(&uri, MC_OTPAUTH_MAX);
        assert_int_equal(mc_otpauth_write(&device, mc_span_of(rows[i].issuer),
                                          mc_span_of(rows[i].account), &uri),
                         MC_OK);
        assert_string_equal(mc_buffer_text(&uri), rows[i].uri);
    }
}

static void unusual_parameters_are_told(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer uri;
    const struct mc_device device = device_of(MC_SHA256, 8, 60);
    mc_buffer_init(&uri, MC_OTPAUTH_MAX);
    assert_int_equal(mc_otpauth_write(&device, mc_span_of("m"), mc_span_of("a"), &uri), MC_OK);
    assert_string_equal(mc_buffer_text(&uri), "otpauth://totp/m:a?secret=" SECRET
                                              "&issuer=m&algorithm=SHA256&digits=8&period=60");
}

static void names_that_are_no_utf8_or_too_long_are_refused(void **state)
{
    (void)state;
    static char longest[MC_OTPAUTH_MAX];
    memset(longest, 'a', sizeof longest - 1);
    static const char *const names[] = {"\xff", "a\xc3", "\xed\xa0\x80", longest};
    const struct mc_device device = device_of(MC_SHA1, 6, 30);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        MC_AUTO_BUFFER struct mc_buffer one, other;
        mc_buffer_init(&one, MC_OTPAUTH_MAX);
        mc_buffer_init(&other, MC_OTPAUTH_MAX);
        assert_int_equal(mc_otpauth_write(&device, mc_span_of(names[i]), mc_span_of("a"), &one),
                         MC_MALFORMED);
        assert_int_equal(mc_otpauth_write(&device, mc_span_of("m"), mc_span_of(names[i]), &other),
                         MC_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(unusual_parameters_are_told),
        cmocka_unit_test(names_that_are_no_utf8_or_too_long_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
