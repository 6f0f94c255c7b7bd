// SPDX-License-Identifier: Apache-2.0
#include "common/device.h"

#include "common/seal.h"
#include "tests/unit/unit.h"

#include <stdio.h>

#define DIGITS "1234567890123456789012345678901234567890123456789012345678901234"
#define STEP (30 * MC_SECOND)

// A device as people have it: written to a value, then read from it.
static void store(const struct unit *unit, const struct mc_device *device, struct mc_buffer *value)
{
    mc_buffer_init(value, 1024);
    assert_int_equal(mc_device_write(&unit->context, UNIT_UUID, device, value), MC_OK);
}

static struct mc_device device_of(const struct unit *unit, enum mc_algorithm algorithm,
                                  unsigned digits, size_t secret_size)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    struct mc_device made = {.id = 1,
                             .algorithm = algorithm,
                             .digits = digits,
                             .period = 30,
                             .created = UNIT_TIME,
                             .secret = {(char *)(uintptr_t)DIGITS, secret_size},
                             .label = mc_span_of("phone of Alice")};
    struct mc_device device = {0};
    store(unit, &made, &value);
    assert_int_equal(mc_device_open(&unit->context, UNIT_UUID, mc_buffer_span(&value), &device),
                     MC_OK);
    device.label = (struct mc_span){NULL, 0}; // it pointed into the value
    return device;
}

static enum mc_result match(const struct mc_device *device, const char *code, mc_time now,
                            unsigned earlier, mc_time after)
{
    const struct mc_step_window window = {now, earlier, after};
    mc_time start = -1;
    enum mc_result result = mc_device_match(device, mc_span_of(code), &window, &start);
    assert_int_equal(start >= 0, result == MC_OK);
    return result;
}

// MC-SEC-44: RFC 4226, appendix D
static void the_counters_of_rfc_4226_match(void **state)
{
    (void)state;
    static const char *const codes[] = {"755224", "287082", "359152", "969429", "338314",
                                        "254676", "287922", "162583", "399871", "520489"};
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_device_release) struct mc_device device = device_of(&unit, MC_SHA1, 6, 20);
    for (size_t i = 0; i < MC_COUNT(codes); i++) {
        mc_time now = (mc_time)i * STEP + 7 * MC_SECOND;
        assert_int_equal(match(&device, codes[i], now, 0, -1), MC_OK);
        assert_int_equal(match(&device, codes[(i + 1) % MC_COUNT(codes)], now, 0, -1), MC_WRONG);
    }
}

// MC-SEC-44: RFC 6238, appendix B
static void the_times_of_rfc_6238_match(void **state)
{
    (void)state;
    static const struct {
        int64_t time;
        const char *codes[3];
    } rows[] = {
        {59, {"94287082", "46119246", "90693936"}},
        {1111111109, {"07081804", "68084774", "25091201"}},
        {1111111111, {"14050471", "67062674", "99943326"}},
        {1234567890, {"89005924", "91819424", "93441116"}},
        {2000000000, {"69279037", "90698825", "38618901"}},
        {20000000000, {"65353130", "77737706", "47863826"}},
    };
    static const size_t sizes[] = {20, 32, 64};
    UNIT unit = unit_new("");
    for (size_t i = 0; i < MC_COUNT(sizes); i++) {
        MC_CLEANUP(mc_device_release)
        struct mc_device device = device_of(&unit, (enum mc_algorithm)(MC_SHA1 + i), 8, sizes[i]);
        for (size_t j = 0; j < MC_COUNT(rows); j++) {
            mc_time now = rows[j].time * MC_SECOND;
            assert_int_equal(match(&device, rows[j].codes[i], now, 0, -1), MC_OK);
            assert_int_equal(match(&device, rows[j].codes[(i + 1) % 3], now, 0, -1), MC_WRONG);
        }
    }
}

static void code_of(const struct mc_device *device, mc_time time, struct mc_secret *code)
{
    assert_int_equal(mc_device_code(device, time, code), MC_OK);
}

// MC-SEC-47: the current step and one earlier; strict: the current one alone
static void steps_from_three_back_to_three_ahead(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_device_release) struct mc_device device = device_of(&unit, MC_SHA1, 6, 20);
    for (int offset = -3; offset <= 3; offset++) {
        for (mc_time second = 0; second < 30; second += 29) {
            MC_AUTO_SECRET struct mc_secret code = {0};
            mc_time now = UNIT_TIME - UNIT_TIME % STEP + second * MC_SECOND;
            code_of(&device, now + offset * STEP, &code);
            assert_int_equal(match(&device, code.data, now, 1, 0),
                             offset == 0 || offset == -1 ? MC_OK : MC_WRONG);
            assert_int_equal(match(&device, code.data, now, 0, 0), offset == 0 ? MC_OK : MC_WRONG);
        }
    }
}

