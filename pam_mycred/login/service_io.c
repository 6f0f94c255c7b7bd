// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include "common/secret.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_LINES_PER_SECOND 50

void output_init(struct output *output)
{
    mc_buffer_init(&output->bytes, sizeof(struct wire_envelope) + WIRE_FRAME_MAX);
    output->sent = 0;
}

void output_release(struct output *output)
{
    mc_buffer_release(&output->bytes);
    output->sent = 0;
}

enum progress output_send(int fd, struct output *output)
{
    while (output->sent < output->bytes.size) {
        ssize_t size =
            write(fd, output->bytes.data + output->sent, output->bytes.size - output->sent);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return errno == EAGAIN ? PROGRESS_MORE : PROGRESS_ENDED;
        }
        output->sent += (size_t)size;
    }
    output_release(output);
    return PROGRESS_DONE;
}

static enum progress frame_progress(const struct mc_buffer *frame)
{
    enum wire_kind kind = 0;
    size_t payload = 0;
    if (mc_buffer_result(frame) != MC_OK) {
        return mc_buffer_result(frame) == MC_NO_MEMORY ? PROGRESS_ENDED : PROGRESS_GARBLED;
    }
    if (frame->size < WIRE_HEADER_SIZE) {
        return PROGRESS_MORE;
    }
    if (wire_header_parse((const uint8_t *)frame->data, &kind, &payload) != MC_OK ||
        frame->size > WIRE_HEADER_SIZE + payload) {
        return PROGRESS_GARBLED;
    }
    return frame->size < WIRE_HEADER_SIZE + payload ? PROGRESS_MORE : PROGRESS_DONE;
}

// Through one buffer as large as any frame: one read takes all there is, and a client has memory
// for what it sent, not for what it announced.
enum progress frame_receive(struct service *service, int fd, struct mc_buffer *frame)
{
    ssize_t size = read(fd, service->scratch, sizeof service->scratch);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return PROGRESS_MORE;
    }
    if (size <= 0) {
        return size < 0 && errno == ECONNRESET ? PROGRESS_RESET : PROGRESS_ENDED;
    }
    mc_buffer_append(frame, service->scratch, (size_t)size);
    mc_wipe(service->scratch, (size_t)size);
    return frame_progress(frame);
}

void service_log(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    // the journal knows the name and wants a priority instead
    dprintf(STDERR_FILENO, "%s%s\n", getenv("JOURNAL_STREAM") ? "<4>" : "mycred-logind: ", text);
}

void service_log_limited(struct service *service, const char *line)
{
    int64_t second = service->now / 1000;
    if (second != service->log_second) {
        if (service->log_dropped) {
            service_log("event=log_limited lines=%u", service->log_dropped);
        }
        service->log_second = second;
        service->log_count = 0;
        service->log_dropped = 0;
    }
    if (service->log_count == LOG_LINES_PER_SECOND) {
        service->log_dropped++;
        return;
    }
    service->log_count++;
    service_log("%s", line);
}
