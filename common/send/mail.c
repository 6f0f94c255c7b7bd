// SPDX-License-Identifier: Apache-2.0
#include "common/send/mail.h"

#include "common/send/encode.h"
#include "common/utf8.h"

#define LINE_MAX_SIZE 76  // RFC 2047, 2; RFC 2045, 6.8
#define BODY_LINE_MAX 998 // RFC 5322, 2.1.1

static bool is_plain_text(struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e) {
            return false;
        }
    }
    return text.size == 0 || !memmem(text.data, text.size, "=?", 2);
}

// As many whole characters as fit into `room` bytes, at least one.
static struct mc_span take_characters(struct mc_span *rest, size_t room)
{
    struct mc_span start = *rest;
    uint32_t ignored = 0;
    while (rest->size) {
        struct mc_span next = *rest;
        if (!mc_utf8_take(&next, &ignored)) {
            next = (struct mc_span){rest->data + 1, rest->size - 1};
        }
        if (rest->size != start.size && start.size - next.size > room) {
            break;
        }
        *rest = next;
    }
    return (struct mc_span){start.data, start.size - rest->size};
}

void mc_mail_add_text(struct mc_buffer *out, struct mc_span text, size_t used)
{
    static const char opening[] = "=?UTF-8?B?";
    static const char closing[] = "?=";
    if (is_plain_text(text) && used + text.size <= LINE_MAX_SIZE) {
        mc_buffer_add_span(out, text);
        return;
    }
    size_t frame = strlen(opening) + strlen(closing);
    for (;;) {
        size_t room = (LINE_MAX_SIZE - used - frame) / 4 * 3;
        mc_buffer_add_text(out, opening);
        mc_encode_base64(out, take_characters(&text, room));
        mc_buffer_add_text(out, closing);
        if (text.size == 0) {
            return;
        }
        mc_buffer_add_text(out, "\r\n ");
        used = 1;
    }
}

// RFC 5322, 3.2.4.
static void add_quoted_name(struct mc_buffer *out, struct mc_span name)
{
    mc_buffer_add_byte(out, '"');
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '"' || name.data[i] == '\\') {
            mc_buffer_add_byte(out, '\\');
        }
        mc_buffer_add_byte(out, name.data[i]);
    }
    mc_buffer_add_byte(out, '"');
}

static void add_sender(struct mc_buffer *out, const struct mc_config *config)
{
    struct mc_span name = mc_span_of(config->service_name);
    mc_buffer_add_text(out, "From: ");
    if (is_plain_text(name)) {
        add_quoted_name(out, name);
    } else {
        mc_mail_add_text(out, name, strlen("From: "));
    }
    mc_buffer_format(out, "\r\n <%s>\r\n", config->mail_from);
}

static void add_date(struct mc_buffer *out, time_t now)
{
    struct tm parts = {0};
    char date[64] = "";
    if (gmtime_r(&now, &parts)) {
        (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &parts);
    }
    mc_buffer_format(out, "Date: %s\r\n", date);
}

// RFC 2045, 2.7 and 6.8: line breaks are CR LF, whatever they were.
static void add_canonical(struct mc_buffer *out, struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        bool lone = text.data[i] == '\n' && (i == 0 || text.data[i - 1] != '\r');
        if (lone) {
            mc_buffer_add_byte(out, '\r');
        }
        mc_buffer_add_byte(out, text.data[i]);
    }
}

// What every server passes on as it is (RFC 5321, 4.5.3.1.6), and what neither a server nor a
// mailbox takes for a mark of its own.
static bool is_plain_body(struct mc_span text)
{
    size_t start = 0;
    for (size_t i = 0; i < text.size; i++) {
        bool is_break = text.data[i] == '\r' || text.data[i] == '\n';
        bool is_graphic = text.data[i] >= 0x20 && text.data[i] <= 0x7e;
        if (is_break) {
            start = i + 1;
        } else if (!is_graphic || i - start >= BODY_LINE_MAX ||
                   (i == start && text.data[i] == '.') ||
                   (i == start + 4 && memcmp(text.data + start, "From ", 5) == 0)) {
            return false;
        }
    }
    return true;
}

static void add_encoded_body(struct mc_buffer *out, struct mc_span rest)
{
    const size_t bytes = LINE_MAX_SIZE / 4 * 3;
    while (rest.size) {
        struct mc_span line = {rest.data, rest.size < bytes ? rest.size : bytes};
        mc_encode_base64(out, line);
        mc_buffer_add_text(out, "\r\n");
        rest = (struct mc_span){rest.data + line.size, rest.size - line.size};
    }
}

// In clear where that is possible: people read the source of a mail, and so do their programs.
static void add_body(struct mc_buffer *out, struct mc_span text)
{
    MC_AUTO_BUFFER struct mc_buffer canonical;
    mc_buffer_init(&canonical, 2 * MC_JOB_MAX);
    add_canonical(&canonical, text);
    enum mc_result result = mc_buffer_result(&canonical);
    out->failure = result == MC_OK ? out->failure : result;
    struct mc_span body = mc_buffer_span(&canonical);
    bool plain = is_plain_body(body);
    mc_buffer_format(out, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "base64");
    if (plain) {
        mc_buffer_add_span(out, body);
        mc_buffer_add_text(out, body.size && body.data[body.size - 1] == '\n' ? "" : "\r\n");
    } else {
        add_encoded_body(out, body);
    }
}

enum mc_result mc_mail_build(const struct mc_config *config, const struct mc_job *job, time_t now,
                             struct mc_buffer *out)
{
    add_sender(out, config);
    mc_buffer_format(out, "To: <%.*s>\r\n", (int)job->to.size, (const char *)job->to.data);
    mc_buffer_add_text(out, "Subject: ");
    mc_mail_add_text(out, job->subject, strlen("Subject: "));
    mc_buffer_add_text(out, "\r\n");
    add_date(out, now);
    mc_buffer_format(out, "Message-ID: <%.*s>\r\n", (int)job->message_id.size,
                     (const char *)job->message_id.data);
    mc_buffer_add_text(out, "MIME-Version: 1.0\r\n"
                            "Content-Type: text/plain; charset=UTF-8\r\n"
                            // RFC 3834: no out-of-office answers to codes
                            "Auto-Submitted: auto-generated\r\n");
    add_body(out, job->text);
    return mc_buffer_result(out);
}
