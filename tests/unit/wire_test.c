// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/wire.h"

#include "common/method.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <syslog.h>

#include <cmocka.h>

#include "common/method.h"

static const struct wire_request whole_request = {
    .kind = WIRE_ANSWER,
    .id = {(const uint8_t *)"0123456789abcdef", 16},
    .user = {(const uint8_t *)"carol", 5},
    .service = {(const uint8_t *)"sshd", 4},
    .rhost = {(const uint8_t *)"192.0.2.1", 9},
    .password = {(const uint8_t *)"old", 3},
    .new_password = {(const uint8_t *)"new one", 7},
    .answer = {(const uint8_t *)"492 017", 7},
    .state = {(const uint8_t *)"k1:\0sealed", 10},
    .cause = {(const uint8_t *)"gateway said 500", 16},
    .methods = MC_METHOD_BIT(MC_METHOD_TOTP),
    .flags = WIRE_NULLOK | WIRE_DEBUG,
    .fallback = WIRE_FALLBACK_AUTO,
    .prompts_left = 3,
};

static struct wire_reply whole_reply(void)
{
    return (struct wire_reply){
        .result = MC_ASK,
        .flags = WIRE_MUST_CHANGE,
        .state = mc_span_of("k1:state"),
        .messages = {{WIRE_INFO, mc_span_of("验证码已发送")}, {WIRE_PROMPT, mc_span_of("Code: ")}},
        .message_count = 2,
        .logs = {{LOG_INFO, mc_span_of("event=asked")}, {LOG_DEBUG, mc_span_of("")}},
        .log_count = 2,
    };
}

static void assert_span(struct mc_span one, struct mc_span other)
{
    assert_int_equal(one.size, other.size);
    if (one.size) {
        assert_memory_equal(one.data, other.data, one.size);
    }
}

static void encode_request(const struct wire_request *request, struct mc_buffer *frame)
{
    mc_buffer_init(frame, WIRE_FRAME_MAX);
    assert_int_equal(wire_request_encode(request, frame), MC_OK);
}

static void encode_reply(const struct wire_reply *reply, struct mc_buffer *frame)
{
    mc_buffer_init(frame, WIRE_FRAME_MAX);
    assert_int_equal(wire_reply_encode(reply, frame), MC_OK);
}

static void encode_send(struct mc_buffer *frame)
{
    struct wire_reply reply = {.result = MC_ASK};
    struct wire_request undelivered = {.kind = WIRE_UNDELIVERED, .state = mc_span_of("s")};
    MC_AUTO_BUFFER struct mc_buffer if_sent;
    MC_AUTO_BUFFER struct mc_buffer otherwise;
    encode_reply(&reply, &if_sent);
    encode_request(&undelivered, &otherwise);
    const struct wire_send send = {.job = {(const uint8_t *)"a\0b", 3},
                                   .if_sent = mc_buffer_span(&if_sent),
                                   .otherwise = mc_buffer_span(&otherwise),
                                   .channel = MC_METHOD_EMAIL,
                                   .source_limit = 20,
                                   .site_limit = 100000,
                                   .pause = UINT32_MAX};
    mc_buffer_init(frame, WIRE_FRAME_MAX);
    assert_int_equal(wire_send_encode(&send, frame), MC_OK);
}

// One frame of `kind` holding `payload`, whatever that is.
static void raw_frame(struct mc_buffer *frame, uint8_t kind, const void *payload, size_t size)
{
    const uint8_t header[WIRE_HEADER_SIZE] = {'m',
                                              'c',
                                              WIRE_VERSION,
                                              kind,
                                              (uint8_t)(size >> 24),
                                              (uint8_t)(size >> 16),
                                              (uint8_t)(size >> 8),
                                              (uint8_t)size};
    mc_buffer_init(frame, 1 << 20);
    mc_buffer_append(frame, header, sizeof header);
    mc_buffer_append(frame, payload, size);
}

static enum mc_result decode_raw_request(const void *payload, size_t size)
{
    MC_AUTO_BUFFER struct mc_buffer frame;
    struct wire_request request;
    raw_frame(&frame, WIRE_START, payload, size);
    return wire_request_decode(mc_buffer_span(&frame), &request);
}

static enum mc_result decode_raw_reply(const void *payload, size_t size)
{
    MC_AUTO_BUFFER struct mc_buffer frame;
    struct wire_reply reply;
    raw_frame(&frame, WIRE_REPLY, payload, size);
    return wire_reply_decode(mc_buffer_span(&frame), &reply);
}

