// SPDX-License-Identifier: Apache-2.0
// What mycred-login keeps between a prompt and its answer.
#include "common/seal.h"
#include "pam_mycred/login/login.h"
#include "tests/unit/unit.h"

#define ID "0123456789abcdef"

static struct login login_of(const struct unit *unit)
{
    return (struct login){.keys = unit->keys, .context = unit->context};
}

static struct state sample(void)
{
    return (struct state){.stage = STAGE_MENU,
                          .method = MC_METHOD_EMAIL,
                          .verdict = MC_LOCKED,
                          .failed = MC_METHOD_BIT(MC_METHOD_SMS),
                          .has_class = true,
                          .for_password = true,
                          .others = true,
                          .answers = 3,
                          .language = MC_CHINESE_SIMPLIFIED,
                          .started = UNIT_TIME,
                          .uuid = UNIT_UUID,
                          .user = mc_span_of("alice of 3 names"),
                          .dn = mc_span_of("uid=alice of 3 names,dc=example")};
}

static enum mc_result open_text(const struct unit *unit, struct mc_span text, const char *id)
{
    const struct login login = login_of(unit);
    MC_AUTO_SECRET struct mc_secret opened = {0};
    struct state state = {0};
    enum mc_result result = state_open(&login, text, mc_span_of(id), &opened, &state);
    assert_int_equal(state.stage != 0, result == MC_OK);
    return result;
}

static void seal_state(const struct unit *unit, const struct state *state, struct mc_buffer *text)
{
    const struct login login = login_of(unit);
    mc_buffer_init(text, WIRE_PAYLOAD_MAX);
    assert_int_equal(state_seal(&login, state, mc_span_of(ID), text), MC_OK);
}

static bool same(struct mc_span one, struct mc_span other)
{
    return mc_secret_matches(one, other);
}

static void assert_makes_a_round_trip(const struct unit *unit, const struct state *state)
{
    const struct login login = login_of(unit);
    MC_AUTO_BUFFER struct mc_buffer text;
    MC_AUTO_SECRET struct mc_secret opened = {0};
    struct state back = {0};
    seal_state(unit, state, &text);
    assert_int_equal(state_open(&login, mc_buffer_span(&text), mc_span_of(ID), &opened, &back),
                     MC_OK);
    assert_int_equal(back.stage, state->stage);
    assert_int_equal(back.method, state->method);
    assert_int_equal(back.verdict, state->verdict);
    assert_int_equal(back.failed, state->failed);
    assert_int_equal(back.has_class, state->has_class);
    assert_int_equal(back.for_password, state->for_password);
    assert_int_equal(back.others, state->others);
    assert_int_equal(back.answers, state->answers);
    assert_int_equal(back.language, state->language);
    assert_int_equal(back.started, state->started);
    assert_true(same(back.user, state->user) && same(back.dn, state->dn));
}

static void a_state_comes_back_as_it_went(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static char longest[WIRE_TEXT_MAX + 1];
    memset(longest, 'a', WIRE_TEXT_MAX);
    static const char *const names[] = {"", " ", "alice", "12 34", "\xe7\x88\xb1", longest};
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        for (size_t j = 0; j < MC_COUNT(names); j++) {
            struct state sent = sample();
            sent.user = mc_span_of(names[i]);
            sent.dn = mc_span_of(names[j]);
            assert_makes_a_round_trip(&unit, &sent);
        }
    }
    struct state least = {.stage = STAGE_CODE, .started = UNIT_TIME};
    assert_makes_a_round_trip(&unit, &least);
}

