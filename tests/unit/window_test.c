// SPDX-License-Identifier: Apache-2.0
// Budgets, the breaker and what looks like fraud: MC-SEC-36, MC-SEC-38, MC-SEC-162.
#include "common/breaker.h"
#include "common/source.h"
#include "common/traffic.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#define NOW 1000000

static const struct mc_window_rule rule = {3, 60};

static void a_window_lets_so_many_through(void **state)
{
    (void)state;
    struct mc_window window = {0};
    int64_t from = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mc_window_look(&window, &rule, NOW + i, &from), MC_OK);
        assert_int_equal(mc_window_take(&window, &rule, NOW + i, &from), MC_OK);
    }
    assert_int_equal(mc_window_look(&window, &rule, NOW + 3, &from), MC_THROTTLED);
    assert_int_equal(mc_window_take(&window, &rule, NOW + 59, &from), MC_THROTTLED);
    assert_int_equal(from, NOW + 60);
    assert_int_equal(mc_window_take(&window, &rule, NOW + 60, &from), MC_OK);
    assert_int_equal(window.count, 1);
}

static void what_did_not_happen_is_given_back(void **state)
{
    (void)state;
    struct mc_window window = {0};
    int64_t from = 0;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(mc_window_take(&window, &rule, NOW, &from), MC_OK);
        mc_window_return(&window, &rule, NOW);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mc_window_take(&window, &rule, NOW, &from), MC_OK);
    }
    assert_int_equal(mc_window_take(&window, &rule, NOW, &from), MC_THROTTLED);
    mc_window_return(&window, &rule, NOW + 60); // of a window that is over
    assert_int_equal(mc_window_look(&window, &rule, NOW + 59, &from), MC_THROTTLED);
}

static void a_clock_that_goes_back_blocks_nobody(void **state)
{
    (void)state;
    struct mc_window window = {0};
    int64_t from = 0;
    for (int i = 0; i < 4; i++) {
        enum mc_result result = mc_window_take(&window, &rule, NOW, &from);
        assert_int_equal(result, i < 3 ? MC_OK : MC_THROTTLED);
    }
    assert_int_equal(mc_window_take(&window, &rule, NOW - 1, &from), MC_OK);
}

static void no_limit_is_none(void **state)
{
    (void)state;
    const struct mc_window_rule none = {0, 60};
    struct mc_window window = {0};
    int64_t from = 0;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(mc_window_take(&window, &none, NOW, &from), MC_OK);
    }
}

static void an_alert_comes_once_a_window(void **state)
{
    (void)state;
    struct mc_window window = {0};
    int64_t from = 0;
    for (int round = 0; round < 3; round++) {
        int alerts = 0;
        for (int i = 0; i < 100; i++) {
            if (mc_window_take(&window, &rule, NOW + 60 * round, &from) != MC_OK) {
                alerts += mc_window_alert(&window);
            }
        }
        assert_int_equal(alerts, 1);
    }
}

// ---- breaker ----

#define PAUSE 30

static void break_it(struct mc_breaker *breaker, int times)
{
    for (int i = 0; i < times; i++) {
        assert_true(mc_breaker_allows(breaker, NOW, PAUSE));
        assert_int_equal(mc_breaker_note(breaker, false, NOW, PAUSE), i + 1 == MC_BREAKER_FAILURES);
    }
}

static void failures_in_a_row_open_the_breaker(void **state)
{
    (void)state;
    struct mc_breaker breaker = {0};
    break_it(&breaker, MC_BREAKER_FAILURES - 1);
    assert_false(mc_breaker_note(&breaker, true, NOW, PAUSE)); // not in a row
    break_it(&breaker, MC_BREAKER_FAILURES);
    assert_true(mc_breaker_is_open(&breaker, NOW));
    assert_false(mc_breaker_allows(&breaker, NOW, PAUSE));
    assert_false(mc_breaker_allows(&breaker, NOW + PAUSE - 1, PAUSE));
}

static void one_probe_decides_after_the_pause(void **state)
{
    (void)state;
    struct mc_breaker breaker = {0};
    break_it(&breaker, MC_BREAKER_FAILURES);
    assert_false(mc_breaker_is_open(&breaker, NOW + PAUSE));
    assert_true(mc_breaker_allows(&breaker, NOW + PAUSE, PAUSE));
    assert_false(mc_breaker_allows(&breaker, NOW + PAUSE, PAUSE)); // half-open: that one alone
    assert_false(mc_breaker_note(&breaker, false, NOW + PAUSE + 5, PAUSE));
    assert_false(mc_breaker_allows(&breaker, NOW + 2 * PAUSE + 4, PAUSE));
    assert_true(mc_breaker_allows(&breaker, NOW + 2 * PAUSE + 5, PAUSE));
    assert_true(mc_breaker_note(&breaker, true, NOW + 2 * PAUSE + 6, PAUSE));
    break_it(&breaker, MC_BREAKER_FAILURES); // it takes as many again
}

