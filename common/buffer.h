// SPDX-License-Identifier: Apache-2.0
// A growable byte buffer with a hard maximum. Errors stick: append freely, ask once at the end.
#ifndef MYCRED_COMMON_BUFFER_H
#define MYCRED_COMMON_BUFFER_H

#include "common/result.h"

struct mc_buffer {
    char *data;  // NUL-terminated one past `size`; NULL while empty
    size_t size; // bytes in use
    size_t room; // bytes allocated
    size_t maximum;
    enum mc_result failure; // MC_UNDECIDED while all is well
};

#define MC_AUTO_BUFFER MC_CLEANUP(mc_buffer_release)

void mc_buffer_init(struct mc_buffer *buffer, size_t maximum);

// Wipes and frees, since a buffer may have held a secret; keeps the maximum.
void mc_buffer_release(struct mc_buffer *buffer);

// Empties, keeps the memory (wiped), forgets a failure.
void mc_buffer_clear(struct mc_buffer *buffer);

// Makes room for that many bytes at once; more may still be added.
void mc_buffer_reserve(struct mc_buffer *buffer, size_t size);

void mc_buffer_append(struct mc_buffer *buffer, const void *bytes, size_t size);
void mc_buffer_add_text(struct mc_buffer *buffer, const char *text);
void mc_buffer_add_span(struct mc_buffer *buffer, struct mc_span span);
void mc_buffer_add_byte(struct mc_buffer *buffer, uint8_t byte);
void mc_buffer_add_number(struct mc_buffer *buffer, size_t number);
void mc_buffer_format(struct mc_buffer *buffer, const char *format, ...) MC_PRINTF(2, 3);

// MC_OK; MC_NO_MEMORY; MC_MALFORMED when the maximum was passed (the content is then unusable).
enum mc_result mc_buffer_result(const struct mc_buffer *buffer) MC_MUST_USE;

static inline struct mc_span mc_buffer_span(const struct mc_buffer *buffer)
{
    return (struct mc_span){(const uint8_t *)buffer->data, buffer->size};
}

// "" while empty.
static inline const char *mc_buffer_text(const struct mc_buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

#endif
