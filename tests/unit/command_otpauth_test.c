// SPDX-License-Identifier: Apache-2.0
#include "common/device_bind.h"
#include "common/otpauth.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECRET "12345678901234567890"
#define SECRET_TEXT "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static struct mc_device device_of(enum mc_algorithm algorithm, unsigned digits, unsigned period)
{
    return (struct mc_device){
        .algorithm = algorithm,
        .digits = digits,
        .period = period,
        .secret = {(char *)SECRET, strlen(SECRET)},
    };
}

static const struct {
    const char *issuer, *account, *uri;
} names[] = {
    {"Example", "carol", "otpauth://totp/Example:carol?secret=" SECRET_TEXT "&issuer=Example"},
    {"A B", "c d", "otpauth://totp/A%20B:c%20d?secret=" SECRET_TEXT "&issuer=A%20B"},
    // MC-SEC-52: nothing of a name becomes a part of the URI
    {"x&secret=A#", "a/b?c",
     "otpauth://totp/x%26secret%3DA%23:a%2Fb%3Fc?secret=" SECRET_TEXT "&issuer=x%26secret%3DA%23"},
    {"a:b", "c:d", "otpauth://totp/a-b:c-d?secret=" SECRET_TEXT "&issuer=a-b"},
    {"100%", "%3a", "otpauth://totp/100%25:%253a?secret=" SECRET_TEXT "&issuer=100%25"},
    {"爱", "~._-", "otpauth://totp/%E7%88%B1:~._-?secret=" SECRET_TEXT "&issuer=%E7%88%B1"},
};

static void test_names_are_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        const struct mc_device device = device_of(MC_SHA1, 6, 30);
        MC_AUTO_BUFFER struct mc_buffer uri;
        mc_buffer_init(&uri, MC_OTPAUTH_MAX);
        assert_int_equal(mc_otpauth_write(&device, mc_span_of(names[i].issuer),
                                          mc_span_of(names[i].account), &uri),
                         MC_OK);
        assert_string_equal(mc_buffer_text(&uri), names[i].uri);
    }
}

static void test_what_is_not_usual_is_named(void **state)
{
    (void)state;
    const struct mc_device device = device_of(MC_SHA512, 8, 60);
    MC_AUTO_BUFFER struct mc_buffer uri;
    mc_buffer_init(&uri, MC_OTPAUTH_MAX);
    assert_int_equal(mc_otpauth_write(&device, mc_span_of("E"), mc_span_of("c"), &uri), MC_OK);
    assert_string_equal(mc_buffer_text(&uri), "otpauth://totp/E:c?secret=" SECRET_TEXT
                                              "&issuer=E&algorithm=SHA512&digits=8&period=60");
}

static void test_broken_utf8_is_refused(void **state)
{
    (void)state;
    const struct mc_device device = device_of(MC_SHA1, 6, 30);
    MC_AUTO_BUFFER struct mc_buffer uri;
    mc_buffer_init(&uri, MC_OTPAUTH_MAX);
    assert_int_equal(mc_otpauth_write(&device, mc_span_of("E"), mc_span_of("\xff"), &uri),
                     MC_MALFORMED);
    assert_int_equal(mc_otpauth_write(&device, mc_span_of("\xc0\x80"), mc_span_of("c"), &uri),
                     MC_MALFORMED);
}

static void test_labels_have_limits(void **state)
{
    char label[MC_DEVICE_LABEL_MAX + 2] = "";
    (void)state;
    assert_non_null(mc_device_label_complaint(mc_span_of("")));
    memset(label, 'x', MC_DEVICE_LABEL_MAX);
    assert_null(mc_device_label_complaint(mc_span_of(label)));
    label[MC_DEVICE_LABEL_MAX] = 'x';
    assert_non_null(mc_device_label_complaint(mc_span_of(label)));
    assert_null(mc_device_label_complaint(mc_span_of("爱丽丝的手机")));
    assert_non_null(mc_device_label_complaint(mc_span_of("a\tb")));
    assert_non_null(mc_device_label_complaint(mc_span_of("a\x7f")));
    assert_non_null(mc_device_label_complaint(mc_span_of("\xc3")));
}

// MC-SEC-45
static void test_new_secrets_have_160_bits_and_differ(void **state)
{
    enum { COUNT = 1000 };
    static char secrets[COUNT][MC_DEVICE_SECRET_SIZE];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device device = {0};
        assert_int_equal(mc_device_make(&device), MC_OK);
        assert_int_equal(device.secret.size * 8, 160);
        memcpy(secrets[i], device.secret.data, MC_DEVICE_SECRET_SIZE);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(secrets[i], secrets[j], MC_DEVICE_SECRET_SIZE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_escaped),
        cmocka_unit_test(test_what_is_not_usual_is_named),
        cmocka_unit_test(test_broken_utf8_is_refused),
        cmocka_unit_test(test_labels_have_limits),
        cmocka_unit_test(test_new_secrets_have_160_bits_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