static void a_state_belongs_to_its_conversation_and_time(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_AUTO_BUFFER struct mc_buffer text;
    struct state sent = sample();
    seal_state(&unit, &sent, &text);
    static const struct {
        const char *id;
        int64_t later;
        enum mc_result result;
    } rows[] = {{ID, 0, MC_OK},
                {ID, 15 * 60, MC_OK},
                {ID, 15 * 60 + 1, MC_BAD_DATA},
                {ID, 365 * 86400, MC_BAD_DATA},
                {ID, -3600, MC_OK},
                {"", 0, MC_BAD_DATA},
                {"0123456789abcdee", 0, MC_BAD_DATA}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        unit_clock = UNIT_TIME + rows[i].later * MC_SECOND;
        assert_int_equal(open_text(&unit, mc_buffer_span(&text), rows[i].id), rows[i].result);
    }
}

static void a_changed_or_foreign_text_is_refused(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_AUTO_BUFFER struct mc_buffer text, foreign;
    struct state sent = sample();
    seal_state(&unit, &sent, &text);
    for (size_t i = 0; i < 8 * text.size; i++) {
        text.data[i / 8] = (char)(text.data[i / 8] ^ 1 << i % 8);
        assert_int_equal(open_text(&unit, mc_buffer_span(&text), ID), MC_BAD_DATA);
        text.data[i / 8] = (char)(text.data[i / 8] ^ 1 << i % 8);
    }
    assert_int_equal(open_text(&unit, (struct mc_span){NULL, 0}, ID), MC_BAD_DATA);
    // sealed by the same key, for another purpose
    const struct mc_seal_context context = {"mycredTotp", "", mc_span_of(ID)};
    mc_buffer_init(&foreign, 1024);
    assert_int_equal(mc_seal(unit.keys, &context, mc_span_of("1 1 0 0 0 0 0 0 0 - 0 "), &foreign),
                     MC_OK);
    assert_int_equal(open_text(&unit, mc_buffer_span(&foreign), ID), MC_BAD_DATA);
}

// Another version's text under the same key must not reach places this one does not have.
static void texts_of_another_make_are_refused(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const struct {
        const char *text;
        enum mc_result result;
    } rows[] = {
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_OK},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 5 alicedn", MC_OK},
        {"", MC_BAD_DATA},
        {"0 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_BAD_DATA},
        {"5 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_BAD_DATA},
        {"-1 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_BAD_DATA},
        {"1 4 0 0 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_BAD_DATA},
        {"1 -1 0 0 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_BAD_DATA},
        {"1 1 99 0 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_BAD_DATA},
        {"1 1 0 256 0 0 0 0 1795292133000000 - 0 0 0 0 ", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 0", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 -", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 9 alicedn", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 18446744073709551615 alicedn", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 0 0 -2 alicedn", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 1 2 5 2 causealdn", MC_OK},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 2 0 0 0 ", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - -1 0 0 0 ", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 4 0 0 ", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 0 8 0 alicedn", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 1795292133000000 - 0 ", MC_BAD_DATA},
        {"1 1 0 0 0 0 0 0 0 - 0 0 0 0 ", MC_BAD_DATA},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer text;
        const struct mc_seal_context context = {"conversation", "", mc_span_of(ID)};
        mc_buffer_init(&text, 1024);
        assert_int_equal(mc_seal(unit.keys, &context, mc_span_of(rows[i].text), &text), MC_OK);
        if (open_text(&unit, mc_buffer_span(&text), ID) != rows[i].result) {
            fail_msg("'%s'", rows[i].text);
        }
    }
}

static void what_is_too_long_is_not_sealed(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    const struct login login = login_of(&unit);
    MC_AUTO_BUFFER struct mc_buffer text;
    static char endless[5000];
    memset(endless, 'a', sizeof endless - 1);
    struct state sent = sample();
    sent.dn = mc_span_of(endless);
    mc_buffer_init(&text, WIRE_PAYLOAD_MAX);
    assert_int_equal(state_seal(&login, &sent, mc_span_of(ID), &text), MC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_comes_back_as_it_went),
        cmocka_unit_test(a_state_belongs_to_its_conversation_and_time),
        cmocka_unit_test(a_changed_or_foreign_text_is_refused),
        cmocka_unit_test(texts_of_another_make_are_refused),
        cmocka_unit_test(what_is_too_long_is_not_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
