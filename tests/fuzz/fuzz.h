// SPDX-License-Identifier: Apache-2.0
// What fuzz targets share. A target takes any bytes and stops the process when something that must
// hold does not.
#ifndef MYCRED_TESTS_FUZZ_FUZZ_H
#define MYCRED_TESTS_FUZZ_FUZZ_H

#include "common/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline bool same_bytes(struct mc_span one, struct mc_span other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

#endif