// MC-SEC-14: a step that was spent, and every one before it, is dead whatever the clock does
static void no_step_passes_twice(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_device_release) struct mc_device device = device_of(&unit, MC_SHA1, 6, 20);
    MC_AUTO_SECRET struct mc_secret code = {0};
    mc_time spent = 0;
    const struct mc_step_window window = {UNIT_TIME, 1, 0};
    code_of(&device, UNIT_TIME, &code);
    assert_int_equal(mc_device_match(&device, mc_secret_span(&code), &window, &spent), MC_OK);
    assert_int_equal(spent, UNIT_TIME - UNIT_TIME % STEP);
    for (mc_time shift = -90; shift <= 90; shift += 30) {
        mc_time now = UNIT_TIME + shift * MC_SECOND;
        assert_int_equal(match(&device, code.data, now, 1, spent), MC_WRONG);
        MC_AUTO_SECRET struct mc_secret other = {0};
        code_of(&device, now, &other);
        assert_int_equal(match(&device, other.data, now, 1, spent), shift > 0 ? MC_OK : MC_WRONG);
    }
}

// MC-SEC-48: a spent step that lies ahead refuses until the clock has passed it
static void a_spent_step_in_the_future_refuses(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_device_release) struct mc_device device = device_of(&unit, MC_SHA1, 6, 20);
    MC_AUTO_SECRET struct mc_secret code = {0};
    code_of(&device, UNIT_TIME, &code);
    assert_int_equal(match(&device, code.data, UNIT_TIME, 1, UNIT_TIME + 3600 * MC_SECOND),
                     MC_WRONG);
}

static void what_is_no_code_does_not_match(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_device_release) struct mc_device device = device_of(&unit, MC_SHA1, 6, 20);
    MC_AUTO_SECRET struct mc_secret code = {0};
    code_of(&device, UNIT_TIME, &code);
    char longer[16], shorter[16];
    snprintf(longer, sizeof longer, "%s0", code.data);
    snprintf(shorter, sizeof shorter, "%.5s", code.data);
    const char *const texts[] = {"", longer, shorter, "+12345", "abcdef", "-"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        assert_int_equal(match(&device, texts[i], UNIT_TIME, 1, 0), MC_WRONG);
    }
}

static void what_is_stored_is_read(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const struct mc_device rows[] = {
        {1, MC_SHA1, 6, 30, UNIT_TIME, {NULL, 20}, {NULL, 0}},
        {4294967295, MC_SHA512, 8, 120, 0, {NULL, 64}, {(const uint8_t *)"a  b ", 5}},
        {7, MC_SHA256, 7, 15, UNIT_TIME, {NULL, 16}, {(const uint8_t *)"\xe6\x89\x8b", 3}},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer value;
        MC_CLEANUP(mc_device_release) struct mc_device back = {0};
        struct mc_device device = rows[i];
        device.secret.data = (char *)(uintptr_t)DIGITS;
        store(&unit, &device, &value);
        assert_int_equal(mc_device_open(&unit.context, UNIT_UUID, mc_buffer_span(&value), &back),
                         MC_OK);
        assert_int_equal(back.id, device.id);
        assert_int_equal(back.algorithm, device.algorithm);
        assert_int_equal(back.digits, device.digits);
        assert_int_equal(back.period, device.period);
        assert_int_equal(back.created, device.created);
        assert_true(
            mc_secret_matches(mc_secret_span(&back.secret), mc_secret_span(&device.secret)));
        assert_true(mc_secret_matches(back.label, device.label));
    }
}

static enum mc_result open_value(const struct unit *unit, const char *uuid, struct mc_span value)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    enum mc_result result = mc_device_open(&unit->context, uuid, value, &device);
    assert_true(result == MC_OK || device.secret.data == NULL);
    return result;
}

// "<head> <sealed as it would be for `detail`> <tail>"
static void forge(const struct unit *unit, const char *detail, const char *head,
                  struct mc_span secret, struct mc_buffer *value)
{
    const struct mc_seal_context context = {"mycredTotp", UNIT_UUID, mc_span_of(detail)};
    mc_buffer_init(value, 1024);
    mc_buffer_format(value, "%s ", head);
    assert_int_equal(mc_seal(unit->keys, &context, secret, value), MC_OK);
    mc_buffer_add_text(value, " label");
}

// MC-SEC-46: id, algorithm, digits and period are sealed in, and an entry's device is no other's
static void a_device_elsewhere_or_with_other_parameters_is_damaged(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    const struct {
        const char *head;
        enum mc_result result;
    } rows[] = {
        {"1 sha1/6/30 20261121201533Z", MC_OK},
        {"1 sha1/6/30 202611212015Z", MC_OK}, // typed by an administrator: times are not sealed in
        {"2 sha1/6/30 20261121201533Z", MC_BAD_DATA},
        {"1 sha256/6/30 20261121201533Z", MC_BAD_DATA},
        {"1 sha1/8/30 20261121201533Z", MC_BAD_DATA},
        {"1 sha1/6/60 20261121201533Z", MC_BAD_DATA},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer value;
        forge(&unit, "1 sha1/6/30", rows[i].head, mc_span_of("12345678901234567890"), &value);
        assert_int_equal(open_value(&unit, UNIT_UUID, mc_buffer_span(&value)), rows[i].result);
        assert_int_equal(open_value(&unit, UNIT_OTHER_UUID, mc_buffer_span(&value)), MC_BAD_DATA);
    }
}

