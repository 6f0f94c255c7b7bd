// SPDX-License-Identifier: Apache-2.0
#include "common/base64url.h"

#define NONE 64

static uint32_t value_of(uint8_t letter)
{
    if (letter >= 'A' && letter <= 'Z') {
        return (uint32_t)(letter - 'A');
    }
    if (letter >= 'a' && letter <= 'z') {
        return (uint32_t)(letter - 'a' + 26);
    }
    if (letter >= '0' && letter <= '9') {
        return (uint32_t)(letter - '0' + 52);
    }
    return letter == '-' ? 62 : letter == '_' ? 63 : NONE;
}

enum mc_result mc_base64url_decode(struct mc_span text, size_t maximum, uint8_t *bytes,
                                   size_t *ret_size)
{
    size_t size = text.size / 4 * 3 + text.size % 4 * 3 / 4;
    uint32_t bits = 0;
    unsigned count = 0;
    if (text.size % 4 == 1 || size > maximum) {
        return MC_MALFORMED;
    }
    for (size_t i = 0; i < text.size; i++) {
        uint32_t value = value_of(text.data[i]);
        if (value == NONE) {
            return MC_MALFORMED;
        }
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *bytes++ = (uint8_t)(bits >> count);
        }
    }
    if (bits & ((1U << count) - 1)) {
        return MC_MALFORMED;
    }
    *ret_size = size;
    return MC_OK;
}
