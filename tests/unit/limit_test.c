// SPDX-License-Identifier: Apache-2.0
#include "common/limit.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#define VALUES_MAX 160
#define MINUTE (60 * MC_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

// Values as the directory gives them: times before `unit_clock`, on a channel or none.
struct record {
    char texts[VALUES_MAX][MC_TIME_TEXT + 16];
    struct mc_span spans[VALUES_MAX];
    size_t count;
};

static void add(struct record *record, mc_time time, const char *channel)
{
    char *text = record->texts[record->count];
    mc_time_format_exact(time, text);
    memcpy(text + strlen(text), channel, strlen(channel) + 1);
    record->spans[record->count++] = mc_span_of(text);
}

static struct mc_values values_of(const struct record *record)
{
    return (struct mc_values){record->spans, record->count};
}

static const struct mc_span none = {NULL, 0};

// MC-SEC-22, MC-SEC-23, MC-SEC-24: from the 5th failure a wait of 30 s that doubles to an hour; at
// the 50th no more
static void waits_grow_with_every_failure(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    struct record record = {.count = 0};
    for (unsigned failures = 0; failures <= 60; failures++) {
        static const mc_time waits[] = {30, 60, 120, 240, 480, 960, 1920};
        mc_time from = -1, expected = 0;
        if (failures >= 50) {
            expected = MC_LIMIT_NEVER;
        } else if (failures >= 5) {
            unsigned beyond = failures - 5;
            mc_time last = UNIT_TIME + failures - 1;
            expected = last + (beyond < MC_COUNT(waits) ? waits[beyond] * MC_SECOND : HOUR);
        }
        assert_int_equal(mc_limit_guess(unit.config, values_of(&record), none, unit_clock, &from),
                         MC_OK);
        assert_int_equal(from, expected);
        add(&record, UNIT_TIME + failures, "");
    }
}

static void the_configured_numbers_count(void **state)
{
    (void)state;
    UNIT unit = unit_new("code_tries = 3\nfailures_max = 10\n");
    static const struct {
        unsigned failures;
        mc_time wait; // seconds; -1: for ever
    } rows[] = {{2, 0}, {3, 30}, {4, 60}, {9, 1920}, {10, -1}, {11, -1}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct record record = {.count = 0};
        mc_time from = 0;
        for (unsigned j = 0; j < rows[i].failures; j++) {
            add(&record, UNIT_TIME - j, "");
        }
        assert_int_equal(mc_limit_guess(unit.config, values_of(&record), none, unit_clock, &from),
                         MC_OK);
        mc_time expected = rows[i].wait < 0 ? MC_LIMIT_NEVER : UNIT_TIME + rows[i].wait * MC_SECOND;
        assert_int_equal(from, rows[i].wait ? expected : 0);
    }
}

static void an_attempt_is_not_counted_against_itself(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    struct record record = {.count = 0};
    for (unsigned i = 0; i < 5; i++) {
        add(&record, UNIT_TIME + i, "");
    }
    mc_time from = 0;
    for (size_t own = 0; own < 5; own++) {
        assert_int_equal(
            mc_limit_guess(unit.config, values_of(&record), record.spans[own], unit_clock, &from),
            MC_OK);
        assert_int_equal(from, 0);
    }
}

// MC-SEC-48: a clock that once ran ahead must not keep anybody out for years; the failure counts
static void a_failure_from_the_future_does_not_stretch_the_wait(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    struct record record = {.count = 0};
    for (unsigned i = 0; i < 4; i++) {
        add(&record, UNIT_TIME - i, "");
    }
    add(&record, UNIT_TIME + 365 * DAY, "");
    mc_time from = 0;
    assert_int_equal(mc_limit_guess(unit.config, values_of(&record), none, unit_clock, &from),
                     MC_OK);
    assert_int_equal(from, UNIT_TIME + 30 * MC_SECOND);
}

static void damaged_times_are_an_error(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const char *const damaged[] = {"", "x", "2026", "20261121201533", "20261121201533Z x"};
    for (size_t i = 0; i < MC_COUNT(damaged); i++) {
        struct mc_span span = mc_span_of(damaged[i]);
        struct mc_values values = {&span, 1};
        mc_time from = 7;
        unsigned count = 7;
        assert_int_equal(mc_limit_guess(unit.config, values, none, unit_clock, &from), MC_BAD_DATA);
        assert_int_equal(mc_limit_count_since(values, none, 0, &count), MC_BAD_DATA);
        assert_int_equal(from + count, 14);
    }
    struct mc_span sends[] = {mc_span_of("x sms")};
    mc_time from = 7;
    assert_int_equal(
        mc_limit_send(unit.config, (struct mc_values){sends, 1}, "sms", none, unit_clock, &from),
        MC_BAD_DATA);
    assert_int_equal(from, 7);
}

static void failures_are_counted_since_a_moment(void **state)
{
    (void)state;
    struct record record = {.count = 0};
    for (unsigned i = 0; i < 8; i++) {
        add(&record, UNIT_TIME + i * MC_SECOND, "");
    }
    for (unsigned i = 0; i <= 8; i++) {
        unsigned count = 0;
        assert_int_equal(
            mc_limit_count_since(values_of(&record), none, UNIT_TIME + i * MC_SECOND, &count),
            MC_OK);
        assert_int_equal(count, 8 - i);
    }
}