// MC-SEC-158, F15
static void damaged_values_are_bad_data(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const char *const heads[] = {
        "0 sha1/6/30 20261121201533Z",
        "01 sha1/6/30 20261121201533Z",
        "x sha1/6/30 20261121201533Z",
        " sha1/6/30 20261121201533Z",
        "-1 sha1/6/30 20261121201533Z",
        "4294967296 sha1/6/30 20261121201533Z",
        "1 md5/6/30 20261121201533Z",
        "1 SHA1/6/30 20261121201533Z",
        "1 /6/30 20261121201533Z",
        "1 sha1/5/30 20261121201533Z",
        "1 sha1/9/30 20261121201533Z",
        "1 sha1/06/30 20261121201533Z",
        "1 sha1/6/14 20261121201533Z",
        "1 sha1/6/121 20261121201533Z",
        "1 sha1/6/0 20261121201533Z",
        "1 sha1/6 20261121201533Z",
        "1 sha1 20261121201533Z",
        "1 sha1/6/30/1 20261121201533Z",
        "1 sha1/6/30 2026",
        "1 sha1/6/30 -",
        "1  sha1/6/30 20261121201533Z",
        "1 sha1/6/30  20261121201533Z",
        "1\tsha1/6/30 20261121201533Z",
    };
    for (size_t i = 0; i < MC_COUNT(heads); i++) {
        MC_AUTO_BUFFER struct mc_buffer value;
        size_t detail_size = strcspn(heads[i], " ");
        char detail[64];
        const char *rest = heads[i] + detail_size + (heads[i][detail_size] == ' ');
        snprintf(detail, sizeof detail, "%.*s %.*s", (int)detail_size, heads[i],
                 (int)strcspn(rest, " "), rest);
        forge(&unit, detail, heads[i], mc_span_of("12345678901234567890"), &value);
        assert_int_equal(open_value(&unit, UNIT_UUID, mc_buffer_span(&value)), MC_BAD_DATA);
    }
    static const char *const texts[] = {"",
                                        " ",
                                        "1",
                                        "1 ",
                                        "1 sha1/6/30",
                                        "1 sha1/6/30 20261121201533Z",
                                        "1 sha1/6/30 20261121201533Z k1:",
                                        "x"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        assert_int_equal(open_value(&unit, UNIT_UUID, mc_span_of(texts[i])), MC_BAD_DATA);
    }
    assert_int_equal(open_value(&unit, UNIT_UUID, (struct mc_span){NULL, 0}), MC_BAD_DATA);
}

// MC-SEC-45
static void secrets_outside_their_sizes_are_bad_data(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const struct {
        size_t size;
        enum mc_result result;
    } rows[] = {{0, MC_BAD_DATA}, {15, MC_BAD_DATA}, {16, MC_OK}, {64, MC_OK}, {65, MC_BAD_DATA}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer value;
        struct mc_span secret = {(const uint8_t *)DIGITS "5", rows[i].size};
        forge(&unit, "1 sha1/6/30", "1 sha1/6/30 20261121201533Z", secret, &value);
        assert_int_equal(open_value(&unit, UNIT_UUID, mc_buffer_span(&value)), rows[i].result);
    }
}

static void a_value_cut_or_with_a_flipped_bit_is_no_device(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_AUTO_BUFFER struct mc_buffer value;
    forge(&unit, "1 sha1/6/30", "1 sha1/6/30 20261121201533Z", mc_span_of("12345678901234567890"),
          &value);
    size_t sealed_end = value.size - strlen(" label");
    size_t created = strlen("1 sha1/6/30 ");
    for (size_t size = 0; size < sealed_end; size++) {
        struct mc_span cut = {(const uint8_t *)value.data, size};
        assert_int_equal(open_value(&unit, UNIT_UUID, cut), MC_BAD_DATA);
    }
    for (size_t i = 0; i < 8 * sealed_end; i++) {
        bool is_time = i / 8 >= created && i / 8 < created + strlen("20261121201533Z");
        if (!is_time) {
            value.data[i / 8] = (char)(value.data[i / 8] ^ 1 << i % 8);
            assert_int_equal(open_value(&unit, UNIT_UUID, mc_buffer_span(&value)), MC_BAD_DATA);
            value.data[i / 8] = (char)(value.data[i / 8] ^ 1 << i % 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counters_of_rfc_4226_match),
        cmocka_unit_test(the_times_of_rfc_6238_match),
        cmocka_unit_test(steps_from_three_back_to_three_ahead),
        cmocka_unit_test(no_step_passes_twice),
        cmocka_unit_test(a_spent_step_in_the_future_refuses),
        cmocka_unit_test(what_is_no_code_does_not_match),
        cmocka_unit_test(what_is_stored_is_read),
        cmocka_unit_test(a_device_elsewhere_or_with_other_parameters_is_damaged),
        cmocka_unit_test(damaged_values_are_bad_data),
        cmocka_unit_test(secrets_outside_their_sizes_are_bad_data),
        cmocka_unit_test(a_value_cut_or_with_a_flipped_bit_is_no_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
