// SPDX-License-Identifier: Apache-2.0
// Frames from any bytes: what decodes can be encoded, and decodes to the same again.
#include "pam_mycred/wire.h"
#include "tests/fuzz/fuzz.h"

static void encode(enum mc_result result, const struct mc_buffer *frame)
{
    MUST(result == MC_OK);
    MUST(frame->size <= WIRE_FRAME_MAX);
}

static void try_request(struct mc_span frame)
{
    struct wire_request request, again;
    MC_AUTO_BUFFER struct mc_buffer first, second;
    mc_buffer_init(&first, 2 * WIRE_FRAME_MAX);
    mc_buffer_init(&second, 2 * WIRE_FRAME_MAX);
    if (wire_request_decode(frame, &request) != MC_OK) {
        return;
    }
    encode(wire_request_encode(&request, &first), &first);
    MUST(wire_request_decode(mc_buffer_span(&first), &again) == MC_OK);
    MUST(again.kind == request.kind && again.flags == request.flags &&
         again.methods == request.methods && again.fallback == request.fallback &&
         again.prompts_left == request.prompts_left);
    encode(wire_request_encode(&again, &second), &second);
    MUST(same_bytes(mc_buffer_span(&first), mc_buffer_span(&second)));
}

static void try_reply(struct mc_span frame)
{
    struct wire_reply reply, again;
    MC_AUTO_BUFFER struct mc_buffer first, second;
    mc_buffer_init(&first, 2 * WIRE_FRAME_MAX);
    mc_buffer_init(&second, 2 * WIRE_FRAME_MAX);
    if (wire_reply_decode(frame, &reply) != MC_OK) {
        return;
    }
    MUST(reply.result < MC_RESULT_COUNT);
    MUST(reply.message_count <= WIRE_MESSAGES_MAX && reply.log_count <= WIRE_LOGS_MAX);
    encode(wire_reply_encode(&reply, &first), &first);
    MUST(wire_reply_decode(mc_buffer_span(&first), &again) == MC_OK);
    MUST(again.result == reply.result && again.message_count == reply.message_count &&
         again.log_count == reply.log_count);
    encode(wire_reply_encode(&again, &second), &second);
    MUST(same_bytes(mc_buffer_span(&first), mc_buffer_span(&second)));
}

static void try_send(struct mc_span frame)
{
    struct wire_send send, again;
    MC_AUTO_BUFFER struct mc_buffer first;
    mc_buffer_init(&first, 2 * WIRE_FRAME_MAX);
    if (wire_send_decode(frame, &send) != MC_OK) {
        return;
    }
    encode(wire_send_encode(&send, &first), &first);
    MUST(wire_send_decode(mc_buffer_span(&first), &again) == MC_OK);
    MUST(same_bytes(send.job, again.job) && same_bytes(send.if_sent, again.if_sent) &&
         same_bytes(send.otherwise, again.otherwise));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_span frame = {data, size};
    enum wire_kind kind = WIRE_START;
    size_t payload = 0;
    if (size >= WIRE_HEADER_SIZE && wire_header_parse(data, &kind, &payload) == MC_OK) {
        MUST(payload <= WIRE_PAYLOAD_MAX);
    }
    try_request(frame);
    try_reply(frame);
    try_send(frame);
    return 0;
}
