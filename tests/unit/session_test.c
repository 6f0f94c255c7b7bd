// SPDX-License-Identifier: Apache-2.0
#include "common/session.h"

#include "common/seal.h"
#include "tests/unit/unit.h"

#define ID "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define OTHER_ID "BBCDEFGHIJKLMNOPQRSTUVWXYZ234567"

static const struct mc_seal_context place = {"mycredSession", UNIT_UUID, {NULL, 0}};

// A session of that id, in use now, hashed under the newest of the keys.
static void add_session(struct mc_entry *entry, const struct mc_keys *keys, const char *id,
                        const char *client)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    char now[MC_TIME_TEXT];
    mc_buffer_init(&value, 512);
    mc_time_format(UNIT_TIME, now);
    assert_int_equal(mc_keyed_hash(keys, &place, mc_span_of(id), &value), MC_OK);
    mc_buffer_format(&value, " %s %s - - password %s", now, now, client);
    assert_int_equal(mc_entry_add(entry, mc_span_of("mycredSession"), mc_buffer_span(&value)),
                     MC_OK);
}

static enum mc_result find(struct unit *unit, struct mc_entry *entry, const char *id,
                           const char *uuid, const char *client)
{
    struct mc_account account = {.entry = entry, .dn = UNIT_DN, .uuid = UNIT_UUID};
    struct mc_cookie cookie = {0};
    struct mc_session session = {0};
    memcpy(cookie.uuid, uuid, strlen(uuid));
    assert_int_equal(mc_secret_set(&cookie.id, mc_span_of(id)), MC_OK);
    enum mc_result result = mc_session_find(&unit->context, &account, &cookie, &session);
    assert_true(result != MC_OK || mc_span_equals(session.client, client));
    mc_cookie_release(&cookie);
    return result;
}

static void a_session_is_found_whichever_key_it_is_hashed_under(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *old = unit_keys(UNIT_KEY_1);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *both = unit_keys(UNIT_KEY_1 UNIT_KEY_2);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *gone = unit_keys(UNIT_KEY_3);
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    assert_int_equal(mc_entry_new(mc_span_of(UNIT_DN), &entry), MC_OK);
    unit.context.site_keys = both;
    assert_int_equal(
        mc_entry_add(entry, mc_span_of("mycredSession"), mc_span_of("no session at all")), MC_OK);
    assert_int_equal(find(&unit, entry, ID, UNIT_UUID, ""), MC_WRONG);
    add_session(entry, gone, ID, "lost key");
    add_session(entry, both, OTHER_ID, "new key, another");
    assert_int_equal(find(&unit, entry, ID, UNIT_UUID, ""), MC_WRONG);
    add_session(entry, old, ID, "old key");
    assert_int_equal(find(&unit, entry, ID, UNIT_UUID, "old key"), MC_OK);
    assert_int_equal(find(&unit, entry, OTHER_ID, UNIT_UUID, "new key, another"), MC_OK);
    assert_int_equal(find(&unit, entry, ID, UNIT_OTHER_UUID, ""), MC_WRONG);
    assert_int_equal(find(&unit, entry, "x", UNIT_UUID, ""), MC_WRONG);
    unit_clock += 3600 * MC_SECOND; // past session_idle
    assert_int_equal(find(&unit, entry, ID, UNIT_UUID, ""), MC_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_whichever_key_it_is_hashed_under),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