static void a_probe_nobody_hears_of_is_followed_by_another(void **state)
{
    (void)state;
    struct mc_breaker breaker = {0};
    break_it(&breaker, MC_BREAKER_FAILURES);
    assert_true(mc_breaker_allows(&breaker, NOW + PAUSE, PAUSE));
    assert_false(mc_breaker_allows(&breaker, NOW + 2 * PAUSE - 1, PAUSE));
    assert_true(mc_breaker_allows(&breaker, NOW + 2 * PAUSE, PAUSE));
}

static void a_clock_that_goes_back_makes_no_pause_longer(void **state)
{
    (void)state;
    struct mc_breaker breaker = {0};
    break_it(&breaker, MC_BREAKER_FAILURES);
    assert_false(mc_breaker_allows(&breaker, NOW - 100000, PAUSE));
    assert_true(mc_breaker_allows(&breaker, NOW - 100000 + PAUSE, PAUSE));
}

static void a_refused_receiver_says_nothing_of_the_gateway(void **state)
{
    (void)state;
    assert_false(mc_breaker_counts("outcome=permanent cause=refused gateway=a status=400"));
    assert_false(mc_breaker_counts("outcome=permanent cause=job tries=0"));
    assert_true(mc_breaker_counts("outcome=temporary cause=unreachable gateway=a tries=3"));
    assert_true(mc_breaker_counts("reason=deadline"));
}

// ---- traffic ----

static enum mc_alarm send_to(struct mc_traffic *traffic, int64_t number, int64_t now)
{
    char text[32];
    snprintf(text, sizeof text, "+%lld", (long long)number);
    return mc_traffic_note_sent(traffic, text, now);
}

static void a_pumping_trace_is_told_within_a_minute(void **state)
{
    (void)state;
    struct mc_traffic traffic = {0};
    int unverified = 0, adjacent = 0;
    for (int second = 0; second < 60; second++) { // two a second, along a block of numbers
        for (int i = 0; i < 2; i++) {
            enum mc_alarm alarm = send_to(&traffic, 881612340000 + 2 * second + i, NOW + second);
            unverified += alarm == MC_ALARM_UNVERIFIED;
            adjacent += alarm == MC_ALARM_ADJACENT;
        }
    }
    assert_int_equal(unverified, 1);
    assert_int_equal(adjacent, 1);
}

static void people_who_type_their_codes_are_no_alarm(void **state)
{
    (void)state;
    struct mc_traffic traffic = {0};
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(mc_traffic_note_sent(&traffic, NULL, NOW + i * 5), MC_ALARM_NONE);
        if (i % 3 != 2) { // some never come
            mc_traffic_note_verified(&traffic);
        }
    }
}

static void one_number_again_and_again_is_no_run(void **state)
{
    (void)state;
    struct mc_traffic traffic = {0};
    for (int i = 0; i < 20; i++) {
        assert_int_equal(send_to(&traffic, 491511234599, NOW + i), MC_ALARM_NONE);
        assert_int_equal(send_to(&traffic, 491511234599 + 1000 * i, NOW + i), MC_ALARM_NONE);
        mc_traffic_note_verified(&traffic);
    }
}

// ---- sources ----

static void an_address_counts_as_its_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *address, *prefix;
    } rows[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
        {"2001:0db8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
        {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
        {"fe80::1%eth0", "fe80::/64"},
        {"::1", "::/64"},
        {"client.example.org", "client.example.org"},
        {"", ""},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char prefix[MC_SOURCE_MAX];
        mc_source_prefix(mc_span_of(rows[i].address), prefix);
        assert_string_equal(prefix, rows[i].prefix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_lets_so_many_through),
        cmocka_unit_test(what_did_not_happen_is_given_back),
        cmocka_unit_test(a_clock_that_goes_back_blocks_nobody),
        cmocka_unit_test(no_limit_is_none),
        cmocka_unit_test(an_alert_comes_once_a_window),
        cmocka_unit_test(failures_in_a_row_open_the_breaker),
        cmocka_unit_test(one_probe_decides_after_the_pause),
        cmocka_unit_test(a_probe_nobody_hears_of_is_followed_by_another),
        cmocka_unit_test(a_clock_that_goes_back_makes_no_pause_longer),
        cmocka_unit_test(a_refused_receiver_says_nothing_of_the_gateway),
        cmocka_unit_test(a_pumping_trace_is_told_within_a_minute),
        cmocka_unit_test(people_who_type_their_codes_are_no_alarm),
        cmocka_unit_test(one_number_again_and_again_is_no_run),
        cmocka_unit_test(an_address_counts_as_its_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
