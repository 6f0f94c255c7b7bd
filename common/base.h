// SPDX-License-Identifier: Apache-2.0
// The few macros every file uses, and byte spans.
#ifndef MYCRED_COMMON_BASE_H
#define MYCRED_COMMON_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MC_MUST_USE __attribute__((warn_unused_result))
#define MC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define MC_CLEANUP(function) __attribute__((cleanup(function)))
#define MC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Bytes owned by somebody else; not NUL-terminated. `data` may be NULL when `size` is 0.
struct mc_span {
    const uint8_t *data;
    size_t size;
};

static inline struct mc_span mc_span_of(const char *text)
{
    return (struct mc_span){(const uint8_t *)text, text ? strlen(text) : 0};
}

static inline bool mc_span_equals(struct mc_span span, const char *text)
{
    return span.size == strlen(text) && (span.size == 0 || memcmp(span.data, text, span.size) == 0);
}

// Letters of ASCII compare without regard to case.
bool mc_span_equals_any_case(struct mc_span span, const char *text) MC_MUST_USE;

// Both free what the pointer names and leave NULL behind; for MC_CLEANUP.
void mc_free_pointer(void *pointer_to_pointer);
void mc_close_descriptor(int *descriptor);

#define MC_AUTO_FREE MC_CLEANUP(mc_free_pointer)
#define MC_AUTO_CLOSE MC_CLEANUP(mc_close_descriptor)

// Allocations of this project go through these two, so that a test can make each one fail in turn.
// NULL when memory is short. mc_allocate zeroes.
void *mc_allocate(size_t size) MC_MUST_USE;
char *mc_copy_text(struct mc_span text) MC_MUST_USE; // adds the NUL

#endif
