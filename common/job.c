// SPDX-License-Identifier: Apache-2.0
#include "common/job.h"

#include "common/contact.h"
#include "common/utf8.h"

// A job's fields, in the order they are written.
enum field { CHANNEL, TO, SUBJECT, MESSAGE_ID, ID, FIELD_COUNT };

static const struct {
    const char *name;
    bool email_only;
} fields[FIELD_COUNT] = {
    [CHANNEL] = {"channel", false},      [TO] = {"to", false}, [SUBJECT] = {"subject", true},
    [MESSAGE_ID] = {"message-id", true}, [ID] = {"id", false},
};

static bool is_one_line(struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return false;
        }
    }
    return text.size > 0;
}

// For ids: nothing that means something to a header, a log or a gateway.
static bool is_token(struct mc_span text)
{
    static const char marks[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._@";
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\0' || !strchr(marks, text.data[i])) {
            return false;
        }
    }
    return text.size > 0 && text.size <= 200;
}

static bool is_message_id(struct mc_span text)
{
    const uint8_t *sign = text.size ? memchr(text.data, '@', text.size) : NULL;
    return is_token(text) && sign && sign != text.data && sign + 1 < text.data + text.size &&
           !memchr(sign + 1, '@', (size_t)(text.data + text.size - sign - 1));
}

static bool is_text(struct mc_span text)
{
    return text.size > 0 && !memchr(text.data, '\0', text.size) && mc_utf8_is_valid(text);
}

// Numbers and addresses must be as the parsers leave them, not merely parse.
static bool is_number(struct mc_span text)
{
    char parsed[MC_CONTACT_MAX];
    return mc_mobile_parse(text, "", parsed) == MC_OK && mc_span_equals(text, parsed);
}

static bool is_address(struct mc_span text)
{
    char parsed[MC_CONTACT_MAX];
    return mc_email_parse(text, parsed) == MC_OK && mc_span_equals(text, parsed);
}

static bool is_sound(const struct mc_job *job)
{
    if (!is_token(job->id) || !is_text(job->text)) {
        return false;
    }
    if (job->channel == MC_METHOD_SMS) {
        return is_number(job->to) && job->subject.size == 0 && job->message_id.size == 0;
    }
    return job->channel == MC_METHOD_EMAIL && is_address(job->to) && is_one_line(job->subject) &&
           mc_utf8_is_valid(job->subject) && is_message_id(job->message_id);
}

static void write_field(struct mc_buffer *out, const char *name, struct mc_span value)
{
    mc_buffer_add_text(out, name);
    mc_buffer_add_byte(out, ' ');
    mc_buffer_add_span(out, value);
    mc_buffer_add_byte(out, '\n');
}

enum mc_result mc_job_write(const struct mc_job *job, struct mc_buffer *out)
{
    if (!is_sound(job)) {
        return MC_MALFORMED;
    }
    const struct mc_span values[FIELD_COUNT] = {
        [CHANNEL] = mc_span_of(mc_method_word(job->channel)),
        [TO] = job->to,
        [SUBJECT] = job->subject,
        [MESSAGE_ID] = job->message_id,
        [ID] = job->id,
    };
    size_t start = out->size;
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (job->channel == MC_METHOD_EMAIL || !fields[i].email_only) {
            write_field(out, fields[i].name, values[i]);
        }
    }
    mc_buffer_add_byte(out, '\n');
    mc_buffer_add_span(out, job->text);
    enum mc_result result = mc_buffer_result(out);
    return result == MC_OK && out->size - start > MC_JOB_MAX ? MC_MALFORMED : result;
}

// Takes one line off the front of `rest`, without its end. False when no line ends there.
static bool take_line(struct mc_span *rest, struct mc_span *ret_line)
{
    const uint8_t *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
    if (!end) {
        return false;
    }
    size_t size = (size_t)(end - rest->data);
    *ret_line = (struct mc_span){rest->data, size};
    *rest = (struct mc_span){end + 1, rest->size - size - 1};
    return true;
}

static bool read_field(struct mc_span line, struct mc_span *values)
{
    const uint8_t *space = memchr(line.data, ' ', line.size);
    if (!space) {
        return false;
    }
    struct mc_span name = {line.data, (size_t)(space - line.data)};
    struct mc_span value = {space + 1, line.size - name.size - 1};
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (mc_span_equals(name, fields[i].name) && !values[i].data) {
            values[i] = value;
            return true;
        }
    }
    return false;
}

enum mc_result mc_job_read(struct mc_span bytes, struct mc_job *ret_job)
{
    struct mc_span values[FIELD_COUNT] = {{0}};
    struct mc_span rest = bytes;
    struct mc_span line;
    for (;;) {
        if (bytes.size > MC_JOB_MAX || !take_line(&rest, &line)) {
            return MC_MALFORMED;
        }
        if (line.size == 0) {
            break;
        }
        if (!read_field(line, values)) {
            return MC_MALFORMED;
        }
    }
    struct mc_job job = {mc_method_parse(values[CHANNEL]),
                         values[TO],
                         values[SUBJECT],
                         values[MESSAGE_ID],
                         values[ID],
                         rest};
    if (!is_sound(&job)) {
        return MC_MALFORMED;
    }
    *ret_job = job;
    return MC_OK;
}
