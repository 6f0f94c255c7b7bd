// SPDX-License-Identifier: Apache-2.0
#include "common/session.h"

#include "common/seal.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

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

static enum mc_result read_first(struct unit *unit, struct mc_account *account,
                                 struct mc_session *ret_session)
{
    fake_directory_account(unit, account);
    return mc_session_at(account, 0, ret_session);
}

static enum mc_result its_use_is_noted(unsigned number)
{
    char value[512];
    if (number == 1) {
        const char *stored = fake_directory_value("mycredSession", 0);
        int hash = (int)strcspn(stored, " ");
        snprintf(value, sizeof value, "%.*s 20261121201533Z 20261121201633Z - - password -", hash,
                 stored);
        fake_directory_remove("mycredSession");
        fake_directory_put("mycredSession", value);
    }
    return MC_UNDECIDED;
}

// MC-SEC-108: who signs out is out, though another request of the session changes its value
static void signing_out_ends_a_session_that_is_in_use(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    const struct mc_session_about about = {"password", mc_span_of("curl\x1b[2J\"\xc3\xa9")};
    MC_CLEANUP(mc_account_release) struct mc_account before = {0}, account = {0};
    MC_AUTO_BUFFER struct mc_buffer cookie;
    struct mc_session session = {0};
    mc_buffer_init(&cookie, 4096);
    fake_directory_start(&unit);
    fake_directory_put("objectClass", "mycredAccount");
    fake_directory_account(&unit, &before);
    assert_int_equal(mc_session_create(&unit.context, &before, &about, &cookie), MC_OK);
    assert_int_equal(read_first(&unit, &account, &session), MC_OK);
    assert_true(mc_span_equals(session.client, "curl?[2J\"??")); // shown in lists, and one line
    fake_directory.modifies = 0;
    fake_directory.before_modify = its_use_is_noted;
    assert_int_equal(mc_session_end(&unit.context, &account, session.value), MC_OK);
    assert_int_equal(fake_directory_count("mycredSession"), 0);
    assert_int_equal(mc_session_end(&unit.context, &account, session.value), MC_NOT_FOUND);
    fake_directory_stop(&unit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_whichever_key_it_is_hashed_under),
        cmocka_unit_test(signing_out_ends_a_session_that_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
