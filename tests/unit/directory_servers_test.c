// SPDX-License-Identifier: Apache-2.0
#include "common/directory_servers.h"

#include "tests/unit/unit.h"

#include <time.h>

static int64_t seconds; // of both clocks

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    (void)clock;
    *ret_time = (struct timespec){.tv_sec = seconds};
    return 0;
}

static mc_time at(int64_t when)
{
    return when * MC_SECOND;
}

static void expect_order(struct mc_servers *servers, unsigned first, unsigned second,
                         unsigned third)
{
    struct mc_server_order order;
    mc_servers_order(servers, 3, &order);
    assert_int_equal(order.count, 3);
    assert_int_equal(order.servers[0], first);
    assert_int_equal(order.servers[1], second);
    assert_int_equal(order.servers[2], third);
}

static void the_designated_writer_alone_voids_nothing(void **state)
{
    (void)state;
    struct mc_servers servers = {0};
    seconds = 1000;
    expect_order(&servers, 0, 1, 2);
    mc_servers_use(&servers, 0);
    seconds = 2000;
    mc_servers_use(&servers, 0);
    assert_int_equal(mc_servers_switched(&servers), 0);
    assert_true(mc_servers_are_at(&servers, 0));
}

// MC-SEC-19: what was valid at the writer is void at the stand-by, once for all who share it
static void a_stand_by_voids_what_was_before(void **state)
{
    (void)state;
    struct mc_servers servers = {0};
    seconds = 1000;
    mc_servers_use(&servers, 0);
    mc_servers_failed(&servers, 0);
    expect_order(&servers, 1, 2, 0);
    mc_servers_use(&servers, 1);
    assert_int_equal(mc_servers_switched(&servers), at(1000));
    assert_false(mc_servers_are_at(&servers, 0));
    seconds = 1005;
    mc_servers_use(&servers, 1); // another connection follows
    assert_int_equal(mc_servers_switched(&servers), at(1000));
}

static void who_begins_at_a_stand_by_knows_of_nothing_before(void **state)
{
    (void)state;
    struct mc_servers servers = {0};
    seconds = 1000;
    mc_servers_failed(&servers, 0);
    mc_servers_use(&servers, 1);
    assert_int_equal(mc_servers_switched(&servers), at(1000));
}

// MC-SEC-18: in the seconds in which somebody else may still be at the stand-by, nothing is taken
static void a_return_voids_what_is_still_taken_elsewhere(void **state)
{
    (void)state;
    struct mc_servers servers = {0};
    seconds = 1000;
    mc_servers_failed(&servers, 0);
    mc_servers_use(&servers, 1);
    assert_false(mc_servers_claim_return(&servers));
    seconds = 1010;
    assert_true(mc_servers_claim_return(&servers));
    assert_false(mc_servers_claim_return(&servers)); // one tries
    mc_servers_use(&servers, 0);
    assert_int_equal(mc_servers_switched(&servers), at(1030));
    mc_servers_use(&servers, 1); // lost at once
    assert_int_equal(mc_servers_switched(&servers), at(1030));
}

static void a_writer_that_stays_away_is_tried_every_ten_seconds(void **state)
{
    (void)state;
    struct mc_servers servers = {0};
    unsigned tries = 0;
    seconds = 1000;
    mc_servers_failed(&servers, 0);
    mc_servers_use(&servers, 1);
    for (seconds = 1000; seconds < 1100; seconds++) {
        if (mc_servers_claim_return(&servers)) {
            mc_servers_failed(&servers, 0);
            tries++;
        }
    }
    assert_int_equal(tries, 9);
}

// the one in use is asked first, so that the designated one is not asked by everybody who connects
static void the_server_in_use_comes_first(void **state)
{
    (void)state;
    struct mc_servers servers = {0};
    seconds = 1000;
    mc_servers_failed(&servers, 0);
    mc_servers_use(&servers, 2);
    seconds = 1100;
    expect_order(&servers, 2, 0, 1);
    mc_servers_failed(&servers, 2);
    expect_order(&servers, 0, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_designated_writer_alone_voids_nothing),
        cmocka_unit_test(a_stand_by_voids_what_was_before),
        cmocka_unit_test(who_begins_at_a_stand_by_knows_of_nothing_before),
        cmocka_unit_test(a_return_voids_what_is_still_taken_elsewhere),
        cmocka_unit_test(a_writer_that_stays_away_is_tried_every_ten_seconds),
        cmocka_unit_test(the_server_in_use_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
