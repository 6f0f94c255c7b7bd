// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/wire.h"

#include "common/method.h"

#include <syslog.h>

#define FIELD_HEADER_SIZE 5

enum shape {
    SHAPE_TEXT = 1, // no NUL, so that nobody's C string ends early
    SHAPE_BYTES,
    SHAPE_FRAME, // a whole frame of kind `maximum`
    SHAPE_BYTE,  // one byte, kept in an uint8_t
    SHAPE_ENUM,  // one byte, kept in an enum
    SHAPE_WORD,  // 32 bits
};

struct field {
    enum wire_tag tag;
    enum shape shape;
    size_t offset;
    uint32_t minimum, maximum; // of a size for spans, of the value for numbers
    bool required;             // also written when it is zero
};

#define REQUEST(member) offsetof(struct wire_request, member)
#define REPLY(member) offsetof(struct wire_reply, member)
#define SEND(member) offsetof(struct wire_send, member)

static const struct field request_fields[] = {
    {WIRE_ID, SHAPE_TEXT, REQUEST(id), 16, 16, false},
    {WIRE_USER, SHAPE_TEXT, REQUEST(user), 0, WIRE_TEXT_MAX, false},
    {WIRE_SERVICE, SHAPE_TEXT, REQUEST(service), 0, WIRE_TEXT_MAX, false},
    {WIRE_RHOST, SHAPE_TEXT, REQUEST(rhost), 0, WIRE_TEXT_MAX, false},
    {WIRE_METHODS, SHAPE_BYTE, REQUEST(methods), 1, MC_METHODS_ALL, false},
    {WIRE_FLAGS, SHAPE_WORD, REQUEST(flags), 0, WIRE_FLAGS_ALL, false},
    {WIRE_FALLBACK, SHAPE_ENUM, REQUEST(fallback), WIRE_FALLBACK_ASK, WIRE_FALLBACK_NONE, false},
    {WIRE_PROMPTS_LEFT, SHAPE_BYTE, REQUEST(prompts_left), 0, UINT8_MAX, false},
    {WIRE_PASSWORD, SHAPE_TEXT, REQUEST(password), 0, WIRE_TEXT_MAX, false},
    {WIRE_NEW_PASSWORD, SHAPE_TEXT, REQUEST(new_password), 0, WIRE_TEXT_MAX, false},
    {WIRE_ANSWER_TEXT, SHAPE_TEXT, REQUEST(answer), 0, WIRE_TEXT_MAX, false},
    {WIRE_STATE, SHAPE_BYTES, REQUEST(state), 0, WIRE_PAYLOAD_MAX, false},
    {WIRE_CAUSE, SHAPE_TEXT, REQUEST(cause), 0, WIRE_TEXT_MAX, false},
};

static const struct field reply_fields[] = {
    {WIRE_RESULT, SHAPE_ENUM, REPLY(result), 0, MC_RESULT_COUNT - 1, true},
    {WIRE_FLAGS, SHAPE_WORD, REPLY(flags), 0, WIRE_FLAGS_ALL, false},
    {WIRE_STATE, SHAPE_BYTES, REPLY(state), 0, WIRE_PAYLOAD_MAX, false},
};

static const struct field send_fields[] = {
    {WIRE_JOB, SHAPE_BYTES, SEND(job), 0, WIRE_PAYLOAD_MAX, true},
    {WIRE_IF_SENT, SHAPE_FRAME, SEND(if_sent), 0, WIRE_REPLY, true},
    {WIRE_OTHERWISE, SHAPE_FRAME, SEND(otherwise), 0, WIRE_UNDELIVERED, true},
    {WIRE_CHANNEL, SHAPE_BYTE, SEND(channel), 1, MC_METHOD_COUNT - 1, false},
    {WIRE_SOURCE_LIMIT, SHAPE_WORD, SEND(source_limit), 0, UINT32_MAX, false},
    {WIRE_SITE_LIMIT, SHAPE_WORD, SEND(site_limit), 0, UINT32_MAX, false},
    {WIRE_PAUSE, SHAPE_WORD, SEND(pause), 0, UINT32_MAX, false},
};

