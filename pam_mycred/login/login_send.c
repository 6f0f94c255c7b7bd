// SPDX-License-Identifier: Apache-2.0
// For the one-conversation process: runs the sender and waits for it. (The service's parent does
// this itself.)
#include "pam_mycred/login/login.h"

#include "common/program.h"

#define CAUSE_MAX 512 // bytes of the sender's line
#define SEND_LIMIT_MS 10000
#define RESERVE_MS 2000 // of the exchange's time, for what must be written after a failure

// The request to go on with, with the cause added; empty when memory is short.
static void add_cause(struct mc_span frame, const char *cause, struct mc_buffer *out)
{
    struct wire_request request;
    if (wire_request_decode(frame, &request) != MC_OK) {
        return;
    }
    request.cause = mc_span_of(cause);
    if (wire_request_encode(&request, out) != MC_OK) {
        mc_buffer_clear(out);
    }
}

bool login_send(const struct login *login, const char *sender, struct mc_span frame,
                int64_t left_ms, struct mc_buffer *next)
{
    struct wire_send send;
    char cause[CAUSE_MAX];
    if (wire_send_decode(frame, &send) != MC_OK) {
        return false;
    }
    int64_t limit = left_ms - RESERVE_MS;
    const struct mc_program program = {
        .path = sender,
        .arguments = {"--conf", mc_buffer_text(&login->conf)},
        .input = send.job,
        .limit_ms = limit < SEND_LIMIT_MS ? limit : SEND_LIMIT_MS,
    };
    bool sent = mc_program_run(&program, cause, sizeof cause);
    if (sent) {
        mc_buffer_add_span(next, send.if_sent);
    } else {
        add_cause(send.otherwise, cause, next);
    }
    return sent;
}
