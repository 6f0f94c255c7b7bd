// SPDX-License-Identifier: Apache-2.0
// What mycred-login decides at a request, above all where something changed while the person typed.
#include "common/device.h"
#include "pam_mycred/login/login.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

#define SETUP(options) FAKE_DIRECTORY_UNIT(options, fill)
#define LATER "20261122000000Z"
#define TOTP MC_METHOD_BIT(MC_METHOD_TOTP)
#define EMAIL MC_METHOD_BIT(MC_METHOD_EMAIL)

// A person with a device, an address, and the device chosen.
static void fill(const struct unit *unit)
{
    MC_AUTO_BUFFER struct mc_buffer device;
    mc_buffer_init(&device, 512);
    assert_int_equal(mc_device_write(&unit->context, UNIT_UUID, &unit_phone, &device), MC_OK);
    fake_directory_put("objectClass", "mycredAccount");
    fake_directory_put("mail", "alice@example.org");
    fake_directory_put("mycredTotp", device.data);
    fake_directory_put("mycredLoginMethod", "totp");
}

static const char *right_code(void)
{
    static char code[16];
    MC_AUTO_SECRET struct mc_secret made = {0};
    assert_int_equal(mc_device_code(&unit_phone, unit_clock, &made), MC_OK);
    snprintf(code, sizeof code, "%s", made.data);
    return code;
}

// One conversation: what the module keeps of it, and the last reply.
static struct talk {
    struct wire_request request; // what every request of it says
    uint8_t state[WIRE_TEXT_MAX];
    size_t state_size;
    char said[2048], logged[2048]; // all lines, each with its newline
    bool sends;
} talk;

static void begin(void)
{
    talk = (struct talk){.request = {.id = mc_span_of("0123456789abcdef"),
                                     .user = mc_span_of("alice"),
                                     .service = mc_span_of("sshd"),
                                     .fallback = WIRE_FALLBACK_ASK,
                                     .prompts_left = 3}};
}

static void append(char *text, size_t size, struct mc_span line)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%.*s\n", (int)line.size, (const char *)line.data);
}

static enum mc_result read_reply(struct mc_span frame)
{
    struct wire_reply reply;
    assert_int_equal(wire_reply_decode(frame, &reply), MC_OK);
    assert_true(reply.state.size <= sizeof talk.state);
    memcpy(talk.state, reply.state.data ? reply.state.data : talk.state, reply.state.size);
    talk.state_size = reply.state.size;
    talk.said[0] = talk.logged[0] = '\0';
    for (size_t i = 0; i < reply.message_count; i++) {
        append(talk.said, sizeof talk.said, reply.messages[i].text);
    }
    for (size_t i = 0; i < reply.log_count; i++) {
        append(talk.logged, sizeof talk.logged, reply.logs[i].text);
    }
    return reply.result;
}

// Asks as root would; of a message to be sent, goes on as if it had been.
static enum mc_result ask(const struct unit *unit, enum wire_kind kind, const char *text)
{
    MC_AUTO_BUFFER struct mc_buffer frame, answer;
    struct login login = {.config = unit->config,
                          .keys = unit->keys,
                          .directory = unit->context.directory,
                          .context = unit->context,
                          .failure = MC_OK};
    struct wire_request request = talk.request;
    struct wire_send send;
    mc_buffer_init(&login.error, 256);
    mc_buffer_init(&frame, WIRE_FRAME_MAX);
    mc_buffer_init(&answer, WIRE_FRAME_MAX);
    request.kind = kind;
    if (kind == WIRE_ANSWER) {
        request.answer = mc_span_of(text);
        request.state = (struct mc_span){talk.state, talk.state_size};
    } else {
        request.password = mc_span_of(text);
    }
    assert_int_equal(wire_request_encode(&request, &frame), MC_OK);
    login_exchange(&login, mc_buffer_span(&frame), 0, 10000, &answer);
    talk.sends = wire_send_decode(mc_buffer_span(&answer), &send) == MC_OK;
    return read_reply(talk.sends ? send.if_sent : mc_buffer_span(&answer));
}

