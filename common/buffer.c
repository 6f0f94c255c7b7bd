// SPDX-License-Identifier: Apache-2.0
#include "common/buffer.h"

#include "common/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void mc_buffer_init(struct mc_buffer *buffer, size_t maximum)
{
    *buffer = (struct mc_buffer){.maximum = maximum};
}

void mc_buffer_release(struct mc_buffer *buffer)
{
    mc_wipe(buffer->data, buffer->room);
    free(buffer->data);
    mc_buffer_init(buffer, buffer->maximum);
}

void mc_buffer_clear(struct mc_buffer *buffer)
{
    mc_wipe(buffer->data, buffer->size);
    buffer->size = 0;
    buffer->failure = MC_UNDECIDED;
}

// Not realloc: it may leave a copy of a secret behind.
static bool grow(struct mc_buffer *buffer, size_t wanted)
{
    size_t room = buffer->room ? buffer->room : 128;
    while (room <= wanted) {
        room *= 2;
    }
    char *data = mc_allocate(room);
    if (!data) {
        buffer->failure = MC_NO_MEMORY;
        return false;
    }
    if (buffer->size) {
        memcpy(data, buffer->data, buffer->size);
    }
    mc_wipe(buffer->data, buffer->room);
    free(buffer->data);
    buffer->data = data;
    buffer->room = room;
    return true;
}

void mc_buffer_reserve(struct mc_buffer *buffer, size_t size)
{
    bool more = buffer->failure == MC_UNDECIDED && size > buffer->room;
    if (more && !grow(buffer, size - 1)) {
        buffer->failure = MC_NO_MEMORY;
    }
}

void mc_buffer_append(struct mc_buffer *buffer, const void *bytes, size_t size)
{
    if (buffer->failure != MC_UNDECIDED) {
        return;
    }
    if (size > buffer->maximum - buffer->size) {
        buffer->failure = MC_MALFORMED;
        return;
    }
    if (buffer->size + size >= buffer->room && !grow(buffer, buffer->size + size)) {
        return;
    }
    if (size) {
        memcpy(buffer->data + buffer->size, bytes, size);
    }
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void mc_buffer_add_text(struct mc_buffer *buffer, const char *text)
{
    mc_buffer_append(buffer, text, strlen(text));
}

void mc_buffer_add_span(struct mc_buffer *buffer, struct mc_span span)
{
    mc_buffer_append(buffer, span.data, span.size);
}

void mc_buffer_add_byte(struct mc_buffer *buffer, uint8_t byte)
{
    mc_buffer_append(buffer, &byte, 1);
}

void mc_buffer_add_number(struct mc_buffer *buffer, size_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    mc_buffer_append(buffer, digits + at, sizeof digits - at);
}

// Straight into the buffer, that no copy of a secret is left behind; true when it did not fit and
// there is more room now.
__attribute__((format(printf, 2, 0))) static bool format_more(struct mc_buffer *buffer,
                                                              const char *format, va_list arguments)
{
    size_t room = buffer->room - buffer->size;
    int written = vsnprintf(room ? buffer->data + buffer->size : NULL, room, format, arguments);
    size_t size = written < 0 ? 0 : (size_t)written;
    if (written < 0) {
        buffer->failure = MC_NO_MEMORY;
    } else if (size > buffer->maximum - buffer->size) {
        buffer->failure = MC_MALFORMED;
    } else if (size < room) {
        buffer->size += size;
        return false;
    } else if (grow(buffer, buffer->size + size)) {
        return true;
    }
    if (room) {
        buffer->data[buffer->size] = '\0';
    }
    return false;
}

void mc_buffer_format(struct mc_buffer *buffer, const char *format, ...)
{
    bool again = buffer->failure == MC_UNDECIDED;
    while (again) {
        va_list arguments;
        va_start(arguments, format);
        again = format_more(buffer, format, arguments);
        va_end(arguments);
    }
}

enum mc_result mc_buffer_result(const struct mc_buffer *buffer)
{
    return buffer->failure == MC_UNDECIDED ? MC_OK : buffer->failure;
}
