// SPDX-License-Identifier: Apache-2.0
#include "common/session.h"

#include "common/seal.h"
#include "tests/unit/fake_directory.h"

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
    mc_buffer_add_text(&value, "NAME ");
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

// A signed-in person, with the session as this request has read it.
struct sitting {
    struct unit unit;
    struct mc_account account;
    struct mc_session session;
};

static void sit_down(struct sitting *sitting)
{
    const struct mc_session_about about = {"password", mc_span_of("curl\x1b[2J\"\xc3\xa9")};
    MC_AUTO_BUFFER struct mc_buffer cookie;
    mc_buffer_init(&cookie, 4096);
    sitting->unit = unit_new("");
    fake_directory_start(&sitting->unit);
    fake_directory_account(&sitting->unit, &sitting->account);
    assert_int_equal(mc_session_create(&sitting->unit.context, &sitting->account, &about, &cookie),
                     MC_OK);
    mc_account_release(&sitting->account);
    fake_directory_account(&sitting->unit, &sitting->account);
    assert_int_equal(mc_session_at(&sitting->account, 0, &sitting->session), MC_OK);
    unit_clock += 10 * MC_SECOND;
}

static void stand_up(struct sitting *sitting)
{
    mc_account_release(&sitting->account);
    fake_directory_stop(&sitting->unit);
    unit_release(&sitting->unit);
}

static enum mc_result prove(struct sitting *sitting, bool as_login, struct mc_cookie *ret_cookie)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, 4096);
    enum mc_result result = mc_session_prove(&sitting->unit.context, &sitting->account,
                                             &sitting->session, as_login, &text);
    if (result == MC_OK) {
        assert_int_equal(mc_cookie_open(&sitting->unit.context, mc_buffer_span(&text), ret_cookie),
                         MC_OK);
    }
    return result;
}

static void assert_stored(struct sitting *sitting, const struct mc_cookie *cookie, mc_time proved)
{
    struct mc_account now;
    struct mc_session found;
    fake_directory_account(&sitting->unit, &now);
    assert_int_equal(fake_directory_count("mycredSession"), 1);
    assert_int_equal(mc_session_find(&sitting->unit.context, &now, cookie, &found), MC_OK);
    assert_true(mc_secret_matches(found.name, sitting->session.name));
    assert_false(mc_secret_matches(found.hash, sitting->session.hash));
    assert_int_equal(found.created, sitting->session.created);
    assert_int_equal(found.proved, proved);
    mc_account_release(&now);
}

// MC-SEC-105
static void a_proof_makes_another_id(void **state)
{
    (void)state;
    struct sitting sitting = {0};
    struct mc_cookie cookie = {0};
    sit_down(&sitting);
    assert_int_equal(prove(&sitting, false, &cookie), MC_OK);
    assert_stored(&sitting, &cookie, 0);
    mc_cookie_release(&cookie);
    stand_up(&sitting);
}

// MC-SEC-105 MC-SEC-90
static void a_proof_is_written_though_another_request_notes_its_use(void **state)
{
    (void)state;
    struct sitting sitting = {0};
    struct mc_cookie cookie = {0};
    sit_down(&sitting);
    unit_clock += 60 * MC_SECOND;
    mc_session_touch(&sitting.unit.context, &sitting.account, &sitting.session);
    assert_int_equal(prove(&sitting, true, &cookie), MC_OK);
    assert_stored(&sitting, &cookie, unit_clock);
    mc_cookie_release(&cookie);
    stand_up(&sitting);
}

// MC-SEC-105
static void only_one_request_gives_a_session_another_id(void **state)
{
    (void)state;
    struct sitting sitting = {0};
    struct mc_cookie first = {0}, second = {0};
    sit_down(&sitting);
    assert_int_equal(prove(&sitting, true, &first), MC_OK);
    assert_int_equal(prove(&sitting, true, &second), MC_NOT_FOUND);
    assert_stored(&sitting, &first, unit_clock);
    mc_cookie_release(&first);
    stand_up(&sitting);
}

// MC-SEC-108
static void a_session_that_has_ended_is_not_proved_back_to_life(void **state)
{
    (void)state;
    struct sitting sitting = {0};
    struct mc_cookie cookie = {0};
    sit_down(&sitting);
    fake_directory_remove("mycredSession");
    assert_int_equal(prove(&sitting, true, &cookie), MC_NOT_FOUND);
    assert_int_equal(fake_directory_count("mycredSession"), 0);
    stand_up(&sitting);
}

// MC-SEC-108: who signs out is out, though another request of the session changes its value
static void signing_out_ends_a_session_that_is_in_use(void **state)
{
    (void)state;
    struct sitting sitting = {0};
    sit_down(&sitting);
    // shown in lists, and one line
    assert_true(mc_span_equals(sitting.session.client, "curl?[2J\"??"));
    unit_clock += 60 * MC_SECOND;
    mc_session_touch(&sitting.unit.context, &sitting.account, &sitting.session);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            mc_session_end(&sitting.unit.context, &sitting.account, sitting.session.value),
            i == 0 ? MC_OK : MC_NOT_FOUND);
        assert_int_equal(fake_directory_count("mycredSession"), 0);
    }
    stand_up(&sitting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_whichever_key_it_is_hashed_under),
        cmocka_unit_test(a_proof_makes_another_id),
        cmocka_unit_test(a_proof_is_written_though_another_request_notes_its_use),
        cmocka_unit_test(only_one_request_gives_a_session_another_id),
        cmocka_unit_test(signing_out_ends_a_session_that_is_in_use),
        cmocka_unit_test(a_session_that_has_ended_is_not_proved_back_to_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
