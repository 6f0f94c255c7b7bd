// SPDX-License-Identifier: Apache-2.0
// Bytes that must not outlive their use: passwords, codes, seeds, keys. Wiped whenever they end.
#ifndef MYCRED_COMMON_SECRET_H
#define MYCRED_COMMON_SECRET_H

#include "common/result.h"

// `data` is NUL-terminated one past `size` for callers that need a C string. Start from {0}.
struct mc_secret {
    char *data;
    size_t size;
};

#define MC_AUTO_SECRET MC_CLEANUP(mc_secret_release)

// Replaces what `secret` held by a copy of `bytes`. MC_NO_MEMORY leaves it empty.
enum mc_result mc_secret_set(struct mc_secret *secret, struct mc_span bytes) MC_MUST_USE;

// Wipes and frees; `secret` may be used again.
void mc_secret_release(struct mc_secret *secret);

// Wipes plain memory the optimiser must not keep.
void mc_wipe(void *memory, size_t size);

static inline struct mc_span mc_secret_span(const struct mc_secret *secret)
{
    return (struct mc_span){(const uint8_t *)secret->data, secret->size};
}

// Equal in content; time depends on the sizes only.
bool mc_secret_matches(struct mc_span one, struct mc_span other);

#endif
