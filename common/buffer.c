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

void mc_buffer_format(struct mc_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0) {
        buffer->failure = MC_NO_MEMORY;
        return;
    }
    mc_buffer_append(buffer, text, (size_t)size);
    mc_wipe(text, (size_t)size);
    free(text);
}

enum mc_result mc_buffer_result(const struct mc_buffer *buffer)
{
    return buffer->failure == MC_UNDECIDED ? MC_OK : buffer->failure;
}
