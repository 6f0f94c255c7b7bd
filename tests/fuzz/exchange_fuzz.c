// SPDX-License-Identifier: Apache-2.0
// Whole conversations with mycred-login: an entry, then requests of any kind in any order, against
// a directory in memory. The input's lines:
//   +<letter><value>   a value of the attribute with this place in `attributes`; `+!` and a digit
//                      adds a device, a recovery code or an API password
//   <four letters><text>   a request: kind, flags, methods and fallback, prompts left and seconds
//                      that pass; `text` is answer and password at once, in which $t, $s, $r, $a,
//                      $p stand for the right code by device, by message, the recovery code, the
//                      API password, the login password
// Without the right thing nobody gets in; nobody gets in twice by one; no log line shows any.
#include "common/api_password.h"
#include "common/device.h"
#include "common/field.h"
#include "common/job.h"
#include "common/recovery.h"
#include "pam_mycred/login/login.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

#define REQUESTS_MAX 24
#define ID "fedcbafedcbafedc" // no digits, so that no code is part of it

static const char *const attributes[] = {
    "mycredLoginMethod",
    "mycredRequire",
    "mycredMethodAllowed",
    "mycredExemptUntil",
    "mycredLockedUntil",
    "mobile",
    "mail",
    "mycredTotpUsed",
    "mycredTotpFailure",
    "mycredCodeFailure",
    "mycredChallenge",
    "mycredSendTime",
    "mycredRecoveryFailure",
    "preferredLanguage",
    "mycredTotp",
    "mycredRecovery",
    "objectClass",
    "mycredInviteUntil",
    "mycredLastUse",
    "mycredVerified",
};

// What the person knows or was sent; "" where there is nothing.
enum right { BY_DEVICE, BY_MESSAGE, BY_RECOVERY, BY_API, BY_PASSWORD, RIGHT_COUNT };
static const char letters[] = "tsrap";

struct person {
    struct unit unit;
    struct login login;
    char right[RIGHT_COUNT][64];
    bool spent[RIGHT_COUNT];
    mc_time spent_step;
    struct mc_buffer state;
};

static const struct mc_device phone = {.id = 1,
                                       .algorithm = MC_SHA1,
                                       .digits = 6,
                                       .period = 30,
                                       .created = UNIT_TIME,
                                       .secret = {(char *)(uintptr_t) "12345678901234567890", 20},
                                       .label = {(const uint8_t *)"phone", 5}};

static void remember(struct person *person, enum right right, const struct mc_secret *text)
{
    snprintf(person->right[right], sizeof person->right[right], "%s", text->data);
    person->spent[right] = false;
}

static void give(struct person *person, char what)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    MC_AUTO_SECRET struct mc_secret shown = {0};
    const struct mc_context *context = &person->unit.context;
    const struct mc_api_password about = {3, UNIT_TIME, 0, mc_span_of("imap"), mc_span_of("x")};
    mc_buffer_init(&value, 1024);
    if (what == '1' && !person->right[BY_DEVICE][0]) {
        MUST(mc_device_write(context, UNIT_UUID, &phone, &value) == MC_OK);
        fake_directory_put("mycredTotp", value.data);
        person->right[BY_DEVICE][0] = '-';
    } else if (what == '2' && !person->right[BY_RECOVERY][0]) {
        MUST(mc_recovery_make(context, UNIT_UUID, 1, &shown, &value) == MC_OK);
        fake_directory_put("mycredRecovery", value.data);
        remember(person, BY_RECOVERY, &shown);
    } else if (what == '3' && !person->right[BY_API][0]) {
        MUST(mc_api_password_make(context, UNIT_UUID, &about, &shown, &value) == MC_OK);
        fake_directory_put("mycredApiPassword", value.data);
        remember(person, BY_API, &shown);
    }
}