#define RAW_REQUEST(bytes) decode_raw_request(bytes, sizeof(bytes) - 1)
#define RAW_REPLY(bytes) decode_raw_reply(bytes, sizeof(bytes) - 1)
#define RAW_OK "\x0e\0\0\0\1\1" // RESULT: MC_OK

static void request_survives_the_round_trip(void **state)
{
    (void)state;
    for (int kind = WIRE_START; kind <= WIRE_UNDELIVERED; kind++) {
        struct wire_request request = whole_request;
        request.kind = (enum wire_kind)kind;
        MC_AUTO_BUFFER struct mc_buffer frame;
        encode_request(&request, &frame);
        struct wire_request got;
        assert_int_equal(wire_request_decode(mc_buffer_span(&frame), &got), MC_OK);
        assert_int_equal(got.kind, kind);
        assert_span(got.id, request.id);
        assert_span(got.user, request.user);
        assert_span(got.service, request.service);
        assert_span(got.rhost, request.rhost);
        assert_span(got.password, request.password);
        assert_span(got.new_password, request.new_password);
        assert_span(got.answer, request.answer);
        assert_span(got.state, request.state);
        assert_span(got.cause, request.cause);
        assert_int_equal(got.methods, request.methods);
        assert_int_equal(got.flags, request.flags);
        assert_int_equal(got.fallback, request.fallback);
        assert_int_equal(got.prompts_left, request.prompts_left);
    }
}

static void absent_fields_read_as_zero(void **state)
{
    (void)state;
    struct wire_request request = {.kind = WIRE_ACCOUNT};
    struct wire_request got;
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_request(&request, &frame);
    assert_int_equal(frame.size, WIRE_HEADER_SIZE);
    assert_int_equal(wire_request_decode(mc_buffer_span(&frame), &got), MC_OK);
    assert_int_equal(got.user.size, 0);
    assert_int_equal(got.methods, 0);
    assert_int_equal(got.fallback, 0);
}

static void reply_survives_the_round_trip(void **state)
{
    (void)state;
    for (int result = 0; result < MC_RESULT_COUNT; result++) {
        struct wire_reply reply = whole_reply();
        reply.result = (enum mc_result)result;
        MC_AUTO_BUFFER struct mc_buffer frame;
        encode_reply(&reply, &frame);
        struct wire_reply got;
        assert_int_equal(wire_reply_decode(mc_buffer_span(&frame), &got), MC_OK);
        assert_int_equal(got.result, result);
        assert_int_equal(got.flags, reply.flags);
        assert_span(got.state, reply.state);
        assert_int_equal(got.message_count, 2);
        assert_int_equal(got.messages[1].style, WIRE_PROMPT);
        assert_span(got.messages[0].text, reply.messages[0].text);
        assert_int_equal(got.log_count, 2);
        assert_int_equal(got.logs[0].priority, LOG_INFO);
        assert_span(got.logs[0].text, reply.logs[0].text);
    }
}

static void send_survives_the_round_trip(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_send(&frame);
    struct wire_send got;
    assert_int_equal(wire_send_decode(mc_buffer_span(&frame), &got), MC_OK);
    assert_int_equal(got.job.size, 3);
    struct wire_reply reply;
    assert_int_equal(wire_reply_decode(got.if_sent, &reply), MC_OK);
    struct wire_request undelivered;
    assert_int_equal(wire_request_decode(got.otherwise, &undelivered), MC_OK);
    assert_int_equal(undelivered.kind, WIRE_UNDELIVERED);
    assert_int_equal(got.channel, MC_METHOD_EMAIL);
    assert_int_equal(got.source_limit, 20);
    assert_int_equal(got.site_limit, 100000);
    assert_int_equal(got.pause, UINT32_MAX);
}

// A copy on the heap, so that the address sanitizer sees a byte read past the end.
static void assert_every_cut_is_malformed(const struct mc_buffer *frame)
{
    for (size_t size = 0; size < frame->size; size++) {
        uint8_t *cut = malloc(size ? size : 1);
        memcpy(cut, frame->data, size);
        struct wire_request request;
        struct wire_reply reply;
        struct wire_send send;
        assert_int_equal(wire_request_decode((struct mc_span){cut, size}, &request), MC_MALFORMED);
        assert_int_equal(wire_reply_decode((struct mc_span){cut, size}, &reply), MC_MALFORMED);
        assert_int_equal(wire_send_decode((struct mc_span){cut, size}, &send), MC_MALFORMED);
        free(cut);
    }
}

