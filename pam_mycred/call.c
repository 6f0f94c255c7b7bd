// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/call.h"

#include "pam_mycred/codes.h"
#include "pam_mycred/log.h"
#include "pam_mycred/outcome.h"

#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <sys/random.h>
#include <syslog.h>

struct mc_span mc_call_item(const struct mc_call *call, int item)
{
    const void *value = NULL;
    if (pam_get_item(call->pamh, item, &value) != PAM_SUCCESS) {
        value = NULL;
    }
    return mc_span_of(value);
}

static struct mc_span cut(struct mc_span text)
{
    return (struct mc_span){text.data, text.size < WIRE_TEXT_MAX ? text.size : WIRE_TEXT_MAX};
}

bool mc_is_filler(struct mc_span text)
{
    static const char start[] = "\b\n\r\177"; // a short response is replaced by its beginning
    size_t size = text.size < sizeof start - 1 ? text.size : sizeof start - 1;
    return size > 0 && memcmp(text.data, start, size) == 0;
}

static bool make_id(struct mc_call *call)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[8] = {0};
    if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != sizeof bytes) {
        return false;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        call->id[2 * i] = digits[bytes[i] >> 4];
        call->id[2 * i + 1] = digits[bytes[i] & 15];
    }
    return true;
}

static int find_user(struct mc_call *call)
{
    const char *user = NULL;
    if (pam_get_user(call->pamh, &user, NULL) != PAM_SUCCESS || !user) {
        return mc_call_refuse(call, PAM_CONV_ERR, "no-user-name");
    }
    // a copy: a conversation may change the item
    call->user = mc_copy_text(mc_span_of(user));
    if (!call->user) {
        return mc_call_refuse(call, PAM_SYSTEM_ERR, "memory");
    }
    size_t size = strlen(call->user);
    if (size == 0 || size > WIRE_TEXT_MAX) {
        return mc_call_refuse(call, PAM_USER_UNKNOWN, "bad-user-name");
    }
    return PAM_SUCCESS;
}

// Somebody the system does not know is not ignored.
static bool is_ignored(const struct mc_call *call)
{
    if (!call->options.ignore_root && !call->options.minimum_uid) {
        return false;
    }
    const struct passwd *account = pam_modutil_getpwnam(call->pamh, call->user);
    return account && ((call->options.ignore_root && account->pw_uid == 0) ||
                       account->pw_uid < call->options.minimum_uid);
}

bool mc_call_begin(struct mc_call *call, pam_handle_t *pamh, enum mc_phase phase, int pam_flags,
                   int argc, const char **argv, int *ret_code)
{
    *call = (struct mc_call){.pamh = pamh, .phase = phase, .pam_flags = pam_flags};
    mc_buffer_init(&call->request_frame, WIRE_FRAME_MAX);
    mc_buffer_init(&call->reply_frame, WIRE_FRAME_MAX);
    mc_buffer_init(&call->prompt, WIRE_PAYLOAD_MAX);
    mc_helper_init(&call->helper, NULL, NULL, NULL);
    if (mc_pam_options_parse(phase, argc, argv, &call->options, &call->fault) != MC_OK) {
        *ret_code = PAM_SERVICE_ERR;
        return false;
    }
    mc_helper_init(&call->helper, call->options.socket, call->options.helper, call->options.conf);
    if (!make_id(call)) {
        *ret_code = mc_call_refuse(call, PAM_SYSTEM_ERR, "getrandom");
        return false;
    }
    int code = find_user(call);
    if (code == PAM_SUCCESS && is_ignored(call)) {
        code = PAM_IGNORE;
    }
    *ret_code = code;
    return code == PAM_SUCCESS;
}

static uint32_t request_flags(const struct mc_call *call)
{
    const struct mc_pam_options *options = &call->options;
    return (options->nullok ? WIRE_NULLOK : 0u) | (options->first_factor ? WIRE_FIRST_FACTOR : 0u) |
           (options->forward_pass ? WIRE_FORWARD_PASS : 0u) |
           (options->api_password ? WIRE_API_PASSWORD : 0u) | (call->decoy ? WIRE_DECOY : 0u) |
           (options->debug ? WIRE_DEBUG : 0u);
}

// A prompt stands with ASK, and only there; nobody is asked in the account phase.
static bool reply_makes_sense(const struct mc_call *call)
{
    const struct wire_reply *reply = &call->reply;
    bool prompts =
        reply->message_count > 0 && reply->messages[reply->message_count - 1].style == WIRE_PROMPT;
    return prompts == (reply->result == MC_ASK) && (!prompts || call->phase != MC_PHASE_ACCOUNT);
}