static void put_u32(uint8_t out[4], uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static uint32_t get_u32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static bool kind_is_known(unsigned kind)
{
    return (kind >= WIRE_START && kind <= WIRE_UNDELIVERED) || kind == WIRE_REPLY ||
           kind == WIRE_SEND;
}

enum mc_result wire_header_parse(const uint8_t header[WIRE_HEADER_SIZE], enum wire_kind *ret_kind,
                                 size_t *ret_payload_size)
{
    uint32_t size = get_u32(header + 4);
    if (header[0] != 'm' || header[1] != 'c' || header[2] != WIRE_VERSION ||
        !kind_is_known(header[3]) || size > WIRE_PAYLOAD_MAX) {
        return MC_MALFORMED;
    }
    *ret_kind = (enum wire_kind)header[3];
    *ret_payload_size = size;
    return MC_OK;
}

// The payload of a whole frame, no byte more or less.
static enum mc_result open_frame(struct mc_span frame, enum wire_kind *ret_kind,
                                 struct mc_span *ret_payload)
{
    size_t size = 0;
    if (frame.size < WIRE_HEADER_SIZE || wire_header_parse(frame.data, ret_kind, &size) != MC_OK ||
        frame.size - WIRE_HEADER_SIZE != size) {
        return MC_MALFORMED;
    }
    *ret_payload = (struct mc_span){frame.data + WIRE_HEADER_SIZE, size};
    return MC_OK;
}

static bool is_frame_of(struct mc_span frame, enum wire_kind kind)
{
    enum wire_kind found = 0;
    struct mc_span payload = {0};
    return open_frame(frame, &found, &payload) == MC_OK && found == kind;
}

static bool has_nul(struct mc_span text)
{
    return text.size && memchr(text.data, '\0', text.size);
}

static bool id_is_valid(struct mc_span id)
{
    for (size_t i = 0; i < id.size; i++) {
        if (!memchr("0123456789abcdef", id.data[i], 16)) {
            return false;
        }
    }
    return true;
}

static bool span_is_valid(const struct field *field, struct mc_span bytes)
{
    if (field->shape == SHAPE_FRAME) {
        return is_frame_of(bytes, (enum wire_kind)field->maximum);
    }
    if (bytes.size < field->minimum || bytes.size > field->maximum) {
        return false;
    }
    return field->shape == SHAPE_BYTES ||
           (!has_nul(bytes) && (field->tag != WIRE_ID || id_is_valid(bytes)));
}

static bool number_is_valid(const struct field *field, uint32_t value)
{
    if (field->tag == WIRE_METHODS && (value & ~(uint32_t)MC_METHODS_ALL)) {
        return false;
    }
    return value >= field->minimum && value <= field->maximum;
}

static bool is_span(const struct field *field)
{
    return field->shape <= SHAPE_FRAME;
}

static uint32_t load_number(const struct field *field, const void *object)
{
    const char *place = (const char *)object + field->offset;
    if (field->shape == SHAPE_BYTE) {
        return *(const uint8_t *)place;
    }
    uint32_t value = 0;
    memcpy(&value, place, sizeof value);
    return value;
}

static void store_number(const struct field *field, void *object, uint32_t value)
{
    char *place = (char *)object + field->offset;
    if (field->shape == SHAPE_BYTE) {
        *(uint8_t *)place = (uint8_t)value;
    } else {
        memcpy(place, &value, sizeof value);
    }
}

_Static_assert(sizeof(enum wire_fallback) == 4 && sizeof(enum mc_result) == 4,
               "SHAPE_ENUM is moved as 32 bits");

static void put_field(struct mc_buffer *frame, enum wire_tag tag, size_t size)
{
    uint8_t header[FIELD_HEADER_SIZE] = {(uint8_t)tag};
    put_u32(header + 1, (uint32_t)size);
    mc_buffer_append(frame, header, sizeof header);
}

static enum mc_result put_span(struct mc_buffer *frame, const struct field *field,
                               const void *object)
{
    struct mc_span bytes = *(const struct mc_span *)((const char *)object + field->offset);
    if (bytes.size == 0 && !field->required) {
        return MC_OK;
    }
    if (!span_is_valid(field, bytes)) {
        return MC_MALFORMED;
    }
    put_field(frame, field->tag, bytes.size);
    mc_buffer_add_span(frame, bytes);
    return MC_OK;
}

static enum mc_result put_number(struct mc_buffer *frame, const struct field *field,
                                 const void *object)
{
    uint32_t value = load_number(field, object);
    if (value == 0 && !field->required) {
        return MC_OK;
    }
    if (!number_is_valid(field, value)) {
        return MC_MALFORMED;
    }
    uint8_t bytes[4];
    put_u32(bytes, value);
    size_t size = field->shape == SHAPE_WORD ? 4 : 1;
    put_field(frame, field->tag, size);
    mc_buffer_append(frame, bytes + 4 - size, size);
    return MC_OK;
}

static enum mc_result put_all(struct mc_buffer *frame, const struct field *fields, size_t count,
                              const void *object)
{
    for (size_t i = 0; i < count; i++) {
        enum mc_result result = is_span(&fields[i]) ? put_span(frame, &fields[i], object)
                                                    : put_number(frame, &fields[i], object);
        if (result != MC_OK) {
            return result;
        }
    }
    return MC_OK;
}

// A message or a log line: one byte, then text.
static enum mc_result put_marked(struct mc_buffer *frame, enum wire_tag tag, uint8_t mark,
                                 struct mc_span text)
{
    if (has_nul(text) || text.size > WIRE_PAYLOAD_MAX) {
        return MC_MALFORMED;
    }
    put_field(frame, tag, text.size + 1);
    mc_buffer_add_byte(frame, mark);
    mc_buffer_add_span(frame, text);
    return MC_OK;
}

static void begin_frame(struct mc_buffer *frame, enum wire_kind kind)
{
    const uint8_t header[WIRE_HEADER_SIZE] = {'m', 'c', WIRE_VERSION, (uint8_t)kind};
    mc_buffer_clear(frame);
    mc_buffer_append(frame, header, sizeof header);
}

static enum mc_result end_frame(struct mc_buffer *frame)
{
    enum mc_result result = mc_buffer_result(frame);
    if (result != MC_OK) {
        return result;
    }
    if (frame->size - WIRE_HEADER_SIZE > WIRE_PAYLOAD_MAX) {
        return MC_MALFORMED;
    }
    put_u32((uint8_t *)frame->data + 4, (uint32_t)(frame->size - WIRE_HEADER_SIZE));
    return MC_OK;
}

enum mc_result wire_request_encode(const struct wire_request *request, struct mc_buffer *frame)
{
    if (request->kind < WIRE_START || request->kind > WIRE_UNDELIVERED) {
        return MC_MALFORMED;
    }
    begin_frame(frame, request->kind);
    enum mc_result result = put_all(frame, request_fields, MC_COUNT(request_fields), request);
    return result == MC_OK ? end_frame(frame) : result;
}

static bool style_is_valid(unsigned style, bool last)
{
    return style >= WIRE_INFO && style <= WIRE_CHOICE && (style != WIRE_PROMPT || last);
}

static bool priority_is_valid(int priority)
{
    return priority >= LOG_ERR && priority <= LOG_DEBUG;
}

static enum mc_result put_messages(struct mc_buffer *frame, const struct wire_reply *reply)
{
    if (reply->message_count > WIRE_MESSAGES_MAX) {
        return MC_MALFORMED;
    }
    for (size_t i = 0; i < reply->message_count; i++) {
        const struct wire_message *message = &reply->messages[i];
        if (!style_is_valid(message->style, i + 1 == reply->message_count) ||
            put_marked(frame, WIRE_MESSAGE, (uint8_t)message->style, message->text) != MC_OK) {
            return MC_MALFORMED;
        }
    }
    return MC_OK;
}

static enum mc_result put_logs(struct mc_buffer *frame, const struct wire_reply *reply)
{
    if (reply->log_count > WIRE_LOGS_MAX) {
        return MC_MALFORMED;
    }
    for (size_t i = 0; i < reply->log_count; i++) {
        const struct wire_log *log = &reply->logs[i];
        if (!priority_is_valid(log->priority) ||
            put_marked(frame, WIRE_LOG, (uint8_t)log->priority, log->text) != MC_OK) {
            return MC_MALFORMED;
        }
    }
    return MC_OK;
}

enum mc_result wire_reply_encode(const struct wire_reply *reply, struct mc_buffer *frame)
{
    begin_frame(frame, WIRE_REPLY);
    enum mc_result result = put_all(frame, reply_fields, MC_COUNT(reply_fields), reply);
    if (result == MC_OK) {
        result = put_messages(frame, reply);
    }
    if (result == MC_OK) {
        result = put_logs(frame, reply);
    }
    return result == MC_OK ? end_frame(frame) : result;
}

enum mc_result wire_send_encode(const struct wire_send *send, struct mc_buffer *frame)
{
    begin_frame(frame, WIRE_SEND);
    enum mc_result result = put_all(frame, send_fields, MC_COUNT(send_fields), send);
    return result == MC_OK ? end_frame(frame) : result;
}

// Takes the next field off `rest`.
static enum mc_result take_field(struct mc_span *rest, enum wire_tag *ret_tag,
                                 struct mc_span *ret_bytes)
{
    if (rest->size < FIELD_HEADER_SIZE) {
        return MC_MALFORMED;
    }
    size_t size = get_u32(rest->data + 1);
    if (size > rest->size - FIELD_HEADER_SIZE) {
        return MC_MALFORMED;
    }
    *ret_tag = (enum wire_tag)rest->data[0];
    *ret_bytes = (struct mc_span){rest->data + FIELD_HEADER_SIZE, size};
    rest->data += FIELD_HEADER_SIZE + size;
    rest->size -= FIELD_HEADER_SIZE + size;
    return MC_OK;
}

static enum mc_result get_field(const struct field *field, struct mc_span bytes, void *object)
{
    if (is_span(field)) {
        if (!span_is_valid(field, bytes)) {
            return MC_MALFORMED;
        }
        *(struct mc_span *)((char *)object + field->offset) = bytes;
        return MC_OK;
    }
    if (bytes.size != (field->shape == SHAPE_WORD ? 4 : 1)) {
        return MC_MALFORMED;
    }
    uint32_t value = field->shape == SHAPE_WORD ? get_u32(bytes.data) : bytes.data[0];
    if (!number_is_valid(field, value)) {
        return MC_MALFORMED;
    }
    store_number(field, object, value);
    return MC_OK;
}

static enum mc_result get_message(struct mc_span bytes, struct wire_reply *reply)
{
    size_t count = reply->message_count;
    if (count == WIRE_MESSAGES_MAX || bytes.size == 0 || !style_is_valid(bytes.data[0], true)) {
        return MC_MALFORMED;
    }
    if (count && reply->messages[count - 1].style == WIRE_PROMPT) {
        return MC_MALFORMED;
    }
    struct mc_span text = {bytes.data + 1, bytes.size - 1};
    if (has_nul(text)) {
        return MC_MALFORMED;
    }
    reply->messages[count] = (struct wire_message){(enum wire_style)bytes.data[0], text};
    reply->message_count++;
    return MC_OK;
}

static enum mc_result get_log(struct mc_span bytes, struct wire_reply *reply)
{
    if (reply->log_count == WIRE_LOGS_MAX || bytes.size == 0 || !priority_is_valid(bytes.data[0])) {
        return MC_MALFORMED;
    }
    struct mc_span text = {bytes.data + 1, bytes.size - 1};
    if (has_nul(text)) {
        return MC_MALFORMED;
    }
    reply->logs[reply->log_count++] = (struct wire_log){bytes.data[0], text};
    return MC_OK;
}

struct reader {
    const struct field *fields;
    size_t count;
    void *object;
    struct wire_reply *reply; // takes repeated fields; NULL where none may stand
    uint32_t seen;            // bit n: fields[n]
};

static enum mc_result read_field(struct reader *reader, enum wire_tag tag, struct mc_span bytes)
{
    if (reader->reply && tag == WIRE_MESSAGE) {
        return get_message(bytes, reader->reply);
    }
    if (reader->reply && tag == WIRE_LOG) {
        return get_log(bytes, reader->reply);
    }
    for (size_t i = 0; i < reader->count; i++) {
        uint32_t bit = 1u << i;
        if (reader->fields[i].tag == tag && !(reader->seen & bit)) {
            reader->seen |= bit;
            return get_field(&reader->fields[i], bytes, reader->object);
        }
    }
    return MC_MALFORMED;
}

static enum mc_result read_all(struct reader *reader, struct mc_span payload)
{
    while (payload.size) {
        enum wire_tag tag = 0;
        struct mc_span bytes = {0};
        if (take_field(&payload, &tag, &bytes) != MC_OK ||
            read_field(reader, tag, bytes) != MC_OK) {
            return MC_MALFORMED;
        }
    }
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->fields[i].required && !(reader->seen & 1u << i)) {
            return MC_MALFORMED;
        }
    }
    return MC_OK;
}