static void every_truncation_is_malformed(void **state)
{
    (void)state;
    struct wire_reply reply = whole_reply();
    struct mc_buffer frames[3];
    encode_request(&whole_request, &frames[0]);
    encode_reply(&reply, &frames[1]);
    encode_send(&frames[2]);
    for (int i = 0; i < 3; i++) {
        assert_every_cut_is_malformed(&frames[i]);
    }
    mc_buffer_release(&frames[0]);
    mc_buffer_release(&frames[1]);
    mc_buffer_release(&frames[2]);
}

// The header's size is mended, so that the fields themselves are cut.
static void every_truncated_payload_is_malformed_or_shorter(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_request(&whole_request, &frame);
    const char *payload = frame.data + WIRE_HEADER_SIZE;
    size_t whole = 0;
    for (size_t size = 0; size < frame.size - WIRE_HEADER_SIZE; size++) {
        whole += decode_raw_request(payload, size) == MC_OK;
    }
    assert_int_equal(whole, 13); // only where a field ends
}

static void every_changed_byte_is_survived(void **state)
{
    (void)state;
    struct wire_reply reply = whole_reply();
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_reply(&reply, &frame);
    for (size_t i = 0; i < frame.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            frame.data[i] = (char)(frame.data[i] ^ 1 << bit);
            struct wire_reply got;
            (void)!wire_reply_decode(mc_buffer_span(&frame), &got);
            frame.data[i] = (char)(frame.data[i] ^ 1 << bit);
        }
    }
}

static void byte_after_the_frame_is_malformed(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_request(&whole_request, &frame);
    frame.maximum++;
    mc_buffer_add_byte(&frame, 0);
    struct wire_request got;
    assert_int_equal(wire_request_decode(mc_buffer_span(&frame), &got), MC_MALFORMED);
}

static void duplicates_are_malformed(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_request(&whole_request, &frame);
    size_t size = frame.size - WIRE_HEADER_SIZE;
    for (size_t at = 0; at < size;) {
        const uint8_t *field = (const uint8_t *)frame.data + WIRE_HEADER_SIZE + at;
        size_t field_size = 5 + (size_t)field[4];
        MC_AUTO_BUFFER struct mc_buffer twice;
        mc_buffer_init(&twice, WIRE_FRAME_MAX);
        mc_buffer_append(&twice, frame.data + WIRE_HEADER_SIZE, size);
        mc_buffer_append(&twice, field, field_size);
        assert_int_equal(decode_raw_request(twice.data, twice.size), MC_MALFORMED);
        at += field_size;
    }
    assert_int_equal(RAW_REPLY(RAW_OK), MC_OK);
    assert_int_equal(RAW_REPLY(RAW_OK RAW_OK), MC_MALFORMED);
}

static void tags_of_other_frames_are_malformed(void **state)
{
    (void)state;
    for (int tag = 0; tag < 256; tag++) {
        uint8_t field[5] = {(uint8_t)tag};
        bool text = tag == WIRE_USER || tag == WIRE_SERVICE || tag == WIRE_RHOST ||
                    (tag >= WIRE_PASSWORD && tag <= WIRE_CAUSE);
        assert_int_equal(decode_raw_request(field, sizeof field), text ? MC_OK : MC_MALFORMED);
        uint8_t reply[6 + 6] = RAW_OK;
        reply[6] = (uint8_t)tag;
        reply[10] = 1;
        reply[11] = 5;
        bool known = tag == WIRE_STATE || tag == WIRE_LOG;
        bool bad_style = tag == WIRE_MESSAGE; // no style has number 5
        assert_int_equal(decode_raw_reply(reply, sizeof reply),
                         known && !bad_style ? MC_OK : MC_MALFORMED);
    }
}

static void headers_of_strangers_are_malformed(void **state)
{
    (void)state;
    const uint8_t good[WIRE_HEADER_SIZE] = {'m', 'c', WIRE_VERSION, WIRE_START, 0, 1, 0, 0};
    enum wire_kind kind;
    size_t size;
    assert_int_equal(wire_header_parse(good, &kind, &size), MC_OK);
    assert_int_equal(size, WIRE_PAYLOAD_MAX);
    for (int value = 0; value < 256; value++) {
        uint8_t header[WIRE_HEADER_SIZE];
        memcpy(header, good, sizeof header);
        header[3] = (uint8_t)value;
        bool known = (value >= 1 && value <= 6) || value == 64 || value == 65;
        assert_int_equal(wire_header_parse(header, &kind, &size), known ? MC_OK : MC_MALFORMED);
    }
    for (int i = 0; i < WIRE_HEADER_SIZE; i++) {
        uint8_t header[WIRE_HEADER_SIZE];
        memcpy(header, good, sizeof header);
        header[i] = (uint8_t)(i == 7 ? 1 : header[i] + 77);
        assert_int_equal(wire_header_parse(header, &kind, &size), MC_MALFORMED);
    }
}

