// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/dialogue.h"

// Empty answers are never sent; they use up prompts all the same, so that nobody asks for ever.
static int get_answer(struct mc_call *call, uint8_t *prompts, struct mc_secret *ret_answer)
{
    struct mc_talk_line lines[MC_TALK_LINES_MAX];
    size_t count = mc_call_lines(call, true, lines);
    while (*prompts > 0) {
        (*prompts)--;
        int code = mc_talk_ask(call->pamh, lines, count, ret_answer);
        if (code != PAM_SUCCESS || ret_answer->size > 0) {
            return code;
        }
        lines[0] = lines[count - 1]; // the texts before the prompt have been seen
        count = 1;
    }
    return mc_call_refuse(call, PAM_AUTH_ERR, "empty-answer");
}

static bool repeats(const struct mc_call *call, struct mc_span answer)
{
    const struct mc_span others[] = {mc_secret_span(&call->password), mc_span_of(call->user),
                                     mc_call_item(call, PAM_USER), mc_call_item(call, PAM_AUTHTOK),
                                     mc_call_item(call, PAM_OLDAUTHTOK)};
    for (size_t i = 0; i < MC_COUNT(others); i++) {
        if (others[i].size > 0 && mc_secret_matches(answer, others[i])) {
            return true;
        }
    }
    return false;
}

// A client that answers every prompt with the password or the name has not guessed a code. NULL:
// the answer is one. From sshd's filler on, nothing counts and nothing is sent, but the person sees
// what everybody sees.
static const char *why_not_an_answer(struct mc_call *call, struct mc_span answer)
{
    if (mc_is_filler(answer)) {
        call->decoy = true;
        return NULL;
    }
    return repeats(call, answer) ? "blind-client" : NULL;
}

static enum mc_result send_answer(struct mc_call *call, struct mc_span answer, uint8_t prompts)
{
    struct wire_request request = {
        .kind = WIRE_ANSWER, .state = call->reply.state, .prompts_left = prompts};
    if (call->decoy) {
        answer = mc_span_of("decoy"); // no helper can find this one right
    }
    // longer than any code: cut, it is as wrong as before
    size_t size = answer.size < WIRE_TEXT_MAX ? answer.size : WIRE_TEXT_MAX;
    request.answer = (struct mc_span){answer.data, size};
    return mc_call_request(call, &request);
}

int mc_dialogue_run(struct mc_call *call, const struct wire_request *first)
{
    uint8_t prompts = first->prompts_left;
    enum mc_result result = mc_call_request(call, first);
    while (result == MC_ASK && prompts > 0) {
        MC_AUTO_SECRET struct mc_secret answer = {0};
        int code = get_answer(call, &prompts, &answer);
        if (code != PAM_SUCCESS) {
            return code;
        }
        const char *reason = why_not_an_answer(call, mc_secret_span(&answer));
        if (reason) {
            return mc_call_refuse(call, PAM_AUTH_ERR, reason);
        }
        result = send_answer(call, mc_secret_span(&answer), prompts);
    }
    if (result == MC_ASK) {
        call->reason = "prompts-used-up";
    }
    return mc_call_finish(call);
}
