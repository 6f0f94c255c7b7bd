// SPDX-License-Identifier: Apache-2.0
// One call of an entry point: what every phase knows, and how it talks to the helper and the
// person.
#ifndef MYCRED_PAM_MYCRED_CALL_H
#define MYCRED_PAM_MYCRED_CALL_H

#include "pam_mycred/helper.h"
#include "pam_mycred/options.h"
#include "pam_mycred/talk.h"

struct mc_call {
    pam_handle_t *pamh;
    enum mc_phase phase;
    int pam_flags;
    struct mc_pam_options options;
    struct mc_pam_option_fault fault; // when they do not parse
    char id[17];                      // names this conversation in every log
    char *user;
    bool decoy;                // whatever is answered, nobody gets in
    bool verified;             // account: authenticated by this module on this handle
    bool must_change;          // account: and the directory wants another password
    struct mc_secret password; // login, API or current password, where one was asked for
    struct mc_helper helper;
    struct mc_buffer request_frame, reply_frame, prompt;
    struct wire_reply reply; // of the last exchange; spans into reply_frame
    enum mc_result result;   // of the last exchange
    const char *reason;      // what the module itself found, for the log; NULL: the result says it
};

// Fills `call`. True: go on. False: *ret_code is the answer.
bool mc_call_begin(struct mc_call *call, pam_handle_t *pamh, enum mc_phase phase, int pam_flags,
                   int argc, const char **argv, int *ret_code) MC_MUST_USE;

// Logs this outcome, wipes and releases everything, hands `code` back.
int mc_call_end(struct mc_call *call, int code) MC_MUST_USE;

// One exchange; `particular` holds what is not the same for every request, and may hold spans into
// the last reply. Writes the log lines that come back. Returns call->result: the helper's, or why
// there is none.
enum mc_result mc_call_request(struct mc_call *call, const struct wire_request *particular);

// The texts of the last reply as lines for the person: at most MC_TALK_LINES_MAX, none but the
// prompt when the host wants silence. Returns how many.
size_t mc_call_lines(struct mc_call *call, bool with_prompt, struct mc_talk_line *lines);

// The code for call->result, its texts shown.
int mc_call_finish(struct mc_call *call) MC_MUST_USE;

// For a refusal of the module's own; `reason` goes to the log. Returns `code`.
int mc_call_refuse(struct mc_call *call, int code, const char *reason) MC_MUST_USE;

// A prompt of the module's own, without echo. Empty answers are handed on.
int mc_call_ask_password(struct mc_call *call, const char *prompt,
                         struct mc_secret *ret_answer) MC_MUST_USE;

// A text item of the handle; empty when there is none.
struct mc_span mc_call_item(const struct mc_call *call, int item);

// Does it begin as what sshd puts in place of the responses of somebody it refuses?
bool mc_is_filler(struct mc_span text);

#endif