static enum mc_result start(const struct unit *unit, const char *password)
{
    return ask(unit, WIRE_START, password);
}

static enum mc_result answer(const struct unit *unit, const char *typed)
{
    return ask(unit, WIRE_ANSWER, typed);
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void a_right_code_lets_in(void **state)
{
    (void)state;
    SETUP("");
    begin();
    assert_int_equal(start(&unit, ""), MC_ASK);
    assert_true(has(talk.said, "other ways"));
    assert_int_equal(answer(&unit, right_code()), MC_OK);
}

// MC-SEC-144: a lock set while the person types refuses a right code, and looks like a wrong one
static void a_lock_at_the_prompt_refuses_a_right_code(void **state)
{
    (void)state;
    SETUP("");
    begin();
    assert_int_equal(start(&unit, ""), MC_ASK);
    fake_directory_put("mycredLockedUntil", LATER);
    assert_int_equal(answer(&unit, right_code()), MC_ASK);
    assert_true(has(talk.said, "That code is not right."));
    assert_int_equal(fake_directory_count("mycredTotpUsed"), 0);
    talk.request.prompts_left = 0;
    assert_int_equal(answer(&unit, right_code()), MC_LOCKED);
}

// MC-SEC-144: nothing is sent and nothing listed for whom a lock has met meanwhile
static void a_lock_at_the_prompt_answers_words_by_a_decoy(void **state)
{
    (void)state;
    static const char *const words[] = {"?", "resend"};
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        SETUP("");
        begin();
        fake_directory_remove("mycredLoginMethod");
        fake_directory_put("mycredLoginMethod", "email");
        assert_int_equal(start(&unit, ""), MC_ASK);
        assert_true(talk.sends);
        unit_clock += 10 * 60 * MC_SECOND;
        fake_directory_put("mycredLockedUntil", LATER);
        unsigned modifies = fake_directory.modifies;
        assert_int_equal(answer(&unit, words[i]), MC_ASK);
        assert_false(talk.sends);
        assert_false(has(talk.said, "Choose how to verify"));
        assert_int_equal(fake_directory.modifies, modifies);
        talk.request.prompts_left = 0;
        assert_int_equal(answer(&unit, right_code()), MC_LOCKED);
    }
}

// A method taken away while its code is typed lets nobody in: by the person's own rule, by the
// groups', by the line in pam.d
static void a_method_taken_away_at_the_prompt_does_not_count(void **state)
{
    (void)state;
    static const char *const email_only[] = {"mycredMethodAllowed", "email", NULL};
    for (int i = 0; i < 3; i++) {
        SETUP("");
        begin();
        assert_int_equal(start(&unit, ""), MC_ASK);
        if (i == 0) {
            fake_directory_put("mycredMethodAllowed", "email");
        } else if (i == 1) {
            fake_directory_add_group(email_only);
        } else {
            talk.request.methods = EMAIL;
        }
        assert_int_equal(answer(&unit, right_code()), MC_WRONG);
        assert_true(has(talk.logged, "reason=rules-changed"));
    }
}

static void after_a_wrong_code_no_way_is_offered_that_the_service_does_not_take(void **state)
{
    (void)state;
    static const mc_method_set methods[] = {0, TOTP};
    for (size_t i = 0; i < MC_COUNT(methods); i++) {
        SETUP("");
        begin();
        talk.request.methods = methods[i];
        assert_int_equal(start(&unit, ""), MC_ASK);
        assert_int_equal(has(talk.said, "other ways"), methods[i] == 0);
        assert_int_equal(answer(&unit, "wrong"), MC_ASK);
        assert_int_equal(has(talk.said, "other ways"), methods[i] == 0);
    }
}