static void add_value(struct person *person, struct mc_span line)
{
    char value[256];
    if (line.size < 2 || line.size >= sizeof value) {
        return;
    }
    if (line.data[0] == '!') {
        give(person, (char)line.data[1]);
        return;
    }
    size_t place = (size_t)(line.data[0] - 'a');
    if (line.data[0] >= 'a' && place < MC_COUNT(attributes) &&
        fake_directory_count(attributes[place]) < 8 && !memchr(line.data, '\0', line.size)) {
        snprintf(value, sizeof value, "%.*s", (int)line.size - 1, (const char *)line.data + 1);
        fake_directory_put(attributes[place], value);
    }
}

// The right codes as of now.
static void refresh(struct person *person)
{
    if (person->right[BY_DEVICE][0]) {
        MC_AUTO_SECRET struct mc_secret code = {0};
        MUST(mc_device_code(&phone, unit_clock, &code) == MC_OK);
        remember(person, BY_DEVICE, &code);
        person->spent[BY_DEVICE] =
            person->spent_step && unit_clock - unit_clock % (30 * MC_SECOND) <= person->spent_step;
    }
}

// Copies `text` with the marks replaced; which of the right things it holds.
static unsigned write_answer(const struct person *person, struct mc_span text,
                             struct mc_buffer *answer)
{
    unsigned held = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *letter = text.data[i] == '$' && i + 1 < text.size && text.data[i + 1]
                                 ? strchr(letters, text.data[i + 1])
                                 : NULL;
        if (letter) {
            size_t right = (size_t)(letter - letters);
            mc_buffer_add_text(answer, person->right[right]);
            held |= person->right[right][0] ? 1u << right : 0;
            i++;
        } else if (text.data[i]) {
            mc_buffer_add_byte(answer, text.data[i]);
        }
    }
    return held;
}

static void read_message(struct person *person, struct mc_span bytes)
{
    struct mc_job job;
    MUST(mc_job_read(bytes, &job) == MC_OK);
    MUST(job.to.size && job.text.size > 6);
    snprintf(person->right[BY_MESSAGE], sizeof person->right[BY_MESSAGE], "%.6s",
             (const char *)job.text.data);
    person->spent[BY_MESSAGE] = false;
}

static void look_at_logs(const struct person *person, const struct wire_reply *reply)
{
    for (size_t i = 0; i < reply->log_count; i++) {
        MC_AUTO_FREE char *line = mc_copy_text(reply->logs[i].text);
        for (const char *at = line; *at; at++) {
            MUST(*at >= ' ' && *at <= '~');
        }
        for (size_t right = 0; right < RIGHT_COUNT; right++) {
            const char *text = person->right[right];
            MUST(strlen(text) < 6 || !strstr(line, text));
        }
    }
}

// Nobody is let in but by what `held` says was typed.
static void judge(struct person *person, const struct wire_request *request, enum mc_result result,
                  unsigned held)
{
    bool api = request->flags & WIRE_API_PASSWORD;
    bool proves = request->kind == WIRE_START || request->kind == WIRE_ANSWER;
    if (result == MC_OFF) {
        MUST(fake_directory_count("mycredLoginMethod") == 0);
    }
    if (result == MC_EXEMPT) {
        MUST(fake_directory_count("mycredExemptUntil") || fake_directory_count("mycredRequire"));
    }
    if (result != MC_OK || !proves) {
        return;
    }
    if (request->kind == WIRE_START && api) {
        MUST(held & 1u << BY_API);
        return;
    }
    unsigned unspent = 0;
    for (unsigned right = BY_DEVICE; right <= BY_RECOVERY; right++) {
        unspent |= held & 1u << right && !person->spent[right] ? 1u << right : 0;
    }
    MUST(unspent);
    for (unsigned right = BY_DEVICE; right <= BY_RECOVERY; right++) {
        person->spent[right] = person->spent[right] || (unspent & 1u << right);
    }
    if (unspent & 1u << BY_DEVICE) {
        person->spent_step = unit_clock - unit_clock % (30 * MC_SECOND);
    }
}