static enum mc_result take_reply(struct mc_call *call)
{
    if (wire_reply_decode(mc_buffer_span(&call->reply_frame), &call->reply) != MC_OK ||
        !reply_makes_sense(call)) {
        call->reply = (struct wire_reply){0};
        call->reason = "malformed-reply";
        return MC_MALFORMED;
    }
    call->must_change = call->must_change || (call->reply.flags & WIRE_MUST_CHANGE);
    for (size_t i = 0; i < call->reply.log_count; i++) {
        const struct wire_log *log = &call->reply.logs[i];
        if (log->priority != LOG_DEBUG || call->options.debug) {
            mc_log_line(call, log->priority, log->text);
        }
    }
    return call->reply.result;
}

enum mc_result mc_call_request(struct mc_call *call, const struct wire_request *particular)
{
    struct wire_request request = *particular;
    request.id = mc_span_of(call->id);
    request.user = mc_span_of(call->user);
    request.service = cut(mc_call_item(call, PAM_SERVICE));
    request.rhost = cut(mc_call_item(call, PAM_RHOST));
    request.methods = call->options.methods;
    request.fallback = call->options.fallback;
    request.flags = request_flags(call);
    enum mc_result result = wire_request_encode(&request, &call->request_frame);
    call->reply = (struct wire_reply){0};
    if (result == MC_OK) {
        result = mc_helper_exchange(&call->helper, mc_buffer_span(&call->request_frame),
                                    &call->reply_frame);
    }
    mc_buffer_clear(&call->request_frame);
    call->result = result == MC_OK ? take_reply(call) : result;
    return call->result;
}

// sudo always wants silence, and its users must choose from a menu all the same: its lines go into
// the prompt then.
static struct mc_span prompt_text(struct mc_call *call, struct mc_span words)
{
    mc_buffer_clear(&call->prompt);
    for (size_t i = 0; i < call->reply.message_count && call->pam_flags & PAM_SILENT; i++) {
        const struct wire_message *message = &call->reply.messages[i];
        if (message->style == WIRE_CHOICE) {
            mc_buffer_add_span(&call->prompt, message->text);
            mc_buffer_add_text(&call->prompt, "\n");
        }
    }
    mc_buffer_add_span(&call->prompt, words);
    return mc_buffer_result(&call->prompt) == MC_OK ? mc_buffer_span(&call->prompt) : words;
}

size_t mc_call_lines(struct mc_call *call, bool with_prompt, struct mc_talk_line *lines)
{
    bool silent = call->pam_flags & PAM_SILENT;
    int echo = call->options.noecho ? PAM_PROMPT_ECHO_OFF : PAM_PROMPT_ECHO_ON;
    size_t count = 0;
    for (size_t i = 0; i < call->reply.message_count; i++) {
        const struct wire_message *message = &call->reply.messages[i];
        if (message->style == WIRE_PROMPT) {
            const char *words = call->options.prompt;
            if (with_prompt) {
                struct mc_span text = prompt_text(call, words ? mc_span_of(words) : message->text);
                lines[count++] = (struct mc_talk_line){echo, text};
            }
        } else if (!silent) {
            int style = message->style == WIRE_ERROR ? PAM_ERROR_MSG : PAM_TEXT_INFO;
            lines[count++] = (struct mc_talk_line){style, message->text};
        }
    }
    return count;
}

int mc_call_finish(struct mc_call *call)
{
    struct mc_code_rules rules = {call->phase, &call->options, call->decoy, call->verified,
                                  call->must_change};
    struct mc_talk_line lines[MC_TALK_LINES_MAX];
    size_t count = mc_call_lines(call, false, lines);
    int code = mc_code_of(call->result, &rules);
    if (count == 0 || !mc_talk_is_possible(call->pamh)) {
        return code;
    }
    int talked = mc_talk_show(call->pamh, lines, count);
    bool passes = code == PAM_SUCCESS || code == PAM_IGNORE || code == PAM_NEW_AUTHTOK_REQD;
    return passes && talked != PAM_SUCCESS ? talked : code;
}

int mc_call_refuse(struct mc_call *call, int code, const char *reason)
{
    call->reason = reason;
    return code;
}

int mc_call_ask_password(struct mc_call *call, const char *prompt, struct mc_secret *ret_answer)
{
    struct mc_talk_line line = {PAM_PROMPT_ECHO_OFF, mc_span_of(prompt)};
    return mc_talk_ask(call->pamh, &line, 1, ret_answer);
}

int mc_call_end(struct mc_call *call, int code)
{
    mc_helper_release(&call->helper);
    mc_outcome_log(call, code);
    mc_secret_release(&call->password);
    mc_buffer_release(&call->request_frame);
    mc_buffer_release(&call->reply_frame);
    mc_buffer_release(&call->prompt);
    mc_free_pointer(&call->user);
    return code;
}