// sshd's filler at a prompt: nothing is charged, and no right code counts any more
static void from_a_fillers_answer_on_nothing_counts(void **state)
{
    (void)state;
    SETUP("");
    begin();
    assert_int_equal(start(&unit, ""), MC_ASK);
    talk.request.flags = WIRE_DECOY;
    assert_int_equal(answer(&unit, "decoy"), MC_ASK);
    assert_int_equal(fake_directory.modifies, 0);
    talk.request.flags = 0; // the state remembers
    assert_int_equal(answer(&unit, right_code()), MC_ASK);
    talk.request.prompts_left = 0;
    assert_int_equal(answer(&unit, right_code()), MC_WRONG);
    assert_int_equal(fake_directory.modifies, 0);
}

// fallback=none: the chosen method or none
static void without_a_fallback_only_the_chosen_method_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        enum wire_fallback fallback;
        enum mc_result result;
    } rows[] = {{WIRE_FALLBACK_ASK, MC_ASK},
                {WIRE_FALLBACK_AUTO, MC_ASK},
                {WIRE_FALLBACK_NONE, MC_NO_METHOD}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP("");
        begin();
        fake_directory_remove("mycredTotp");
        talk.request.fallback = rows[i].fallback;
        assert_int_equal(start(&unit, ""), rows[i].result);
        assert_int_equal(talk.sends, rows[i].result == MC_ASK);
    }
}

// MC-SEC-57: a name that nobody has costs a bind as any other, wherever a password came along
static void for_nobody_a_bind_is_made_as_well(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        unsigned binds;
    } rows[] = {{WIRE_FIRST_FACTOR, 1}, {WIRE_FIRST_FACTOR | WIRE_DECOY, 0}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        SETUP("");
        begin();
        talk.request.user = mc_span_of("nobody");
        talk.request.flags = rows[i].flags;
        assert_int_equal(start(&unit, FAKE_PASSWORD), MC_UNKNOWN_USER);
        assert_int_equal(fake_directory.binds, rows[i].binds);
        assert_false(has(talk.logged, "nobody"));
    }
}

// The system may let the name in as the other: where unknown names are ignored, it must not be one
static void a_name_in_another_spelling_is_wrong_and_not_unknown(void **state)
{
    (void)state;
    SETUP("");
    begin();
    fake_directory.person = MC_WRONG;
    talk.request.user = mc_span_of("ALICE");
    talk.request.prompts_left = 0;
    assert_int_equal(start(&unit, ""), MC_ASK);
    assert_true(has(talk.logged, "reason=other-spelling"));
    assert_int_equal(answer(&unit, right_code()), MC_WRONG);
    talk.request.flags = WIRE_FIRST_FACTOR;
    assert_int_equal(start(&unit, FAKE_PASSWORD), MC_WRONG);
    fake_directory.person = MC_UNDECIDED;
    assert_int_equal(start(&unit, FAKE_PASSWORD), MC_UNKNOWN_USER);
}

// MC-SEC-165: a program cannot change a password that must be changed
static void a_password_that_must_be_changed_opens_no_api_door(void **state)
{
    (void)state;
    SETUP("api_accepts_login_password = yes\n");
    begin();
    fake_directory_remove("mycredLoginMethod");
    talk.request.flags = WIRE_API_PASSWORD;
    assert_int_equal(start(&unit, FAKE_PASSWORD), MC_OK);
    fake_directory.must_change = true;
    assert_int_equal(start(&unit, FAKE_PASSWORD), MC_WRONG);
    assert_true(has(talk.logged, "event=api_password_refused"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_code_lets_in),
        cmocka_unit_test(a_lock_at_the_prompt_refuses_a_right_code),
        cmocka_unit_test(a_lock_at_the_prompt_answers_words_by_a_decoy),
        cmocka_unit_test(a_method_taken_away_at_the_prompt_does_not_count),
        cmocka_unit_test(after_a_wrong_code_no_way_is_offered_that_the_service_does_not_take),
        cmocka_unit_test(from_a_fillers_answer_on_nothing_counts),
        cmocka_unit_test(without_a_fallback_only_the_chosen_method_is_asked_for),
        cmocka_unit_test(for_nobody_a_bind_is_made_as_well),
        cmocka_unit_test(a_name_in_another_spelling_is_wrong_and_not_unknown),
        cmocka_unit_test(a_password_that_must_be_changed_opens_no_api_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