static void take_reply(struct person *person, const struct wire_request *request,
                       struct mc_span frame, unsigned held)
{
    struct wire_reply reply;
    MUST(wire_reply_decode(frame, &reply) == MC_OK);
    judge(person, request, reply.result, held);
    look_at_logs(person, &reply);
    bool prompts =
        reply.message_count && reply.messages[reply.message_count - 1].style == WIRE_PROMPT;
    MUST(prompts == (reply.result == MC_ASK));
    MUST(reply.result != MC_ASK || reply.state.size);
    mc_buffer_clear(&person->state);
    mc_buffer_add_span(&person->state, reply.state);
}

static void exchange(struct person *person, const struct wire_request *request, unsigned held,
                     bool deliver)
{
    MC_AUTO_BUFFER struct mc_buffer frame, answer;
    struct wire_send send;
    mc_buffer_init(&frame, WIRE_FRAME_MAX);
    mc_buffer_init(&answer, WIRE_FRAME_MAX);
    if (wire_request_encode(request, &frame) != MC_OK) {
        return;
    }
    login_exchange(&person->login, mc_buffer_span(&frame), 0, 10000, &answer);
    if (wire_send_decode(mc_buffer_span(&answer), &send) != MC_OK) {
        take_reply(person, request, mc_buffer_span(&answer), held);
        return;
    }
    read_message(person, send.job);
    if (deliver) {
        take_reply(person, request, send.if_sent, held);
        return;
    }
    struct wire_request otherwise;
    MUST(wire_request_decode(send.otherwise, &otherwise) == MC_OK);
    otherwise.cause = mc_span_of("gateway_down");
    person->right[BY_MESSAGE][0] = '\0';
    exchange(person, &otherwise, 0, true);
}

static void act(struct person *person, struct mc_span line)
{
    MC_AUTO_BUFFER struct mc_buffer answer, state;
    mc_buffer_init(&answer, WIRE_TEXT_MAX);
    mc_buffer_init(&state, WIRE_FRAME_MAX);
    if (line.size < 4) {
        return;
    }
    unit_clock += (line.data[3] % 32) * (line.data[3] & 64 ? 60 : 1) * MC_SECOND;
    refresh(person);
    struct mc_span text = {line.data + 4, line.size - 4};
    unsigned held = write_answer(person, text, &answer);
    mc_buffer_add_span(&state, mc_buffer_span(&person->state));
    if (mc_buffer_result(&answer) != MC_OK || mc_buffer_result(&state) != MC_OK) {
        return;
    }
    struct wire_request request = {
        .kind = (enum wire_kind)(WIRE_START + line.data[0] % 5),
        .id = mc_span_of(ID),
        .user = mc_span_of("alice"),
        .service = mc_span_of("imap"),
        .flags = line.data[1] & (WIRE_FLAGS_ALL >> 1),
        .methods = line.data[2] & MC_METHODS_ALL,
        .fallback = (enum wire_fallback)(line.data[2] / 16 % 4),
        .prompts_left = line.data[3] / 4 % 4,
        .answer = mc_buffer_span(&answer),
        .password = mc_buffer_span(&answer),
        .new_password = mc_span_of("a new password"),
        .state = mc_buffer_span(&state),
    };
    exchange(person, &request, held, !(line.data[0] & 32));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct person person = {.unit = unit_new("mail_from = mycred@example.org\n")};
    struct mc_span rest = {data, size};
    mc_buffer_init(&person.state, WIRE_FRAME_MAX);
    fake_directory_start(&person.unit);
    person.login = (struct login){.config = person.unit.config,
                                  .keys = person.unit.keys,
                                  .directory = person.unit.context.directory,
                                  .context = person.unit.context,
                                  .failure = MC_OK};
    mc_buffer_init(&person.login.error, 256);
    snprintf(person.right[BY_PASSWORD], sizeof person.right[BY_PASSWORD], "%s", FAKE_PASSWORD);
    for (unsigned requests = 0; rest.size && requests < REQUESTS_MAX;) {
        struct mc_span line = mc_field_next(&rest, '\n');
        if (line.size && line.data[0] == '+') {
            add_value(&person, (struct mc_span){line.data + 1, line.size - 1});
        } else {
            act(&person, line);
            requests++;
        }
    }
    mc_buffer_release(&person.state);
    fake_directory_stop(&person.unit);
    unit_release(&person.unit);
    return 0;
}