enum mc_result wire_request_decode(struct mc_span frame, struct wire_request *ret_request)
{
    struct wire_request request = {0};
    struct mc_span payload = {0};
    struct reader reader = {request_fields, MC_COUNT(request_fields), &request, NULL, 0};
    if (open_frame(frame, &request.kind, &payload) != MC_OK || request.kind > WIRE_UNDELIVERED ||
        read_all(&reader, payload) != MC_OK) {
        return MC_MALFORMED;
    }
    *ret_request = request;
    return MC_OK;
}

enum mc_result wire_reply_decode(struct mc_span frame, struct wire_reply *ret_reply)
{
    struct wire_reply reply = {0};
    enum wire_kind kind = 0;
    struct mc_span payload = {0};
    struct reader reader = {reply_fields, MC_COUNT(reply_fields), &reply, &reply, 0};
    if (open_frame(frame, &kind, &payload) != MC_OK || kind != WIRE_REPLY ||
        read_all(&reader, payload) != MC_OK) {
        return MC_MALFORMED;
    }
    *ret_reply = reply;
    return MC_OK;
}

enum mc_result wire_send_decode(struct mc_span frame, struct wire_send *ret_send)
{
    struct wire_send send = {0};
    enum wire_kind kind = 0;
    struct mc_span payload = {0};
    struct reader reader = {send_fields, MC_COUNT(send_fields), &send, NULL, 0};
    if (open_frame(frame, &kind, &payload) != MC_OK || kind != WIRE_SEND ||
        read_all(&reader, payload) != MC_OK) {
        return MC_MALFORMED;
    }
    *ret_send = send;
    return MC_OK;
}
