// SPDX-License-Identifier: Apache-2.0
// MC-SEC-150: which key a value is of, and what is left to whoever is busy with it.
#include "common/reseal.h"

#include "common/seal.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

#define SETUP                                                                                      \
    UNIT unit = unit_new("");                                                                      \
    MC_CLEANUP(leave) struct unit *entered = enter(&unit);                                         \
    (void)entered

static struct unit *enter(struct unit *unit)
{
    fake_directory_start(unit);
    return unit;
}

static void leave(struct unit **unit)
{
    fake_directory_stop(*unit);
}

static void count_all(const struct unit *unit, struct mc_sealed_count *count)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    *count = (struct mc_sealed_count){0};
    fake_directory_account(unit, &account);
    mc_reseal_count(&unit->context, &account, count);
}

// The hosts' newest is k1, the site's k3.
static void each_value_is_held_against_the_key_it_is_made_with(void **state)
{
    (void)state;
    static const struct {
        enum mc_sealed kind;
        const char *value;
        size_t old;
    } rows[] = {
        {MC_SEALED_CHALLENGE, "login/sms 2026 2026 w1 k1:x", 0},
        {MC_SEALED_CHALLENGE, "login/sms 2026 2026 w1 k3:x", 1},
        {MC_SEALED_CHALLENGE, "identity.f/sms 2026 2026 w1 k3:x", 0},
        {MC_SEALED_CHALLENGE, "identity.f/sms 2026 2026 w1 k1:x", 1},
        {MC_SEALED_CHALLENGE, "logins/sms 2026 2026 w1 k3:x", 0},
        {MC_SEALED_NOTICE, "h-ABC 2026 - k1:x", 0},
        {MC_SEALED_NOTICE, "h-ABC 2026 - k3:x", 1},
        {MC_SEALED_NOTICE, "ABC 2026 - k3:x", 0},
        {MC_SEALED_NOTICE, "ABC 2026 - k1:x", 1},
        {MC_SEALED_SESSION, "k3:x 2026 2026 - - sms agent", 0},
        {MC_SEALED_SESSION, "k1:x 2026 2026 - - sms agent", 1},
        {MC_SEALED_DEVICE, "1 sha1/6/30 2026 k1:x phone", 0},
        {MC_SEALED_DEVICE, "1 sha1/6/30 2026 k3:x phone", 1},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        struct mc_sealed_count count;
        fake_directory_put(mc_sealed_attribute(rows[i].kind), rows[i].value);
        count_all(&unit, &count);
        assert_int_equal(count.values[rows[i].kind], 1);
        assert_int_equal(count.old[rows[i].kind], rows[i].old);
    }
}

// A notice that somebody is about to send is found by its value when it was sent.
static void a_leased_notice_stays_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *lease;
        size_t done;
    } rows[] = {{"-", 1}, {"20261121201733Z", 0}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP;
        MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *both = unit_keys(UNIT_KEY_3 UNIT_KEY_2);
        MC_AUTO_BUFFER struct mc_buffer value;
        const struct mc_seal_context about = {"mycredNotice", UNIT_UUID, mc_span_of("ABC")};
        struct mc_sealed_count count;
        size_t done = 0;
        mc_buffer_init(&value, 512);
        mc_buffer_format(&value, "ABC 20261121201533Z %s ", rows[i].lease);
        assert_int_equal(mc_seal(unit.site_keys, &about, mc_span_of("secret"), &value), MC_OK);
        fake_directory_put("mycredNotice", mc_buffer_text(&value));
        unit.context.site_keys = both;
        count_all(&unit, &count);
        assert_int_equal(count.old[MC_SEALED_NOTICE], 1);
        assert_int_equal(count.damaged, 0);
        assert_int_equal(mc_reseal_person(&unit.context, UNIT_DN, &done), MC_OK);
        assert_int_equal(done, rows[i].done);
        assert_int_equal(strcmp(fake_directory_value("mycredNotice", 0), mc_buffer_text(&value)) ==
                             0,
                         rows[i].done == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_is_held_against_the_key_it_is_made_with),
        cmocka_unit_test(a_leased_notice_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
