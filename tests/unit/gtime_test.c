// SPDX-License-Identifier: Apache-2.0
#include "common/gtime.h"

#include "tests/unit/unit.h"

// MC-SEC-158: what administrators and other tools write is read in every form of RFC 4517 3.3.13
static void every_form_of_the_rfc_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t microseconds;
    } forms[] = {
        {"19700101000000Z", 0},
        {"1970010100Z", 0},
        {"197001010000Z", 0},
        {"20261121201533Z", 1795292133000000},
        {"202611212015Z", 1795292100000000},
        {"2026112120Z", 1795291200000000},
        {"20261121201533.5Z", 1795292133500000},
        {"20261121201533,5Z", 1795292133500000},
        {"20261121201533.123456Z", 1795292133123456},
        {"20261121201533.1234569Z", 1795292133123456},
        {"20261121201533.000000000000000000001Z", 1795292133000000},
        {"202611212015.5Z", 1795292130000000},
        {"202611212015,25Z", 1795292115000000},
        {"2026112120.5Z", 1795293000000000},
        {"2026112120,25Z", 1795292100000000},
        {"20261121201533+0000", 1795292133000000},
        {"20261121201533-0000", 1795292133000000},
        {"20261122041533+08", 1795292133000000},
        {"20261122041533+0800", 1795292133000000},
        {"20261121144533-0530", 1795292133000000},
        {"2026112204.5+0800", 1795293000000000},
        {"20240229120000Z", 1709208000000000},
        {"20000229000000Z", 951782400000000},
        {"20161231235960Z", 1483228800000000}, // a leap second
        {"20161231235960.5Z", 1483228800500000},
        {"99991231235959Z", 253402300799000000},
        {"99991231235959.999999Z", 253402300799999999},
        {"19700101010000+0100", 0},
    };
    for (size_t i = 0; i < MC_COUNT(forms); i++) {
        mc_time time = -1;
        if (mc_time_parse(mc_span_of(forms[i].text), &time) != MC_OK ||
            time != forms[i].microseconds) {
            fail_msg("%s became %lld", forms[i].text, (long long)time);
        }
    }
}

// what is written comes from the C library's own calendar
static void every_day_is_read_as_it_is_written(void **state)
{
    (void)state;
    for (mc_time day = 0; day < (mc_time)366 * 900; day++) {
        char text[MC_TIME_TEXT];
        mc_time time = -1, written = (day * 86400 + day % 86400) * MC_SECOND;
        mc_time_format(written, text);
        if (mc_time_parse(mc_span_of(text), &time) != MC_OK || time != written) {
            fail_msg("%s became %lld", text, (long long)time);
        }
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Z",
        "2026",
        "202611",
        "20261121",
        "20261121Z",
        "2026112120",
        "20261121201533",
        "20261121201533z",
        "20261121201533ZZ",
        "20261121201533Z ",
        " 20261121201533Z",
        "20261121201533 Z",
        "20261121 201533Z",
        "2026112120153Z",
        "202611212015333Z",
        "20261121201533.Z",
        "20261121201533.",
        "20261121201533..5Z",
        "20261121201533.5.5Z",
        "20261121201533.5",
        "20261121201533.-5Z",
        "20261121201533+",
        "20261121201533+8",
        "20261121201533+080",
        "20261121201533+08000",
        "20261121201533+2400",
        "20261121201533+0860",
        "20261121201533+08:00",
        "20261121201533+0800Z",
        "20260021201533Z",
        "20261321201533Z",
        "20261100201533Z",
        "20261131201533Z",
        "20260230201533Z",
        "20250229120000Z",
        "19000229120000Z",
        "21000229120000Z",
        "20261121240000Z",
        "20261121206000Z",
        "20261121201561Z",
        "19691231235959Z",
        "00000101000000Z",
        "19700101000000+0100",
        "99991231235959-0001",
        "99991231235960Z",
        "-2026112120153Z",
        "+2026112120153Z",
        "2026-11-21T20:15:33Z",
        "261121201533Z",
        "\xef\xbc\x92"
        "0261121201533Z",
        "9999999999999999999999999999Z",
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        mc_time time = 42;
        if (mc_time_parse(mc_span_of(texts[i]), &time) != MC_MALFORMED || time != 42) {
            fail_msg("'%s' was read as %lld", texts[i], (long long)time);
        }
    }
    static const uint8_t with_nul[] = "20261121201533\0Z";
    mc_time time = 0;
    assert_int_equal(mc_time_parse((struct mc_span){with_nul, sizeof with_nul - 1}, &time),
                     MC_MALFORMED);
    assert_int_equal(mc_time_parse((struct mc_span){NULL, 0}, &time), MC_MALFORMED);
}

static void a_cut_text_is_another_time_or_none(void **state)
{
    (void)state;
    const char *text = "20261121201533.123456Z";
    for (size_t size = 0; size < strlen(text); size++) {
        mc_time time = 0;
        struct mc_span cut = {(const uint8_t *)text, size};
        assert_int_equal(mc_time_parse(cut, &time), MC_MALFORMED);
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const mc_time times[] = {0,
                                    1,
                                    999999,
                                    MC_SECOND,
                                    UNIT_TIME,
                                    UNIT_TIME + 123456,
                                    (mc_time)253402300799 * MC_SECOND + 999999};
    for (size_t i = 0; i < MC_COUNT(times); i++) {
        char text[MC_TIME_TEXT];
        mc_time time = -1;
        mc_time_format_exact(times[i], text);
        assert_int_equal(mc_time_parse(mc_span_of(text), &time), MC_OK);
        assert_int_equal(time, times[i]);
        mc_time_format(times[i], text);
        assert_int_equal(mc_time_parse(mc_span_of(text), &time), MC_OK);
        assert_int_equal(time, times[i] - times[i] % MC_SECOND);
    }
}

static void the_two_written_forms_are_fixed(void **state)
{
    (void)state;
    char text[MC_TIME_TEXT];
    mc_time_format(UNIT_TIME + 999999, text);
    assert_string_equal(text, "20261121201533Z");
    mc_time_format_exact(UNIT_TIME + 1, text);
    assert_string_equal(text, "20261121201533.000001Z");
    mc_time_format(-1, text);
    assert_string_equal(text, "19700101000000Z");
    mc_time_format(INT64_MAX, text);
    assert_string_equal(text, "99991231235959Z");
}

static void recent_is_what_is_young_by_any_clock(void **state)
{
    (void)state;
    static const struct {
        int64_t ago; // seconds
        bool recent;
    } rows[] = {{0, true},   {59, true},   {60, false},   {86400, false},
                {-60, true}, {-300, true}, {-301, false}, {-86400, false}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        mc_time time = UNIT_TIME - rows[i].ago * MC_SECOND;
        assert_int_equal(mc_time_is_recent(time, 60 * MC_SECOND, UNIT_TIME), rows[i].recent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_the_rfc_is_read),
        cmocka_unit_test(every_day_is_read_as_it_is_written),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(a_cut_text_is_another_time_or_none),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_two_written_forms_are_fixed),
        cmocka_unit_test(recent_is_what_is_young_by_any_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
