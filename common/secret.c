// SPDX-License-Identifier: Apache-2.0
#include "common/secret.h"

#include <stdlib.h>

void mc_wipe(void *memory, size_t size)
{
    if (memory && size) {
        explicit_bzero(memory, size);
    }
}

void mc_secret_release(struct mc_secret *secret)
{
    mc_wipe(secret->data, secret->size);
    free(secret->data);
    *secret = (struct mc_secret){0};
}

enum mc_result mc_secret_set(struct mc_secret *secret, struct mc_span bytes)
{
    char *copy = mc_copy_text(bytes);
    mc_secret_release(secret);
    if (!copy) {
        return MC_NO_MEMORY;
    }
    *secret = (struct mc_secret){copy, bytes.size};
    return MC_OK;
}

bool mc_secret_matches(struct mc_span one, struct mc_span other)
{
    if (one.size != other.size) {
        return false;
    }
    // volatile keeps the loop from being turned into a comparison that stops early
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < one.size; i++) {
        difference = (uint8_t)(difference | (one.data[i] ^ other.data[i]));
    }
    return difference == 0;
}