static void kinds_do_not_mix(void **state)
{
    (void)state;
    struct wire_reply reply = whole_reply();
    struct wire_request request;
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_reply(&reply, &frame);
    assert_int_equal(wire_request_decode(mc_buffer_span(&frame), &request), MC_MALFORMED);
    request = whole_request;
    request.kind = WIRE_REPLY;
    assert_int_equal(wire_request_encode(&request, &frame), MC_MALFORMED);
    request.kind = 0;
    assert_int_equal(wire_request_encode(&request, &frame), MC_MALFORMED);
}

static void numbers_out_of_range_are_malformed(void **state)
{
    (void)state;
    assert_int_equal(RAW_REQUEST("\5\0\0\0\1\x0e"), MC_OK);        // METHODS
    assert_int_equal(RAW_REQUEST("\5\0\0\0\1\0"), MC_MALFORMED);   // would read as all
    assert_int_equal(RAW_REQUEST("\5\0\0\0\1\1"), MC_MALFORMED);   // "none" is no method
    assert_int_equal(RAW_REQUEST("\5\0\0\0\1\x10"), MC_MALFORMED); // no such method
    assert_int_equal(RAW_REQUEST("\5\0\0\0\2\2\2"), MC_MALFORMED);
    assert_int_equal(RAW_REQUEST("\6\0\0\0\4\0\0\0\x7f"), MC_OK); // FLAGS
    assert_int_equal(RAW_REQUEST("\6\0\0\0\4\0\0\0\x80"), MC_MALFORMED);
    assert_int_equal(RAW_REQUEST("\6\0\0\0\1\1"), MC_MALFORMED);
    assert_int_equal(RAW_REQUEST("\7\0\0\0\1\0"), MC_MALFORMED); // FALLBACK
    assert_int_equal(RAW_REQUEST("\7\0\0\0\1\4"), MC_MALFORMED);
    assert_int_equal(RAW_REPLY("\x0e\0\0\0\1\xff"), MC_MALFORMED);       // RESULT
    assert_int_equal(RAW_REPLY(RAW_OK "\x10\0\0\0\2\2A"), MC_MALFORMED); // LOG: LOG_CRIT
    assert_int_equal(RAW_REPLY(RAW_OK "\x0f\0\0\0\0"), MC_MALFORMED);    // MESSAGE without style
}

static void result_is_never_assumed(void **state)
{
    (void)state;
    assert_int_equal(RAW_REPLY(""), MC_MALFORMED);
    assert_int_equal(RAW_REPLY("\x0f\0\0\0\2\1A"), MC_MALFORMED);
}

static void ids_are_16_hexadecimal_digits(void **state)
{
    (void)state;
    assert_int_equal(RAW_REQUEST("\1\0\0\0\x10"
                                 "0123456789abcdef"),
                     MC_OK);
    assert_int_equal(RAW_REQUEST("\1\0\0\0\x10"
                                 "0123456789ABCDEF"),
                     MC_MALFORMED);
    assert_int_equal(RAW_REQUEST("\1\0\0\0\x10"
                                 "0123456789abcde "),
                     MC_MALFORMED);
    assert_int_equal(RAW_REQUEST("\1\0\0\0\x0f"
                                 "0123456789abcde"),
                     MC_MALFORMED);
}

// A name that ends early in somebody's C string would be another name.
static void nul_in_text_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(RAW_REQUEST("\2\0\0\0\5ro\0ot"), MC_MALFORMED);
    assert_int_equal(RAW_REQUEST("\x0b\0\0\0\1\0"), MC_MALFORMED);
    assert_int_equal(RAW_REQUEST("\x0c\0\0\0\1\0"), MC_OK); // STATE is bytes
    assert_int_equal(RAW_REPLY(RAW_OK "\x0f\0\0\0\2\1\0"), MC_MALFORMED);
    assert_int_equal(RAW_REPLY(RAW_OK "\x10\0\0\0\2\3\0"), MC_MALFORMED);
}

static void prompt_stands_last(void **state)
{
    (void)state;
    assert_int_equal(RAW_REPLY(RAW_OK "\x0f\0\0\0\2\1A\x0f\0\0\0\2\3B"), MC_OK);
    assert_int_equal(RAW_REPLY(RAW_OK "\x0f\0\0\0\2\3A\x0f\0\0\0\2\1B"), MC_MALFORMED);
    struct wire_reply reply = whole_reply();
    reply.messages[0].style = WIRE_PROMPT;
    MC_AUTO_BUFFER struct mc_buffer frame;
    mc_buffer_init(&frame, WIRE_FRAME_MAX);
    assert_int_equal(wire_reply_encode(&reply, &frame), MC_MALFORMED);
}