// MC-SEC-34: one message in 60 s, five an hour, ten a day; a simulated day of asking every second
static void a_day_of_asking_brings_ten_messages(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    struct record record = {.count = 0};
    size_t in_first_minute = 0, in_first_hour = 0;
    for (mc_time second = 0; second < 86400; second++) {
        mc_time now = UNIT_TIME + second * MC_SECOND, from = 0;
        assert_int_equal(mc_limit_send(unit.config, values_of(&record), "sms", none, now, &from),
                         MC_OK);
        if (from <= now) {
            add(&record, now, " sms");
        }
        in_first_minute = second == 59 ? record.count : in_first_minute;
        in_first_hour = second == 3599 ? record.count : in_first_hour;
    }
    assert_int_equal(in_first_minute, 1);
    assert_int_equal(in_first_hour, 5);
    assert_int_equal(record.count, 10);
}

static void the_wait_that_is_told_is_the_wait(void **state)
{
    (void)state;
    UNIT unit = unit_new("send_interval = 90\nsends_per_hour = 3\nsends_per_day = 4\n");
    static const struct {
        unsigned ago[4], count; // seconds
        int wait;               // seconds from now; 0: none
    } rows[] = {
        {{0}, 0, 0},
        {{0}, 1, 90},
        {{30}, 1, 60},
        {{90}, 1, 0},
        {{89}, 1, 1},
        {{100, 200, 300}, 3, 3300},
        {{300, 100, 200}, 3, 3300},
        {{100, 200, 3600}, 3, 0},
        {{3600, 7200, 10800, 14400}, 4, 86400 - 14400},
        {{3600, 7200, 10800, 86400}, 4, 0},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct record record = {.count = 0};
        mc_time from = 0;
        for (unsigned j = 0; j < rows[i].count; j++) {
            add(&record, UNIT_TIME - rows[i].ago[j] * MC_SECOND, " email");
        }
        assert_int_equal(
            mc_limit_send(unit.config, values_of(&record), "email", none, unit_clock, &from),
            MC_OK);
        mc_time wait = from > unit_clock ? from - unit_clock : 0;
        assert_int_equal(wait, rows[i].wait * MC_SECOND);
    }
}

static void channels_own_values_and_wrong_clocks_do_not_count(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    struct record record = {.count = 0};
    mc_time from = 0;
    add(&record, UNIT_TIME, " email");
    add(&record, UNIT_TIME + 365 * DAY, " sms");
    add(&record, UNIT_TIME, " sms");
    assert_int_equal(
        mc_limit_send(unit.config, values_of(&record), "sms", record.spans[2], unit_clock, &from),
        MC_OK);
    assert_int_equal(from, 0);
    assert_int_equal(mc_limit_send(unit.config, values_of(&record), "sms", none, unit_clock, &from),
                     MC_OK);
    assert_int_equal(from, UNIT_TIME + MINUTE);
}

// MC-SEC-178: more values than any limit allows are neither an overflow nor a way round it
static void hundreds_of_values_stay_over_the_limit(void **state)
{
    (void)state;
    UNIT unit = unit_new("sends_per_day = 100\n");
    struct record record = {.count = 0};
    mc_time from = 0;
    for (unsigned i = 0; i < VALUES_MAX; i++) {
        add(&record, UNIT_TIME - i * MINUTE, " sms");
    }
    assert_int_equal(mc_limit_send(unit.config, values_of(&record), "sms", none, unit_clock, &from),
                     MC_OK);
    assert_true(from > unit_clock + 20 * HOUR);
}

// MC-SEC-178: neither do many of days before leave no room for those of today
static void what_was_sent_long_ago_hides_nothing_new(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    struct record record = {.count = 0};
    mc_time from = 0;
    for (unsigned i = 1; i < VALUES_MAX; i++) {
        add(&record, UNIT_TIME - DAY - i * MINUTE, " sms");
    }
    add(&record, UNIT_TIME, " sms");
    assert_int_equal(mc_limit_send(unit.config, values_of(&record), "sms", none, unit_clock, &from),
                     MC_OK);
    assert_int_equal(from, UNIT_TIME + MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_with_every_failure),
        cmocka_unit_test(the_configured_numbers_count),
        cmocka_unit_test(an_attempt_is_not_counted_against_itself),
        cmocka_unit_test(a_failure_from_the_future_does_not_stretch_the_wait),
        cmocka_unit_test(damaged_times_are_an_error),
        cmocka_unit_test(failures_are_counted_since_a_moment),
        cmocka_unit_test(a_day_of_asking_brings_ten_messages),
        cmocka_unit_test(the_wait_that_is_told_is_the_wait),
        cmocka_unit_test(channels_own_values_and_wrong_clocks_do_not_count),
        cmocka_unit_test(hundreds_of_values_stay_over_the_limit),
        cmocka_unit_test(what_was_sent_long_ago_hides_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
