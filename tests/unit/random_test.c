// SPDX-License-Identifier: Apache-2.0
// Built with --wrap=getrandom: each call of the core goes through the function below.
#include "common/random.h"

#include "common/api_password.h"
#include "common/device_bind.h"
#include "common/seal.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/random.h>

static struct {
    int fail_with;  // errno of a failing call; 0: none fails
    unsigned after; // calls that work first
    size_t at_most; // bytes a call gives; 0: all that is asked for
    unsigned calls;
} kernel;

ssize_t __real_getrandom(void *bytes, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags);

ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags)
{
    if (kernel.fail_with && kernel.calls++ >= kernel.after) {
        errno = kernel.fail_with;
        return -1;
    }
    size_t give = kernel.at_most && kernel.at_most < size ? kernel.at_most : size;
    return __real_getrandom(bytes, give, flags);
}

static int restore_kernel(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    return 0;
}

// ---- digits ----

#define CODES 100000
#define DIGITS 6

// MC-SEC-01: 9 degrees of freedom; 27.88 is passed by chance once in a thousand, 43 once in a
// million, so that six positions fail by chance less than once in 100,000 runs
static void every_digit_is_equally_likely_at_every_place(void **state)
{
    (void)state;
    static unsigned counts[DIGITS][10];
    unsigned zeros_first = 0;
    memset(counts, 0, sizeof counts);
    for (unsigned i = 0; i < CODES; i++) {
        MC_AUTO_SECRET struct mc_secret code = {0};
        assert_int_equal(mc_random_digits(DIGITS, &code), MC_OK);
        assert_int_equal(code.size, DIGITS);
        assert_int_equal(strlen(code.data), DIGITS);
        for (size_t j = 0; j < DIGITS; j++) {
            assert_in_range(code.data[j], '0', '9');
            counts[j][code.data[j] - '0']++;
        }
        zeros_first += code.data[0] == '0';
    }
    assert_true(zeros_first > CODES / 12);
    for (size_t j = 0; j < DIGITS; j++) {
        double sum = 0;
        for (size_t digit = 0; digit < 10; digit++) {
            double difference = counts[j][digit] - CODES / 10.0;
            sum += difference * difference / (CODES / 10.0);
        }
        assert_true(sum < 43);
    }
}

static void texts_have_the_size_asked_for(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 64; size++) {
        MC_AUTO_SECRET struct mc_secret text = {0};
        assert_int_equal(mc_random_base32(size, &text), MC_OK);
        assert_int_equal(text.size, size);
        assert_int_equal(strspn(text.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), size);
    }
    MC_AUTO_SECRET struct mc_secret text = {0};
    assert_int_equal(mc_random_base32(65, &text), MC_INTERNAL);
    assert_int_equal(mc_random_digits(16, &text), MC_OK);
    assert_int_equal(mc_random_digits(17, &text), MC_INTERNAL);
}

static void interrupted_and_short_calls_are_carried_on(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    static const uint8_t zeros[64];
    kernel.at_most = 1;
    assert_int_equal(mc_random_bytes(bytes, sizeof bytes), MC_OK);
    for (size_t i = 0; i + 16 <= sizeof bytes; i += 16) {
        assert_memory_not_equal(bytes + i, zeros, 16);
    }
}

// ---- MC-SEC-152, F55: where the kernel gives no random bytes, nothing is made ----

static void without_random_bytes_there_is_no_code(void **state)
{
    (void)state;
    static const int errors[] = {EFAULT, ENOSYS, EAGAIN, EPERM, EINVAL};
    for (size_t i = 0; i < MC_COUNT(errors); i++) {
        for (unsigned after = 0; after < DIGITS; after++) {
            MC_AUTO_SECRET struct mc_secret made = {0};
            restore_kernel(NULL);
            kernel.fail_with = errors[i];
            kernel.after = after;
            assert_int_equal(mc_random_digits(DIGITS, &made), MC_UNAVAILABLE);
            assert_null(made.data);
        }
        restore_kernel(NULL);
        kernel.fail_with = errors[i];
        MC_AUTO_SECRET struct mc_secret made = {0};
        assert_int_equal(mc_random_base32(13, &made), MC_UNAVAILABLE);
        assert_int_equal(mc_keys_make_line(1, &made), MC_UNAVAILABLE);
        assert_null(made.data);
    }
}

static void without_random_bytes_nothing_is_sealed_or_made(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    kernel.fail_with = ENOSYS;
    MC_AUTO_BUFFER struct mc_buffer out;
    MC_AUTO_SECRET struct mc_secret made = {0};
    mc_buffer_init(&out, 1024);
    const struct mc_seal_context context = {"mycredTotp", UNIT_UUID, {NULL, 0}};
    assert_int_equal(mc_seal(unit.keys, &context, mc_span_of("x"), &out), MC_UNAVAILABLE);
    assert_int_equal(out.size, 0);
    assert_int_equal(mc_recovery_make(&unit.context, UNIT_UUID, 1, &made, &out), MC_UNAVAILABLE);
    const struct mc_api_password about = {1, UNIT_TIME, 0, mc_span_of("-"), mc_span_of("laptop")};
    assert_int_equal(mc_api_password_make(&unit.context, UNIT_UUID, &about, &made, &out),
                     MC_UNAVAILABLE);
    struct mc_device device = {0};
    assert_int_equal(mc_device_make(&device), MC_UNAVAILABLE);
    assert_null(device.secret.data);
    assert_null(made.data);
}

// The second call fails: the code is there, but what would be stored of it is not.
static void a_code_that_cannot_be_sealed_is_not_given_out(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    kernel.fail_with = ENOSYS;
    kernel.after = 1;
    MC_AUTO_BUFFER struct mc_buffer out;
    MC_AUTO_SECRET struct mc_secret made = {0};
    mc_buffer_init(&out, 1024);
    assert_int_equal(mc_recovery_make(&unit.context, UNIT_UUID, 1, &made, &out), MC_UNAVAILABLE);
    assert_null(made.data);
    kernel.calls = 0;
    const struct mc_api_password about = {1, UNIT_TIME, 0, mc_span_of("-"), mc_span_of("laptop")};
    assert_int_equal(mc_api_password_make(&unit.context, UNIT_UUID, &about, &made, &out),
                     MC_UNAVAILABLE);
    assert_null(made.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_digit_is_equally_likely_at_every_place, restore_kernel),
        cmocka_unit_test_teardown(texts_have_the_size_asked_for, restore_kernel),
        cmocka_unit_test_teardown(interrupted_and_short_calls_are_carried_on, restore_kernel),
        cmocka_unit_test_teardown(without_random_bytes_there_is_no_code, restore_kernel),
        cmocka_unit_test_teardown(without_random_bytes_nothing_is_sealed_or_made, restore_kernel),
        cmocka_unit_test_teardown(a_code_that_cannot_be_sealed_is_not_given_out, restore_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