static void oversize_texts_are_refused(void **state)
{
    (void)state;
    static const char letters[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, WIRE_TEXT_MAX);
    while (text.size < WIRE_TEXT_MAX) {
        mc_buffer_append(&text, letters, 32);
    }
    struct wire_request request = {.kind = WIRE_ANSWER, .answer = mc_buffer_span(&text)};
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_request(&request, &frame);
    text.maximum++;
    mc_buffer_add_byte(&text, 'a');
    request.answer = mc_buffer_span(&text);
    assert_int_equal(wire_request_encode(&request, &frame), MC_MALFORMED);
}

static void oversize_payload_is_refused(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, WIRE_PAYLOAD_MAX + 1);
    MC_AUTO_BUFFER struct mc_buffer frame;
    mc_buffer_init(&frame, 1 << 20);
    struct wire_reply reply = {.result = MC_ASK, .state = {bytes, WIRE_PAYLOAD_MAX - 11}};
    assert_int_equal(wire_reply_encode(&reply, &frame), MC_OK);
    assert_int_equal(frame.size, WIRE_FRAME_MAX);
    reply.state.size++;
    assert_int_equal(wire_reply_encode(&reply, &frame), MC_MALFORMED);
    struct wire_request got;
    MC_AUTO_BUFFER struct mc_buffer raw;
    raw_frame(&raw, WIRE_START, bytes, WIRE_PAYLOAD_MAX + 1);
    assert_int_equal(wire_request_decode(mc_buffer_span(&raw), &got), MC_MALFORMED);
    free(bytes);
}

static void too_many_messages_are_malformed(void **state)
{
    (void)state;
    struct wire_reply reply = {.result = MC_OK, .message_count = 16, .log_count = 16};
    for (int i = 0; i < 16; i++) {
        reply.messages[i] = (struct wire_message){WIRE_INFO, mc_span_of("m")};
        reply.logs[i] = (struct wire_log){LOG_ERR, mc_span_of("l")};
    }
    MC_AUTO_BUFFER struct mc_buffer frame;
    encode_reply(&reply, &frame);
    struct wire_reply got;
    assert_int_equal(wire_reply_decode(mc_buffer_span(&frame), &got), MC_OK);
    assert_int_equal(got.message_count + got.log_count, 32);
    mc_buffer_append(&frame, "\x0f\0\0\0\2\1A", 7);
    frame.data[7] = (char)(frame.data[7] + 7);
    assert_int_equal(wire_reply_decode(mc_buffer_span(&frame), &got), MC_MALFORMED);
    reply.message_count = 17;
    assert_int_equal(wire_reply_encode(&reply, &frame), MC_MALFORMED);
}

static void send_needs_its_three_parts(void **state)
{
    (void)state;
    struct wire_send send = {.job = mc_span_of("job")};
    MC_AUTO_BUFFER struct mc_buffer frame;
    mc_buffer_init(&frame, WIRE_FRAME_MAX);
    assert_int_equal(wire_send_encode(&send, &frame), MC_MALFORMED);
    send.if_sent = send.otherwise = mc_span_of("mc\1\1\0\0\0"); // 7 bytes and of the wrong kind
    assert_int_equal(wire_send_encode(&send, &frame), MC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_survives_the_round_trip),
        cmocka_unit_test(absent_fields_read_as_zero),
        cmocka_unit_test(reply_survives_the_round_trip),
        cmocka_unit_test(send_survives_the_round_trip),
        cmocka_unit_test(every_truncation_is_malformed),
        cmocka_unit_test(every_truncated_payload_is_malformed_or_shorter),
        cmocka_unit_test(every_changed_byte_is_survived),
        cmocka_unit_test(byte_after_the_frame_is_malformed),
        cmocka_unit_test(duplicates_are_malformed),
        cmocka_unit_test(tags_of_other_frames_are_malformed),
        cmocka_unit_test(headers_of_strangers_are_malformed),
        cmocka_unit_test(kinds_do_not_mix),
        cmocka_unit_test(numbers_out_of_range_are_malformed),
        cmocka_unit_test(result_is_never_assumed),
        cmocka_unit_test(ids_are_16_hexadecimal_digits),
        cmocka_unit_test(nul_in_text_is_malformed),
        cmocka_unit_test(prompt_stands_last),
        cmocka_unit_test(oversize_texts_are_refused),
        cmocka_unit_test(oversize_payload_is_refused),
        cmocka_unit_test(too_many_messages_are_malformed),
        cmocka_unit_test(send_needs_its_three_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
